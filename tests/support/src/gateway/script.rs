//! What a mock Gateway does.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::stream::Identity;

/// What a mock Gateway does. By default it lets everybody in and knows no method.
#[derive(Clone)]
pub struct Script {
    pub(super) token: Option<String>,
    pub(super) opening: Opening,
    pub(super) answers: BTreeMap<String, Act>,
    pub(super) hello: Value,
    pub(super) identity: Option<Identity>,
}

/// How a connection begins.
#[derive(Clone)]
pub enum Opening {
    /// As it should.
    Proper,
    /// These bytes instead of an answer to HTTP.
    Bytes(Vec<u8>),
    /// These bytes, one each 10 ms, over and over.
    Drip(&'static [u8]),
    /// Nothing at all.
    Silent,
    /// Closed before an answer to HTTP.
    Cut,
    /// This text as the first frame.
    First(String),
    /// Nothing after the answer to HTTP.
    NoChallenge,
    /// Closed after the answer to HTTP, with a code and a reason.
    Close(u16, &'static str),
    /// No answer to `connect`.
    Deaf,
    /// Closed after `connect`, without an answer.
    CutAtConnect,
    /// This error as the answer to `connect`; closed then, as the real one does.
    Refuse(Value),
    /// This payload as the answer to `connect`.
    Hello(Value),
    /// This text as the frame that follows `connect`.
    Second(String),
}

/// What becomes of a question.
#[derive(Clone)]
pub enum Act {
    /// This payload is its answer.
    Json(String),
    /// This error is.
    Error(Value),
    /// Nothing.
    Silence,
    /// Another act, so much later.
    After(Duration, Box<Act>),
    /// Another act, after so many events.
    Events(usize, Box<Act>),
    /// Another act, once a ping was answered.
    Pinged(Box<Act>),
    /// The answer of another question before its own.
    Stray(Box<Act>),
    /// Its answer once the next question was answered.
    Held(String),
    /// A text that is a frame by itself.
    Text(String),
    /// A frame of bytes.
    Binary,
    /// The connection is closed with a code and a reason.
    Close(u16, &'static str),
    /// The connection is closed without a word.
    Cut,
    /// Half a frame, and the connection is closed.
    HalfFrame,
    /// A frame of a megabyte, one byte each 10 ms.
    Drip,
    /// Bytes that are no frame.
    Bytes(Vec<u8>),
}

impl Act {
    pub fn after(self, time: Duration) -> Self {
        Self::After(time, Box::new(self))
    }
}

impl Default for Script {
    fn default() -> Self {
        Self { token: None, opening: Opening::Proper, answers: BTreeMap::new(), hello: Value::Null, identity: None }
    }
}

impl Script {
    /// One that answers these methods with these payloads.
    pub fn answering<'a>(answers: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let answers = answers.into_iter().map(|(method, payload)| (method.to_owned(), Act::Json(payload)));
        Self { answers: answers.collect(), ..Self::default() }
    }

    /// One that lets nobody in, or not as it should.
    pub fn opening(opening: Opening) -> Self {
        Self { opening, ..Self::default() }
    }

    /// Asks for this token.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// What becomes of a question.
    #[must_use]
    pub fn on(mut self, method: &str, act: Act) -> Self {
        self.answers.insert(method.to_owned(), act);
        self
    }

    /// Speaks TLS, as this one.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// What it says of itself, over what it says by default; `null` takes a key away.
    #[must_use]
    pub fn hello(mut self, hello: Value) -> Self {
        self.hello = hello;
        self
    }

    /// The answer to `connect`.
    pub(super) fn welcome(&self) -> Value {
        let mut payload = json!({
            "type": "hello-ok",
            "protocol": 4,
            "server": { "version": "2026.9.6", "connId": "mock" },
            "features": { "methods": self.answers.keys().collect::<Vec<_>>(), "events": ["connect.challenge", "tick"] },
            "snapshot": { "presence": [], "health": { "ok": true } },
            "auth": { "method": "token", "role": "operator", "scopes": ["operator.read"] },
            "policy": { "maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": 30_000 },
        });
        for (key, value) in self.hello.as_object().into_iter().flatten() {
            payload[key] = value.clone();
        }
        payload
    }

    /// What a real one says to another token.
    pub(super) fn wrong_token() -> Value {
        denial(
            "INVALID_REQUEST",
            "unauthorized: gateway token mismatch (provide gateway auth token)",
            "AUTH_TOKEN_MISMATCH",
        )
    }

    /// What a real one says to whoever shows nothing.
    pub(super) fn no_device() -> Value {
        denial("NOT_PAIRED", "device identity required", "DEVICE_IDENTITY_REQUIRED")
    }

    /// What a real one says of a method that it does not know.
    pub(super) fn no_such_method() -> Value {
        let mut error = denial("FORBIDDEN", "missing scope: operator.admin", "MISSING_SCOPE");
        error["details"]["missingScope"] = "operator.admin".into();
        error
    }
}

/// An error as the Gateway writes it.
pub fn denial(code: &str, message: &str, detail: &str) -> Value {
    json!({ "code": code, "message": message, "details": { "code": detail } })
}
