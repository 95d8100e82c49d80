//! The text format as Prometheus reads it.
//!
//! Labels need no comma between them, a label's value may hold line feeds, and any escape is left as it is. But a TYPE line
//! has one blank before its type and none behind it, and a timestamp has no sign.

use super::cursor::{Cursor, float, shown};
use super::{Entry, Labels, Read, Refused, Release, Sample};

pub(super) struct Text<'a> {
    cursor: Cursor<'a>,
    release: Release,
    bound_label: Option<&'static str>,
}

impl<'a> Text<'a> {
    /// The body ends in a line feed.
    pub(super) fn new(body: &'a [u8], release: Release) -> Self {
        Self { cursor: Cursor::new(body), release, bound_label: None }
    }

    fn end(&mut self) -> Entry<'a> {
        let is_whole = self.cursor.rest().iter().all(|byte| matches!(byte, 0 | b'\n'));
        Entry::End { cut: (!is_whole).then(|| self.cursor.line()) }
    }

    fn comment(&mut self) -> Result<Entry<'a>, Refused> {
        let is_apart = matches!(self.cursor.peek(), Some(b' ' | b'\t'));
        self.cursor.blanks();
        let start = self.cursor.at;
        let words: [&[u8]; 2] = [b"HELP", b"TYPE"];
        let word = words.into_iter().find(|word| is_apart && self.cursor.keyword(word));
        let Some(word) = word.filter(|_| matches!(self.cursor.peek(), Some(b' ' | b'\t'))) else {
            self.cursor.at = start;
            // Only behind a blank and something else do NUL bytes count for nothing.
            if self.cursor.peek() != Some(0) {
                self.cursor.run(|byte| byte != b'\n' && (is_apart || byte != 0));
            }
            return if self.cursor.peek() == Some(0) { Ok(self.end()) } else { Ok(self.line_end()) };
        };
        self.cursor.run(|byte| matches!(byte, b' ' | b'\t' | 0));
        let is_named = match self.cursor.peek() {
            Some(b'"') if self.release == Release::V3 => self.cursor.quoted(true, false).is_some(),
            _ => self.cursor.name(true).is_some(),
        };
        if !is_named {
            return Err(self.cursor.refuse("a metric name"));
        }
        if self.cursor.peek() == Some(0) {
            return Err(self.cursor.refuse("a blank behind the metric name"));
        }
        // Whatever else stands behind the name is taken for a blank.
        let start = self.cursor.at;
        let line = self.cursor.run(|byte| byte != b'\n');
        let said = line.get(1..).unwrap_or_default();
        if word == b"TYPE" {
            let kinds: [(&[u8], _); 5] = [
                (b"counter", None),
                (b"gauge", None),
                (b"histogram", Some("le")),
                (b"summary", Some("quantile")),
                (b"untyped", None),
            ];
            let Some((_, bound_label)) = kinds.into_iter().find(|(kind, _)| *kind == said) else {
                self.cursor.at = start;
                let line = self.cursor.line();
                let what = format!("expected counter, gauge, histogram, summary or untyped, found {:?}", shown(said));
                return Err(Refused::new(line, what));
            };
            self.bound_label = bound_label;
        } else if std::str::from_utf8(said).is_err() {
            self.cursor.at = start;
            return Err(Refused::new(self.cursor.line(), "the help text is not UTF-8".into()));
        }
        Ok(self.line_end())
    }

    fn line_end(&mut self) -> Entry<'a> {
        self.cursor.take(b"\n");
        Entry::Other
    }

    /// `start` is before the blanks, if there are some: they are taken for a part of the name.
    fn sample(&mut self, start: usize) -> Result<Entry<'a>, Refused> {
        let line = self.cursor.line();
        let mut name = None;
        if self.cursor.peek() != Some(b'{') {
            let cursor = &mut self.cursor;
            if cursor.name(true).is_none() {
                return Err(cursor.refuse("a metric name, `#` or a blank line"));
            }
            name = Some(&cursor.bytes[start..cursor.at]);
        } else if self.release == Release::V2 {
            return Err(self.cursor.refuse("a metric name before the labels (2.42 knows no names in quotes)"));
        }
        let mut end = self.cursor.at;
        let mut labels = Vec::new();
        self.cursor.blanks();
        if self.cursor.take(b"{") {
            labels = self.labels(&mut name)?;
            end = self.cursor.at;
            self.cursor.blanks();
        }
        let Some(name) = name else { return Err(self.cursor.refuse("a metric name in quotes within the braces")) };
        let cursor = &mut self.cursor;
        let at = cursor.at;
        let word = cursor.run(|byte| !matches!(byte, b'{' | b' ' | b'\t' | b'\n' | 0));
        if float(word).is_none() {
            cursor.at = at;
            return Err(cursor.refuse("a value such as 1, 2.5e-3, NaN or +Inf"));
        }
        cursor.blanks();
        let digits = cursor.run(|byte| byte.is_ascii_digit());
        let mut timestamp = None;
        if !digits.is_empty() {
            let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            let Some(number) = number else {
                cursor.at -= digits.len();
                return Err(cursor.refuse("a timestamp of 64 bits"));
            };
            timestamp = Some(number);
            cursor.blanks();
        }
        if cursor.peek() != Some(b'\n') {
            let expected =
                ["a timestamp in whole milliseconds without a sign, or the end of the line", "the end of the line"];
            return Err(cursor.refuse(expected[usize::from(timestamp.is_some())]));
        }
        let written = &cursor.bytes[start..end];
        cursor.take(b"\n");
        Ok(Entry::Sample(Sample { line, written, name, labels, timestamp, bound_label: self.bound_label }))
    }

    /// Up to the closing brace.
    fn labels(&mut self, name: &mut Option<&'a [u8]>) -> Result<Labels<'a>, Refused> {
        let mut labels = Vec::new();
        let cursor = &mut self.cursor;
        loop {
            cursor.blanks();
            if cursor.take(b"}") {
                return Ok(labels);
            }
            let is_quoted = self.release == Release::V3 && cursor.peek() == Some(b'"');
            let label = if is_quoted { cursor.quoted(true, false) } else { cursor.name(false) };
            let Some(label) = label else { return Err(cursor.refuse("a label name")) };
            cursor.blanks();
            if is_quoted && matches!(cursor.peek(), Some(b',' | b'}')) {
                if name.replace(label).is_some() {
                    return Err(cursor.refuse("a label, for the metric has its name already"));
                }
                cursor.take(b",");
                continue;
            }
            if !cursor.take(b"=") {
                return Err(cursor.refuse("`=` after a label name"));
            }
            if matches!(cursor.peek(), Some(b' ' | b'\t')) {
                cursor.run(|byte| matches!(byte, b' ' | b'\t' | 0));
            }
            let at = cursor.at;
            let Some(value) = cursor.label_value(true) else { return Err(cursor.refuse("a label's value in quotes")) };
            if std::str::from_utf8(value).is_err() {
                cursor.at = at;
                return Err(cursor.refuse("a label's value in UTF-8"));
            }
            labels.push((label, value));
            // A comma may be left out.
            cursor.blanks();
            cursor.take(b",");
        }
    }
}

impl<'a> Read<'a> for Text<'a> {
    fn entry(&mut self) -> Result<Entry<'a>, Refused> {
        let start = self.cursor.at;
        self.cursor.blanks();
        match self.cursor.peek() {
            None | Some(0) => Ok(self.end()),
            Some(b'\n') => Ok(self.line_end()),
            Some(b'#') => {
                self.cursor.take(b"#");
                self.comment()
            }
            Some(_) => self.sample(start),
        }
    }

    fn resume(&mut self) {
        self.cursor.resume();
    }
}
