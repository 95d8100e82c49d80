//! Promise: a view says what the page says, sample by sample, and shows in one look what makes a family large.
#![cfg(all(feature = "serve", feature = "openclaw"))]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::{View, ViewOptions};
use openclaw_prometheus::publish::{Coding, Publisher, TakenView, Ticker};
use openclaw_prometheus::serve::Site;
use openclaw_prometheus::{Bounds, ManualClock, MetricKind, Registry, SystemClock, encode, label_enum};
use serde_json::{Map, Value};
use support::answers::Answer;

label_enum! {
    /// How a call ended.
    enum Outcome("outcome") { Ok = "ok", Error = "error" }
}

struct Served {
    site: Site,
    _ticker: Ticker,
}

fn registry() -> Registry {
    let registry = Registry::builder().series(2000).family_series(1000).created_times(true).build().unwrap();
    let calls = registry.counter("calls_total", "Calls to a model.").labels(["model", "provider"]).register().unwrap();
    calls.with(["gpt-5", "openai"]).add(7);
    calls.with(["gpt-5", "azure"]).add(9_007_199_254_740_993);
    calls.with(["claude \"opus\"\\\n", "anthropic"]).add(1);
    calls.with(["", "openai"]).add(3);
    calls.with(["模型-é-🦀", ""]).add(5);
    calls.with(["", ""]).add(11);
    let cost = registry.counter_f64("cost_usd_total", "USD <spent> & \"billed\"\\.\nTwice.").labels(["model"]);
    cost.register().unwrap().with(["gpt-5"]).add(0.25);
    let seconds = registry.histogram("call_seconds", "Time.", Bounds::new(&[0.001, 0.5, 1.0, 1e6]).unwrap());
    let seconds = seconds.labels(["provider", "kind"]).register().unwrap();
    for (provider, kind, amount) in [
        ("openai", "chat", 0.3),
        ("openai", "chat", 0.0001),
        ("openai", "chat", 2e9),
        ("azure", "", 0.75),
        ("", "x", 1.0),
    ] {
        seconds.with([provider, kind]).observe(amount);
    }
    let wait = registry.histogram("wait_seconds", "", Bounds::seconds()).register().unwrap();
    wait.observe(0.2);
    let level = registry.gauge("level", "Numbers that JSON has not.").labels(["model"]).register().unwrap();
    for (model, value) in [
        ("nan", f64::NAN),
        ("inf", f64::INFINITY),
        ("-inf", f64::NEG_INFINITY),
        ("zero", -0.0),
        ("tiny", 5e-324),
        ("large", 1e300),
        ("minus", -12.5),
    ] {
        level.with([model]).set(value);
    }
    registry.in_flight("running", "").labels(["provider"]).register().unwrap().with(["openai"]).start();
    registry.counter("outcomes_total", "By outcome.").closed::<Outcome>().register().unwrap().at(Outcome::Error).add(2);
    registry.counter("plain_total", "").register().unwrap().add(1);
    let rows =
        registry.snapshot("quota_ratio", "", MetricKind::Gauge).labels(["provider", "window"]).register().unwrap();
    rows.replace([(["openai", "day"], 0.5), (["azure", "day"], f64::NAN)]);
    // One label has too many values, and the family's bound is met.
    let leaky = registry.counter("leaky_total", "Leaks.").labels(["model", "session"]).series(200).register().unwrap();
    for session in 0..300 {
        leaky.with([["a", "b", "c"][session % 3], &format!("session-{session}")]).inc();
    }
    registry
}

impl Served {
    fn new(registry: &Registry) -> Self {
        let clock = ManualClock::at(Duration::from_millis(1_700_000_000_250));
        let mut publisher = Publisher::new(registry, Duration::from_secs(1), Arc::new(clock)).unwrap();
        let meta = [("service", "gateway \"a\""), ("host", "<b>")];
        publisher.views(ViewOptions::new(&["provider", "model", "channel"], &meta));
        let ticker = publisher.start().unwrap();
        Self { site: Site::new(ticker.pages()), _ticker: ticker }
    }

    fn json(&self, path: &str) -> Value {
        let answer = Answer::get(&self.site, path);
        assert_eq!((answer.status, answer.content_type()), (200, "application/json"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let text = answer.text();
        assert!(text.ends_with("}\n") && !text.contains('<'), "{path}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    fn page(&self) -> BTreeMap<String, support::exposition::Family> {
        support::exposition::parse(&Answer::get(&self.site, "/metrics").text()).unwrap()
    }
}

/// One series with its value, in words that page and view have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    family: String,
    labels: BTreeMap<String, String>,
    /// Name (`value`, `sum`, `count` or a bucket's bound) and number.
    numbers: BTreeMap<String, String>,
}

/// A number as both sides spell it: whole ones exactly, others by their double.
fn number(text: &str) -> String {
    match (text.parse::<u64>(), text) {
        (Ok(whole), _) => whole.to_string(),
        (_, "NaN" | "+Inf" | "-Inf") => text.into(),
        _ => format!("{:?}", text.parse::<f64>().unwrap()),
    }
}

fn page_series(families: &BTreeMap<String, support::exposition::Family>) -> Vec<Series> {
    let mut all: BTreeMap<(String, BTreeMap<String, String>), BTreeMap<String, String>> = BTreeMap::new();
    for (family, of) in families {
        for sample in &of.samples {
            let mut labels: BTreeMap<_, _> = sample.labels.iter().cloned().collect();
            let name = match sample.name.strip_prefix(family.as_str()).unwrap() {
                "" => "value".into(),
                "_bucket" => labels.remove("le").unwrap(),
                rest => rest.trim_start_matches('_').to_owned(),
            };
            let numbers = all.entry((family.clone(), labels)).or_default();
            assert_eq!(numbers.insert(name, number(&sample.value)), None);
        }
    }
    all.into_iter().map(|((family, labels), numbers)| Series { family, labels, numbers }).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("neither text nor number: {other}"),
    }
}

fn view_series(family: &str, sample: &Value) -> Series {
    let texts = |value: &Value| -> BTreeMap<String, String> {
        value.as_object().unwrap().iter().map(|(key, value)| (key.clone(), text(value))).collect()
    };
    let mut numbers: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in sample.as_object().unwrap() {
        match key.as_str() {
            "family" => assert_eq!(value, family),
            "labels" => {}
            "buckets" => numbers.extend(texts(value).into_iter().map(|(bound, count)| (bound, number(&count)))),
            "value" | "sum" | "count" => drop(numbers.insert(key.clone(), number(&text(value)))),
            other => panic!("{other}"),
        }
    }
    Series { family: family.into(), labels: texts(&sample["labels"]), numbers }
}

fn sorted(mut series: Vec<Series>) -> Vec<Series> {
    series.sort();
    series
}

/// The series of a list of samples, each of which names its family.
fn named(samples: &Value) -> Vec<Series> {
    let all = samples.as_array().unwrap().iter();
    sorted(all.map(|sample| view_series(sample["family"].as_str().unwrap(), sample)).collect())
}

#[test]
fn per_object_has_every_sample_of_the_page_under_all_it_is_about() {
    let served = Served::new(&registry());
    let page = page_series(&served.page());
    assert!(page.len() > 220);
    let view = served.json("/metrics/per-object");
    let objects = view["objects"].as_object().unwrap();
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["channel", "model", "overall", "provider"]);
    assert_eq!(objects["channel"], Value::Object(Map::new()), "nothing is about a channel");
    for object in ["provider", "model"] {
        let mut expected: BTreeMap<&str, Vec<Series>> = BTreeMap::new();
        for series in &page {
            if let Some(value) = series.labels.get(object) {
                expected.entry(value).or_default().push(series.clone());
            }
        }
        let groups = objects[object].as_object().unwrap();
        let found: BTreeMap<&str, Vec<Series>> = groups.iter().map(|(key, all)| (key.as_str(), named(all))).collect();
        assert_eq!(found, expected, "{object}");
    }
    // A series of two objects stands under both, one of none in the rest.
    let both = |object: &str, value: &str| {
        let all = named(&objects[object][value]);
        all.iter().filter(|series| series.family == "calls_total" && series.labels.len() == 2).count()
    };
    assert_eq!((both("model", "gpt-5"), both("provider", "azure")), (2, 1));
    let about_none = |series: &&Series| !series.labels.contains_key("model") && !series.labels.contains_key("provider");
    let expected: Vec<Series> = page.iter().filter(about_none).cloned().collect();
    assert_eq!(objects["overall"].as_object().unwrap().len(), 1);
    assert_eq!(named(&objects["overall"][""]), expected);
    assert!(expected.len() > 4);
}

#[test]
fn views_say_of_families_what_the_page_says() {
    let served = Served::new(&registry());
    let page = served.page();
    let view = served.json("/metrics/per-object");
    let families = view["families"].as_object().unwrap();
    assert_eq!(families.keys().collect::<Vec<_>>(), page.keys().collect::<Vec<_>>());
    for (name, family) in families {
        assert_eq!(family["type"], page[name].kind, "{name}");
        assert_eq!(family["help"], page[name].help.clone().unwrap_or_default(), "{name}");
    }
    let units = ["call_seconds", "cost_usd_total", "quota_ratio", "leaky_total"].map(|name| &families[name]["unit"]);
    assert_eq!(units, ["seconds", "", "ratio", ""]);
    assert_eq!(view["timestamp"], 1_700_000_000.25);
    assert_eq!(view["meta"], serde_json::json!({ "service": "gateway \"a\"", "host": "<b>" }));
    // Counted up, as on the page.
    let buckets = served.json("/metrics/detailed?family=wait_seconds")["families"][0]["samples"][0]["buckets"].clone();
    let counts: Vec<u64> = buckets.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).collect();
    assert_eq!((counts.iter().min(), counts.iter().max()), (Some(&0), Some(&1)));
}

#[test]
fn detailed_has_every_sample_of_the_families_it_is_asked_for() {
    let served = Served::new(&registry());
    let page = served.page();
    let all = page_series(&page);
    for part in ["", "total", "call", "call_seconds", "level", "_", "s"] {
        let view = served.json(&format!("/metrics/detailed?family={part}"));
        assert_eq!((&view["filter"], view["series"].as_u64()), (&Value::from(part), Some(all.len() as u64)));
        let families = view["families"].as_array().unwrap();
        let names: Vec<&str> = families.iter().map(|family| family["name"].as_str().unwrap()).collect();
        assert_eq!(names, page.keys().filter(|name| name.contains(part)).collect::<Vec<_>>(), "{part}");
        for family in families {
            let name = family["name"].as_str().unwrap();
            let samples = family["samples"].as_array().unwrap();
            let found = sorted(samples.iter().map(|sample| view_series(name, sample)).collect());
            let expected: Vec<Series> = all.iter().filter(|series| series.family == name).cloned().collect();
            assert_eq!(found, expected, "{name}");
            assert_eq!(family["series"].as_u64(), Some(expected.len() as u64));
            let values = |label: &str| {
                let values: std::collections::BTreeSet<_> =
                    expected.iter().filter_map(|series| series.labels.get(label)).collect();
                values.len() as u64
            };
            for (label, count) in family["label_values"].as_object().unwrap() {
                assert_eq!(count.as_u64(), Some(values(label)), "{name} {label}");
            }
        }
    }
}

#[test]
fn a_label_that_leaks_is_found_in_one_look() {
    let served = Served::new(&registry());
    let view = served.json("/metrics/detailed");
    let largest = view["largest"].as_object().unwrap();
    assert!(largest.len() <= 10);
    assert_eq!(largest["leaky_total"], 200);
    assert!(largest.values().all(|series| series.as_u64() <= Some(200)));
    let view = served.json("/metrics/detailed?family=leaky");
    let leaky = &view["families"][0];
    assert_eq!(leaky["widest_label"], serde_json::json!({ "name": "session", "values": 200 }));
    assert_eq!(leaky["label_values"], serde_json::json!({ "model": 3, "session": 200 }));
    assert_eq!(leaky["rejected"], serde_json::json!({ "family_full": 100 }));
    let others = served.json("/metrics/detailed?family=plain_total");
    assert_eq!(others["families"][0]["rejected"], serde_json::json!({}));
    assert_eq!(others["families"][0]["widest_label"], Value::Null);
}

#[test]
fn a_family_that_rejects_all_it_gets_is_shown() {
    let registry = Registry::builder().series(2).build().unwrap();
    let first = registry.counter("first_total", "").labels(["n"]).register().unwrap();
    let late = registry.counter("late_total", "Comes too late.").labels(["n"]).register().unwrap();
    (0..2).for_each(|n| first.with([&n.to_string()]).inc());
    (0..5).for_each(|n| late.with([&n.to_string()]).inc());
    let served = Served::new(&registry);
    let view = served.json("/metrics/detailed?family=late");
    assert_eq!(view["families"][0]["name"], "late_total");
    assert_eq!(view["families"][0]["rejected"], serde_json::json!({ "table_full": 5 }));
    assert_eq!(view["families"][0]["series"], 0);
}

#[test]
fn a_query_is_read_as_browsers_and_curl_write_it() {
    let served = Served::new(&registry());
    let all = served.page().len();
    let cases = [
        ("", "", all),
        ("?", "", all),
        ("?family=", "", all),
        ("?family", "", all),
        ("?other=1", "", all),
        ("?family=calls_total", "calls_total", 1),
        ("?family=calls%5Ftotal", "calls_total", 1),
        ("?%66amily=calls%5ftotal", "calls_total", 1),
        ("?other=x&family=plain&z", "plain", 1),
        ("?&&family=plain&", "plain", 1),
        ("?family=plain&family=calls", "plain", 1),
        ("?family=calls+total", "calls total", 0),
        ("?family=calls%20total", "calls total", 0),
        ("?family=calls%2Btotal", "calls+total", 0),
        ("?family=CALLS", "CALLS", 0),
        ("?family=nothing", "nothing", 0),
        ("?family=%F0%9F%A6%80", "🦀", 0),
        ("?family=%FF%zz%", "\u{fffd}%zz%", 0),
        ("?family=%00%22%3Cscript%3E", "\0\"<script>", 0),
        ("?Family=plain", "", all),
    ];
    for (query, filter, families) in cases {
        let view = served.json(&format!("/metrics/detailed{query}"));
        assert_eq!(view["filter"], filter, "{query}");
        let found = view["families"].as_array().unwrap();
        assert_eq!(found.len(), families, "{query}");
    }
}

/// What a view costs beside the text of the same series: the best of a few, each read and written from nothing.
#[test]
fn a_view_costs_at_most_three_times_the_text_of_the_same_series() {
    let registry = Registry::builder().series(24_000).label_bytes(4 << 20).build().unwrap();
    let calls = registry.counter("calls_total", "Calls.").labels(["provider", "model"]).series(12_000).register();
    let seconds =
        registry.histogram("call_seconds", "Time of a call.", Bounds::seconds()).labels(["provider", "model"]);
    let (calls, seconds) = (calls.unwrap(), seconds.series(2000).register().unwrap());
    for number in 0..12_000 {
        let labels = [&*format!("provider-{}", number % 5), &*format!("model-{number}")];
        calls.with(labels).inc();
        if number < 2000 {
            seconds.with(labels).observe(f64::from(number) / 100.0);
        }
    }
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new()).unwrap();
    publisher.views(ViewOptions::new(&["provider", "model"], &[]));
    let pages = publisher.pages();
    let mut best = [Duration::MAX; 3];
    for round in 0..7 {
        let began = Instant::now();
        let text = encode::text(&registry);
        best[0] = best[0].min(began.elapsed());
        assert!(text.len() > 1 << 20);
        for (place, view) in [(1, View::PerObject), (2, View::Detailed("".into()))] {
            publisher.tick();
            let TakenView::Pending(pending) = pages.view(view, Coding::Identity) else { panic!("round {round}") };
            publisher.tick();
            best[place] = best[place].min(pending.wait().unwrap().made_in());
        }
    }
    // Without optimisation the two are another's business.
    if !cfg!(debug_assertions) {
        assert!(best[1] <= best[0] * 3 && best[2] <= best[0] * 3, "{best:?}");
    }
}
