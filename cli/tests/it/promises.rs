//! Promise: each test that `docs/promises.md` names is there, what has none has its reason, and the page keeps to the guidelines.

use std::collections::BTreeSet;
use std::path::Path;

use support::answers::Answer;

use crate::program::serve;

/// Every function of the Rust sources below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            let names = text.lines().filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next());
            found.extend(names.map(str::to_owned));
        }
    }
}

/// The rows of all tables: what is promised, what it is with us, and which tests hold it.
fn rows(text: &str) -> Vec<[String; 3]> {
    let lines = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise |"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [promise, ours, tests] = cells[..] else { panic!("three columns: {line}") };
            [promise, ours, tests].map(str::to_owned)
        })
        .collect()
}

#[test]
fn each_promise_of_other_exporters_has_a_test_that_exists_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut known = BTreeSet::new();
    for folder in ["src", "cli", "tests", "plugin/src"] {
        functions(&root.join(folder), &mut known);
    }
    let text = std::fs::read_to_string(root.join("docs/promises.md")).expect("the promises");
    let rows = rows(&text);
    assert!(rows.len() > 60, "{}", rows.len());
    for [promise, ours, tests] in &rows {
        let verdict = ours.split([';', ':', ' ']).next().unwrap_or("");
        assert!(["yes", "otherwise", "no"].contains(&verdict), "{promise}: {ours}");
        assert!(verdict != "yes" || !tests.is_empty(), "{promise}: nothing holds it");
        assert!(verdict == "yes" || ours.len() > verdict.len() + 20, "{promise}: {ours:?} is no reason");
        for test in tests.split(',').map(str::trim).filter(|test| !test.is_empty()) {
            let name = test.trim_matches('`');
            assert!(known.contains(name), "{promise}: there is no {name}");
        }
    }
}

#[test]
fn no_sample_has_a_timestamp_and_none_is_called_as_prometheus_calls_its_own() {
    let (_running, address) = serve(&["--demo"]);
    let page = Answer::over(address, &[b"GET /metrics"]).text();
    let mut count = 0;
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').expect("a series and its value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').expect("what is behind the labels is the value alone");
        assert!(value.parse::<f64>().is_ok() && !name.contains(' '), "{line}");
        assert!(name != "up" && !["scrape_", "ALERTS"].iter().any(|prefix| name.starts_with(prefix)), "{line}");
        for own in ["job=", "instance=", "__"] {
            assert!(!labels.starts_with(own) && !labels.contains(&format!("\",{own}")), "{line}");
        }
        count += 1;
    }
    assert!(count > 500, "{count}");
}
