//! From an answer to families: a file for each subject, a struct for each method.
//!
//! Every text that becomes a label goes through the [policy](crate::openclaw::policy), and a family has a bounded number
//! of rows: what is beyond is left out or summed up, and its file says which.

mod auth;
mod channels;
mod cron;
mod health;
mod heartbeat;
mod jobs;
mod lanes;
mod models;
mod nodes;
mod presence;
mod quotas;
#[cfg(test)]
mod recorded;
mod rows;
mod series;
mod sessions;
mod skills;
mod system;
mod usage;
mod windows;
mod words;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

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

/// Reads an answer that is a list of objects, those that are none left out. If all of them are, it is no such list.
fn list<T: DeserializeOwned>(answer: &str) -> Result<Vec<T>, AnswerError> {
    let all: Vec<&RawValue> = serde_json::from_str(answer).map_err(|_| AnswerError::Shape)?;
    let objects: Vec<T> = all.iter().filter_map(|raw| object(raw.get()).ok()).collect();
    if objects.is_empty() && !all.is_empty() { Err(AnswerError::Shape) } else { Ok(objects) }
}

/// Milliseconds since 1970 as seconds since then. 0 is no time.
fn moment(ms: &Loose<f64>) -> Option<f64> {
    ms.seconds().filter(|seconds| *seconds > 0.0)
}

/// Registers what is made of a method's answers.
pub(super) fn register(method: Method, registry: &Registry) -> Result<Box<dyn Figures>, RegisterError> {
    Ok(match method {
        Method::LastHeartbeat => Box::new(heartbeat::Heartbeat::register(registry)?),
        Method::Presence => Box::new(presence::Presence::register(registry)?),
        Method::CronStatus => Box::new(cron::Scheduler::register(registry)?),
        Method::CronList => Box::new(jobs::Jobs::register(registry)?),
        Method::Lanes => Box::new(lanes::Lanes::register(registry)?),
        Method::ChannelsStatus => Box::new(channels::Channels::register(registry)?),
        Method::Sessions => Box::new(sessions::Sessions::register(registry)?),
        Method::UsageCost => Box::new(usage::UsageCost::register(registry)?),
        Method::SessionsUsage => Box::new(usage::SessionsUsage::register(registry)?),
        Method::Health => Box::new(health::Health::register(registry)?),
        Method::Nodes => Box::new(nodes::Nodes::register(registry)?),
        Method::SystemInfo => Box::new(system::System::register(registry)?),
        Method::Models => Box::new(models::Models::register(registry)?),
        Method::AuthStatus => Box::new(auth::Auth::register(registry)?),
        Method::UsageStatus => Box::new(quotas::Quotas::register(registry)?),
        Method::Skills => Box::new(skills::Skills::register(registry)?),
    })
}
