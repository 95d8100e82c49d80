//! One frame of the Gateway's protocol, as text.
//!
//! The parts that are not used are skipped, and an answer is the text of its payload: of 25 MB of JSON no tree is built. What
//! has another shape than ours is no answer to anything; what is no JSON is broken.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::text::field;

/// Bytes of an error that are looked into.
const MOST_ERROR_BYTES: usize = 16 << 10;
/// Bytes of an error's code.
const MOST_CODE_BYTES: usize = 64;

/// What the Gateway sent.
#[derive(Debug)]
pub(super) enum Frame<'a> {
    /// Something happened.
    Event { name: Cow<'a, str> },
    /// What became of a question.
    Answer { id: Cow<'a, str>, outcome: Result<&'a str, Denial> },
    /// Something newer than we are.
    Other,
}

/// An error that the Gateway answered with, as it came: nothing of it is fit to be shown.
#[derive(Debug, Default)]
pub(super) struct Denial {
    error: Value,
}

/// A frame that is no JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BrokenFrame;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// A text without its escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Frame<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, BrokenFrame> {
        let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|_| BrokenFrame)?;
        let text = |raw| field::<Text<'a>>(raw).map(|text| text.0);
        Ok(match text(envelope.kind).as_deref() {
            Some("event") => match text(envelope.event) {
                Some(name) => Self::Event { name },
                None => Self::Other,
            },
            Some("res") => match text(envelope.id) {
                Some(id) => Self::Answer { id, outcome: envelope.outcome() },
                None => Self::Other,
            },
            _ => Self::Other,
        })
    }
}

impl<'a> Envelope<'a> {
    /// An answer without `ok` is one if it has no error.
    fn outcome(&self) -> Result<&'a str, Denial> {
        if field(self.ok).unwrap_or(self.error.is_none()) {
            return Ok(self.payload.map_or("null", RawValue::get));
        }
        let error = self.error.filter(|error| error.get().len() <= MOST_ERROR_BYTES);
        Err(Denial { error: field(error).unwrap_or_default() })
    }
}

impl Denial {
    fn text(&self, path: &str) -> &str {
        self.error.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, path: &str) -> Option<u64> {
        self.error.pointer(path).and_then(Value::as_u64)
    }

    /// What kind of error it is: letters, digits and underscores, or `UNKNOWN`.
    pub(super) fn code(&self) -> &str {
        let code = self.text("/code");
        let is_plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if is_plain && (1..=MOST_CODE_BYTES).contains(&code.len()) { code } else { "UNKNOWN" }
    }

    /// More of its kind.
    pub(super) fn detail(&self) -> &str {
        self.text("/details/code")
    }

    pub(super) fn message(&self) -> &str {
        self.text("/message")
    }

    pub(super) fn auth_reason(&self) -> &str {
        self.text("/details/authReason")
    }

    pub(super) fn missing_scope(&self) -> &str {
        self.text("/details/missingScope")
    }

    pub(super) fn pairing_request(&self) -> &str {
        self.text("/details/requestId")
    }

    pub(super) fn expected_protocol(&self) -> Option<u64> {
        self.number("/details/expectedProtocol")
    }

    pub(super) fn retry_after_ms(&self) -> Option<u64> {
        self.number("/retryAfterMs")
    }
}

/// A question, as it is sent. Nothing if the parameters are no JSON.
pub(super) fn request(id: &str, method: &str, params: &str) -> Option<String> {
    #[derive(Serialize)]
    struct Request<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        id: &'a str,
        method: &'a str,
        params: &'a RawValue,
    }
    let params = serde_json::from_str(params).ok()?;
    serde_json::to_string(&Request { kind: "req", id, method, params }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<&str, Denial> {
        match Frame::read(text) {
            Ok(Frame::Answer { id, outcome }) if id == "1" => outcome,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn an_answer_is_the_text_of_its_payload() {
        assert_eq!(answer(r#"{"type":"res","id":"1","ok":true,"payload":{"a": [1, 2]}}"#).unwrap(), r#"{"a": [1, 2]}"#);
        assert_eq!(answer(r#"{"payload":[],"ok":true,"id":"\u0031","type":"res","new":{}}"#).unwrap(), "[]");
        for nothing in [r#"{"type":"res","id":"1","ok":true,"payload":null}"#, r#"{"type":"res","id":"1","ok":true}"#] {
            assert_eq!(answer(nothing).unwrap(), "null");
        }
        assert_eq!(answer(r#"{"type":"res","id":"1","payload":7}"#).unwrap(), "7", "without `ok`");
    }

    #[test]
    fn an_error_is_read_as_far_as_it_has_a_shape() {
        let denial = answer(
            r#"{"type":"res","id":"1","ok":false,"error":{"code":"FORBIDDEN","message":"missing scope: operator.read",
            "retryAfterMs":250,"details":{"code":"MISSING_SCOPE","missingScope":"operator.read"}}}"#,
        );
        let denial = denial.unwrap_err();
        assert_eq!((denial.code(), denial.detail()), ("FORBIDDEN", "MISSING_SCOPE"));
        assert_eq!((denial.missing_scope(), denial.retry_after_ms()), ("operator.read", Some(250)));
        for odd in ["null", "7", r#""text""#, r#"{"code":7,"message":[],"details":null}"#, r#"{"code":"A B\n"}"#] {
            let denial = answer_with_error(odd);
            assert_eq!((denial.code(), denial.message(), denial.detail()), ("UNKNOWN", "", ""), "{odd}");
        }
        let long = format!(r#"{{"code":"LONG","message":"{}"}}"#, "x".repeat(MOST_ERROR_BYTES));
        assert_eq!(answer_with_error(&long).code(), "UNKNOWN");
    }

    fn answer_with_error(error: &str) -> Denial {
        let text = format!(r#"{{"type":"res","id":"1","ok":false,"error":{error}}}"#);
        answer(&text).unwrap_err()
    }

    #[test]
    fn what_answers_nothing_is_passed_over_and_what_is_no_json_is_broken() {
        for text in [r#"{"type":"res","id":7,"ok":true}"#, "{}", r#"{"type":"req","id":"1"}"#, r#"{"type":"event"}"#] {
            assert!(matches!(Frame::read(text), Ok(Frame::Other)), "{text}");
        }
        for text in ["", "garbage", "[", "[1]", "7", r#"{"type":"res""#, r#"{"type":"res"} x"#] {
            assert_eq!(Frame::read(text).unwrap_err(), BrokenFrame, "{text}");
        }
        let deep =
            format!(r#"{{"type":"res","id":"1","ok":true,"payload":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(answer(&deep).unwrap().len(), 200_000);
    }

    #[test]
    fn a_question_has_its_parameters_as_they_are() {
        let text = request("9", "sessions.list", r#"{"limit":200}"#);
        let expected = r#"{"type":"req","id":"9","method":"sessions.list","params":{"limit":200}}"#;
        assert_eq!(text.as_deref(), Some(expected));
        assert_eq!(request("9", "sessions.list", "{"), None);
    }
}
