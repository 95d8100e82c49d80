//! Promise: whatever is recorded, readers of either format find it, and nothing else.
//!
//! Foreign readers have the last word: prometheus_client's two parsers, and promtool. They are ignored by default;
//! `tests/all` installs them, names the interpreter in `OCP_PYTHON`, and runs them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use openclaw_prometheus::encode::{self, Format};

use support::page::{Page, family, sample};

#[track_caller]
fn assert_same(mut found: Vec<String>, expected: &[String]) {
    found.sort();
    let missing: Vec<&String> = expected.iter().filter(|line| found.binary_search(line).is_err()).collect();
    let too_much: Vec<&String> = found.iter().filter(|line| expected.binary_search(line).is_err()).collect();
    assert!(missing.is_empty() && too_much.is_empty(), "missing: {missing:#?}\ntoo much: {too_much:#?}");
    assert_eq!(found.len(), expected.len(), "nothing is there twice");
}

/// What our own reader finds, in the words of `tests/data/samples.py`.
fn read(open_metrics: &str) -> Vec<String> {
    let families = support::exposition::read(open_metrics, Format::OpenMetrics).unwrap();
    let mut found = Vec::new();
    for read in &families {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        found.push(family(&read.name, &read.kind, &text(&read.unit), &text(&read.help)));
        found.extend(read.samples.iter().map(|read| {
            sample(&read.name, read.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())), read.number())
        }));
    }
    found
}

#[test]
fn our_own_readers_find_what_was_recorded_in_each_format() {
    for has_created in [false, true] {
        let page = Page::new(has_created);
        let found = read(&encode::open_metrics(&page.registry));
        assert_same(found, &page.expected(true));

        let mut found = Vec::new();
        for (name, read) in support::exposition::parse(&encode::text(&page.registry)).unwrap() {
            // As OpenMetrics has it, so that one list of what was recorded does for both.
            let is_counter = read.kind == "counter";
            let base = name.strip_suffix("_total").filter(|_| is_counter).unwrap_or(&name);
            found.push(family(base, &read.kind, "", &read.help.unwrap_or_default()));
            found.extend(read.samples.iter().map(|read| {
                let labels = read.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let name = if is_counter { format!("{base}_total") } else { read.name.clone() };
                sample(&name, labels, read.number())
            }));
        }
        assert_same(found, &page.expected(false));
    }
}

#[test]
fn whole_counts_are_exact_beyond_what_a_double_holds() {
    let page = Page::new(false);
    assert!(encode::open_metrics(&page.registry).contains("\nbig_total 18014398509481985\n"));
    assert!(encode::text(&page.registry).contains("\nbig 18014398509481985\n"));
}

/// The whole catalogue with a recording in it.
#[cfg(feature = "openclaw")]
fn catalogue() -> String {
    use openclaw_prometheus::openclaw::{OpenClaw, Replay};
    let registry = openclaw_prometheus::Registry::builder().created_times(true).build().unwrap();
    let openclaw = OpenClaw::new(&registry).unwrap();
    Replay::new(&include_bytes!("../../../cli/data/sample.jsonl")[..]).run(&openclaw, |bad| panic!("{bad}")).unwrap();
    encode::open_metrics(&registry)
}

#[cfg(feature = "openclaw")]
#[test]
fn the_catalogue_is_read_in_openmetrics_too() {
    let found = read(&catalogue());
    assert!(found.iter().filter(|line| line.starts_with("family openclaw_")).count() >= 68);
    assert!(found.len() > 500, "{}", found.len());
}

/// What a program says of `input`.
fn run(program: &str, arguments: &[&str], input: String) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    // From a thread: the program may say something before it has read everything. It may also give up early, and then
    // what it says is looked at.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("ended");
    writer.join().expect("written");
    output
}

#[test]
#[ignore = "needs Python's prometheus_client; tests/all installs it"]
fn pythons_parsers_find_what_was_recorded_in_each_format() {
    let python = std::env::var("OCP_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/samples.py");
    let script = script.to_str().expect("UTF-8");
    let mut pages = Vec::new();
    for has_created in [false, true] {
        let page = Page::new(has_created);
        pages.push(("openmetrics", encode::open_metrics(&page.registry), page.expected(true)));
        pages.push(("text", encode::text(&page.registry), page.expected(false)));
    }
    #[cfg(feature = "openclaw")]
    {
        let text = catalogue();
        let mut expected = read(&text);
        expected.sort();
        pages.push(("openmetrics", text, expected));
    }
    for (format, text, expected) in pages {
        let output = run(&python, &[script, format], text);
        assert!(output.status.success(), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        let found = String::from_utf8(output.stdout).expect("UTF-8");
        assert_same(found.lines().map(String::from).collect(), &expected);
    }
}

#[test]
#[ignore = "needs promtool; tests/all installs it"]
fn promtool_reads_every_kind_and_complains_of_what_is_not_ours_alone() {
    let output = run("promtool", &["check", "metrics"], encode::text(&Page::new(true).registry));
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let mut said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    said.sort_unstable();
    // Declared so on purpose.
    let expected = ["big counter metrics should have \"_total\" suffix"];
    assert_eq!(said, expected);
}
