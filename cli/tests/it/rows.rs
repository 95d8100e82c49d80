//! Promise: of every family that the PartMe plugin had there is a value here, once the Gateway has told what it was made from,
//! or the table says why there is none. To be declared, or to be 0 from the start, is no value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::encode::Format;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::catalogue::{Successor, migrations};
use openclaw_prometheus::openclaw::numbers::Shape;
use openclaw_prometheus::openclaw::rpc::{Method, Rpc};
use openclaw_prometheus::openclaw::{Line, OpenClaw, REPORTS, report_shapes};
use openclaw_prometheus::{ManualClock, Registry, encode};
use openclaw_prometheus_cli::exposition;
use serde_json::Value;
use support::answers::Answer;

use crate::migration::{PARTME, words};

/// What a real Gateway has told, as events.
const EVENTS: &str = include_str!("../../data/sample.jsonl");
/// What no recording has, in the shape that the Gateway tells it in: deliveries of a channel, a prompt with images, a run that
/// failed, and one that goes on.
const UNRECORDED: &str = include_str!("../../../tests/data/openclaw/unrecorded.jsonl");
/// What the plugin hands over of hooks, runtime, providers and Node.
const REPORTED: &str = include_str!("../../../tests/data/openclaw/reports.jsonl");
/// A few seconds after the newest time in the recorded answers.
const NOW: Duration = Duration::from_secs(1_795_357_900);

/// A series of a page: its name with its ending, its labels, its value.
type Series = BTreeMap<(String, BTreeMap<String, String>), f64>;

fn series(page: &str) -> Series {
    let page = exposition::parse(page, Format::Text);
    assert_eq!(page.faults, []);
    let samples = page.families.iter().flat_map(|family| &family.samples);
    let labels = |sample: &exposition::Sample<'_>| {
        sample.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    samples.map(|sample| ((sample.name.to_string(), labels(sample)), sample.number())).collect()
}

/// Writes a value as the plugin does.
fn write<'a>(value: &'a Value, shape: &Shape, numbers: &mut Vec<f64>, texts: &mut Vec<&'a str>) {
    match (shape, value) {
        (_, Value::Null) => numbers.push(f64::NEG_INFINITY),
        (Shape::Text, Value::String(text)) => {
            numbers.push(texts.len() as f64);
            texts.push(text);
        }
        (Shape::Number, Value::Number(number)) => numbers.push(number.as_f64().expect("a number")),
        (Shape::Truth, Value::Bool(truth)) => numbers.push(f64::from(u8::from(*truth))),
        (Shape::Object(members), Value::Object(_)) => {
            numbers.push(0.0);
            members.iter().for_each(|member| write(&value[member.key], &member.shape, numbers, texts));
        }
        (Shape::List(item), Value::Array(items)) => {
            numbers.push(items.len() as f64);
            items.iter().for_each(|value| write(value, item, numbers, texts));
        }
        _ => panic!("{value} is no {shape:?}"),
    }
}

fn report(openclaw: &OpenClaw, line: &str) {
    let told: Value = serde_json::from_str(line).expect("a report");
    let name = told["report"].as_str().expect("a name");
    let place = REPORTS.iter().position(|known| *known == name).unwrap_or_else(|| panic!("no report {name}"));
    let Shape::Object(members) = &report_shapes()[place] else { panic!("{name}") };
    let (mut numbers, mut texts) = (Vec::new(), Vec::new());
    members.iter().for_each(|member| write(&told["fields"][member.key], &member.shape, &mut numbers, &mut texts));
    assert!(openclaw.report_numbers(place, &numbers, &|number| texts.get(number as usize).copied()));
}

/// Answers each method once.
fn answer_all(rpc: &Rpc, clock: &ManualClock) {
    let mut asked = BTreeSet::new();
    while asked.len() < Method::ALL.len() {
        clock.advance(rpc.pause());
        let method = rpc.next().expect("a question is due");
        let name = format!("{}/../tests/data/rpc/{}.json", env!("CARGO_MANIFEST_DIR"), method.name());
        let answer = std::fs::read_to_string(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
        rpc.answered(method, &answer, Duration::from_millis(1));
        asked.insert(method.name());
    }
}

/// What is declared and what is told once all was played into one exporter.
struct Played {
    /// Families as they are before anything was told or collected.
    untouched: Series,
    /// The page of an exporter that has seen nothing.
    idle: Series,
    page: Series,
}

impl Played {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let registry = Registry::builder().build().expect("a registry");
        let (_openclaw, _rpc) =
            (OpenClaw::new(&registry).expect("events"), Rpc::new(&registry, clock.clone()).expect("answers"));
        let untouched = series(&encode::text(&registry));
        let config =
            Config::from_json5("{ instance: 'attic', budget: { perDay: 20 }, monitoredProviders: ['openai'] }");
        let exporter = Exporter::new(&config.expect("a configuration"), clock.clone()).expect("an exporter");
        let Exporter { registry, openclaw, rpc, mut publisher, site, .. } = exporter;
        let idle = series(&encode::text(&registry));
        assert_eq!(Answer::get(&site, "/metrics").status, 200);
        openclaw.identify("17004-1795804234676", None);
        for line in EVENTS.lines().chain(UNRECORDED.lines()) {
            let line = Line::parse(line).expect("an event");
            openclaw.observe(&line.event, line.metadata);
        }
        REPORTED.lines().for_each(|line| report(&openclaw, line));
        rpc.begin(Duration::from_secs(60));
        let first = rpc.next().expect("a question");
        rpc.failed(first, "not this time");
        clock.advance(Duration::from_secs(120));
        answer_all(&rpc, &clock);
        clock.advance(Duration::from_secs(1));
        publisher.tick();
        publisher.tick();
        let page = series(&encode::text(&registry));
        Self { untouched, idle, page }
    }

    /// Whether there is a series that a selector means whose value was told: one that is not there before, or a count that has
    /// grown.
    fn has(&self, Selector { name, matchers }: &Selector) -> bool {
        self.page.iter().any(|(key, value)| {
            let (series, labels) = key;
            let is_meant = |(label, how, wanted): &(String, String, String)| {
                let value = labels.get(label).map_or("", String::as_str);
                let is_one = match how.as_str() {
                    "=" | "!=" => value == wanted,
                    _ => wanted.split('|').any(|one| one == value),
                };
                is_one != how.starts_with('!')
            };
            let is_part = |end: &str| series.strip_suffix(end) == Some(name.as_str());
            let is_count = ["_total", "_count", "_bucket", "_sum"].iter().any(|end| series.ends_with(end));
            let is_told = if is_count {
                *value > self.idle.get(key).copied().unwrap_or_default()
            } else {
                self.untouched.get(key) != Some(value)
            };
            (series == name || is_part("_count")) && matchers.iter().all(is_meant) && is_told && value.is_finite()
        })
    }
}

/// A family, with what is asked of its labels.
#[derive(Debug)]
struct Selector {
    name: String,
    matchers: Vec<(String, String, String)>,
}

/// The selectors of an expression; of those with `or` between them one is enough.
fn selectors(expression: &str) -> Vec<Vec<Selector>> {
    let words = words(expression);
    let mut all: Vec<Vec<Selector>> = Vec::new();
    let mut is_other = false;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        is_other |= word == "or";
        let is_family = word.starts_with("openclaw_") || word.starts_with("nodejs_");
        if !is_family {
            continue;
        }
        let mut selector = Selector { name: word.clone(), matchers: Vec::new() };
        if words.get(at).is_some_and(|next| next == "{") {
            while words[at] != "}" {
                at += 1;
                let [label, how, value] = std::array::from_fn(|place| words[at + place].clone());
                selector.matchers.push((label, how, value.trim_matches('"').to_owned()));
                at += 3;
            }
            at += 1;
        }
        match all.last_mut() {
            Some(last) if is_other => last.push(selector),
            _ => all.push(vec![selector]),
        }
        is_other = false;
    }
    all
}

#[test]
fn every_row_has_a_value_or_a_reason_why_there_is_none() {
    let played = Played::new();
    let table: BTreeMap<&str, Successor> = migrations().iter().map(|old| (old.name, old.successor)).collect();
    let (mut fed, mut gone, mut lacking) = (0, BTreeSet::new(), Vec::new());
    for name in PARTME.lines().skip(1).filter_map(|row| row.split('\t').next()) {
        let Successor::Expression(expression) = table[name] else {
            gone.insert(name);
            continue;
        };
        let groups = selectors(expression);
        assert!(!groups.is_empty(), "{name}: {expression}");
        let lacks: Vec<_> = groups.iter().filter(|group| !group.iter().any(|one| played.has(one))).collect();
        match lacks[..] {
            [] => fed += 1,
            _ => lacking.push(format!("{name}: {lacks:?}")),
        }
    }
    assert!(lacking.is_empty(), "no value of\n{}", lacking.join("\n"));
    let without = [
        "openclaw_alertmanager_rules_total",
        "openclaw_gateway_operator_rpc_requests_total",
        "openclaw_http_latency_samples_usage_ratio",
        "openclaw_http_latency_samples_used",
    ];
    assert_eq!((fed, gone), (163, BTreeSet::from(without)));
}

/// What has just been declared, and what is 0 from the start, feeds no row: else the promise would hold of an exporter that
/// nobody tells anything.
#[test]
fn an_exporter_that_is_told_nothing_has_its_own_rows_alone() {
    let mut played = Played::new();
    played.page = played.idle.clone();
    let has = |expression| selectors(expression).iter().all(|group| group.iter().any(|one| played.has(one)));
    let told = migrations().iter().filter_map(|old| match old.successor {
        Successor::Expression(expression) if has(expression) => Some(old.name),
        _ => None,
    });
    let told: Vec<&str> = told.collect();
    assert_eq!(
        told,
        [
            "openclaw_exporter_build_info",
            "openclaw_metrics_last_scrape_duration_seconds",
            "openclaw_metrics_series_total"
        ]
    );
}
