//! `diagnostics.lanes`: the queues that commands wait in.
//!
//! The Gateway names its own lanes; those of sessions it adds up itself, and only while it has some.

use serde::Deserialize;

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
    dynamic: Loose<Dynamic>,
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

/// The families of `diagnostics.lanes`.
#[derive(Debug)]
pub(super) struct Lanes {
    families: Families,
}

impl Lanes {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Lanes {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let lanes = answer.lanes.get().ok_or(AnswerError::Shape)?;
        let (mut queued, mut active, mut limit) = <(Series<1>, Series<1>, Series<1>)>::default();
        for lane in elements(lanes) {
            let name = policy::lane(lane.lane.text());
            queued.add([name], lane.queued_count.amount());
            active.add([name], lane.active_count.amount());
            limit.add([name], lane.max_concurrent.amount());
        }
        let dynamic = answer.dynamic.get();
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
