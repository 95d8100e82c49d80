//! Promise: an event that is handed over as numbers records what the same event does as JSON, whatever is broken in it, and
//! no sequence of numbers does harm.
#![cfg(feature = "openclaw")]

use openclaw_prometheus::openclaw::numbers::Shape;
use openclaw_prometheus::openclaw::{DiagnosticEvent, Line, Metadata, OpenClaw};
use openclaw_prometheus::{Registry, encode};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");
const HOST: Metadata = trusted();

const fn trusted() -> Metadata {
    let mut metadata = Metadata::none();
    metadata.trusted = true;
    metadata
}

/// What the plugin does in JavaScript.
#[derive(Default)]
struct Stage {
    texts: Vec<String>,
    numbers: Vec<f64>,
}

impl Stage {
    fn text(&mut self, text: &str) -> f64 {
        let known = self.texts.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.texts.push(text.into());
            self.texts.len() - 1
        }) as f64
    }

    fn put(&mut self, value: Option<&Value>, shape: &Shape) {
        let Some(value) = value.filter(|value| !value.is_null()) else { return self.numbers.push(f64::NEG_INFINITY) };
        match (shape, value) {
            (Shape::Text | Shape::Id, Value::String(text)) => {
                let number = self.text(text);
                self.numbers.push(number);
            }
            (Shape::Number, Value::Number(number)) => self.numbers.push(number.as_f64().unwrap()),
            (Shape::Truth, Value::Bool(truth)) => self.numbers.push(f64::from(u8::from(*truth))),
            (Shape::Object(_), Value::Object(object)) => {
                self.numbers.push(0.0);
                self.members(object, shape);
            }
            (Shape::List(item), Value::Array(items)) => {
                self.numbers.push(items.len() as f64);
                items.iter().for_each(|value| self.put(Some(value), item));
            }
            _ => self.numbers.push(f64::INFINITY),
        }
    }

    fn members(&mut self, object: &Map<String, Value>, shape: &Shape) {
        let Shape::Object(members) = shape else { panic!("{shape:?}") };
        members.iter().for_each(|member| self.put(object.get(member.key), &member.shape));
    }
}

fn shown(feed: impl Fn(&OpenClaw)) -> String {
    let registry = Registry::builder().build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    feed(&openclaw);
    encode::text(&registry)
}

fn observe_as_numbers(openclaw: &OpenClaw, event: &Value, shapes: &[Shape], stage: &mut Stage, metadata: Metadata) {
    let object = event.as_object().expect("an event");
    let name = object["type"].as_str().expect("a type");
    let place = DiagnosticEvent::TYPES.iter().position(|known| *known == name).expect("a known type");
    stage.numbers.clear();
    stage.members(object, &shapes[place]);
    let texts = &stage.texts;
    assert!(openclaw.observe_numbers(
        place,
        &stage.numbers,
        &|number| texts.get(number as usize).map(|t| &**t),
        metadata
    ));
}

fn is_same(events: &[Value]) {
    let shapes = DiagnosticEvent::shapes();
    let as_json = shown(|openclaw| {
        for event in events {
            let text = json!({"event": event, "metadata": {"trusted": true}}).to_string();
            let line = Line::parse(&text).expect("a line");
            openclaw.observe(&line.event, line.metadata);
        }
    });
    let as_numbers = shown(|openclaw| {
        let mut stage = Stage::default();
        events.iter().for_each(|event| observe_as_numbers(openclaw, event, &shapes, &mut stage, HOST));
    });
    if as_json != as_numbers {
        let difference = as_json.lines().zip(as_numbers.lines()).find(|(json, numbers)| json != numbers);
        panic!("{difference:?}");
    }
}

fn sample() -> Vec<Value> {
    SAMPLE.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["event"].take()).collect()
}

/// What Gateways newer than that of the sample tell.
fn newer() -> Vec<Value> {
    let list = |item: fn(usize) -> Value| (0..100).map(item).collect::<Vec<_>>();
    let space = |n: usize| {
        json!({"space_name": format!("s{}", n % 9), "space_used_size": n, "space_size": n, "space_available_size": n,
            "physical_space_size": n})
    };
    let worker = |n: usize| {
        json!({"script": format!("w{}.js", n % 7), "started": n, "retired": [{"reason": "idle", "count": n},
            {"reason": "agent:main:x", "count": 1}]})
    };
    vec![
        json!({"type": "gateway.rpc", "method": "m", "phase": "response", "outcome": "ok", "durationMs": 5,
            "responseBytes": 3000, "firstResponse": false}),
        json!({"type": "gateway.rpc", "method": "m", "phase": "response", "outcome": "ok", "durationMs": 5,
            "responseBytes": 30, "firstResponse": true}),
        json!({"type": "gateway.rpc", "method": "m", "phase": "handler", "outcome": "threw", "durationMs": 5, "admissionMs": 1,
            "heapDeltaBytes": -123456}),
        json!({"type": "diagnostic.phase.completed", "name": "sessions.catalog.list.delivery", "durationMs": 5,
            "details": {"threadCpuMs": 1.5}}),
        json!({"type": "diagnostic.phase.completed", "name": "chat.send.runAdmission", "durationMs": 5,
            "details": {"stage": "request"}}),
        json!({"type": "diagnostic.phase.completed", "name": "worktree.preparation", "durationMs": 5,
            "details": {"kind": "managed", "template": "reused", "outcome": "threw", "containerStart": 3, "snapshot": -1}}),
        json!({"type": "diagnostic.child_process.spawn", "family": "git", "operation": "status", "count": 2}),
        json!({"type": "diagnostic.memory.sample", "memory": {"rssBytes": 1, "heapTotalBytes": 1, "heapUsedBytes": 1,
            "externalBytes": 1, "arrayBuffersBytes": 1, "heapSpaces": list(space), "workerLifecycle": list(worker)}}),
    ]
}

#[test]
fn recorded_events_are_the_same() {
    is_same(&sample());
    is_same(&newer());
}

#[test]
fn a_phase_that_nobody_vouches_for_records_the_same_as_numbers() {
    let shapes = DiagnosticEvent::shapes();
    for metadata in [Metadata::none(), {
        let mut internal = Metadata::none();
        internal.internal = true;
        internal
    }] {
        let phases: Vec<Value> = newer().into_iter().filter(|event| event["name"].is_string()).collect();
        assert_eq!(phases.len(), 3);
        let as_json = shown(|openclaw| {
            for event in &phases {
                let text = json!({ "event": event }).to_string();
                openclaw.observe(&Line::parse(&text).expect("a line").event, metadata);
            }
        });
        let as_numbers = shown(|openclaw| {
            let mut stage = Stage::default();
            phases.iter().for_each(|event| observe_as_numbers(openclaw, event, &shapes, &mut stage, metadata));
        });
        assert_eq!(as_json, as_numbers);
        assert!(as_json.contains(r#"openclaw_gateway_phase_duration_seconds_count{phase="worktree.preparation"} 1"#));
        assert!(!as_json.contains("openclaw_worktree_preparation"));
    }
}

#[test]
fn broken_events_are_broken_in_the_same_way() {
    let odd = [
        json!(null),
        json!(7),
        json!(-1),
        json!(true),
        json!("x"),
        json!([]),
        json!({}),
        json!([1, "a", null]),
        json!(1e300),
    ];
    let mut events = Vec::new();
    for event in sample().into_iter().chain(newer()) {
        // And what is broken within an object.
        for part in ["details", "memory"] {
            for key in event[part].as_object().into_iter().flat_map(Map::keys) {
                for value in &odd {
                    let mut broken = event.clone();
                    broken[part][key] = value.clone();
                    events.push(broken);
                }
            }
        }
        for key in event.as_object().unwrap().keys().filter(|key| *key != "type") {
            for value in &odd {
                let mut broken = event.clone();
                broken[key] = value.clone();
                events.push(broken);
            }
        }
    }
    assert!(events.len() > 5000);
    is_same(&events);
}

#[test]
fn types_and_their_shapes_go_together() {
    let shapes = DiagnosticEvent::shapes();
    assert_eq!(shapes.len(), DiagnosticEvent::TYPES.len());
    let of = |name: &str| &shapes[DiagnosticEvent::TYPES.iter().position(|known| *known == name).unwrap()];
    let Shape::Object(members) = of("model.call.completed") else { panic!() };
    let usage = members.iter().find(|member| member.key == "usage").expect("usage");
    assert!(matches!(&usage.shape, Shape::Object(members) if members.iter().any(|member| member.key == "cost")));
    assert!(
        matches!(of("diagnostic.liveness.warning"), Shape::Object(members) if members[0].shape == Shape::List(Box::new(Shape::Text)))
    );
}

proptest! {
    #[test]
    fn no_numbers_do_harm(
        event_type in 0..DiagnosticEvent::TYPES.len() + 9,
        numbers in proptest::collection::vec(prop_oneof![
            any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), (0u32..9).prop_map(f64::from),
        ], 0..60),
    ) {
        let text = shown(|openclaw| {
            let texts = ["agent:main:x", "telegram", "a b", "sk-fa1efa1efa1efa1e"];
            let is_type = openclaw.observe_numbers(event_type, &numbers, &|number| texts.get(number as usize).copied(), HOST);
            assert_eq!(is_type, event_type < DiagnosticEvent::TYPES.len());
        });
        prop_assert!(!text.contains("agent:main") && !text.contains("sk-fa1e") && !text.contains("NaN"));
    }
}
