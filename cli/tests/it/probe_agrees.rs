//! What `probe` says of a page is what others say: promtool of names and text, Python's parser of OpenMetrics. What either
//! refuses is not always an error, for Prometheus may take it: here counts what the format forbids.
//!
//! Ignored by default because they need Debian's package `prometheus` and Python's `prometheus_client`; `tests/all`
//! installs both and runs them. Where the others are blind, or we are stricter on purpose, the page is listed with why.
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use openclaw_prometheus_cli::exposition::{self, Format, Severity};
use serde_json::Value;

fn feed(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // Who has seen enough may stop reading.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().expect("ended");
    writer.join().expect("written");
    output
}

fn probe(page: &str) -> Value {
    let binary = env!("CARGO_BIN_EXE_openclaw-prometheus");
    let output = feed(Command::new(binary).args(["probe", "-", "--json", "--format", "text"]), page);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Whether the format allows the page.
fn is_allowed(page: &str, format: Format) -> bool {
    let page = exposition::parse(page, format);
    page.faults.is_empty() && exposition::check(&page).iter().all(|problem| problem.severity != Severity::Error)
}

/// Metric and rule.
type Findings = BTreeSet<(String, String)>;

/// What promtool finds; `None` if it cannot read the page.
fn promtool(page: &str) -> Option<Findings> {
    let output = feed(Command::new("promtool").args(["check", "metrics"]), page);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.starts_with("error while linting") {
        return None;
    }
    let rule = |said: &str| {
        for (start, rule) in [
            ("no help text", "help-missing"),
            ("use base unit", "unit-not-base"),
            ("counter metrics should have", "counter-without-total"),
            ("non-counter metrics should not have", "total-not-counter"),
            ("non-histogram metrics should not have \"_bucket\"", "reserved-suffix"),
            ("non-histogram and non-summary metrics should not have", "reserved-suffix"),
            ("non-histogram metrics should not have \"le\"", "reserved-label"),
            ("non-summary metrics should not have \"quantile\"", "reserved-label"),
            ("metric name should not include type", "type-in-name"),
            ("metric names should not contain ':'", "colon-in-name"),
            ("metric names should be written in 'snake_case'", "camel-case-name"),
            ("label names should be written in 'snake_case'", "camel-case-label"),
            ("metric names should not contain abbreviated units", "unit-abbreviated"),
        ] {
            if said.starts_with(start) {
                return rule.to_owned();
            }
        }
        panic!("promtool knows a rule that we do not: {said}");
    };
    let lines = said.lines().filter(|line| !line.is_empty());
    Some(
        lines
            .map(|line| line.split_once(' ').unwrap_or_else(|| panic!("{said}")))
            .map(|(metric, said)| (metric.into(), rule(said)))
            .collect(),
    )
}

/// What we find under promtool's rules.
fn ours(page: &str) -> Findings {
    const ONLY_OURS: [&str; 2] = ["many-series", "label-on-all"];
    let report = probe(page);
    assert_eq!(report["errors"], 0, "{report}");
    let problems = report["problems"].as_array().expect("a list").iter();
    let word = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    let findings = problems.map(|problem| (word(problem, "family"), word(problem, "rule")));
    findings.filter(|(_, rule)| !ONLY_OURS.contains(&rule.as_str())).collect()
}

/// Families of every type, whose names are made of words that do and do not break rules.
fn families() -> String {
    let words = [
        "requests",
        "size_bytes",
        "size_kilobytes",
        "size_bits",
        "delay_seconds",
        "delay_milliseconds",
        "delay_ms",
        "delay_days",
        "delay_s",
        "delay_sec",
        "size_mb",
        "size_GB",
        "heat_celsius",
        "heat_kelvins",
        "way_kilometers",
        "way_miles",
        "thermometers",
        "mass_ounces",
        "mass_milligrams",
        "power_nanovolts",
        "queueSize",
        "job:size",
        "gauge_size",
        "size_gauge",
        "histogram",
        "my_histogram",
        "a_counter_b",
        "a_summary",
        "h",
        "d_b",
        "a_d_b",
        "weeks",
        "picoinches",
        "m_total_b",
        "HTTP",
        "a_B",
        "Gauge",
        "a_Gauge",
    ];
    let suffixes = ["", "_total", "_count", "_sum", "_bucket", "_info"];
    let mut page = String::new();
    for (number, (word, suffix)) in words.iter().flat_map(|word| suffixes.map(|suffix| (word, suffix))).enumerate() {
        for kind in ["counter", "gauge", "untyped", "histogram", "summary"] {
            // A histogram and a summary have samples of other names; theirs must not meet another family's.
            let name = format!("{word}_{}{number}{suffix}", &kind[..2]);
            if number % 3 != 0 {
                page += &format!("# HELP {name} Help.\n");
            }
            page += &format!("# TYPE {name} {kind}\n");
            page += &match (kind, number % 4) {
                ("histogram", _) => format!("{name}_bucket{{le=\"+Inf\"}} 1\n{name}_sum 1\n{name}_count 1\n"),
                ("summary", _) => format!("{name}{{quantile=\"0.5\"}} 1\n{name}_sum 1\n{name}_count 1\n"),
                (_, 1) => format!("{name}{{le=\"1\"}} 1\n"),
                (_, 2) => format!("{name}{{quantile=\"1\",userName=\"x\"}} 1\n"),
                _ => format!("{name}{{a=\"b\"}} 1\n{name}{{a=\"c\"}} 1\n"),
            };
        }
    }
    page
}

#[test]
#[ignore = "needs promtool; tests/all installs it"]
fn promtool_finds_the_same_in_names_and_labels() {
    let sample = include_str!("../../../tests/data/openclaw/sample.prom");
    assert_eq!(promtool(sample).expect("it can be read"), ours(sample));
    let generated = families();
    let (theirs, ours) = (promtool(&generated).expect("it can be read"), ours(&generated));
    assert!(theirs.len() > 1000, "the page breaks rules: {}", theirs.len());
    let differ: Vec<_> = theirs.symmetric_difference(&ours).collect();
    assert!(differ.is_empty(), "{} of {}: {:?}", differ.len(), theirs.len(), &differ[..differ.len().min(20)]);
}

#[test]
#[ignore = "needs promtool; tests/all installs it"]
fn promtool_reads_the_same_text() {
    let accepts = |page: &str| is_allowed(page, Format::Text);
    for page in [
        "a 1\n",
        "a{} 1\n",
        "a{b=\"c\",} 1\n",
        "a { b = \"c\" , d = \"e\" } 1\n",
        "a{b=\"c\"}1\n",
        "\t a\t 1\n",
        "a 1 1700000000000\n",
        "a 1 -5\n",
        "a:b 1\n",
        "a{b=\"\\\\ \\\" \\n\"} 1\n",
        "a inf\n",
        "a -Infinity\n",
        "a .5\n",
        "a 5.\n",
        "a 1E-3\n",
        "\n\na 1\n\n",
        "# x\n#\n#x\na 1\n",
        "# HELP a\n# TYPE a gauge\na 1\n",
        "#  TYPE\ta\tgauge\na 1\n",
        "a 1\n# HELP a late\n",
        "a 1\nb 1\na{c=\"d\"} 1\n",
        "# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\na_count 1\n",
        // Rejected.
        "a 1",
        "a\n",
        "1a 1\n",
        "a-b 1\n",
        "a{1=\"b\"} 1\n",
        "a{b} 1\n",
        "a{b=c} 1\n",
        "a{b=\"c} 1\n",
        "a{b=\"c\" d=\"e\"} 1\n",
        "a{,} 1\n",
        "a{b=\"c\" 1\n",
        "a{b=\"c\",b=\"d\"} 1\n",
        "a{b=\"\\x\"} 1\n",
        "a{__name__=\"b\"} 1\n",
        "a one\n",
        "a 0x1p3\n",
        "a 1_000\n",
        "a -NaN\n",
        "a 1e999\n",
        "a 1\r\n",
        "a 1 1.5\n",
        "a 1 2 3\n",
        "a_total 1 # {b=\"c\"} 1\n",
        "# TYPE a gouge\na 1\n",
        "# TYPE a info\na 1\n",
        "# TYPE a gauge\n# TYPE a gauge\na 1\n",
        "# HELP a b\n# HELP a b\na 1\n",
        "a 1\n# TYPE a gauge\n",
        "# HELP a \\t\na 1\n",
        "# HELP 1 b\n",
        "# TYPE a summary\na{quantile=\"half\"} 1\n",
        "# TYPE a histogram\na_bucket{le=\"x\"} 1\n",
    ] {
        assert_eq!(accepts(page), promtool(page).is_some(), "{page:?}: ours, theirs");
    }
    for (why, page) in [
        ("a TYPE line without a type", "# TYPE a\na 1\n"),
        ("a type in capitals, which Prometheus itself refuses", "# TYPE a Gauge\na 1\n"),
        ("a series twice", "a 1\na 1\n"),
        ("a counter below 0", "# TYPE a counter\na -1\n"),
        ("no +Inf bucket", "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n"),
        (
            "buckets that fall",
            "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        ),
        ("a count of its own", "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n"),
        ("a summary without quantile", "# TYPE a summary\na 1\n"),
        ("a histogram's bare name", "# TYPE a histogram\na 1\n"),
    ] {
        assert!(!accepts(page) && promtool(page).is_some(), "promtool is blind to {why}: {page:?}");
    }
    // The format lets lines end in blanks, and Prometheus takes them.
    assert!(accepts("a 1\t\n") && promtool("a 1\t\n").is_none());
}

/// Documents without their last line, `# EOF`.
const DOCUMENTS: &[&str] = &[
    "",
    "a 1\n",
    "a{} 1\n",
    "# TYPE a gauge\n# HELP a Help.\na 1\n",
    "# HELP a \na 1\n",
    "# TYPE a counter\na_total 1\na_created 2\n",
    "# TYPE a counter\na_total 1 # {b=\"c\"} 1 1.5\n",
    "# TYPE a counter\na_total 1 2 # {} 1\n",
    "# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\n",
    "# TYPE a histogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1 # {b=\"c\"} 0.5\n",
    "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum 1\n",
    "# TYPE a gaugehistogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -1\n",
    "# TYPE a summary\na{quantile=\"0.5\"} 1\na_count 1\na_sum 1\n",
    "# TYPE a info\na_info{b=\"c\"} 1\n",
    "# TYPE a stateset\na{a=\"x\"} 1\na{a=\"y\"} 0\n",
    "# TYPE a_s gauge\n# UNIT a_s s\na_s 1\n",
    "# TYPE a unknown\na 1\n",
    "a 1 1.5\na 2 2\n",
    "a NaN\n",
    "# HELP a \\x \\\" \\\\ \\n\na{b=\"\\x\"} 1\n",
    "# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n{\"a.b\",c=\"d\"} 1\n",
    "# TYPE a counter\na_total{b=\"c\"} 1\na_created{b=\"c\"} 1\na_total{b=\"d\"} 1\na_created{b=\"d\"} 1\n",
    // Rejected.
    "\n",
    "# for people\n",
    "# TYPE a untyped\na 1\n",
    "# TYPE a gouge\na 1\n",
    "# TYPE a gauge\n# TYPE a gauge\na 1\n",
    "# HELP a b\n# HELP a b\na 1\n",
    "# HELP a\na 1\n",
    "# UNIT a s\na 1\n",
    "# TYPE a_s info\n# UNIT a_s s\na_s_info 1\n",
    "a 1\n# TYPE a gauge\n",
    "a 1\nb 1\na{c=\"d\"} 1\n",
    "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 2\n",
    "# TYPE a counter\na 1\n",
    "# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n",
    "# TYPE a histogram\n# TYPE a_sum gauge\n",
    "# TYPE a counter\na_total NaN\n",
    "# TYPE a counter\na_total -1\n",
    "# TYPE a histogram\na_bucket{le=\"1.0\"} 1\n",
    "# TYPE a histogram\na_count 1\na_sum 1\n",
    "# TYPE a histogram\na_bucket{le=\"2.0\"} 1\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 1\n",
    "# TYPE a histogram\na_bucket{le=\"1.0\"} 2\na_bucket{le=\"+Inf\"} 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\na_sum 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\n",
    "# TYPE a histogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1.5\n",
    "# TYPE a histogram\na_bucket{le=\"inf\"} 1\n",
    "# TYPE a histogram\na_bucket 1\n",
    "# TYPE a histogram\na_bucket{le=\"x\"} 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum -1\n",
    "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -1\n",
    "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\n",
    "# TYPE a summary\na{quantile=\"2\"} 1\n",
    "# TYPE a summary\na{quantile=\"0.5\"} -1\n",
    "# TYPE a summary\na_count 1.5\n",
    "# TYPE a info\na_info 2\n",
    "# TYPE a stateset\na{a=\"x\"} 2\n",
    "# TYPE a stateset\na 1\n",
    "# TYPE a gauge\na 1 # {} 1\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1 # {} 1\na_sum 1\n",
    "# TYPE a gauge\na{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 1\n",
    "# TYPE a gauge\na 1 2\na 1 1\n",
    "# TYPE a gauge\na 1\na 1 1\n",
    "a{b=\"c\",} 1\n",
    "a{b=\"c\",b=\"d\"} 1\n",
    "a{b=c} 1\n",
    "a{b=\"c} 1\n",
    "a{1=\"b\"} 1\n",
    "a{__b=\"c\"} 1\n",
    "a-b 1\n",
    "1a 1\n",
    "a\n",
    "a one\n",
    "a 1_0\n",
    "a 1 \n",
    "a  1\n",
    "a 1 NaN\n",
    "a 1 x\n",
    "a 1 2 3\n",
    "a 1\r\n",
    "# TYPE a counter\na_total 1 # b 1\n",
    "# TYPE a counter\na_total 1 #{} 1\n",
    "# TYPE a counter\na_total 1 # {}\n",
];

/// Documents that Python's parser takes and OpenMetrics forbids.
const PYTHON_IS_BLIND_TO: &[(&str, &str)] = &[
    ("a series that is there twice", "# TYPE a gauge\na 1\na 1\n"),
    ("a blank after a comma", "a{b=\"c\", d=\"e\"} 1\n"),
    ("any character before a value", "a{b=\"c\"}_1\n"),
    ("a NaN with a sign", "a +NaN\n"),
    ("more than one blank in metadata", "# TYPE  a gauge\na 1\n"),
    ("no blank after #", "#X TYPE a gauge\na 1\n"),
    ("a name as a label", "{__name__=\"a\"} 1\n"),
    ("the name behind a label", "{b=\"c\",\"a\"} 1\n"),
    ("a number that no float can hold", "a 1e999\n"),
];

/// Whether Python's parser accepts each document.
fn python(documents: &[String]) -> Vec<bool> {
    const READ: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
def accepts(text):
    try:
        list(text_string_to_metric_families(text))
        return True
    except Exception:
        return False
print(json.dumps([accepts(text) for text in json.load(sys.stdin)]))";
    let python = std::env::var("OCP_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = feed(Command::new(python).args(["-c", READ]), &serde_json::to_string(documents).expect("JSON"));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
#[ignore = "needs Python's prometheus_client; tests/all installs it"]
fn pythons_parser_accepts_the_same_openmetrics() {
    let ours = |document: &str| is_allowed(document, Format::OpenMetrics);
    let mut documents: Vec<String> = DOCUMENTS.iter().map(|document| format!("{document}# EOF\n")).collect();
    // How a page may end.
    documents.extend(["", "a 1\n", "# EOF", "# EOF\n# EOF\n", "# EOF\n\n", "a 1\n# EOF\nb 1\n"].map(String::from));
    let differ: Vec<String> = (documents.iter().zip(python(&documents)))
        .filter(|(document, theirs)| ours(document) != *theirs)
        .map(|(document, theirs)| format!("{document:?}: Python says {theirs}"))
        .collect();
    assert_eq!(differ, [""; 0]);
    // It needs metadata before a name in quotes.
    let bare = "{\"a.b\",c=\"d\"} 1\n# EOF\n".to_owned();
    assert_eq!((ours(&bare), python(&[bare])), (true, vec![false]));
    let blind: Vec<String> = PYTHON_IS_BLIND_TO.iter().map(|(_, document)| format!("{document}# EOF\n")).collect();
    for ((why, document), theirs) in PYTHON_IS_BLIND_TO.iter().zip(python(&blind)) {
        assert!(theirs, "Python has learned to see {why}: {document:?}");
        assert!(!ours(&format!("{document}# EOF\n")), "{why}: {document:?}");
    }
}
