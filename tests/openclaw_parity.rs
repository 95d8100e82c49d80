//! What we show for a recording of a real Gateway is what the official exporter shows.
//!
//! `data/openclaw/sample.jsonl` holds rows of each recorded event type; `naive_exporter.py` made `sample.prom` of it.
//! Every family and sample is compared. Series of ours at 0 are no difference: families with closed label sets have
//! them before the first event.
#![cfg(feature = "openclaw")]

use std::collections::BTreeMap;

use openclaw_prometheus::openclaw::{OpenClaw, Replay, Summary};
use openclaw_prometheus::{Registry, encode};

const SAMPLE: &str = include_str!("data/openclaw/sample.jsonl");
const EXPECTED: &str = include_str!("data/openclaw/sample.prom");

/// What an exposition says: the type of each family, and the value of each sample by name and sorted labels.
#[derive(Default)]
struct Exposition {
    types: BTreeMap<String, String>,
    samples: BTreeMap<Sample, f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
}

impl Exposition {
    /// Reads text 0.0.4 whose label values need no escapes.
    fn parse(text: &str) -> Self {
        let mut exposition = Exposition::default();
        for line in text.lines() {
            if let Some(declaration) = line.strip_prefix("# TYPE ") {
                let (name, kind) = declaration.split_once(' ').expect("a type");
                assert!(exposition.types.insert(name.into(), kind.into()).is_none(), "{name} is declared twice");
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let value = value.parse().unwrap_or_else(|_| panic!("{line}: the value is no number"));
                assert!(exposition.samples.insert(Sample::parse(series), value).is_none(), "{line}: written twice");
            }
        }
        exposition
    }

    /// The samples that are not 0, or that `other` has too.
    fn told<'e>(&'e self, other: &Exposition) -> BTreeMap<&'e Sample, f64> {
        let samples = self.samples.iter().map(|(sample, value)| (sample, *value));
        samples.filter(|(sample, value)| *value != 0.0 || other.samples.contains_key(sample)).collect()
    }

    fn family<'e>(&self, sample: &'e Sample) -> &'e str {
        let parts = ["_bucket", "_sum", "_count", ""];
        let mut names = parts.iter().filter_map(|part| sample.name.strip_suffix(part));
        names.find(|name| self.types.contains_key(*name)).expect("a declared family")
    }
}

impl Sample {
    fn parse(series: &str) -> Self {
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').expect("closed labels").split("\",");
        let pairs = labels.filter(|pair| !pair.is_empty()).map(|pair| {
            let (label, value) = pair.split_once("=\"").expect("a label");
            (label.to_owned(), value.trim_end_matches('"').to_owned())
        });
        Sample { name: name.to_owned(), labels: pairs.collect() }
    }
}

/// A registry into which `recording` was replayed, and what the replay met.
fn replayed(recording: &str) -> (Registry, Summary) {
    let registry = Registry::builder().series(8192).build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    let summary =
        Replay::new(recording.as_bytes()).run(&openclaw, |bad| panic!("{bad}")).expect("a readable recording");
    (registry, summary)
}

#[test]
fn a_recording_shows_what_the_official_exporter_shows() {
    let (registry, _) = replayed(SAMPLE);
    let ours = Exposition::parse(&encode::text(&registry));
    let official = Exposition::parse(EXPECTED);
    let (told, expected) = (ours.told(&official), official.told(&official));

    for (sample, value) in &expected {
        let shown = told.get(sample).unwrap_or_else(|| panic!("{sample:?} is missing"));
        assert!((shown - value).abs() <= value.abs() * 1e-9, "{sample:?}: {shown}, expected {value}");
        let family = official.family(sample);
        assert_eq!(ours.types.get(family), official.types.get(family), "{family}");
    }
    let extra: Vec<_> = told.keys().filter(|sample| !expected.contains_key(*sample)).collect();
    assert!(extra.is_empty(), "not expected: {extra:?}");
    assert_eq!(official.types.len(), 39);
}

#[test]
fn a_second_replay_adds_up() {
    let (registry, _) = replayed(&SAMPLE.repeat(2));
    let twice = Exposition::parse(&encode::text(&registry));
    let once = Exposition::parse(EXPECTED);
    for (sample, value) in &once.samples {
        let factor = if once.types[once.family(sample)] == "gauge" { 1.0 } else { 2.0 };
        let shown = twice.samples[sample];
        assert!((shown - value * factor).abs() <= value * 1e-9, "{sample:?}: {shown}, expected {factor} times {value}");
    }
}

#[test]
fn a_replay_tells_what_it_met() {
    let (_, summary) = replayed(SAMPLE);
    assert_eq!(summary, Summary { lines: 179, recorded: 121, untrusted: 15, unfed: 43, unknown: 0, bad: 0 });
}

#[test]
fn nothing_of_a_sound_recording_is_rejected() {
    let (registry, _) = replayed(SAMPLE);
    let text = encode::text(&registry);
    let rejected: Vec<_> =
        text.lines().filter(|line| line.starts_with("openclaw_exporter_events_rejected_total{")).collect();
    assert!(!rejected.is_empty());
    assert!(rejected.iter().all(|line| line.ends_with(" 0")), "{rejected:?}");
}
