//! Days of a demo as Prometheus would have scraped them, for `promtool tsdb create-blocks-from openmetrics`; `grafana/test/judges` asks
//! what the rules say of them. Nothing in them is made up: it is the demo, played by a clock that is moved.
//!
//! `OCP_HISTORY` names a plan in JSON: `folder`, the first second (`start`) and what lies between two scrapes (`every`), the names of the
//! `metrics` that are kept, and `plays`, each an `instance`, how many `hours`, and a `fault` that begins `fault_at` hours after the start.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::encode;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Clock, ManualClock, Registry};
use serde::Deserialize;

use super::played::{Scrapes, Steps};
use super::{Beginning, Demo};
use crate::serve::fault::Fault;

#[derive(Deserialize)]
struct Plan {
    folder: PathBuf,
    start: u64,
    every: u64,
    metrics: Vec<String>,
    plays: Vec<Play>,
}

#[derive(Deserialize)]
struct Play {
    instance: String,
    hours: f64,
    fault: Option<String>,
    #[serde(default)]
    fault_at: f64,
}

/// Time that passes as fast as it is slept, scraped into a file.
struct Scraped<'p> {
    plan: &'p Plan,
    play: &'p Play,
    steps: Steps,
    registry: Registry,
    publisher: RefCell<Publisher>,
    file: RefCell<BufWriter<File>>,
}

impl Scrapes for Scraped<'_> {
    fn steps(&self) -> &Steps {
        &self.steps
    }

    fn scrape(&self) {
        self.publisher.borrow_mut().tick();
        let at = self.steps.clock.unix().as_secs();
        let target = format!("job=\"openclaw\",instance=\"{}\"", self.play.instance);
        let mut file = self.file.borrow_mut();
        // What Prometheus writes of a scrape that was answered.
        writeln!(file, "up{{{target}}} 1 {at}").unwrap();
        for line in encode::text(&self.registry).lines().filter(|line| !line.starts_with('#')) {
            let end = line.find(['{', ' ']).unwrap();
            let (name, rest) = line.split_at(end);
            if self.plan.metrics.binary_search_by(|kept| kept.as_str().cmp(name)).is_err() {
                continue;
            }
            if name == "process_start_time_seconds" {
                // The process that plays is younger than what it plays.
                writeln!(file, "{name}{{{target}}} {} {at}", self.plan.start).unwrap();
            } else if let Some(labels) = rest.strip_prefix('{') {
                assert!(![",instance=", ",job="].iter().any(|taken| format!(",{labels}").contains(taken)), "{line}");
                writeln!(file, "{name}{{{target},{labels} {at}").unwrap();
            } else {
                writeln!(file, "{name}{{{target}}}{rest} {at}").unwrap();
            }
        }
    }
}

/// Plays one into `FOLDER/INSTANCE.om`.
fn write(plan: &Plan, play: &Play, demo: &Demo) {
    let hours = |hours: f64| Duration::from_secs_f64(hours * 3600.0);
    let clock = Arc::new(ManualClock::at(Duration::from_secs(plan.start)));
    let Exporter { registry, openclaw, rpc, publisher, .. } = Exporter::new(&Config::default(), clock.clone()).unwrap();
    let file = File::create(plan.folder.join(format!("{}.om", play.instance))).unwrap();
    let scraped = Scraped {
        plan,
        play,
        steps: Steps::new(clock, hours(play.hours), Duration::from_secs(plan.every)),
        registry,
        publisher: RefCell::new(publisher),
        file: RefCell::new(BufWriter::new(file)),
    };
    let of = |name: &String| *Fault::ALL.iter().find(|fault| fault.name() == name).unwrap();
    let faults = play.fault.iter().map(|name| (of(name), hours(play.fault_at))).collect();
    let beginning = Beginning { openclaw: &openclaw, rpc: &rpc, number: 0, speed: 1.0, faults };
    demo.begin(beginning, &scraped).go_on(&scraped);
    scraped.file.borrow_mut().write_all(b"# EOF\n").unwrap();
    scraped.file.borrow_mut().flush().unwrap();
}

#[test]
#[ignore = "writes what OCP_HISTORY plans, for grafana/test/judges"]
fn days_are_played_and_written_for_prometheus() {
    let path = std::env::var("OCP_HISTORY").expect("OCP_HISTORY names a plan");
    let mut plan: Plan = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    plan.metrics.sort();
    let (plan, demo) = (&plan, &Demo::new());
    let (one, other) = plan.plays.split_at(plan.plays.len().div_ceil(2));
    std::thread::scope(|scope| {
        scope.spawn(|| one.iter().for_each(|play| write(plan, play, demo)));
        other.iter().for_each(|play| write(plan, play, demo));
    });
}
