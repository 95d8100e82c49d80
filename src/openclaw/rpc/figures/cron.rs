//! `cron.status`: whether jobs are scheduled.

use serde::Deserialize;

use super::super::loose::Loose;
use super::series::put;
use super::{AnswerError, Figures, moment, object, words};
use crate::openclaw::catalogue::cron::Families;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    enabled: Loose<bool>,
    triggers_enabled: Loose<bool>,
    jobs: Loose<f64>,
    next_wake_at_ms: Loose<f64>,
}

/// The families of `cron.status`.
#[derive(Debug)]
pub(super) struct Scheduler {
    families: Families,
}

impl Scheduler {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Scheduler {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        if answer.enabled.get().is_none() && answer.jobs.get().is_none() {
            return Err(AnswerError::Shape);
        }
        put(&self.families.enabled, words::flag(answer.enabled.get()));
        put(&self.families.triggers_enabled, words::flag(answer.triggers_enabled.get()));
        put(&self.families.stored, answer.jobs.amount());
        put(&self.families.next_wake, moment(&answer.next_wake_at_ms));
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{figures, one, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::CronStatus);
        assert_eq!((answer["enabled"].as_bool(), one(&registry, "openclaw_cron_enabled")), (Some(true), Some(1.0)));
        let triggers = one(&registry, "openclaw_cron_triggers_enabled");
        assert_eq!((answer["triggersEnabled"].as_bool(), triggers), (Some(false), Some(0.0)));
        assert_eq!(one(&registry, "openclaw_cron_stored_jobs"), answer["jobs"].as_f64());
        let next = answer["nextWakeAtMs"].as_f64().unwrap() / 1000.0;
        assert_eq!(one(&registry, "openclaw_cron_next_wake_timestamp_seconds"), Some(next));
    }

    #[test]
    fn a_scheduler_with_nothing_to_do_has_no_next_time() {
        let (registry, mut figures) = figures(Method::CronStatus);
        figures.take(r#"{"enabled":false,"jobs":0,"nextWakeAtMs":null}"#, 0.0).unwrap();
        assert_eq!(one(&registry, "openclaw_cron_enabled"), Some(0.0));
        assert_eq!(one(&registry, "openclaw_cron_stored_jobs"), Some(0.0));
        assert_eq!(one(&registry, "openclaw_cron_next_wake_timestamp_seconds"), None);
        assert_eq!(one(&registry, "openclaw_cron_triggers_enabled"), None);
    }
}
