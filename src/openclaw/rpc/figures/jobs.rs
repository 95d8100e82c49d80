//! `cron.list`: scheduled jobs and how they went.
//!
//! A job is shown by its name, as far as that may be shown. Of several with the same name the oldest bears it; to that of
//! the others, and to `job` where nothing of a name may be shown, the first characters of the job's id are added, and a
//! number where that is not enough. Of more
//! jobs than a family has rows those are shown that fail, then those that are switched on, then those that run next; the
//! counts hold all that are listed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::loose::Loose;
use super::rows::MOST_ROWS;
use super::series::{Series, put};
use super::{AnswerError, Figures, List, elements, list, moment, object, words};
use crate::openclaw::catalogue::jobs::Families;
use crate::openclaw::catalogue::sets::{CRON_DELIVERY, CRON_DISABLED, CRON_ERROR, CRON_RESULT, YES_NO_UNKNOWN};
use crate::openclaw::policy::UNKNOWN;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    jobs: List<Job>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Job {
    id: Loose<String>,
    name: Loose<String>,
    enabled: Loose<bool>,
    created_at_ms: Loose<f64>,
    state: Loose<State>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct State {
    next_run_at_ms: Loose<f64>,
    running_at_ms: Loose<f64>,
    last_run_at_ms: Loose<f64>,
    last_run_status: Loose<String>,
    last_status: Loose<String>,
    last_error_reason: Loose<String>,
    last_duration_ms: Loose<f64>,
    last_delivery_status: Loose<String>,
    consecutive_errors: Loose<f64>,
    consecutive_skipped: Loose<f64>,
    auto_disabled: Loose<AutoDisabled>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AutoDisabled {
    reason: Loose<String>,
}

/// What the state of a job tells for one family.
type StateNumber = fn(&State) -> Option<f64>;
type StateWord = fn(&State) -> Option<&'static str>;

impl State {
    fn is_running(&self) -> bool {
        self.running_at_ms.get().is_some()
    }

    fn status(&self) -> Option<&str> {
        self.last_run_status.get().or(self.last_status.get()).map(String::as_str)
    }

    fn last_result(&self) -> Option<f64> {
        match self.status()? {
            "ok" => Some(1.0),
            "error" => Some(0.0),
            _ => None,
        }
    }

    fn last_end(&self) -> Option<f64> {
        Some(moment(&self.last_run_at_ms)? + self.last_duration_ms.seconds()?)
    }

    fn error(&self) -> Option<&'static str> {
        let reason = || self.last_error_reason.get().map_or(UNKNOWN, |reason| words::of(CRON_ERROR, reason));
        (self.status() == Some("error")).then(reason)
    }
}

/// The families of `cron.list`.
#[derive(Debug)]
pub(super) struct Jobs {
    families: Families,
    /// Jobs that are to begin at a time, in seconds since 1970.
    due: Vec<(String, f64)>,
}

impl Jobs {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)?, due: Vec::new() })
    }

    /// What is one number for each job.
    fn put_numbers(&self, jobs: &[(String, &Job)], none: &State) {
        let families = &self.families;
        let numbers: [(_, StateNumber); 7] = [
            (&families.last_start, |state| moment(&state.last_run_at_ms)),
            (&families.last_end, State::last_end),
            (&families.last_duration, |state| state.last_duration_ms.seconds()),
            (&families.last_result, State::last_result),
            (&families.consecutive_failures, |state| state.consecutive_errors.amount()),
            (&families.consecutive_skips, |state| state.consecutive_skipped.amount()),
            (&families.next_run, |state| moment(&state.next_run_at_ms)),
        ];
        for (family, number) in numbers {
            let mut rows = Series::default();
            jobs.iter().for_each(|(name, job)| rows.add([name], number(job.state.get().unwrap_or(none))));
            rows.put(family);
        }
        let (mut enabled, mut running) = <(Series<1>, Series<1>)>::default();
        for (name, job) in jobs {
            enabled.add([name], words::flag(job.enabled.get()));
            running.add([name], words::flag(job.state.get().map(State::is_running).as_ref()));
        }
        enabled.put(&families.enabled);
        running.put(&families.job_running);
    }

    /// What is one word for each job.
    fn put_words(&self, jobs: &[(String, &Job)]) {
        let families = &self.families;
        let words: [(_, StateWord); 4] = [
            (&families.last_status, |state| Some(words::of(CRON_RESULT, state.status()?))),
            (&families.last_error, State::error),
            (&families.last_delivery, |state| Some(words::of(CRON_DELIVERY, state.last_delivery_status.get()?))),
            (&families.auto_disabled, |state| Some(words::of(CRON_DISABLED, state.auto_disabled.get()?.reason.text()))),
        ];
        for (family, word) in words {
            let mut rows = Series::default();
            for (name, job) in jobs {
                let word = job.state.get().and_then(word);
                rows.add([name, word.unwrap_or_default()], word.map(|_| 1.0));
            }
            rows.put(family);
        }
    }

    fn put_overdue(&self, now: f64) {
        let mut overdue = Series::default();
        self.due.iter().for_each(|(name, at)| overdue.add([name], Some((now - at).max(0.0))));
        overdue.put(&self.families.overdue);
    }
}

/// Letters of a name at most, so that there is room for what tells it from others.
const MOST_LETTERS: usize = 80;

/// The jobs with what they are shown as, each once, those to show first in front.
fn named<'a>(jobs: impl Iterator<Item = &'a Job>) -> Vec<(String, &'a Job)> {
    let mut jobs: Vec<_> = jobs.collect();
    let age = |job: &Job| job.created_at_ms.amount().unwrap_or(f64::MAX);
    jobs.sort_by(|a, b| age(a).total_cmp(&age(b)).then_with(|| a.id.text().cmp(b.id.text())));
    let mut taken = BTreeSet::new();
    let mut named: Vec<(String, &Job)> = jobs.into_iter().map(|job| (name_of(job, &mut taken), job)).collect();
    let first = |job: &Job| {
        let state = job.state.get();
        let failures = state.and_then(|state| state.consecutive_errors.amount()).unwrap_or_default();
        let next = state.and_then(|state| moment(&state.next_run_at_ms)).unwrap_or(f64::MAX);
        (Reverse(failures as u64), job.enabled.get() != Some(&true), next as u64)
    };
    named.sort_by_key(|(_, job)| first(job));
    named
}

/// What a job is shown as: its name, with its id and then a number behind as long as that is taken.
fn name_of(job: &Job, taken: &mut BTreeSet<String>) -> String {
    let mut name = words::name(job.name.text()).unwrap_or_default();
    name.truncate(MOST_LETTERS);
    if !name.is_empty() && taken.insert(name.clone()) {
        return name;
    }
    let id: String = job.id.text().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let base = if name.is_empty() { "job" } else { &name };
    // None if the id could be a telephone's.
    let base = words::name(&format!("{base}-{id}")).unwrap_or_else(|| base.to_owned());
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|name| taken.insert(name.clone())).unwrap_or(base)
}

impl Figures for Jobs {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        // The Gateway answers with a page of jobs, its scheduler, in process, with the jobs alone.
        let (page, bare): (Answer, Vec<Job>);
        let jobs = if answer.trim_start().starts_with('[') {
            bare = list(answer)?;
            named(bare.iter())
        } else {
            page = object(answer)?;
            named(elements(page.jobs.get().ok_or(AnswerError::Shape)?))
        };
        let enabled = words::count(YES_NO_UNKNOWN, jobs.iter().map(|(_, job)| words::yes_no(job.enabled.get())));
        self.families.jobs.replace(enabled);
        let states = || jobs.iter().filter_map(|(_, job)| job.state.get());
        let running = states().filter(|state| state.is_running()).count() as f64;
        put(&self.families.running, (jobs.is_empty() || states().next().is_some()).then_some(running));
        let shown = jobs.get(..MOST_ROWS).unwrap_or(&jobs);
        self.put_numbers(shown, &State::default());
        self.put_words(shown);
        let due = |(name, job): &(String, &Job)| {
            let state = job.state.get().filter(|state| job.enabled.get() == Some(&true) && !state.is_running())?;
            Some((name.clone(), moment(&state.next_run_at_ms)?))
        };
        self.due = shown.iter().filter_map(due).collect();
        self.put_overdue(now);
        Ok(())
    }

    fn refresh(&mut self, now: f64) {
        self.put_overdue(now);
    }

    fn clear(&mut self) {
        self.due.clear();
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::recorded_tests::{NOW, Rows, expected, figures, one, rows, taken};
    use super::*;
    use crate::openclaw::rpc::Method;

    /// What the jobs of the recorded answer are shown as, in its order.
    const NAMES: [&str; 5] = ["nightly-backup", "Morning-report", "job-3c0ffee0", "Morning-report-77aa88bb", "once"];

    fn by_job(answer: &Value, value: impl Fn(&Value) -> Option<(String, f64)>) -> Rows {
        let jobs = answer["jobs"].as_array().unwrap();
        assert_eq!(jobs.len(), NAMES.len());
        let rows = jobs.iter().zip(NAMES).filter_map(|(job, name)| {
            let (more, value) = value(job)?;
            Some((format!("cron_job={name}{more}"), value))
        });
        rows.collect()
    }

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::CronList);
        let number = |field: &'static str, unit: f64| {
            by_job(&answer, |job| Some((String::new(), job["state"][field].as_f64()? / unit)))
        };
        assert_eq!(rows(&registry, "openclaw_cron_last_start_timestamp_seconds"), number("lastRunAtMs", 1000.0));
        assert_eq!(rows(&registry, "openclaw_cron_last_duration_seconds"), number("lastDurationMs", 1000.0));
        assert_eq!(rows(&registry, "openclaw_cron_next_run_timestamp_seconds"), number("nextRunAtMs", 1000.0));
        assert_eq!(rows(&registry, "openclaw_cron_consecutive_failures"), number("consecutiveErrors", 1.0));
        assert_eq!(rows(&registry, "openclaw_cron_consecutive_skips"), number("consecutiveSkipped", 1.0));
        let last_end = by_job(&answer, |job| {
            let state = &job["state"];
            Some((String::new(), state["lastRunAtMs"].as_f64()? / 1000.0 + state["lastDurationMs"].as_f64()? / 1000.0))
        });
        assert_eq!(rows(&registry, "openclaw_cron_last_end_timestamp_seconds"), last_end);
        let word = |family: &str, label: &str, field: &'static str| {
            let told = by_job(&answer, |job| Some((format!(",{label}={}", job["state"][field].as_str()?), 1.0)));
            assert_eq!(rows(&registry, family), told);
        };
        word("openclaw_cron_last_status", "status", "lastRunStatus");
        word("openclaw_cron_last_delivery", "status", "lastDeliveryStatus");
        word("openclaw_cron_last_error", "reason", "lastErrorReason");
        let auto =
            by_job(&answer, |job| Some((format!(",reason={}", job["state"]["autoDisabled"]["reason"].as_str()?), 1.0)));
        assert_eq!(rows(&registry, "openclaw_cron_auto_disabled"), auto);
        assert_eq!(
            rows(&registry, "openclaw_cron_last_result"),
            expected(&[
                ("cron_job=nightly-backup", 0.0),
                ("cron_job=Morning-report", 1.0),
                ("cron_job=Morning-report-77aa88bb", 0.0)
            ])
        );
        let running =
            by_job(&answer, |job| Some((String::new(), f64::from(u8::from(job["state"]["runningAtMs"].is_number())))));
        assert_eq!(rows(&registry, "openclaw_cron_job_running"), running);
        assert_eq!(one(&registry, "openclaw_cron_running"), Some(running.values().sum()));
        let enabled = by_job(&answer, |job| Some((String::new(), f64::from(u8::from(job["enabled"].as_bool()?)))));
        assert_eq!(rows(&registry, "openclaw_cron_job_enabled"), enabled);
        let enabled = enabled.values().sum::<f64>();
        let all = [("enabled=true", enabled), ("enabled=false", 5.0 - enabled), ("enabled=unknown", 0.0)];
        assert_eq!(rows(&registry, "openclaw_cron_jobs"), expected(&all));
    }

    #[test]
    fn a_job_that_should_have_begun_is_overdue_and_more_so_with_time() {
        let (registry, mut figures, answer) = taken(Method::CronList);
        for later in [0.0, 60.0] {
            figures.refresh(NOW + later);
            // Neither the one that runs nor those that are switched off.
            let overdue = by_job(&answer, |job| {
                let is_due = job["enabled"] == true && job["state"]["runningAtMs"].is_null();
                let next = job["state"]["nextRunAtMs"].as_f64().filter(|_| is_due)?;
                Some((String::new(), (NOW + later - next / 1000.0).max(0.0)))
            });
            assert_eq!(overdue.len(), 2);
            assert_eq!(overdue["cron_job=nightly-backup"], 100.0 + later);
            assert_eq!(rows(&registry, "openclaw_cron_overdue_seconds"), overdue);
        }
    }

    #[test]
    fn jobs_of_one_name_are_told_apart() {
        let (registry, mut figures) = figures(Method::CronList);
        let job = |id: &str, name: &str, created: f64| json!({ "id": id, "name": name, "createdAtMs": created, "enabled": true, "state": {} });
        let jobs = [
            job("b2b2b2b2-1", "a b", 2.0),
            job("a1111111-1", "a/b", 1.0),
            job("", "a-b", 3.0),
            job("", "a b", 4.0),
            job("12345678-1", "夜间", 5.0),
            job("c3d3e3f3-1", "call +49 151 12345678", 6.0),
            job("d4d4e4f4-1", "agent:main:main", 7.0),
        ];
        figures.take(&json!({ "jobs": jobs }).to_string(), 0.0).unwrap();
        let names: Vec<_> = rows(&registry, "openclaw_cron_job_enabled").into_keys().collect();
        let expected = ["a-b", "a-b-2", "a-b-3", "a-b-b2b2b2b2", "job", "job-c3d3e3f3", "job-d4d4e4f4"];
        assert_eq!(names, expected.map(|name| format!("cron_job={name}")));
    }

    #[test]
    fn what_the_scheduler_itself_lists_is_read_as_well() {
        let (registry, mut figures) = figures(Method::CronList);
        figures.take(r#"[{"id":"a","name":"x","enabled":true,"state":{"runningAtMs":1}}]"#, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_cron_job_running"), expected(&[("cron_job=x", 1.0)]));
        figures.take("[]", 0.0).unwrap();
        assert_eq!(one(&registry, "openclaw_cron_running"), Some(0.0));
        assert_eq!(figures.take("[7]", 0.0), Err(AnswerError::Shape));
    }

    #[test]
    fn of_too_many_jobs_those_are_shown_that_fail() {
        let (registry, mut figures) = figures(Method::CronList);
        let job = |number: u32| {
            let errors = u32::from(number % 2 == 1);
            json!({ "id": number.to_string(), "name": format!("j{number}"), "enabled": false, "createdAtMs": number,
                "state": { "consecutiveErrors": errors, "nextRunAtMs": 1e12 + f64::from(number) } })
        };
        let jobs: Vec<_> = (0..190).map(job).collect();
        figures.take(&json!({ "jobs": jobs }).to_string(), 0.0).unwrap();
        let failures = rows(&registry, "openclaw_cron_consecutive_failures");
        assert_eq!((failures.len(), failures.values().sum::<f64>()), (100, 95.0));
        assert_eq!(rows(&registry, "openclaw_cron_jobs")["enabled=false"], 190.0);
    }
}
