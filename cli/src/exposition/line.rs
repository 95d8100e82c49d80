//! One line, read from left to right.

use std::borrow::Cow;

use super::{Format, Labels, is_strict, number};

/// What is left of a line. OpenMetrics has one space where text has blanks, and none where text may have some.
pub(super) struct Line<'a> {
    rest: &'a str,
    is_strict: bool,
    /// Whether a name in quotes was read.
    pub(super) has_quoted: bool,
}

type Read<T> = Result<T, String>;

impl<'a> Line<'a> {
    pub(super) fn new(rest: &'a str, format: Format) -> Self {
        Self { rest, is_strict: is_strict(format), has_quoted: false }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// A sentence about what is there and should not be.
    pub(super) fn expected(&self, what: &str) -> String {
        match self.rest.chars().next() {
            None => format!("expected {what}, found the end of the line"),
            Some('\r') => format!("expected {what}, found a carriage return; lines end in a line feed alone"),
            Some(char) => format!("expected {what}, found {char:?}"),
        }
    }

    pub(super) fn take(&mut self, char: char) -> bool {
        match self.rest.strip_prefix(char) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn need(&mut self, char: char, what: impl FnOnce() -> String) -> Read<()> {
        if self.take(char) { Ok(()) } else { Err(self.expected(&what())) }
    }

    /// Blanks where text may have them.
    pub(super) fn blanks(&mut self) {
        if !self.is_strict {
            self.rest = self.rest.trim_start_matches([' ', '\t']);
        }
    }

    /// What parts two words.
    pub(super) fn gap(&mut self, before: &str) -> Read<()> {
        let what = || format!("a space before {before}");
        if self.is_strict {
            return self.need(' ', what);
        }
        if !self.rest.starts_with([' ', '\t']) {
            return Err(self.expected(&what()));
        }
        self.blanks();
        Ok(())
    }

    /// Everything up to the next blank.
    pub(super) fn word(&mut self) -> &'a str {
        let end = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A name, bare or in quotes.
    pub(super) fn name(&mut self, what: &str, has_colons: bool) -> Read<Cow<'a, str>> {
        if self.rest.starts_with('"') {
            self.has_quoted = true;
            let name = self.quoted(what)?;
            return if name.is_empty() { Err(format!("{what} is empty")) } else { Ok(name) };
        }
        let is_legal = |char: char| char.is_ascii_alphanumeric() || char == '_' || has_colons && char == ':';
        let end = self.rest.find(|char| !is_legal(char)).unwrap_or(self.rest.len());
        if end == 0 || self.rest.starts_with(|char: char| char.is_ascii_digit()) {
            return Err(self.expected(&format!("{what} (a letter or `_` first, or all of it in quotes)")));
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(name.into())
    }

    /// Text in quotes, unescaped.
    fn quoted(&mut self, what: &str) -> Read<Cow<'a, str>> {
        self.need('"', || format!("a quote that begins {what}"))?;
        let mut is_escaped = false;
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => {
                    let inside = &self.rest[..at];
                    self.rest = &self.rest[at + 1..];
                    return unescape(inside, true, self.is_strict);
                }
                _ => {}
            }
        }
        self.rest = "";
        Err(format!("expected a quote that ends {what}, found the end of the line"))
    }

    /// A sample's name and labels: `name`, `name{…}` or `{"name",…}`.
    pub(super) fn series(&mut self) -> Read<(Cow<'a, str>, Labels<'a>)> {
        if self.take('{') {
            self.blanks();
            if !self.rest.starts_with('"') {
                return Err(self.expected("the metric's name in quotes, for there is none before `{`"));
            }
            let name = self.name("a metric name", true)?;
            self.blanks();
            let labels = if self.take('}') {
                Vec::new()
            } else {
                self.need(',', || "`,` or `}` after the metric's name".into())?;
                self.labels_inside(!self.is_strict)?
            };
            return Ok((name, labels));
        }
        if self.rest.starts_with('"') {
            return Err("a metric name in quotes stands inside the braces: {\"name\",label=\"value\"}".into());
        }
        let name = self.name("a metric name", true)?;
        self.blanks();
        let labels = if self.rest.starts_with('{') { self.labels()? } else { Vec::new() };
        Ok((name, labels))
    }

    /// `{…}`, which may be empty.
    pub(super) fn labels(&mut self) -> Read<Labels<'a>> {
        self.need('{', || "`{` before the labels".into())?;
        self.labels_inside(true)
    }

    fn labels_inside(&mut self, mut may_end: bool) -> Read<Labels<'a>> {
        let mut labels: Labels<'a> = Vec::new();
        loop {
            self.blanks();
            if may_end && self.take('}') {
                break;
            }
            let name = self.name("a label name", false)?;
            self.blanks();
            self.need('=', || format!("`=` after the label name `{name}`"))?;
            self.blanks();
            let value = self.quoted("a label's value")?;
            if name == "__name__" {
                return Err("label `__name__` is the metric's name, and stands before the labels".into());
            }
            labels.push((name, value));
            self.blanks();
            if !self.take(',') {
                self.need('}', || "`,` or `}` after a label's value".into())?;
                break;
            }
            // Text allows a comma behind the last label.
            may_end = !self.is_strict;
        }
        match repeated(&labels) {
            Some(name) => Err(format!("label `{name}` is there twice")),
            None => Ok(labels),
        }
    }

    /// A value.
    pub(super) fn value(&mut self) -> Read<&'a str> {
        if self.rest.is_empty() || self.rest.starts_with([' ', '\t']) {
            return Err(self.expected("a value"));
        }
        let word = self.word();
        match number(word) {
            Some(_) => Ok(word),
            None if word.ends_with('\r') => {
                Err("expected the end of the line, found a carriage return; lines end in a line feed alone".into())
            }
            None => Err(format!("expected a value such as 1, 2.5e-3, NaN or +Inf, found `{}`", shortened(word))),
        }
    }
}

/// A label that is there twice. Sorted if there are many: a hostile line must not cost the square of its length.
fn repeated<'b>(labels: &'b Labels<'_>) -> Option<&'b str> {
    if labels.len() <= 16 {
        let is_repeated = |index: usize| labels[..index].iter().any(|(name, _)| *name == labels[index].0);
        return (1..labels.len()).find(|index| is_repeated(*index)).map(|index| &*labels[index].0);
    }
    let mut names: Vec<&str> = labels.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// Undoes escapes. Text knows `\\`, `\n` and in quotes `\"`; OpenMetrics has all three everywhere, and leaves others.
pub(super) fn unescape(text: &str, has_quotes: bool, is_strict: bool) -> Read<Cow<'_, str>> {
    if !text.contains('\\') {
        return Ok(text.into());
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('\\') => out.push('\\'),
            Some('n') => out.push('\n'),
            Some('"') if has_quotes || is_strict => out.push('"'),
            other if is_strict => {
                out.push('\\');
                out.extend(other);
            }
            other => {
                let found = other.map_or_else(|| "nothing".into(), |char| format!("{char:?}"));
                let allowed = if has_quotes { "`\\\\`, `\\n` or `\\\"`" } else { "`\\\\` or `\\n`" };
                return Err(format!("expected {allowed}, found {found} after a backslash"));
            }
        }
    }
    Ok(out.into())
}

/// The first of a word that may be long.
pub(super) fn shortened(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.into(),
    }
}
