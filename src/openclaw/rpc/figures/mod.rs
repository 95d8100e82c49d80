//! From an answer to families: a file for each subject, a struct for each method.
//!
//! Every text that becomes a label goes through the [policy](crate::openclaw::policy), and a family has a bounded number
//! of rows: what is beyond is left out or summed up, and its file says which.

mod channels;
mod cron;
mod host;
mod providers;
#[cfg(test)]
mod recorded;
mod rows;
mod series;
mod sessions;
mod usage;
mod words;

use serde::de::DeserializeOwned;

use super::loose::Loose;
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

/// A list whose elements are read one by one. None if it is not there or no list, which is not the same as an empty one.
type List<T> = Loose<Vec<Loose<T>>>;

/// The elements of a list that have the shape that is read.
fn elements<T>(list: &[Loose<T>]) -> impl Iterator<Item = &T> {
    list.iter().filter_map(Loose::get)
}

/// Reads an answer that is an object: serde would take a list for one too.
fn object<T: DeserializeOwned>(answer: &str) -> Result<T, AnswerError> {
    let is_object = answer.trim_start().starts_with('{');
    if is_object { serde_json::from_str(answer).map_err(|_| AnswerError::Shape) } else { Err(AnswerError::Shape) }
}

/// Milliseconds since 1970 as seconds since then. 0 is no time.
fn moment(ms: &Loose<f64>) -> Option<f64> {
    ms.seconds().filter(|seconds| *seconds > 0.0)
}

/// Registers what is made of a method's answers.
pub(super) fn register(method: Method, registry: &Registry) -> Result<Box<dyn Figures>, RegisterError> {
    Ok(match method {
        Method::ChannelsStatus => Box::new(channels::Channels::register(registry)?),
        Method::Sessions => Box::new(sessions::Sessions::register(registry)?),
        Method::UsageCost => Box::new(usage::UsageCost::register(registry)?),
        Method::SessionsUsage => Box::new(usage::SessionsUsage::register(registry)?),
        method => todo!("{method:?}"),
    })
}
