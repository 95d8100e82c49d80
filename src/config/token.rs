//! The bearer token: what is allowed, and that nobody sees it.

use std::fmt;

/// The variable that holds the token itself.
pub const TOKEN_VARIABLE: &str = "OPENCLAW_PROMETHEUS_BEARER_TOKEN";
/// What that variable was called by the plugin before this one. No shell can set it, but a service manager can; it is
/// read when the other is not set.
pub const TOKEN_VARIABLE_BEFORE: &str = "openclaw-prometheus_BEARER_TOKEN";

/// Bytes of the longest token.
pub(super) const MAX_TOKEN_BYTES: usize = 4096;
/// What stands in place of a secret.
pub(super) const NOT_SHOWN: &str = "(not shown)";

/// A bearer token: 1 to 4,096 visible ASCII characters without spaces. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Box<str>);

impl Token {
    pub(super) const ALLOWED: &'static str = "1 to 4096 visible ASCII characters without spaces";

    pub(super) fn new(text: &str) -> Option<Self> {
        let is_allowed =
            (1..=MAX_TOKEN_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_allowed.then(|| Self(text.into()))
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
