//! What we show for a recording of a real Gateway is what the official exporter shows.
//!
//! `data/openclaw/sample.jsonl` holds rows of each recorded event type; `naive_exporter.py` made `sample.prom` of it.
//! Every family and sample is compared. Series of ours at 0 are no difference: families with closed label sets have
//! them before the first event.
#![cfg(feature = "openclaw")]

use std::collections::BTreeMap;

use openclaw_prometheus::openclaw::{OpenClaw, Replay, Summary};
use openclaw_prometheus::{Registry, encode};

const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");
/// Name, type and labels of the official exporter's families.
const OFFICIAL: &str = include_str!("../data/openclaw/families-official.tsv");
const EXPECTED: &str = include_str!("../data/openclaw/sample.prom");

/// What an exposition says of each sample: by name and labels in order, the type of its family and its value.
type Told = BTreeMap<(String, Vec<(String, String)>), (String, f64)>;

fn told(text: &str) -> Told {
    let families = support::exposition::parse(text).expect("text 0.0.4");
    let samples = families.values().flat_map(|family| family.samples.iter().map(move |sample| (family, sample)));
    let key = |sample: &support::exposition::Sample| {
        let mut labels = sample.labels.clone();
        labels.sort();
        (sample.name.clone(), labels)
    };
    samples.map(|(family, sample)| (key(sample), (family.kind.clone(), sample.number()))).collect()
}

fn is_near(shown: f64, expected: f64) -> bool {
    (shown - expected).abs() <= expected.abs() * 1e-9
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
    assert_eq!(EXPECTED.matches("# TYPE ").count(), 39);
    assert_official(&registry, EXPECTED);
}

/// Runs a script of `data/openclaw`.
fn python(script: &str, arguments: &[&std::path::Path]) -> String {
    let script = format!("{}/tests/data/openclaw/{script}", env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var("OCP_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = std::process::Command::new(python).arg(script).args(arguments).output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
#[ignore = "needs python3, which makes the events and says what to expect"]
fn synthetic_events_of_every_type_in_every_state_show_what_they_should() {
    let recording = python("synthetic.py", &[]);
    let path = std::env::temp_dir().join(format!("ocp-synthetic-{}.jsonl", std::process::id()));
    std::fs::write(&path, &recording).expect("a place for the recording");
    let expected = python("naive_exporter.py", &[&path]);
    let _ = std::fs::remove_file(&path);
    // All families but the one that the host's start feeds and the one about rejections.
    assert_eq!(expected.matches("# TYPE ").count(), 66);
    let (registry, summary) = replayed(&recording);
    assert!(summary.lines > 10_000 && summary.untrusted > 800, "{summary:?}");
    assert_official(&registry, &expected);
}

/// Every official family shows exactly this.
fn assert_official(registry: &Registry, expected: &str) {
    let (ours, official) = (told(&encode::text(registry)), told(expected));
    for (sample, (kind, value)) in &official {
        let (our_kind, shown) = ours.get(sample).unwrap_or_else(|| panic!("{sample:?} is missing"));
        assert!(is_near(*shown, *value), "{sample:?}: {shown}, expected {value}");
        assert_eq!(our_kind, kind, "{sample:?}");
    }
    // Families of our own are not compared.
    let is_official = |name: &str| {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        OFFICIAL.lines().filter_map(|row| row.split('\t').next()).any(|row| row == name || Some(row) == family)
    };
    let extra: Vec<_> = ours
        .iter()
        .filter(|(sample, (_, value))| *value != 0.0 && is_official(&sample.0) && !official.contains_key(*sample))
        .collect();
    assert!(extra.is_empty(), "not expected: {extra:?}");
}

#[test]
fn a_second_replay_adds_up() {
    let (registry, _) = replayed(&SAMPLE.repeat(2));
    let (twice, once) = (told(&encode::text(&registry)), told(EXPECTED));
    for (sample, (kind, value)) in &once {
        let factor = if kind == "gauge" { 1.0 } else { 2.0 };
        let (_, shown) = &twice[sample];
        assert!(is_near(*shown, value * factor), "{sample:?}: {shown}, expected {factor} times {value}");
    }
}

#[test]
fn a_replay_tells_what_it_met() {
    let (_, summary) = replayed(SAMPLE);
    assert_eq!(summary, Summary { lines: 179, recorded: 178, untrusted: 1, unknown: 0, bad: 0 });
}

#[test]
fn nothing_of_a_sound_recording_is_rejected() {
    let (registry, _) = replayed(SAMPLE);
    let ours = told(&encode::text(&registry));
    let rejected: Vec<_> =
        ours.iter().filter(|((name, _), _)| name == "openclaw_exporter_events_rejected_total").collect();
    assert_eq!(rejected.len(), 5);
    assert!(rejected.iter().all(|(_, (_, value))| *value == 0.0), "{rejected:?}");
}
