//! `last-heartbeat`: how an agent's last heartbeat went. Where it went and what it said is not read.

use serde::Deserialize;

use super::super::loose::Loose;
use super::series::{Series, put};
use super::{AnswerError, Figures, moment, object, words};
use crate::openclaw::catalogue::heartbeat::Families;
use crate::openclaw::catalogue::sets::HEARTBEAT;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    ts: Loose<f64>,
    status: Loose<String>,
    duration_ms: Loose<f64>,
}

/// The families of `last-heartbeat`.
#[derive(Debug)]
pub(super) struct Heartbeat {
    families: Families,
}

impl Heartbeat {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Heartbeat {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        // There was none since the Gateway's start: as a rule it is switched off.
        if answer.trim() == "null" {
            self.families.clear();
            return Ok(());
        }
        let answer: Answer = object(answer)?;
        if answer.ts.get().is_none() && answer.status.get().is_none() {
            return Err(AnswerError::Shape);
        }
        put(&self.families.at, moment(&answer.ts));
        put(&self.families.duration, answer.duration_ms.seconds());
        let mut status = Series::default();
        let told = answer.status.get().map(|status| words::of(HEARTBEAT, status));
        status.add([told.unwrap_or_default()], told.map(|_| 1.0));
        status.put(&self.families.status);
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{all, expected, one, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::LastHeartbeat);
        let at = answer["ts"].as_f64().unwrap() / 1000.0;
        assert_eq!(one(&registry, "openclaw_agent_heartbeat_last_timestamp_seconds"), Some(at));
        let duration = answer["durationMs"].as_f64().unwrap() / 1000.0;
        assert_eq!(one(&registry, "openclaw_agent_heartbeat_last_duration_seconds"), Some(duration));
        assert_eq!(answer["status"], "sent");
        assert_eq!(rows(&registry, "openclaw_agent_heartbeat_last_status"), expected(&[("status=sent", 1.0)]));
    }

    #[test]
    fn where_heartbeats_are_switched_off_there_is_none() {
        let (registry, mut figures, _) = taken(Method::LastHeartbeat);
        figures.take(" null\n", 0.0).unwrap();
        assert!(all(&registry).is_empty());
        figures.take(r#"{"ts":1000,"status":"dreamt"}"#, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_agent_heartbeat_last_status"), expected(&[("status=other", 1.0)]));
        assert_eq!(one(&registry, "openclaw_agent_heartbeat_last_duration_seconds"), None);
    }
}
