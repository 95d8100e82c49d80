//! What is wrong with a page, and how much it matters.

use serde::Serialize;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Of a scrape: it fails, or samples are lost. Of a page by itself: what its format forbids.
    Error,
    /// It is taken, and will trouble somebody: what a format or a guide forbids.
    Warning,
    /// Known and meant to be so; not counted.
    Note,
}

impl Severity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// A word to tell findings apart by, for scripts.
    pub rule: &'static str,
    /// Its line, from 1, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The family that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// A sentence for people.
    pub message: String,
}

impl Problem {
    /// Of the page as a whole, or of the answer that brought it.
    pub(crate) fn of_page(severity: Severity, rule: &'static str, message: impl Into<String>) -> Self {
        Self { severity, rule, line: None, family: None, message: message.into() }
    }
}
