//! What figures of a method are, and how they read an answer.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::super::loose::Loose;

/// What is made of one method's answers. It is asked by one thread at a time.
pub(in crate::openclaw::rpc) trait Figures: Send {
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
pub(in crate::openclaw::rpc) enum AnswerError {
    /// It is not JSON, or not the object or list that was expected.
    Shape,
    /// The Gateway is still counting, and what it says until then is 0.
    NotCounted,
    /// The Gateway says that it cannot tell yet.
    NotReady,
}

impl std::fmt::Display for AnswerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Shape => "the answer is not of the shape that is known; a newer version of this exporter may know it",
            Self::NotCounted => "the Gateway is still counting; its figures come when it is done",
            Self::NotReady => "the Gateway cannot tell yet; its figures come when it has set itself up",
        })
    }
}

impl std::error::Error for AnswerError {}

/// A list whose elements are read one by one. None if it is not there or no list, which is not the same as an empty one.
pub(super) type List<T> = Loose<Vec<Loose<T>>>;

/// The elements of a list that have the shape that is read.
pub(super) fn elements<T>(list: &[Loose<T>]) -> impl Iterator<Item = &T> {
    list.iter().filter_map(Loose::get)
}

/// Reads an answer that is an object: serde would take a list for one too.
pub(super) fn object<T: DeserializeOwned>(answer: &str) -> Result<T, AnswerError> {
    let is_object = answer.trim_start().starts_with('{');
    if is_object { serde_json::from_str(answer).map_err(|_| AnswerError::Shape) } else { Err(AnswerError::Shape) }
}

/// Reads an answer that is a list of objects, those that are none left out. If all of them are, it is no such list.
pub(super) fn list<T: DeserializeOwned>(answer: &str) -> Result<Vec<T>, AnswerError> {
    let all: Vec<&RawValue> = serde_json::from_str(answer).map_err(|_| AnswerError::Shape)?;
    let objects: Vec<T> = all.iter().filter_map(|raw| object(raw.get()).ok()).collect();
    if objects.is_empty() && !all.is_empty() { Err(AnswerError::Shape) } else { Ok(objects) }
}

/// Milliseconds since 1970 as seconds since then. 0 is no time.
pub(super) fn moment(ms: &Loose<f64>) -> Option<f64> {
    ms.seconds().filter(|seconds| *seconds > 0.0)
}
