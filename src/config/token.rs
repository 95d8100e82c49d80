//! The bearer token: what is allowed, and that nobody sees it.

use std::fmt;

use crate::token::{self, TokenProblem};

/// The variable that holds the token itself.
pub const TOKEN_VARIABLE: &str = "OPENCLAW_PROMETHEUS_BEARER_TOKEN";
/// What that variable was called by the plugin before this one. No shell can set it, but a service manager can; it is
/// read when the other is not set.
pub const TOKEN_VARIABLE_BEFORE: &str = "openclaw-prometheus_BEARER_TOKEN";

/// What stands in place of a secret.
pub(super) const NOT_SHOWN: &str = "(not shown)";

/// What stands in place of a secret that is not allowed: nothing of it, but what most likely happened to it.
pub(super) fn not_shown(text: &[u8]) -> &'static str {
    if token::read(text) == Err(TokenProblem::Utf16) { "UTF-16 (not shown)" } else { NOT_SHOWN }
}

/// A bearer token: 1 to 4,096 visible ASCII characters without spaces. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Box<str>);

impl Token {
    pub(super) const ALLOWED: &'static str = "1 to 4096 visible ASCII characters without spaces";

    /// The token in a text, without the white space and the byte order mark around it.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        token::read(text).ok().map(|token| Self(token.into()))
    }

    /// The token itself, to compare with what a client sends.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_SHOWN)
    }
}

/// A password: 1 to 4,096 bytes without control characters. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    pub(super) const ALLOWED: &'static str = "1 to 4096 bytes without control characters";

    pub(super) fn new(text: &str) -> Option<Self> {
        let is_allowed = (1..=token::MOST_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
        is_allowed.then(|| Self(text.into()))
    }

    /// The password itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_SHOWN)
    }
}
