//! Promise: on a terminal there is a table that fits it and a bar that moves; in a pipe there is neither, and nothing is lost.

use std::io::Write;
use std::process::{Command, Stdio};

use openclaw_prometheus::openclaw::catalogue::entries;

use crate::wrong_files::{Answer, ask, file};

/// What a terminal with so many columns is sent by a command of the shell.
fn on_a_terminal(columns: u16, command: &str) -> String {
    let inside = format!("stty rows 40 columns {columns}; {command}");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &inside, "/dev/null"]).env("TERM", "xterm");
    let output = script.stdin(Stdio::null()).output().expect("util-linux");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("UTF-8").replace('\r', "\n").replace("\n\n", "\n")
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_openclaw-prometheus");

/// How many columns a line takes, where Chinese takes two a character.
fn width(line: &str) -> usize {
    line.chars().map(|char| if char >= '\u{2e80}' { 2 } else { 1 }).sum()
}

#[test]
fn the_catalogue_fits_the_terminal_in_either_language() {
    for columns in [70, 80, 120, 200] {
        for language in ["en", "zh"] {
            let table = on_a_terminal(columns, &format!("{PROGRAM} catalogue --language {language}"));
            for line in table.lines() {
                assert!(width(line) <= usize::from(columns), "{columns}: {} {line}", width(line));
            }
            // A name is copied, so that it is never cut.
            let is_whole = |name: &str| table.split_whitespace().any(|word| word == name);
            let cut: Vec<&str> = entries().map(|entry| entry.name).filter(|name| !is_whole(name)).collect();
            assert!(cut.is_empty(), "{columns}: {cut:?}");
        }
    }
    // In a pipe each is a line, for programs that look for lines.
    let Answer { out, .. } = ask(&["catalogue"], &[]);
    assert_eq!(out.lines().count(), entries().count());
}

/// A recording that takes a while.
fn recording() -> std::path::PathBuf {
    let sample = include_str!("../../data/sample.jsonl");
    let mut text = Vec::new();
    while text.len() < 9 << 20 {
        text.write_all(sample.as_bytes()).expect("memory");
    }
    file("long.jsonl", text)
}

#[test]
fn a_long_replay_has_a_bar_on_a_terminal_and_none_in_a_pipe() {
    let recording = recording();
    let recording = recording.to_str().unwrap();
    let page = file("long.prom", "");
    let shown = on_a_terminal(100, &format!("{PROGRAM} replay {recording} > {}", page.display()));
    assert!(shown.contains("MiB/") && shown.contains('█'), "{shown:?}");
    // The bar is gone in the end, and what was asked for is where it belongs.
    assert!(std::fs::read_to_string(&page).expect("a page").contains("openclaw_model_call_total{"));
    let Answer { code, out, err } = ask(&["replay", recording], &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("openclaw_model_call_total{"));
    std::fs::remove_file(recording).expect("it is there");
}
