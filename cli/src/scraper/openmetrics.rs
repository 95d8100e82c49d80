//! OpenMetrics as Prometheus reads it.
//!
//! Spaces, the end mark and units are looked at strictly; the order of lines, what a type forbids, and whether a family is
//! in one piece are not looked at. The line feeds of a page have to be there, but for the last.

use super::cursor::{Cursor, float, shown};
use super::{Entry, Labels, Read, Refused, Release, Sample};

pub(super) struct OpenMetrics<'a> {
    cursor: Cursor<'a>,
    release: Release,
    bound_label: Option<&'static str>,
    /// Whether the end was reached, or its mark.
    has_ended: bool,
}

impl<'a> OpenMetrics<'a> {
    pub(super) fn new(body: &'a [u8], release: Release) -> Self {
        Self { cursor: Cursor::new(body), release, bound_label: None, has_ended: false }
    }

    fn metadata(&mut self) -> Result<Entry<'a>, Refused> {
        let start = self.cursor.at;
        if self.cursor.take(b"# ") && self.cursor.keyword(b"EOF") {
            self.has_ended = true;
            self.cursor.keyword(b"\n");
            return match self.cursor.rest() {
                [] => Ok(Entry::End { cut: None }),
                _ => Err(self.cursor.refuse("nothing behind `# EOF`")),
            };
        }
        let words: [&[u8]; 3] = [b"HELP ", b"TYPE ", b"UNIT "];
        let is_apart = self.cursor.at > start;
        let Some(word) = words.into_iter().find(|word| is_apart && self.cursor.keyword(word)) else {
            self.cursor.at = start;
            return Err(self.cursor.refuse("`# HELP `, `# TYPE `, `# UNIT ` or `# EOF`"));
        };
        let cursor = &mut self.cursor;
        let name = match cursor.peek() {
            Some(b'"') if self.release == Release::V3 => cursor.quoted(true, false),
            _ => cursor.name(true),
        };
        let Some(name) = name else { return Err(cursor.refuse("a metric name")) };
        if !cursor.take(b" ") {
            return Err(cursor.refuse("a space behind the metric name"));
        }
        let start = cursor.at;
        cursor.run(|byte| byte != b'\n');
        if !cursor.keyword(b"\n") {
            return Err(cursor.refuse("a line feed"));
        }
        // All but the last byte: where NUL bytes follow, the line feed belongs to it.
        let said = &cursor.bytes[start..cursor.at - 1];
        let wrong = match word {
            b"HELP " => std::str::from_utf8(said).is_err().then(|| "the help text is not UTF-8".into()),
            b"TYPE " => match kind(said) {
                Some(bound_label) => {
                    self.bound_label = bound_label;
                    None
                }
                None => Some(format!(
                    "expected counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown, found {:?}",
                    shown(said)
                )),
            },
            _ => {
                let is_end = name.strip_suffix(said).is_some_and(|rest| rest.ends_with(b"_"));
                let (name, unit) = (shown(name), shown(said));
                (!said.is_empty() && !is_end)
                    .then(|| format!("its unit is {unit}, and `{name}` does not end in _{unit}"))
            }
        };
        match wrong {
            None => Ok(Entry::Other),
            Some(what) => {
                cursor.at = start;
                Err(Refused::new(cursor.line(), what))
            }
        }
    }

    fn sample(&mut self) -> Result<Entry<'a>, Refused> {
        let (line, start) = (self.cursor.line(), self.cursor.at);
        let mut name = None;
        if self.cursor.peek() != Some(b'{') {
            name = self.cursor.name(true);
            if name.is_none() {
                return Err(self.cursor.refuse("a metric name or `# `"));
            }
        } else if self.release == Release::V2 {
            return Err(self.cursor.refuse("a metric name before the labels (2.42 knows no names in quotes)"));
        }
        let mut labels = Vec::new();
        if self.cursor.take(b"{") {
            labels = self.labels(Some(&mut name))?;
        }
        let end = self.cursor.at;
        let Some(name) = name else { return Err(self.cursor.refuse("a metric name in quotes within the braces")) };
        self.value()?;
        let timestamp = self.timestamp()?;
        let has_exemplar = self.cursor.take(b" # {");
        if has_exemplar {
            // Of other metrics, the older one wants none.
            if self.release == Release::V2 && ![&b"_total"[..], b"_bucket"].iter().any(|end| name.ends_with(end)) {
                self.cursor.at -= 3;
                return Err(self.cursor.refuse("no exemplar (2.42 knows them of `_total` and `_bucket`)"));
            }
            self.labels(None)?;
            self.value()?;
            self.timestamp()?;
        }
        if self.cursor.peek() != Some(b'\n') {
            let refused = self.cursor.refuse("a timestamp, an exemplar (` # {…} value`) or a line feed");
            // The third counts the sample before it looks on.
            let is_counted =
                self.release == Release::V3 && timestamp.is_none() && !has_exemplar && self.cursor.peek().is_some();
            return Err(Refused { is_counted, ..refused });
        }
        let written = &self.cursor.bytes[start..end];
        self.cursor.take(b"\n");
        Ok(Entry::Sample(Sample { line, written, name, labels, timestamp, bound_label: self.bound_label }))
    }

    /// A space and a word; none if it is not there.
    fn word(&mut self) -> Option<&'a [u8]> {
        let start = self.cursor.at;
        if self.cursor.take(b" ") {
            let word = self.cursor.run(|byte| !matches!(byte, b' ' | b'\n' | 0));
            if !word.is_empty() {
                return Some(word);
            }
        }
        self.cursor.at = start;
        None
    }

    fn value(&mut self) -> Result<(), Refused> {
        let start = self.cursor.at;
        if self.word().and_then(float).is_some() {
            return Ok(());
        }
        self.cursor.at = start;
        self.cursor.take(b" ");
        Err(self.cursor.refuse("a space and a value such as 1, 2.5e-3, NaN or +Inf"))
    }

    /// In milliseconds; none if there is another thing or nothing.
    fn timestamp(&mut self) -> Result<Option<i64>, Refused> {
        let start = self.cursor.at;
        if self.cursor.rest().starts_with(b" # ") {
            return Ok(None);
        }
        let Some(word) = self.word() else { return Ok(None) };
        match float(word).filter(|seconds| seconds.is_finite()) {
            Some(seconds) => Ok(Some((seconds * 1e3) as i64)),
            None => {
                self.cursor.at = start + 1;
                Err(self.cursor.refuse("a timestamp in seconds"))
            }
        }
    }

    /// Up to the closing brace; those of an exemplar if there is no place for a name.
    fn labels(&mut self, mut name: Option<&mut Option<&'a [u8]>>) -> Result<Labels<'a>, Refused> {
        let is_old = self.release == Release::V2;
        let mut labels: Labels<'a> = Vec::new();
        let cursor = &mut self.cursor;
        // Behind a comma, the older one wants a label.
        let mut may_end = true;
        loop {
            if may_end && cursor.take(b"}") {
                return Ok(labels);
            }
            let is_quoted = !is_old && cursor.peek() == Some(b'"');
            let label = if is_quoted { cursor.quoted(name.is_some(), false) } else { cursor.name(false) };
            let Some(label) = label else { return Err(cursor.refuse("a label name")) };
            let is_name = is_quoted && matches!(cursor.peek(), Some(b',' | b'}'));
            match &mut name {
                Some(name) if is_name => {
                    if name.replace(label).is_some() {
                        return Err(cursor.refuse("a label, for the metric has its name already"));
                    }
                    cursor.take(b",");
                    continue;
                }
                _ => {}
            }
            if !cursor.take(b"=") {
                return Err(cursor.refuse("`=` after a label name"));
            }
            let at = cursor.at;
            let value = if name.is_some() { cursor.label_value(false) } else { cursor.quoted(false, false) };
            let Some(value) = value else {
                return Err(cursor.refuse("a label's value in quotes"));
            };
            if std::str::from_utf8(value).is_err() {
                cursor.at = at;
                return Err(cursor.refuse("a label's value in UTF-8"));
            }
            labels.push((label, value));
            match cursor.peek() {
                Some(b',') => {
                    cursor.take(b",");
                    may_end = !is_old;
                }
                Some(b'}') => may_end = true,
                _ => return Err(cursor.refuse("`,` or `}` after a label's value")),
            }
        }
    }
}

/// The label of a type that holds a number, if it is a type.
fn kind(word: &[u8]) -> Option<Option<&'static str>> {
    match word {
        b"histogram" => Some(Some("le")),
        b"summary" => Some(Some("quantile")),
        b"counter" | b"gauge" | b"gaugehistogram" | b"info" | b"stateset" | b"unknown" => Some(None),
        _ => None,
    }
}

impl<'a> Read<'a> for OpenMetrics<'a> {
    fn entry(&mut self) -> Result<Entry<'a>, Refused> {
        match self.cursor.peek() {
            _ if self.has_ended => Ok(Entry::End { cut: None }),
            None => {
                self.has_ended = true;
                let refused = self.cursor.refuse("`# EOF` as the last line");
                // A line feed at the end begins no line.
                let behind = usize::from(self.cursor.bytes.ends_with(b"\n"));
                Err(Refused { line: refused.line - behind, ..refused })
            }
            Some(b'#') => self.metadata(),
            Some(_) => self.sample(),
        }
    }

    fn resume(&mut self) {
        self.cursor.resume();
    }
}
