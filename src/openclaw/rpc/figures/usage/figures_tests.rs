//! What is shown of both answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::recorded_tests::{Rows, all};
use super::counting::PATIENCE_SECONDS;
use super::*;
use crate::{encode, testing};

const COST: &str = include_str!("../../../../../tests/data/rpc/usage.cost.json");
const DETAILS: &str = include_str!("../../../../../tests/data/rpc/sessions.usage.json");
const NOW: f64 = 1_795_357_850.0;

/// All that both answers feed, in a registry of its own.
struct Case {
    registry: Registry,
    cost: UsageCost,
    details: SessionsUsage,
}

impl Case {
    fn new() -> Self {
        let registry = Registry::builder().series(2000).build().unwrap();
        let (cost, details) = (UsageCost::register(&registry), SessionsUsage::register(&registry));
        Self { cost: cost.unwrap(), details: details.unwrap(), registry }
    }

    /// With both recorded answers taken.
    fn taken() -> Self {
        let mut case = Self::new();
        assert_eq!((case.cost.take(COST, NOW), case.details.take(DETAILS, NOW)), (Ok(()), Ok(())));
        case
    }

    fn value(&self, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
        testing::value(&self.registry, family, labels)
    }

    /// The samples of all families of usage, by name and labels.
    fn samples(&self) -> BTreeMap<String, f64> {
        let text = encode::text(&self.registry);
        let samples = text.lines().filter(|line| line.starts_with("openclaw_usage_"));
        samples
            .map(|line| line.rsplit_once(' ').unwrap())
            .map(|(key, value)| (key.into(), value.parse().unwrap()))
            .collect()
    }

    /// The sum over the samples whose name and labels begin so.
    fn sum(&self, prefix: &str) -> f64 {
        self.samples().iter().filter(|(key, _)| key.starts_with(prefix)).map(|(_, value)| value).sum()
    }
}

/// The answer with other values in some places.
fn with(answer: &str, changes: &[(&str, Value)]) -> String {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    for (pointer, value) in changes {
        *answer.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
    }
    answer.to_string()
}

/// What the families should show, by their names without `openclaw_usage_`.
#[derive(Default)]
struct Expected(BTreeMap<String, Rows>);

impl Expected {
    fn put(&mut self, family: &str, labels: &str, value: &Value) {
        let value = value.as_f64().unwrap_or_else(|| panic!("{family} {labels}"));
        let rows = self.0.entry(format!("openclaw_usage_{family}")).or_default();
        assert_eq!(rows.insert(labels.to_owned(), value), None, "{family} {labels}");
    }

    fn put_kinds(&mut self, family: &str, labels: &str, totals: &Value) {
        for (kind, field) in
            [("input", "input"), ("output", "output"), ("cache_read", "cacheRead"), ("cache_write", "cacheWrite")]
        {
            self.put(family, &format!("{labels}kind={kind}"), &totals[field]);
        }
    }

    fn put_stats(&mut self, family: &str, labels: &str, latency: &Value) {
        for (stat, field) in [("mean", "avgMs"), ("min", "minMs"), ("max", "maxMs"), ("p95", "p95Ms")] {
            let seconds = latency[field].as_f64().unwrap() / 1000.0;
            self.put(family, &format!("{labels}stat={stat}"), &json!(seconds));
        }
    }
}

const DAYS: [(&str, &str); 2] =
    [("2026-11-22", "day=today,date=2026-11-22"), ("2026-11-21", "day=yesterday,date=2026-11-21")];

/// The rows of a list of both days, each with the labels for its day.
fn of_days(list: &Value) -> Vec<(&'static str, &Value)> {
    let rows = list.as_array().unwrap().iter();
    let labels = |row: &Value| DAYS.iter().find(|(date, _)| row["date"] == *date).map(|(_, labels)| *labels);
    rows.filter_map(|row| Some((labels(row)?, row))).collect()
}

#[test]
fn the_families_of_cost_show_what_the_answer_says() {
    let answer: Value = serde_json::from_str(COST).unwrap();
    let (totals, mut expected) = (&answer["totals"], Expected::default());
    expected.put_kinds("tokens", "", totals);
    expected.put("total_tokens", "", &totals["totalTokens"]);
    expected.put("cost_usd", "", &totals["totalCost"]);
    expected.put("missing_cost_entries", "", &totals["missingCostEntries"]);
    for (labels, row) in of_days(&answer["daily"]) {
        expected.put("daily_cost_usd", labels, &row["totalCost"]);
        expected.put("daily_total_tokens", labels, &row["totalTokens"]);
    }
    expected.put("transcripts", "state=counted", &answer["cacheStatus"]["cachedFiles"]);
    expected.put("transcripts", "state=pending", &answer["cacheStatus"]["pendingFiles"]);
    let mut case = Case::new();
    assert_eq!(case.cost.take(COST, NOW), Ok(()));
    assert_eq!(all(&case.registry), expected.0);
}

#[test]
fn the_families_of_details_show_what_the_answer_says() {
    let answer: Value = serde_json::from_str(DETAILS).unwrap();
    let (aggregates, mut expected) = (&answer["aggregates"], Expected::default());
    expected.put("counted_timestamp_seconds", "", &json!(answer["updatedAt"].as_f64().unwrap() / 1000.0));
    expected.put("sessions", "", &aggregates["sessionCount"]);
    let messages = &aggregates["messages"];
    expected.put("messages", "role=user", &messages["user"]);
    expected.put("messages", "role=assistant", &messages["assistant"]);
    assert_eq!(messages["total"], json!(messages["user"].as_u64().unwrap() + messages["assistant"].as_u64().unwrap()));
    expected.put("errors", "", &messages["errors"]);
    expected.put("tool_results", "", &messages["toolResults"]);
    expected.put("tools", "", &aggregates["tools"]["uniqueTools"]);
    for tool in aggregates["tools"]["tools"].as_array().unwrap() {
        expected.put("tool_calls", &format!("tool={}", tool["name"].as_str().unwrap()), &tool["count"]);
    }
    expected.put("latency_samples", "", &aggregates["latency"]["count"]);
    expected.put_stats("latency_seconds", "", &aggregates["latency"]);
    let model = |row: &Value| {
        format!("provider={},model={}", row["provider"].as_str().unwrap(), row["model"].as_str().unwrap())
    };
    for row in aggregates["byModel"].as_array().unwrap() {
        let (labels, totals) = (model(row), &row["totals"]);
        expected.put_kinds("model_tokens", &format!("{labels},"), totals);
        expected.put("model_total_tokens", &labels, &totals["totalTokens"]);
        expected.put("model_cost_usd", &labels, &totals["totalCost"]);
        expected.put("model_missing_cost_entries", &labels, &totals["missingCostEntries"]);
        expected.put("model_requests", &labels, &row["count"]);
    }
    for (list, name, label) in [("byAgent", "agentId", "agent_id"), ("byChannel", "channel", "channel")] {
        for row in aggregates[list].as_array().unwrap() {
            let labels = format!("{label}={}", row[name].as_str().unwrap());
            let group = if list == "byAgent" { "agent" } else { "channel" };
            expected.put(&format!("{group}_total_tokens"), &labels, &row["totals"]["totalTokens"]);
            expected.put(&format!("{group}_cost_usd"), &labels, &row["totals"]["totalCost"]);
        }
    }
    for (labels, row) in of_days(&aggregates["daily"]) {
        expected.put("daily_messages", labels, &row["messages"]);
        expected.put("daily_tool_calls", labels, &row["toolCalls"]);
        expected.put("daily_errors", labels, &row["errors"]);
    }
    for (labels, row) in of_days(&aggregates["dailyLatency"]) {
        expected.put("daily_latency_samples", labels, &row["count"]);
        expected.put_stats("daily_latency_seconds", &format!("{labels},"), row);
    }
    for (labels, row) in of_days(&aggregates["modelDaily"]) {
        let labels = format!("{labels},{}", model(row));
        expected.put("model_daily_total_tokens", &labels, &row["tokens"]);
        expected.put("model_daily_cost_usd", &labels, &row["cost"]);
        expected.put("model_daily_requests", &labels, &row["count"]);
    }
    // 7 of the 28 requests have no price; of those of 22 November 1 of 13, of those of 21 November 6 of 11.
    expected.put("missing_cost_ratio", "", &json!(7.0 / 28.0));
    expected.put("daily_missing_cost_ratio", DAYS[0].1, &json!(1.0 / 13.0));
    expected.put("daily_missing_cost_ratio", DAYS[1].1, &json!(6.0 / 11.0));
    let mut case = Case::new();
    assert_eq!(case.details.take(DETAILS, NOW), Ok(()));
    let shown = all(&case.registry);
    assert_eq!(shown, expected.0);
    assert!(shown.values().all(|rows| rows.values().any(|value| *value > 0.0)), "{shown:#?}");
}

fn status(status: &str, counted: u32, pending: u32) -> Value {
    json!({"status": status, "cachedFiles": counted, "pendingFiles": pending, "staleFiles": pending})
}

#[test]
fn zeros_of_a_gateway_that_has_not_counted_yet_are_not_shown() {
    let zeros = r#"{"updatedAt":1795357844791,"days":1,
        "daily":[{"date":"2026-11-22","totalTokens":0,"totalCost":0}],
        "totals":{"input":0,"totalTokens":0,"totalCost":0,"missingCostEntries":0},
        "aggregates":{"sessionCount":0,"messages":{"user":0,"assistant":0},"byModel":[]},"endDate":"2026-11-22",
        "cacheStatus":{"status":"refreshing","cachedFiles":0,"pendingFiles":61,"staleFiles":61}}"#;
    let mut case = Case::new();
    assert_eq!(case.cost.take(zeros, NOW), Err(AnswerError::NotCounted));
    assert_eq!(case.details.take(zeros, NOW), Err(AnswerError::NotCounted));
    assert_eq!(case.samples(), BTreeMap::new());
    let mut case = Case::taken();
    let before = case.samples();
    for later in [0.0, 2.0 * PATIENCE_SECONDS] {
        assert_eq!(case.cost.take(zeros, NOW + later), Err(AnswerError::NotCounted));
        assert_eq!(case.details.take(zeros, NOW + later), Err(AnswerError::NotCounted));
    }
    assert_eq!(case.samples(), before);
    // The same zeros are true when all is counted.
    let counted = with(zeros, &[("/cacheStatus", status("fresh", 61, 0))]);
    assert_eq!((case.cost.take(&counted, NOW), case.details.take(&counted, NOW)), (Ok(()), Ok(())));
    assert_eq!(case.value("openclaw_usage_cost_usd", &[]), Some(0.0));
}

#[test]
fn a_status_that_does_not_say_how_much_is_pending_is_believed_when_it_is_fresh() {
    for (status, outcome) in [
        (json!({"status": "fresh"}), Ok(())),
        (json!({"status": "refreshing"}), Err(AnswerError::NotCounted)),
        (json!({"status": "refreshing", "cachedFiles": 7, "staleFiles": 0}), Ok(())),
        (json!(null), Ok(())),
    ] {
        let mut case = Case::new();
        assert_eq!(case.cost.take(&with(COST, &[("/cacheStatus", status.clone())]), NOW), outcome, "{status}");
        assert_eq!(case.details.take(&with(DETAILS, &[("/cacheStatus", status.clone())]), NOW), outcome, "{status}");
    }
}

#[test]
fn what_may_be_pending_of_the_cost_depends_on_whether_all_was_counted_once() {
    let mut case = Case::new();
    let mut take = |counted, pending, at| {
        let status = status(if pending == 0 { "fresh" } else { "refreshing" }, counted, pending);
        case.cost.take(&with(COST, &[("/cacheStatus", status)]), at).is_ok()
    };
    assert!(!take(9, 1, NOW) && take(10, 1, NOW), "at first one in ten");
    assert!(!take(9, 1, NOW + PATIENCE_SECONDS - 1.0) && take(9, 1, NOW + PATIENCE_SECONDS), "or after a while");
    assert!(take(10, 0, NOW) && take(1, 1, NOW), "once all was counted what has grown is known but for its end");
    assert!(!take(4, 6, NOW) && !take(9, 1, NOW), "but not when all is counted anew");
}

#[test]
fn details_are_whole_or_not_shown() {
    let mut case = Case::taken();
    let pending = with(DETAILS, &[("/cacheStatus", status("refreshing", 41, 1))]);
    assert_eq!(case.details.take(&pending, NOW), Err(AnswerError::NotCounted));
    assert_eq!(case.details.take(&pending, NOW + PATIENCE_SECONDS - 1.0), Err(AnswerError::NotCounted));
    // One that is never counted does not hide the others for ever.
    assert_eq!(case.details.take(&pending, NOW + PATIENCE_SECONDS), Ok(()));
}

#[test]
fn an_answer_of_another_shape_leaves_the_families_as_they_were() {
    let mut case = Case::taken();
    let before = case.samples();
    assert!(before.len() > 80, "{before:#?}");
    for answer in ["", "{", "null", "7", "[]", "[[],{}]", "{}", r#"{"totals":7,"daily":{},"aggregates":7}"#, &COST[1..]]
    {
        assert_eq!(case.cost.take(answer, NOW), Err(AnswerError::Shape), "{answer}");
        assert_eq!(case.details.take(answer, NOW), Err(AnswerError::Shape), "{answer}");
    }
    assert_eq!(case.samples(), before);
    case.cost.clear();
    case.details.clear();
    assert_eq!(case.samples(), BTreeMap::new());
}

/// Every place in a value that holds something.
fn places(value: &Value, pointer: &str, all: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        let pointer = format!("{pointer}/{name}");
        places(value, &pointer, all);
        all.push(pointer);
    }
}

#[test]
fn a_field_that_is_gone_or_has_changed_takes_away_what_it_told_and_nothing_becomes_zero() {
    let is_name = |pointer: &str| {
        ["/name", "/provider", "/model", "/agentId", "/channel"].iter().any(|name| pointer.ends_with(name))
    };
    let before = Case::taken().samples();
    for (answer, is_cost) in [(COST, true), (DETAILS, false)] {
        let mut all = Vec::new();
        places(&serde_json::from_str(answer).unwrap(), "", &mut all);
        let mut lost = 0;
        for pointer in all.iter().filter(|pointer| !is_name(pointer)) {
            for value in [json!(null), json!("changed"), json!([[]]), json!(-1)] {
                let mut case = Case::new();
                let answer = with(answer, &[(pointer, value.clone())]);
                let outcome = if is_cost { case.cost.take(&answer, NOW) } else { case.details.take(&answer, NOW) };
                let after = case.samples();
                let changed = after.iter().find(|(key, value)| before.get(*key) != Some(value));
                // How many transcripts are pending decides whether anything is shown.
                assert!(
                    changed.is_none() || pointer.starts_with("/cacheStatus"),
                    "{pointer} {value} {outcome:?}: {changed:?}"
                );
                lost += before.len() - after.len();
            }
        }
        assert!(lost > 0);
    }
}

#[test]
fn a_name_that_is_gone_or_may_not_be_shown_is_unknown_and_its_figures_are_kept() {
    for name in [json!(null), json!("agent:main:telegram:direct:4930123456"), json!("someone@example.org")] {
        let mut case = Case::taken();
        let before: Vec<f64> = SUMMED.iter().map(|family| case.sum(family)).collect();
        let changed = with(
            DETAILS,
            &[
                ("/aggregates/byModel/0/model", name.clone()),
                ("/aggregates/byModel/1/provider", name.clone()),
                ("/aggregates/byAgent/0/agentId", name.clone()),
                ("/aggregates/byChannel/0/channel", name.clone()),
                ("/aggregates/tools/tools/0/name", name.clone()),
            ],
        );
        assert_eq!(case.details.take(&changed, NOW), Ok(()));
        assert_eq!(SUMMED.iter().map(|family| case.sum(family)).collect::<Vec<_>>(), before);
        assert_eq!(case.value("openclaw_usage_tool_calls", &[("tool", "unknown")]), Some(6.0));
        let page = encode::text(&case.registry);
        assert!(!page.contains("4930123456") && !page.contains("example.org"), "{page}");
    }
}

const SUMMED: [&str; 5] = [
    "openclaw_usage_model_total_tokens{",
    "openclaw_usage_model_requests{",
    "openclaw_usage_agent_total_tokens{",
    "openclaw_usage_channel_total_tokens{",
    "openclaw_usage_tool_calls{",
];

#[test]
fn figures_of_the_same_fact_agree() {
    let case = Case::taken();
    let total = case.value("openclaw_usage_total_tokens", &[]).unwrap();
    assert_eq!(case.sum("openclaw_usage_model_total_tokens{"), total);
    assert_eq!(case.sum("openclaw_usage_agent_total_tokens{"), total);
    for kind in ["input", "output", "cache_read", "cache_write"] {
        let of_kind: f64 = case
            .samples()
            .iter()
            .filter(|(key, _)| {
                key.starts_with("openclaw_usage_model_tokens{") && key.contains(&format!("kind=\"{kind}\""))
            })
            .map(|(_, value)| value)
            .sum();
        assert_eq!(case.value("openclaw_usage_tokens", &[("kind", kind)]), Some(of_kind), "{kind}");
    }
    let cost = case.value("openclaw_usage_cost_usd", &[]).unwrap();
    assert!((case.sum("openclaw_usage_model_cost_usd{") - cost).abs() < 1e-9);
    assert!((case.sum("openclaw_usage_agent_cost_usd{") - cost).abs() < 1e-9);
    let missing = case.value("openclaw_usage_missing_cost_entries", &[]).unwrap();
    assert_eq!(case.sum("openclaw_usage_model_missing_cost_entries{"), missing);
    let requests = case.sum("openclaw_usage_model_requests{");
    assert_eq!(case.value("openclaw_usage_missing_cost_ratio", &[]), Some(missing / requests));
    for day in DAY {
        let of_day = |family: &str| case.sum(&format!("openclaw_usage_{family}{{day=\"{day}\""));
        assert!(of_day("daily_total_tokens") > 0.0);
        assert_eq!(of_day("model_daily_total_tokens"), of_day("daily_total_tokens"));
        assert!((of_day("model_daily_cost_usd") - of_day("daily_cost_usd")).abs() < 1e-9);
    }
}

#[test]
fn models_that_used_few_are_added_up_by_provider() {
    let model = |number: u32| {
        let provider = if number.is_multiple_of(3) { "a" } else { "b" };
        let totals = json!({"input": number, "output": 1, "cacheRead": 2, "cacheWrite": 3, "totalTokens": number + 6,
            "totalCost": f64::from(number) / 4.0, "missingCostEntries": 1});
        let day = json!({"date": "2026-11-22", "provider": provider, "model": format!("m{number}"), "tokens": number,
            "cost": 0.5, "count": 1});
        (json!({"provider": provider, "model": format!("m{number}"), "count": 1, "totals": totals}), day)
    };
    let (models, days): (Vec<_>, Vec<_>) = (0..300).map(model).unzip();
    let mut case = Case::new();
    let answer = with(DETAILS, &[("/aggregates/byModel", json!(models)), ("/aggregates/modelDaily", json!(days))]);
    assert_eq!(case.details.take(&answer, NOW), Ok(()));
    for family in
        ["model_tokens", "model_total_tokens", "model_cost_usd", "model_daily_requests", "model_daily_total_tokens"]
    {
        let prefix = format!("openclaw_usage_{family}{{");
        let rows = case.samples().keys().filter(|key| key.starts_with(&prefix)).count();
        assert!((20..=MOST_ROWS).contains(&rows), "{family}: {rows}");
    }
    let of_provider = |provider: &str| -> f64 {
        (0..300).filter(|n| (n % 3 == 0) == (provider == "a")).map(|n| f64::from(n) + 6.0).sum()
    };
    for provider in ["a", "b"] {
        let sum = case.sum(&format!("openclaw_usage_model_total_tokens{{provider=\"{provider}\""));
        assert_eq!(sum, of_provider(provider));
    }
    assert_eq!(case.value("openclaw_usage_model_requests", &[("provider", "b"), ("model", "m299")]), Some(1.0));
    assert_eq!(case.sum("openclaw_usage_model_daily_requests{"), 300.0);
}

#[test]
fn a_day_is_shown_as_the_gateway_names_it() {
    for (date, number) in [
        ("1970-01-01", Some(0)),
        ("1969-12-31", Some(-1)),
        ("2000-02-29", Some(11_016)),
        ("2000-03-01", Some(11_017)),
        ("2024-12-31", Some(20_088)),
        ("2026-11-22", Some(20_779)),
        ("2026-13-01", None),
        ("2026-11-00", None),
        ("26-11-22", None),
        ("2026-11-22T00:00", None),
        ("+026-11-22", None),
        ("", None),
    ] {
        assert_eq!(day_number(date), number, "{date}");
    }
    let mut case = Case::taken();
    let today = case.value("openclaw_usage_daily_cost_usd", &[("day", "today"), ("date", "2026-11-22")]);
    assert_eq!(today, serde_json::from_str::<Value>(COST).unwrap().pointer("/daily/29/totalCost").unwrap().as_f64());
    // In the first hours of a day in New Zealand it is the day before in UTC.
    for (updated_at, is_shown) in
        [(1_795_219_200_000_u64, true), (1_795_132_800_000, false), (1_795_478_400_000, false)]
    {
        let moved = with(COST, &[("/updatedAt", json!(updated_at))]);
        assert_eq!(case.cost.take(&moved, NOW), Ok(()));
        let shown = case.value("openclaw_usage_daily_cost_usd", &[("day", "today"), ("date", "2026-11-22")]);
        assert_eq!(shown, today.filter(|_| is_shown), "{updated_at}");
    }
    // A month has ended.
    let end = with(
        DETAILS,
        &[
            ("/endDate", json!("2026-12-01")),
            ("/updatedAt", json!(1_796_083_200_000_u64)),
            ("/aggregates/daily/2/date", json!("2026-11-30")),
        ],
    );
    assert_eq!(case.details.take(&end, NOW), Ok(()));
    assert_eq!(case.value("openclaw_usage_daily_errors", &[("day", "yesterday"), ("date", "2026-11-30")]), Some(2.0));
    assert_eq!(case.sum("openclaw_usage_daily_errors{day=\"today\""), 0.0);
}
