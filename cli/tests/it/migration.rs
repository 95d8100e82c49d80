//! Promise: whoever comes from the PartMe plugin finds each of its families in one table, and with one file of rules each that
//! is told here under its old name and with its old labels.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::catalogue::{Successor, entries, migrations, recording_rules};
use openclaw_prometheus::{FamilyInfo, SystemClock};

pub(crate) const PARTME: &str = include_str!("../../../tests/data/openclaw/families-partme.tsv");
pub(crate) const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../grafana/rules/partme-names.yml");

/// Families that the list gives a label that nothing here has: what the plugin called so was one number.
const WITHOUT_LABEL: [&str; 3] =
    ["openclaw_presence_total", "openclaw_usage_tools_total_calls", "openclaw_usage_tools_unique_total"];

type Declared = BTreeMap<String, Arc<FamilyInfo>>;
type Labels = BTreeSet<String>;

fn declared() -> Declared {
    let exporter = Exporter::new(&Config::default(), SystemClock::new()).expect("the defaults");
    exporter.registry.declared().into_iter().map(|info| (info.name().to_owned(), info)).collect()
}

/// Of an expression, the labels that its series have beside those of the target, and the families that it names.
///
/// As much of the language as the table needs. An expression that asks for a label that is not there is refused.
struct Reader<'a> {
    declared: &'a Declared,
    words: Vec<String>,
    at: usize,
    families: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn read(declared: &'a Declared, expression: &str) -> (Labels, BTreeSet<String>) {
        let mut reader = Self { declared, words: words(expression), at: 0, families: BTreeSet::new() };
        let labels = reader.expression().unwrap_or_default();
        assert_eq!(reader.at, reader.words.len(), "{expression}: {:?} is left", &reader.words[reader.at..]);
        (labels, reader.families)
    }

    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.words[self.at - 1].clone()
    }

    fn take(&mut self, word: &str) -> bool {
        let is_there = self.peek() == word;
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, word: &str) {
        assert!(self.take(word), "{word} and not {:?} in {:?}", self.peek(), self.words.concat());
    }

    /// The names in parentheses.
    fn names(&mut self) -> Labels {
        self.expect("(");
        let mut names = Labels::new();
        while !self.take(")") {
            names.insert(self.next());
            self.take(",");
        }
        names
    }

    /// None for a number.
    fn expression(&mut self) -> Option<Labels> {
        let mut labels = self.operand();
        while ["+", "-", "*", "/", "or", "unless", ">", "==", "!="].contains(&self.peek()) {
            self.next();
            self.take("bool");
            let mut added = Labels::new();
            if self.take("on") || self.take("ignoring") {
                self.names();
                if self.take("group_left") {
                    added = self.names();
                }
            }
            let right = self.operand();
            labels = match (labels, right) {
                (Some(left), Some(right)) => {
                    assert!(added.is_subset(&right), "{added:?} of {right:?}");
                    Some(left.union(&added).cloned().collect())
                }
                (left, right) => left.or(right),
            };
        }
        labels
    }

    fn operand(&mut self) -> Option<Labels> {
        if self.take("(") {
            let labels = self.expression();
            self.expect(")");
            return labels;
        }
        let word = self.next();
        match word.as_str() {
            "sum" | "max" | "min" | "avg" | "count" => {
                self.expect("without");
                let without = self.names();
                self.expect("(");
                let inner = self.expression().expect("series");
                self.expect(")");
                assert!(without.is_subset(&inner), "without {without:?} of {inner:?}");
                Some(&inner - &without)
            }
            "label_replace" => {
                self.expect("(");
                let mut labels = self.expression().expect("series");
                let [to, _, from, _] = std::array::from_fn(|_| {
                    self.expect(",");
                    self.next().trim_matches('"').to_owned()
                });
                self.expect(")");
                assert!(from.is_empty() || labels.contains(&from), "{from} of {labels:?}");
                labels.insert(to);
                Some(labels)
            }
            "histogram_quantile" => {
                self.expect("(");
                self.next();
                self.expect(",");
                let mut labels = self.expression().expect("series");
                self.expect(")");
                assert!(labels.remove("le"), "no buckets");
                Some(labels)
            }
            "time" => {
                self.names();
                None
            }
            "rate" | "clamp_min" | "abs" => {
                self.expect("(");
                let labels = self.expression();
                if self.take(",") {
                    self.next();
                }
                self.expect(")");
                labels
            }
            number if number.starts_with(|first: char| first.is_ascii_digit()) => None,
            name => Some(self.selector(name)),
        }
    }

    fn selector(&mut self, name: &str) -> Labels {
        let whole = self.declared.get(name);
        let part = || self.declared.get(name.strip_suffix("_bucket").or(name.strip_suffix("_count"))?);
        let info = whole.or_else(part).unwrap_or_else(|| panic!("no family {name}"));
        self.families.insert(info.name().to_owned());
        let mut labels: Labels = info.labels().iter().map(|label| label.as_str().to_owned()).collect();
        if name.ends_with("_bucket") {
            labels.insert("le".into());
        }
        if self.take("{") {
            while !self.take("}") {
                let label = self.next();
                assert!(labels.contains(&label), "{label} of {name}");
                let known = entries()
                    .find(|entry| entry.name == info.name())
                    .and_then(|entry| entry.labels?.iter().find(|known| known.name == label)?.values);
                let (how, value) = (self.next(), self.next());
                let value = value.trim_matches('"').to_owned();
                if let Some(known) = known {
                    let all: Vec<&str> = if how.contains('~') { value.split('|').collect() } else { vec![&value] };
                    assert!(all.iter().all(|one| known.contains(one)), "{name}: {label} is never {value}: {known:?}");
                }
                self.take(",");
            }
        }
        if self.take("[") {
            self.next();
            self.expect("]");
        }
        labels
    }
}

/// Names, numbers, texts and signs.
pub(crate) fn words(expression: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').expect("a text ends") + 2,
            first if first.is_ascii_alphanumeric() || first == '_' => rest
                .find(|next: char| !next.is_ascii_alphanumeric() && next != '_' && next != '.')
                .unwrap_or(rest.len()),
            _ if ["=~", "!~", "!=", "==", ">="].iter().any(|sign| rest.starts_with(sign)) => 2,
            _ => 1,
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    words
}

#[test]
fn every_family_of_the_partme_plugin_is_in_the_table_once() {
    let listed: Vec<(&str, &str, Vec<&str>)> = PARTME
        .lines()
        .skip(1)
        .map(|line| {
            let row: Vec<&str> = line.split('\t').collect();
            (row[0], row[1], row[2].split(',').filter(|label| !label.is_empty()).collect())
        })
        .collect();
    let table: Vec<_> = migrations().iter().map(|old| (old.name, old.kind.type_name(), old.labels.to_vec())).collect();
    assert_eq!(listed.len(), 167);
    assert_eq!(table, listed);
}

#[test]
fn each_expression_gives_the_old_labels_from_families_that_are_here() {
    let declared = declared();
    for old in migrations() {
        match old.successor {
            Successor::Expression(expression) => {
                let (labels, families) = Reader::read(&declared, expression);
                assert!(!families.is_empty(), "{}", old.name);
                // What the plugin called `instance` Prometheus gives to each target, and its `job` was `exported_job` there.
                let here = |label: &&'static str| match *label {
                    "instance" => None,
                    "job" => Some("exported_job".to_owned()),
                    label => Some(label.to_owned()),
                };
                let expected: Labels = old.labels.iter().filter_map(here).collect();
                let kept = expression == old.name;
                let is_right = match expression {
                    _ if WITHOUT_LABEL.contains(&old.name) => labels.is_empty(),
                    _ if kept => expected.is_subset(&labels),
                    _ => labels == expected,
                };
                assert!(is_right, "{}: {labels:?} and not {expected:?}", old.name);
            }
            Successor::Gone { reason, chinese_reason } => {
                assert!(reason.ends_with('.') && chinese_reason.ends_with('。'), "{}: {reason}", old.name);
                assert!(!old.keeps_its_name(), "{} is here", old.name);
            }
            _ => panic!("{}", old.name),
        }
    }
}

#[test]
fn what_a_family_replaces_is_what_the_table_says() {
    let declared = declared();
    let families = |expression| Reader::read(&declared, expression).1;
    let table: BTreeMap<&str, Successor> = migrations().iter().map(|old| (old.name, old.successor)).collect();
    for entry in entries() {
        for old in entry.replaces {
            let Some(Successor::Expression(expression)) = table.get(old) else {
                panic!("{} replaces {old}, and the table does not say so", entry.name)
            };
            assert!(families(expression).contains(entry.name), "{} replaces {old}: {expression}", entry.name);
            assert!(!table.contains_key(entry.name) || entry.name != *old);
        }
    }
    for (old, successor) in table {
        let Successor::Expression(expression) = successor else { continue };
        let families = families(expression);
        // A ratio is of families that tell more than it.
        if families.contains(old) || old.starts_with("openclaw_sli_") {
            continue;
        }
        let replaces = |name: &String| entries().any(|entry| entry.name == name && entry.replaces.contains(&old));
        assert!(families.iter().any(replaces), "none of {families:?} replaces {old}");
    }
}

#[test]
fn the_rules_are_those_of_the_table_and_record_no_name_of_ours() {
    let written = std::fs::read_to_string(RULES).expect("the rules");
    assert!(written == recording_rules(), "they are old: catalogue --format rules > grafana/rules/partme-names.yml");
    let program = env!("CARGO_BIN_EXE_openclaw-prometheus");
    let output = Command::new(program).args(["catalogue", "--format", "rules"]).output().expect("the program");
    assert!(output.status.success() && output.stdout == written.as_bytes(), "{output:?}");
    let records: Vec<&str> = written.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).collect();
    let distinct: BTreeSet<&str> = records.iter().copied().collect();
    assert_eq!(records.len(), distinct.len());
    let declared = declared();
    for name in &records {
        assert!(!declared.contains_key(*name), "{name} is a family of ours");
    }
    for name in
        ["openclaw_tool_calls_total", "openclaw_tool_call_duration_seconds_bucket", "openclaw_sli_tool_error_ratio"]
    {
        assert!(distinct.contains(name), "{name}");
    }
}

#[test]
fn the_references_have_the_table() {
    for file in ["METRICS.md", "METRICS.zh-CN.md"] {
        let text = std::fs::read_to_string(format!("{}/../plugin/{file}", env!("CARGO_MANIFEST_DIR"))).expect("one");
        for old in migrations() {
            assert!(text.contains(&format!("\n| `{}` | ", old.name)), "{file}: {}", old.name);
        }
    }
}
