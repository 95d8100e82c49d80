//! Promise: each metric is described once, in two languages, and whatever the exporters before this one told from events
//! is told here.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::catalogue::{SEEDED_BOUND, entries};
use openclaw_prometheus::{FamilyInfo, SystemClock, encode};

const OFFICIAL: &str = include_str!("../../../tests/data/openclaw/families-official.tsv");

fn exporter() -> Exporter {
    Exporter::new(&Config::default(), SystemClock::new()).expect("the defaults")
}

/// The rows of a list of families, each with its columns.
fn rows(list: &str) -> impl Iterator<Item = Vec<&str>> {
    list.lines().skip(1).map(|line| line.split('\t').collect())
}

fn labels(info: &FamilyInfo) -> BTreeSet<&str> {
    info.labels().iter().map(|label| label.as_str()).collect()
}

fn catalogue(arguments: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_openclaw-prometheus");
    let output = Command::new(program).arg("catalogue").args(arguments).output().expect("the program");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn what_is_shown_is_what_is_described() {
    let exporter = exporter();
    let shown: BTreeSet<String> = exporter.registry.declared().iter().map(|info| info.name().to_owned()).collect();
    let described: Vec<&str> = entries().map(|entry| entry.name).collect();
    let distinct: BTreeSet<String> = described.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(described.len(), distinct.len(), "each once");
    assert_eq!(shown, distinct);
}

#[test]
fn each_family_is_described_in_chinese_and_its_labels_are_those_it_has() {
    let exporter = exporter();
    let declared: BTreeMap<_, _> =
        exporter.registry.declared().into_iter().map(|info| (info.name().to_owned(), info)).collect();
    for entry in entries() {
        let info = &declared[entry.name];
        let is_chinese = entry.chinese_help().chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
        assert!(is_chinese && entry.chinese_help().ends_with('。'), "{}", entry.name);
        assert!(info.help().ends_with('.'), "{}: {}", entry.name, info.help());
        if let Some(known) = entry.labels {
            let names: Vec<&str> = known.iter().map(|label| label.name).collect();
            assert_eq!(names, info.labels().iter().map(|label| label.as_str()).collect::<Vec<_>>(), "{}", entry.name);
        }
    }
}

#[test]
fn families_are_at_0_from_the_start_if_their_labels_have_lists_of_values() {
    let exporter = exporter();
    let text = encode::text(&exporter.registry);
    let has_series = |name: &str| {
        let is_of = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        text.lines().any(|line| is_of(line) || line.starts_with(&format!("{name}_count")))
    };
    let mut from_the_start = 0;
    for info in exporter.registry.declared() {
        let entry = entries().find(|entry| entry.name == info.name()).unwrap();
        let Some(labels) = entry.labels else { continue };
        let sets: Option<Vec<usize>> = labels.iter().map(|label| Some(label.values?.len())).collect();
        let is_small = sets.is_some_and(|sets| sets.iter().product::<usize>() <= SEEDED_BOUND);
        let adds_up = info.kind().type_name() != "gauge";
        // Combinations that cannot be do not count: then a larger product may fit too.
        let is_told = entry.after.is_none();
        assert!(!(is_small && adds_up && is_told) || has_series(entry.name), "{} is missing", entry.name);
        assert!(is_told || !text.contains(&format!(" {} ", entry.name)), "{} is there", entry.name);
        from_the_start += usize::from(adds_up && has_series(entry.name));
    }
    assert!(from_the_start > 30, "{from_the_start}");
    // And they take none of the room that was asked for.
    let memory = exporter.registry.memory();
    assert_eq!(memory.series_bound, Config::default().max_series());
    // Of the exporter itself there are a few at this moment: what it has answered, reset, survived and lacked.
    assert!((1..24).contains(&memory.series), "{memory:?}");
}

#[test]
fn every_official_family_is_here_with_its_type_and_labels() {
    let exporter = exporter();
    let declared = exporter.registry.declared();
    assert_eq!(rows(OFFICIAL).count(), 68);
    for row in rows(OFFICIAL) {
        let [name, kind, names] = row[..] else { panic!("{row:?}") };
        let info = declared.iter().find(|info| info.name() == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(info.kind().type_name(), kind, "{name}");
        let expected: BTreeSet<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
        let mut ours = labels(info);
        // Labels of blocked runs alone, and of Gateways after that of the list, which leaves them out.
        ours.retain(|label| !["blocked_by", "operation"].contains(label));
        assert_eq!(ours, expected, "{name}");
    }
}

#[test]
fn the_references_are_what_the_catalogue_says() {
    for (file, language) in [("METRICS.md", "en"), ("METRICS.zh-CN.md", "zh")] {
        let path = format!("{}/../plugin/{file}", env!("CARGO_MANIFEST_DIR"));
        let written = std::fs::read_to_string(&path).expect("the reference");
        let said = catalogue(&["--format", "markdown", "--language", language]);
        assert!(written == said, "{file} is old: catalogue --format markdown --language {language} > plugin/{file}");
    }
}

#[test]
fn json_tells_programs_all_of_it() {
    let json: serde_json::Value = serde_json::from_str(&catalogue(&["--format", "json"])).expect("JSON");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let families = json["families"].as_array().expect("families");
    assert_eq!(families.len(), entries().count());
    let find = |name: &str| families.iter().find(|family| family["name"] == name).expect(name);
    let duration = find("openclaw_model_call_duration_seconds");
    assert_eq!((&duration["type"], &duration["unit"]), (&"histogram".into(), &"seconds".into()));
    assert_eq!(duration["buckets"].as_array().map(Vec::len), Some(16));
    assert_eq!(duration["labels"][4]["values"], serde_json::json!(["completed", "error"]));
    assert_eq!(duration["labels"][0]["values"], serde_json::Value::Null);
    let tools = find("openclaw_tool_execution_total");
    assert_eq!(
        tools["replaces"],
        serde_json::json!([
            "openclaw_tool_calls_total",
            "openclaw_tool_call_failures_total",
            "openclaw_tool_result_persist_total"
        ])
    );
    assert_eq!(find("process_threads")["source"], "process");
    assert_eq!(
        (&duration["collector"], &find("openclaw_budget_usd")["collector"]),
        (&"models".into(), &"usage".into())
    );
}

#[test]
fn the_table_has_a_line_for_each_metric() {
    let table = catalogue(&[]);
    assert_eq!(table.lines().count(), entries().count());
    assert!(table.lines().any(|line| line.starts_with("openclaw_gc_duration_seconds ") && line.contains("histogram")));
    assert!(catalogue(&["--language", "zh"]).contains("垃圾回收"));
}
