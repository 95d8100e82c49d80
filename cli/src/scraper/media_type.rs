//! A Content-Type as Go reads it: strictly, but for a `;` at its end.

use crate::exposition::Format;

const OPEN_METRICS: &str = "application/openmetrics-text";
const PROTOBUF: &str = "application/vnd.google.protobuf";

/// What a Content-Type says, if it can be read.
pub(super) struct MediaType {
    text: String,
    /// In small letters; none if it cannot be read.
    kind: Option<String>,
    version: Option<String>,
}

impl MediaType {
    pub(super) fn read(text: &str) -> Self {
        let read = read(text);
        let version = read.as_ref().and_then(|(_, parameters)| {
            let version = parameters.iter().find(|(name, _)| name == "version");
            version.map(|(_, value)| value.clone())
        });
        Self { text: text.to_owned(), kind: read.map(|(kind, _)| kind), version }
    }

    pub(super) fn is_protobuf(&self) -> bool {
        self.kind.as_deref() == Some(PROTOBUF)
    }

    /// The format that both releases know it as, or a rule and a sentence on why it is none.
    pub(super) fn format(&self) -> Result<Format, (&'static str, String)> {
        match (self.kind.as_deref(), self.version.as_deref()) {
            (Some("text/plain"), _) => Ok(Format::Text),
            // Of the second version nothing is known without a flag.
            (Some(OPEN_METRICS), Some("2.0.0")) => {
                Err(("content-type-unknown", format!("Content-Type is {:?}, which Prometheus 3 refuses", self.text)))
            }
            (Some(OPEN_METRICS), _) => Ok(Format::OpenMetrics),
            _ if self.text.is_empty() => {
                Err(("content-type-missing", "no Content-Type; Prometheus 3 refuses the page".into()))
            }
            (Some(_), _) => {
                Err(("content-type-unknown", format!("Content-Type is {:?}, which Prometheus 3 refuses", self.text)))
            }
            (None, _) => {
                let what = format!("Content-Type is {:?}, which Prometheus 3 cannot read and refuses", self.text);
                Err(("content-type-broken", what))
            }
        }
    }
}

type Parameters = Vec<(String, String)>;

fn read(text: &str) -> Option<(String, Parameters)> {
    let (kind, _) = text.split_once(';').unwrap_or((text, ""));
    let mut rest = &text[kind.len()..];
    let kind = kind.trim().to_ascii_lowercase();
    let is_kind = match kind.split_once('/') {
        Some((kind, part)) => is_token(kind) && is_token(part),
        None => is_token(&kind),
    };
    if !is_kind {
        return None;
    }
    let mut parameters: Parameters = Vec::new();
    loop {
        let left = rest.trim_start();
        if left.is_empty() || left.trim() == ";" {
            return Some((kind, parameters));
        }
        let (name, value, behind) = parameter(left)?;
        if parameters.iter().any(|(known, held)| *known == name && *held != value) {
            return None;
        }
        parameters.push((name, value));
        rest = behind;
    }
}

/// `;name=value`, and what follows.
fn parameter(text: &str) -> Option<(String, String, &str)> {
    let text = text.strip_prefix(';')?.trim_start();
    let (name, text) = token(text);
    let text = text.trim_start().strip_prefix('=')?.trim_start();
    if name.is_empty() {
        return None;
    }
    let (value, text) = match text.strip_prefix('"') {
        Some(text) => quoted(text)?,
        None => {
            let (value, text) = token(text);
            if value.is_empty() {
                return None;
            }
            (value.to_owned(), text)
        }
    };
    Some((name.to_ascii_lowercase(), value, text))
}

/// Up to the closing quote. A backslash hides special characters only.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &text[at + 1..])),
            '\r' | '\n' => return None,
            '\\' if text[at + 1..].starts_with(is_special) => value.extend(chars.next().map(|(_, char)| char)),
            _ => value.push(char),
        }
    }
    None
}

fn token(text: &str) -> (&str, &str) {
    text.split_at(text.find(|char| !is_token_char(char)).unwrap_or(text.len()))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_char)
}

fn is_token_char(char: char) -> bool {
    char.is_ascii_graphic() && !is_special(char)
}

fn is_special(char: char) -> bool {
    "()<>@,;:\\\"/[]?=".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_read_as_go_reads_it() {
        for (text, known) in [
            ("text/plain", Ok(Format::Text)),
            ("TEXT/Plain ; Version = 0.0.4", Ok(Format::Text)),
            ("text/plain;", Ok(Format::Text)),
            ("text/plain; version=\"0.0.4\"; charset=utf-8 ; ", Ok(Format::Text)),
            ("text/plain; a=b; a=b", Ok(Format::Text)),
            ("application/openmetrics-text; version=9", Ok(Format::OpenMetrics)),
            ("application/openmetrics-text; version=2.0.0", Err("content-type-unknown")),
            ("", Err("content-type-missing")),
            ("text", Err("content-type-unknown")),
            ("text/html", Err("content-type-unknown")),
            ("text/", Err("content-type-broken")),
            ("text/plain, text/plain", Err("content-type-broken")),
            ("text/plain version=0.0.4", Err("content-type-broken")),
            ("text/plain; version", Err("content-type-broken")),
            ("text/plain; version=", Err("content-type-broken")),
            ("text/plain;; a=b", Err("content-type-broken")),
            ("text/plain; a=b; a=c", Err("content-type-broken")),
            ("text/plain; a=\"b", Err("content-type-broken")),
            ("text/plain; a=b c", Err("content-type-broken")),
        ] {
            assert_eq!(MediaType::read(text).format().map_err(|(rule, _)| rule), known, "{text:?}");
        }
    }
}
