//! From an answer to families: a file for each subject, a struct for each method.
//!
//! Every text that becomes a label goes through the [policy](crate::openclaw::policy), and a family has a bounded number
//! of rows: what is beyond is left out or summed up, and its file says which.

mod channels;
mod cron;
mod host;
mod providers;
mod rows;
mod sessions;
mod usage;

use super::method::Method;
use crate::{RegisterError, Registry};

/// What is made of one method's answers. It is asked by one thread at a time.
pub(super) trait Figures: Send {
    /// Replaces the families by what the answer says, at `now`, the time of day in seconds since 1970.
    ///
    /// # Errors
    /// Why it says nothing that can be shown; the families are then as they were.
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError>;

    /// Brings what grows by itself (ages, times left) up to `now`, without a new answer.
    fn refresh(&mut self, _now: f64) {}

    /// Takes all series away: the answer is too old to be shown.
    fn clear(&mut self);
}

/// Why an answer says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerError {
    /// It is not JSON, or not the object or list that was expected.
    Shape,
    /// The Gateway is still counting, and what it says until then is 0.
    NotCounted,
}

impl std::fmt::Display for AnswerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Shape => "the answer is not of the shape that is known; a newer version of this exporter may know it",
            Self::NotCounted => "the Gateway is still counting; its figures come when it is done",
        })
    }
}

impl std::error::Error for AnswerError {}

/// Registers what is made of a method's answers.
pub(super) fn register(method: Method, registry: &Registry) -> Result<Box<dyn Figures>, RegisterError> {
    let _ = registry;
    match method {
        method => todo!("{method:?}"),
    }
}
