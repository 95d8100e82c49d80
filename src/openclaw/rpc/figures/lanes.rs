//! `diagnostics.lanes`: the queues that commands wait in.
//!
//! The Gateway names its own lanes; those of sessions it adds up itself, and only while it has some.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::super::loose::Loose;
use super::series::{Series, put};
use super::{AnswerError, Figures, List, elements, object};
use crate::openclaw::catalogue::lanes::Families;
use crate::openclaw::policy;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    lanes: List<Lane>,
    dynamic: Loose<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Lane {
    lane: Loose<String>,
    queued_count: Loose<f64>,
    active_count: Loose<f64>,
    max_concurrent: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Dynamic {
    lane_count: Loose<f64>,
    queued_count: Loose<f64>,
    active_count: Loose<f64>,
}

/// Lanes of sessions, read like a field of the answer.
fn dynamic_of(value: &Value) -> Loose<Dynamic> {
    serde_json::from_str(&value.to_string()).unwrap_or_default()
}

/// The families of `diagnostics.lanes`.
#[derive(Debug)]
pub(super) struct Lanes {
    families: Families,
    waiting: Waiting,
}

impl Lanes {
    pub(super) fn register(registry: &Registry, waiting: Waiting) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)?, waiting })
    }
}

/// How many wait in each lane, as the last answer has it, for whoever counts them himself. Lanes of sessions are one lane.
#[derive(Debug, Clone, Default)]
pub(in crate::openclaw::rpc) struct Waiting(Arc<Mutex<Option<Queued>>>);

/// One answer: when it was made, since 1970, and how many wait by lane.
pub(crate) type Queued = (f64, Vec<(String, f64)>);

/// What the lane of all sessions is called.
const SESSION: &str = "session";

impl Waiting {
    fn put(&self, queued: Queued) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(queued);
    }

    /// What was answered since the last call.
    pub(in crate::openclaw::rpc) fn take(&self) -> Option<Queued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Figures for Lanes {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let lanes = answer.lanes.get().ok_or(AnswerError::Shape)?;
        let (mut queued, mut active, mut limit) = <(Series<1>, Series<1>, Series<1>)>::default();
        let mut waiting = Vec::new();
        for lane in elements(lanes) {
            let name = policy::lane(lane.lane.text());
            queued.add([name], lane.queued_count.amount());
            waiting.extend(lane.queued_count.amount().map(|queued| (name.to_owned(), queued)));
            active.add([name], lane.active_count.amount());
            limit.add([name], lane.max_concurrent.amount());
        }
        let has_none = answer.dynamic.get().is_some_and(Value::is_null);
        let dynamic = answer.dynamic.get().filter(|_| !has_none).map(dynamic_of).unwrap_or_default();
        let dynamic = dynamic.get();
        // Of sessions it tells while they have lanes: null is none. Of what is told in another shape nothing is known.
        let of_sessions = if has_none { Some(0.0) } else { dynamic.and_then(|dynamic| dynamic.queued_count.amount()) };
        waiting.extend(of_sessions.map(|queued| (SESSION.to_owned(), queued)));
        self.waiting.put((now, waiting));
        queued.add(["dynamic"], dynamic.and_then(|dynamic| dynamic.queued_count.amount()));
        active.add(["dynamic"], dynamic.and_then(|dynamic| dynamic.active_count.amount()));
        queued.put(&self.families.queued);
        active.put(&self.families.active);
        limit.put(&self.families.limit);
        put(&self.families.dynamic, dynamic.and_then(|dynamic| dynamic.lane_count.amount()));
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::recorded_tests::{Rows, figures, one, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::Lanes);
        let by_lane = |field: &str| -> Rows {
            let lanes = answer["lanes"].as_array().unwrap();
            let told =
                |lane: &Value| (format!("lane={}", lane["lane"].as_str().unwrap()), lane[field].as_f64().unwrap());
            lanes.iter().map(told).collect()
        };
        let with_dynamic = |field: &str| {
            let mut rows = by_lane(field);
            rows.insert("lane=dynamic".into(), answer["dynamic"][field].as_f64().unwrap());
            rows
        };
        assert_eq!(rows(&registry, "openclaw_command_lane_queued"), with_dynamic("queuedCount"));
        assert_eq!(rows(&registry, "openclaw_command_lane_active"), with_dynamic("activeCount"));
        assert_eq!(rows(&registry, "openclaw_command_lane_limit"), by_lane("maxConcurrent"));
        let lanes = answer["dynamic"]["laneCount"].as_f64();
        assert_eq!(one(&registry, "openclaw_command_dynamic_lanes"), lanes);
    }

    #[test]
    fn a_lane_of_a_session_is_shown_without_its_key() {
        let (registry, mut figures) = figures(Method::Lanes);
        figures.take(r#"{"lanes":[{"lane":"session:agent:main:x","queuedCount":3}],"dynamic":null}"#, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_command_lane_queued"), Rows::from([("lane=session".into(), 3.0)]));
        assert_eq!(one(&registry, "openclaw_command_dynamic_lanes"), None);
    }
}
