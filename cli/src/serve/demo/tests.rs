//! The demo keeps its promises, healthy and with what goes wrong in it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::encode::{self, Format};
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::rpc::Method;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Clock, ManualClock};
use serde_json::Value;

use super::fill::filled;
use super::played::{Scrapes, Steps};
use super::script::{ROUND, Script, What};
use super::*;
use crate::exposition::{self, Kind};
use crate::serve::fault::Fault;

/// Families that have no series in the demo, each with the reason.
const ABSENT: &str = include_str!("../../../data/demo-absent.tsv");

/// A sample's name and labels, and its value.
type Page = BTreeMap<String, f64>;

/// A demo whose time passes as fast as it is slept, scraped every five seconds.
struct Scraped {
    steps: Steps,
    registry: Registry,
    publisher: RefCell<Publisher>,
    last: RefCell<Page>,
    counters: RefCell<BTreeSet<String>>,
    scrapes: RefCell<u64>,
}

const UPTIMES: [&str; 4] = [
    "openclaw_gateway_process_uptime_seconds",
    "openclaw_gateway_uptime_seconds",
    "openclaw_nodejs_uptime_seconds",
    "openclaw_plugin_uptime_seconds",
];
const EVERY: Duration = Duration::from_secs(5);

impl Scraped {
    /// Plays for so long.
    fn of(seconds: u64) -> Self {
        Self::with(&[], seconds).0
    }

    /// Plays for so long, with faults and when they begin.
    fn with(faults: &[(Fault, u64)], seconds: u64) -> (Self, Playing) {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_795_359_000)));
        let Exporter { registry, openclaw, rpc, publisher, .. } =
            Exporter::new(&Config::default(), clock.clone()).unwrap();
        let every = if faults.is_empty() { EVERY } else { EVERY * 6 };
        let scraped = Self {
            steps: Steps::new(clock, Duration::from_secs(seconds), every),
            registry,
            publisher: RefCell::new(publisher),
            last: RefCell::default(),
            counters: RefCell::default(),
            scrapes: RefCell::default(),
        };
        let faults = faults.iter().map(|(fault, at)| (*fault, Duration::from_secs(*at))).collect();
        let beginning = Beginning { openclaw: &openclaw, rpc: &rpc, number: 0, speed: 1.0, faults };
        let mut playing = Demo::new().begin(beginning, &scraped);
        playing.go_on(&scraped);
        (scraped, playing)
    }
}

impl Scrapes for Scraped {
    fn steps(&self) -> &Steps {
        &self.steps
    }

    fn scrape(&self) {
        let now = self.steps.clock.now();
        self.publisher.borrow_mut().tick();
        let text = encode::text(&self.registry);
        let page = exposition::parse(&text, Format::Text);
        assert_eq!(page.faults, []);
        let mut samples = Page::new();
        for family in &page.families {
            for sample in &family.samples {
                let name = format!("{} {:?}", sample.name, sample.labels);
                if matches!(family.kind(), Kind::Counter | Kind::Histogram) {
                    self.counters.borrow_mut().insert(name.clone());
                }
                samples.insert(name, sample.number());
            }
        }
        for name in self.counters.borrow().iter() {
            let before = self.last.borrow().get(name).copied().unwrap_or_default();
            let after = samples.get(name).copied().unwrap_or_else(|| panic!("{name} is gone"));
            assert!(after >= before, "{name} falls from {before} to {after} at {now:?}");
        }
        for uptime in UPTIMES {
            let of = |page: &Page| sum(page, uptime);
            assert!(of(&samples) >= of(&self.last.borrow()), "{uptime} falls at {now:?}");
        }
        *self.last.borrow_mut() = samples;
        *self.scrapes.borrow_mut() += 1;
    }
}

/// All samples of a name together.
fn sum(page: &Page, name: &str) -> f64 {
    sum_where(page, name, "")
}

/// Those with a label as it is written in [`Page`].
fn sum_where(page: &Page, name: &str, label: &str) -> f64 {
    let of = |sample: &str| sample.split_once(' ').is_some_and(|(of, labels)| of == name && labels.contains(label));
    page.iter().filter(|(sample, _)| of(sample)).map(|(_, value)| value).sum()
}

#[track_caller]
fn agree(what: &str, one: f64, other: f64) {
    assert!(one > 0.0 && (one - other).abs() < 0.005, "{what}: {one} and {other}");
}

#[test]
fn every_line_of_the_demo_is_used() {
    let demo = Script::new();
    assert_eq!(demo.happenings.len() + demo.answers.len() + 1, ROUND.lines().count());
    for method in Method::ALL {
        assert!(demo.answers.iter().any(|(of, _)| *of == method), "{method:?}");
    }
    assert!(ROUND.len() <= 330_000, "{}", ROUND.len());
    let is_in_order = demo.happenings.is_sorted_by(|one, next| one.at_ms <= next.at_ms);
    assert!(is_in_order && demo.happenings.iter().all(|one| one.at_ms < demo.period.as_secs_f64() * 1e3));
}

#[test]
fn what_begins_in_a_round_ends_in_it() {
    let mut open = BTreeSet::new();
    for happening in Script::new().happenings {
        let What::Event(line) = happening.what else { continue };
        let event = &line["event"];
        let kind = event["type"].as_str().unwrap();
        let ids = [
            ("run.started", "run.completed", "runId"),
            ("harness.run.started", "harness.run.completed", "runId"),
            ("model.call.started", "model.call.completed", "callId"),
            ("model.call.started", "model.call.error", "callId"),
            ("tool.execution.started", "tool.execution.completed", "toolCallId"),
            ("message.received", "message.processed", "messageId"),
        ];
        for (begins, ends, id) in ids {
            let id = (begins, event[id].to_string());
            if kind == begins {
                open.insert(id);
            } else if kind == ends {
                assert!(open.remove(&id), "{line} begins nowhere");
            }
        }
    }
    assert_eq!(open, BTreeSet::new());
}

#[test]
fn the_demo_is_true_for_ten_minutes() {
    // Until a round is over: what is called and not yet summed up is in no usage.
    let scraped = Scraped::of(630);
    assert_eq!(*scraped.scrapes.borrow(), 127);
    let page = scraped.last.borrow();
    // Model calls, and what the runs that made them say of their usage.
    let (calls, failed) =
        (sum(&page, "openclaw_model_call_total"), sum_where(&page, "openclaw_model_call_total", "\"error\""));
    assert!(failed > 0.0 && failed <= 0.03 * calls, "{failed} of {calls} fail");
    assert_eq!(sum(&page, "openclaw_agent_model_calls_total"), calls);
    assert_eq!(sum(&page, "openclaw_model_call_started_total"), calls);
    assert_eq!(sum(&page, "openclaw_run_completed_total"), sum(&page, "openclaw_model_usage_duration_seconds_count"));
    for token in ["input", "output", "cache_read", "cache_write"] {
        let of = |family| sum_where(&page, family, &format!("\"{token}\""));
        assert_eq!(of("openclaw_model_call_tokens_total"), of("openclaw_model_tokens_total"), "{token}");
    }
    agree("cost", sum(&page, "openclaw_model_cost_usd_total"), sum(&page, "openclaw_model_call_cost_usd_total"));
    // What is answered is of the rounds that are over: of all but this one.
    let header: Value = serde_json::from_str(ROUND.lines().next().unwrap()).unwrap();
    let of_round = header["cost_usd"].as_f64().unwrap();
    let answered = sum(&page, "openclaw_usage_cost_usd");
    agree("rounds", answered, of_round * 7.0);
    agree("all rounds", sum(&page, "openclaw_model_cost_usd_total"), of_round * 8.0);
    for family in ["openclaw_usage_model_cost_usd", "openclaw_usage_agent_cost_usd", "openclaw_usage_channel_cost_usd"]
    {
        agree(family, sum(&page, family), answered);
    }
    agree("today", sum_where(&page, "openclaw_usage_daily_cost_usd", "\"today\""), answered);
    for uptime in UPTIMES {
        // Three hours before it began, and what a round and these minutes are.
        let seconds = sum(&page, uptime);
        assert!((11_480.0..=11_530.0).contains(&seconds), "{uptime} {seconds}");
    }
    // Nothing is in flight for longer than a run takes.
    for (sample, age) in page.iter().filter(|(sample, _)| sample.starts_with("openclaw_inflight_oldest_age_seconds")) {
        assert!(*age < 30.0, "{sample} {age}");
    }
}

#[test]
fn at_the_seam_the_answers_agree_with_the_events() {
    // Some seconds into a round no run has ended, and all was asked again.
    let scraped = Scraped::of(180);
    let page = scraped.last.borrow();
    agree("cost", sum(&page, "openclaw_model_cost_usd_total"), 3.0 * sum(&page, "openclaw_usage_cost_usd") / 2.0);
    let open = sum(&page, "openclaw_inflight_operations");
    assert_eq!(open, 0.0, "nothing is in flight between two rounds");
}

#[test]
fn families_without_a_series_are_those_that_are_listed() {
    let scraped = Scraped::of(100);
    let page = scraped.last.borrow();
    let is_of = |sample: &str, name: &str| {
        let ending = sample.split(' ').next().and_then(|sample| sample.strip_prefix(name));
        ending.is_some_and(|ending| ["", "_count"].contains(&ending))
    };
    let has_series = |name: &str| page.keys().any(|sample| is_of(sample, name));
    let declared = scraped.registry.declared();
    // Those of the exporter itself depend on who scrapes.
    let names = declared.iter().map(|info| info.name()).filter(|name| !name.starts_with("openclaw_metrics_"));
    let empty: Vec<&str> = names.filter(|name| !has_series(name)).collect();
    let listed: Vec<&str> = ABSENT.lines().filter_map(|line| Some(line.split_once('\t')?.0)).collect();
    assert_eq!(empty, listed, "data/demo-absent.tsv lists what data/make_demo.py does not feed");
    assert!(ABSENT.lines().all(|line| line.split_once('\t').is_some_and(|(_, why)| why.len() > 10)));
}

#[test]
fn only_the_demo_has_a_metric_that_says_so() {
    let Exporter { registry, site, .. } = Exporter::new(&Config::default(), ManualClock::new()).unwrap();
    assert!(!encode::text(&registry).contains("openclaw_demo"));
    declare(&registry, site).unwrap();
    assert!(encode::text(&registry).contains("\nopenclaw_demo 1\n"));
}

/// What all that is over has cost, as the Gateway's own store adds it up.
fn stored_cost(playing: &Playing) -> f64 {
    let script = Script::new();
    let answer = &script.answers.iter().find(|(method, _)| *method == Method::UsageCost).unwrap().1;
    filled(&answer["totals"]["totalCost"], &|text| playing.rounds().times(text.strip_prefix('*')?)).as_f64().unwrap()
}

#[test]
fn whatever_goes_wrong_no_counter_falls_and_two_figures_of_one_thing_agree() {
    // All of them take a minute where the code is not optimised.
    let sample = if cfg!(debug_assertions) { 4 } else { 1 };
    for fault in Fault::ALL.iter().step_by(sample) {
        // In the middle of the third round; all is over with the end of the eighth.
        let (scraped, mut playing) = Scraped::with(&[(*fault, 200)], 720);
        let page = scraped.last.borrow();
        let name = fault.name();
        let started = sum(&page, "openclaw_model_call_started_total");
        let ended = sum(&page, "openclaw_model_call_total");
        let open = if *fault == Fault::SlowModel { 1.0..=20.0 } else { 0.0..=0.0 };
        assert!(open.contains(&(started - ended)), "{name}: {started} calls, {ended} ended");
        assert_eq!(sum(&page, "openclaw_agent_model_calls_total"), ended, "{name}: calls by agent");
        let (calls, runs) =
            (sum(&page, "openclaw_model_call_cost_usd_total"), sum(&page, "openclaw_model_cost_usd_total"));
        playing.step(&scraped);
        let stored = stored_cost(&playing);
        // What comes late is in the calls before it is in the runs, and in the store at the end of its round.
        let tolerance = if matches!(fault, Fault::SlowModel | Fault::CostJump) { 0.35 } else { 0.005 };
        assert!((calls - runs).abs() <= tolerance, "{name}: calls {calls}, runs {runs}");
        assert!((runs - stored).abs() <= tolerance, "{name}: runs {runs}, store {stored}");
        let budget = page.keys().any(|sample| sample.starts_with("openclaw_budget_usd "));
        assert_eq!(budget, *fault == Fault::OverBudget, "{name}");
    }
}

#[test]
fn a_fault_changes_what_is_written_down_and_nothing_before() {
    let (before, _) = Scraped::with(&[(Fault::FailingProvider, 100), (Fault::CronFailing, 100)], 90);
    let sane = Scraped::of(90);
    // What the Gateway did: the exporter is scraped more often.
    let of_gateway = |page: &Page| -> Page {
        let is_of = |name: &str| name.starts_with("openclaw_") && !name.starts_with("openclaw_metrics_");
        let is_meant = |name: &str| is_of(name) && name.contains("_total ");
        page.iter().filter(|(name, _)| is_meant(name)).map(|(name, value)| (name.clone(), *value)).collect()
    };
    assert_eq!(of_gateway(&before.last.borrow()), of_gateway(&sane.last.borrow()));
    let failed = |page: &Page| sum_where(page, "openclaw_model_call_total", "\"error\"");
    let (after, _) = Scraped::with(&[(Fault::FailingProvider, 100), (Fault::SilentChannel, 100)], 390);
    let sane = Scraped::of(390);
    let (after, sane) = (after.last.borrow(), sane.last.borrow());
    assert!(failed(&after) > failed(&sane) + 40.0, "{} and {}", failed(&after), failed(&sane));
    let of = |page: &Page, channel: &str| sum_where(page, "openclaw_run_completed_total", channel);
    assert_eq!(of(&after, "\"slack\""), of(&sane, "\"slack\""));
    assert!(of(&after, "\"whatsapp\"") < of(&sane, "\"whatsapp\""));
}
