//! One line of a recording: `{"event": {…}, "metadata": {…}}`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::event::{DiagnosticEvent, Metadata};
use super::field::{Field, Text, Value};
use super::fields::{Fields, FieldsSeed, KEYS};
use super::skip::{object_of, skip};

/// Fills the metadata; the object is a part of `text`.
struct MetadataSeed<'m, 'a> {
    text: &'a str,
    metadata: &'m mut Metadata,
}

impl<'de> DeserializeSeed<'de> for MetadataSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MetadataSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(key) = members.next_key::<&RawValue>()? {
            let flag = match unescaped(key).as_ref() {
                "trusted" => &mut self.metadata.trusted,
                "internal" => &mut self.metadata.internal,
                _ => {
                    skip(self.text, key, &mut members)?;
                    continue;
                }
            };
            // Nothing but the JSON `true` is trust.
            *flag = members.next_value::<&RawValue>()?.get() == "true";
        }
        Ok(())
    }
}

/// A key as text; one that is no Unicode is no key we know.
fn unescaped(key: &RawValue) -> Text<'_> {
    Text::read(key.get()).unwrap_or_default()
}

/// One recorded event with what the host said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// The event.
    pub event: DiagnosticEvent<'a>,
    /// Who emitted it.
    pub metadata: Metadata,
    /// When, in milliseconds since 1970, if the event says so.
    pub ts: Option<u64>,
}

impl<'a> Line<'a> {
    /// Reads one line, without its line end.
    ///
    /// # Errors
    /// The text is no JSON, has no `event` object, or the event has no `type`. Broken fields are no error.
    pub fn parse(text: &'a str) -> Result<Self, LineError> {
        let mut parts = LineVisitor { text, event: Fields::default(), has_event: false, metadata: Metadata::default() };
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(&mut parts)?;
        json.end()?;
        if !parts.has_event {
            return Err(LineError::NoEvent);
        }
        let fields = &parts.event;
        let Field::Value(event_type) = fields.get::<Text<'a>>(const { KEYS.index_of("type") }) else {
            return Err(LineError::NoType);
        };
        let ts: Field<f64> = fields.get(const { KEYS.index_of("ts") });
        Ok(Line {
            event: DiagnosticEvent::new(event_type, fields),
            metadata: parts.metadata,
            ts: ts.value().filter(|ms| **ms >= 0.0).map(|ms| *ms as u64),
        })
    }
}

/// Why a line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineError {
    /// The line is longer than a replay reads.
    TooLong {
        /// The longest line that is read.
        limit_bytes: usize,
    },
    /// The line is not UTF-8.
    NotUtf8 {
        /// The first byte that is wrong, counted from 1.
        column: usize,
    },
    /// The line is no JSON, or not an object with an `event` object.
    NotJson {
        /// The byte where reading stopped, counted from 1.
        column: usize,
        /// What was expected there.
        expected: String,
    },
    /// The line has no `event`.
    NoEvent,
    /// The event has no `type`, or one that is no text.
    NoType,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::TooLong { limit_bytes } => write!(f, "longer than {limit_bytes} bytes"),
            LineError::NotUtf8 { column } => write!(f, "column {column}: not UTF-8"),
            LineError::NotJson { column, expected } => write!(f, "column {column}: {expected}"),
            LineError::NoEvent => f.write_str("no `event`; a line is {\"event\": {…}, \"metadata\": {…}}"),
            LineError::NoType => f.write_str("event.type: missing or not text"),
        }
    }
}

impl std::error::Error for LineError {}

impl From<serde_json::Error> for LineError {
    fn from(error: serde_json::Error) -> Self {
        // serde_json ends its message with its own idea of the line, which is always 1 here.
        let text = error.to_string();
        let expected = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned();
        LineError::NotJson { column: error.column().max(1), expected }
    }
}

/// The two members of a line.
struct LineVisitor<'a> {
    text: &'a str,
    event: Fields<'a>,
    has_event: bool,
    metadata: Metadata,
}

impl<'de> Visitor<'de> for &mut LineVisitor<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        let text = self.text;
        while let Some(key) = members.next_key::<&RawValue>()? {
            match unescaped(key).as_ref() {
                "event" => {
                    if std::mem::replace(&mut self.has_event, true) {
                        self.event = Fields::default();
                    }
                    members.next_value_seed(FieldsSeed { text, fields: &mut self.event })?;
                }
                "metadata" => {
                    self.metadata = Metadata::default();
                    // Metadata of another shape is no trust, and no reason to lose the line.
                    match object_of(text, key) {
                        Some(_) => members.next_value_seed(MetadataSeed { text, metadata: &mut self.metadata })?,
                        None => skip(text, key, &mut members)?,
                    }
                }
                _ => skip(text, key, &mut members)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(text: &str) -> Metadata {
        let line = format!(r#"{{"event":{{"type":"diagnostic.gc"}},"metadata":{text}}}"#);
        Line::parse(&line).expect("a line").metadata
    }

    #[test]
    fn only_the_json_true_is_trust() {
        assert_eq!(metadata(r#"{"trusted":true}"#), Metadata { trusted: true, internal: false });
        assert_eq!(metadata(r#"{"internal":true,"trusted":false}"#), Metadata { trusted: false, internal: true });
        for text in [r#"{"trusted":"true","internal":1}"#, r#"{"trusted":[true]}"#, "{}", "null", "true", "[]", "1e400"]
        {
            assert!(!metadata(text).is_recorded(), "{text}");
        }
    }

    #[test]
    fn the_type_may_stand_anywhere_and_the_last_of_equal_keys_wins() {
        let text = r#"{"metadata":{},"event":{"durationMs":1,"durationMs":2,"type":"log.record","type":"diagnostic.gc","ts":7}}"#;
        let line = Line::parse(text).expect("a line");
        assert_eq!(line.event.event_type(), "diagnostic.gc");
        assert_eq!(line.ts, Some(7));
        let DiagnosticEvent::Gc(gc) = line.event else { panic!("not a collection") };
        assert_eq!(gc.duration_ms, Field::Value(2.0));
    }

    #[test]
    fn escaped_keys_are_the_same_keys() {
        let line = Line::parse(r#"{"\u0065vent":{"\u0074ype":"diagnostic.g\u0063","\ud800":1}}"#).expect("a line");
        assert_eq!(line.event.event_type(), "diagnostic.gc");
    }

    #[test]
    fn a_line_that_cannot_be_used_says_where_and_why() {
        for (text, message) in [
            ("", "column 1: EOF while parsing a value"),
            ("[]", "column 1: invalid type: sequence, expected an object"),
            (r#"{"event":{"type":"a"}"#, "column 21: EOF while parsing an object"),
            (r#"{"event":{"type":"a"}} x"#, "column 24: trailing characters"),
            (r#"{"event":{"a":01,"type":"a"}}"#, "column 16: invalid number"),
            (r#"{"event":5}"#, "column 10: invalid type: integer `5`, expected an object"),
            (r#"{"metadata":{}}"#, "no `event`; a line is {\"event\": {…}, \"metadata\": {…}}"),
            (r#"{"event":{"type":7}}"#, "event.type: missing or not text"),
            (r#"{"event":{}}"#, "event.type: missing or not text"),
        ] {
            assert_eq!(Line::parse(text).expect_err(text).to_string(), message, "{text}");
        }
    }
}
