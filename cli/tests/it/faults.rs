//! Promise: what goes wrong in a demo is what `data/faults.tsv` says, and `status` finds it: that, since when, and nothing else first.

use std::process::Command;

use serde_json::Value;
use support::deadline::until;

use crate::program::serve;

const TABLE: &str = include_str!("../../data/faults.tsv");

/// A row of the table.
struct Row {
    fault: &'static str,
    minutes: u64,
    exit: i32,
    kind: &'static str,
    says: &'static str,
}

fn rows() -> Vec<Row> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [fault, changes, minutes, exit, kind, says, alerts] = fields[..] else { panic!("{line:?}") };
        assert!(changes.len() > 20 && changes.ends_with('.'), "{line}");
        assert!(alerts.split(", ").all(is_alert), "{line}");
        Row { fault, minutes: minutes.parse().unwrap(), exit: exit.parse().unwrap(), kind, says }
    })
    .collect()
}

/// Whether it is a name, a severity, and minutes; `grafana/test/run --judges` has them raised.
fn is_alert(text: &str) -> bool {
    let words: Vec<&str> = text.strip_suffix(" 1d").unwrap_or(text).split(' ').collect();
    let [name, severity, minutes] = words[..] else { return false };
    name.starts_with("OpenClaw") && ["warning", "critical"].contains(&severity) && minutes.parse::<u32>().is_ok()
}

fn status(arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus")).arg("status").args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// Whether what begins minutes ago is what status says first, with that exit status.
fn is_found(row: &Row) {
    let Row { fault, minutes, exit, kind, says } = row;
    let (_running, address) = serve(&["--demo", "--fault", &format!("{fault}:after=-{minutes}m")]);
    let url = format!("http://{address}/");
    // A lost port is found a moment after the program is there to lose it.
    until(fault, || status(&[&url]).1.contains(says));
    let (code, json) = status(&["--format", "json", &url]);
    let data: Value = serde_json::from_str(&json).unwrap();
    let (verdict, at) = (&data["verdict"], data["at"].as_f64().unwrap());
    let first = &verdict["findings"][0];
    assert_eq!((code, first["kind"].as_str()), (*exit, Some(*kind)), "{fault}: {verdict}");
    assert!(first["says"].as_str().unwrap().starts_with(says), "{fault}: {verdict}");
    // It was found soon after it began, and not before.
    let found = at - first["since"].as_f64().unwrap();
    let began = if *fault == "port-lost" { 60.0 } else { *minutes as f64 * 60.0 + 30.0 };
    assert!((0.0..=began).contains(&found), "{fault}: found {found} s ago");
    let (code, text) = status(&[&url]);
    assert_eq!(code, *exit);
    let line = text.lines().find(|line| line.starts_with("WRONG") || line.starts_with("watch"));
    assert!(line.is_some_and(|line| line[7..].starts_with(says)), "{fault}: {text}");
}

#[test]
fn status_says_of_each_fault_of_the_demo_what_the_table_says() {
    let rows = rows();
    // Two at a time: each plays a quarter of an hour in its first second.
    std::thread::scope(|scope| {
        let (first, second) = rows.split_at(rows.len() / 2);
        scope.spawn(|| first.iter().for_each(is_found));
        second.iter().for_each(is_found);
    });
}

#[test]
fn the_table_has_each_fault_and_a_wrong_one_is_refused_with_all_of_them() {
    let output = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus")).args(["--demo", "--fault", "flood"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
    let listed = error.split("write one of ").nth(1).unwrap().trim_end().trim_end_matches("; see --help");
    assert_eq!(listed.split(", ").collect::<Vec<_>>(), rows().iter().map(|row| row.fault).collect::<Vec<_>>());
}
