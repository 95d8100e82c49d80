//! Answers as Gateways give them, and what every method's figures promise.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::method::Method;
use super::{AnswerError, Figures, Waiting, register};
use crate::Registry;
use crate::read::SampleValue;

/// When the answers came: a few seconds after the newest time in them.
pub(super) const NOW: f64 = 1_795_357_900.0;

macro_rules! answers {
    ($($method:ident: $name:literal),* $(,)?) => {
        /// The recorded answers.
        const ANSWERS: &[(Method, &str)] =
            &[$((Method::$method, include_str!(concat!("../../../../tests/data/rpc/", $name, ".json"))),)*];
    };
}

answers! {
    LastHeartbeat: "last-heartbeat",
    Presence: "system-presence",
    CronStatus: "cron.status",
    CronList: "cron.list",
    Lanes: "diagnostics.lanes",
    ChannelsStatus: "channels.status",
    Health: "health",
    Nodes: "node.list",
    SystemInfo: "system.info",
    Models: "models.list",
    AuthStatus: "models.authStatus",
    UsageStatus: "usage.status",
    Skills: "skills.status",
}

/// Text of the recorded answers that names people, machines, sessions or secrets.
const NEVER_SHOWN: &[&str] =
    &["4915112345678", "someone", "192.168.20.31", "agent:main", "ECONNREFUSED", "workhorse", "sk-fake", "/"];

/// The rows of a family, by their labels in the order of the alphabet: `channel=telegram,state=busy`.
pub(super) type Rows = BTreeMap<String, f64>;

/// The rows of one family.
pub(super) fn rows(registry: &Registry, family: &str) -> Rows {
    all(registry).remove(family).unwrap_or_default()
}

/// The one row of a family without labels.
pub(super) fn one(registry: &Registry, family: &str) -> Option<f64> {
    rows(registry, family).remove("")
}

/// Rows as [`rows`] gives them.
pub(super) fn expected(rows: &[(&str, f64)]) -> Rows {
    rows.iter().map(|(labels, value)| ((*labels).to_owned(), *value)).collect()
}

/// The families that have rows.
pub(super) fn all(registry: &Registry) -> BTreeMap<String, Rows> {
    let mut reader = registry.reader_once();
    let reading = reader.read();
    let mut families: BTreeMap<String, Rows> = BTreeMap::new();
    for block in reading.order() {
        let block = reading.block(*block);
        let (_, family) = reading.family(block);
        for (place, value) in reading.values(block).enumerate() {
            let label = |(index, label): (usize, &crate::LabelName)| {
                format!("{}={}", label.as_str(), reading.label(block, place, index))
            };
            let labels: Vec<_> = family.labels().iter().enumerate().map(label).collect();
            let value = match value {
                SampleValue::Whole(value) => value as f64,
                SampleValue::Fraction(value) => value,
                SampleValue::Histogram { .. } => continue,
            };
            families.entry(family.name().to_owned()).or_default().insert(labels.join(","), value);
        }
    }
    families
}

/// The figures of a method in a registry of their own.
pub(super) fn figures(method: Method) -> (Registry, Box<dyn Figures>) {
    let registry = Registry::builder().build().unwrap();
    let figures = register(method, &registry, &Waiting::default()).unwrap();
    (registry, figures)
}

/// The registry after one answer, and the answer.
pub(super) fn taken(method: Method) -> (Registry, Box<dyn Figures>, Value) {
    let (registry, mut figures) = figures(method);
    let answer = answer(method);
    figures.take(&answer.to_string(), NOW).unwrap();
    (registry, figures, answer)
}

fn answer(method: Method) -> Value {
    let (_, text) = ANSWERS.iter().find(|(of, _)| *of == method).unwrap_or_else(|| panic!("no answer of {method:?}"));
    serde_json::from_str(text).unwrap()
}

/// Every place in an answer, as a pointer into it.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let mut go = |key: &str, value: &Value| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        all.push(at.clone());
        places(value, &at, all);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| go(key, value)),
        Value::Array(list) => list.iter().enumerate().for_each(|(index, value)| go(&index.to_string(), value)),
        _ => {}
    }
}

#[test]
fn what_is_no_answer_leaves_the_families_as_they_were() {
    for (method, _) in ANSWERS {
        let (registry, mut figures, _) = taken(*method);
        let before = all(&registry);
        for broken in ["", "{", "nul", "7", "\"text\"", "true", "[7", "{}", "[[]]", r#"{"a":1}"#] {
            assert_eq!(figures.take(broken, NOW), Err(AnswerError::Shape), "{method:?} {broken}");
            assert_eq!(all(&registry), before, "{method:?} {broken}");
        }
    }
}

#[test]
fn an_answer_that_is_too_old_takes_all_series_away() {
    for (method, _) in ANSWERS {
        let (registry, mut figures, _) = taken(*method);
        figures.clear();
        figures.refresh(NOW + 60.0);
        assert!(all(&registry).is_empty(), "{method:?}");
    }
}

#[test]
fn nobody_and_nothing_secret_is_named() {
    for (method, _) in ANSWERS {
        let (registry, _, _) = taken(*method);
        for (family, rows) in all(&registry) {
            for labels in rows.keys() {
                let shown = NEVER_SHOWN.iter().find(|never| labels.contains(**never));
                assert_eq!(shown, None, "{method:?} {family} {labels}");
            }
        }
    }
}

/// A measured value that is gone takes its row away; a count may become smaller. In no case is there a 0 in a family that
/// has none otherwise.
#[test]
fn a_field_that_is_gone_or_has_changed_costs_only_itself() {
    for (method, _) in ANSWERS {
        let (registry, mut figures, answer) = taken(*method);
        let before = all(&registry);
        let mut pointers = Vec::new();
        places(&answer, "", &mut pointers);
        for (pointer, other) in
            pointers.iter().flat_map(|at| [json!(null), json!({ "a": 1 }), json!(["b"]), json!(-1)].map(|to| (at, to)))
        {
            let mut changed = answer.clone();
            *changed.pointer_mut(pointer).unwrap() = other.clone();
            figures.clear();
            let is_taken = figures.take(&changed.to_string(), NOW).is_ok();
            let depth = pointer.matches('/').count();
            assert!(is_taken || depth == 1, "{method:?} {pointer} {other}");
            for (family, rows) in all(&registry) {
                let is_measured = ["_seconds", "_ratio", "_bytes"].iter().any(|unit| family.ends_with(unit));
                let is_0 = |rows: &Rows| rows.values().any(|value| *value == 0.0);
                let was_0 = before.get(&family).is_some_and(is_0);
                assert!(!is_measured || !is_0(&rows) || was_0, "{method:?} {pointer} {other}: {family}");
            }
        }
    }
}
