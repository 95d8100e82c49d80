//! Promise: the live page's data tell what the metrics tell, over time, within a fixed memory; and what is wrong is said, with its
//! time, by one sentence for the page and for `status`.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::{Exporter, Sidecar};
use openclaw_prometheus::openclaw::rpc::{Method, Way};
use openclaw_prometheus::openclaw::*;
use openclaw_prometheus::serve::{RequestHead, Site, respond};
use openclaw_prometheus::{Clock, ManualClock, encode};
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);
const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");

/// An exporter whose seconds a test makes.
struct Case {
    exporter: Exporter,
    clock: Arc<ManualClock>,
}

impl Case {
    fn new() -> Self {
        Self::with("{}")
    }

    fn with(config: &str) -> Self {
        let clock = Arc::new(ManualClock::at(SECOND * 1_000_000));
        let exporter = Exporter::new(&Config::from_json5(config).unwrap(), clock.clone()).unwrap();
        let mut case = Self { exporter, clock };
        case.exporter.rpc.begin(Duration::from_secs(60));
        case.exporter.publisher.tick();
        case
    }

    fn openclaw(&self) -> OpenClaw {
        self.exporter.openclaw.clone()
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.advance(SECOND);
            self.exporter.publisher.tick();
        }
    }

    /// One step of so many seconds.
    fn leap(&mut self, seconds: u64) {
        self.clock.advance(SECOND * seconds as u32);
        self.exporter.publisher.tick();
    }

    fn get(&mut self, path: &str) -> Vec<u8> {
        fetch(&self.exporter.site, &mut self.exporter.publisher, path, "")
    }

    fn data(&mut self, query: &str) -> Value {
        let body = self.get(&format!("/ui/data{query}"));
        serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&body)))
    }

    /// Kinds of findings with their subjects, the worst first.
    fn findings(&mut self) -> Vec<(String, String)> {
        let data = self.data("");
        let findings = data["verdict"]["findings"].as_array().unwrap();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        findings.iter().map(|finding| (text(finding, "kind"), text(finding, "level"))).collect()
    }

    /// The Gateway answers this when it is asked.
    fn answered(&mut self, method: Method, answer: &str) {
        let rpc = self.exporter.rpc.clone();
        rpc.reached(Way::InProcess, Ok(()));
        for _ in 0..100 {
            match rpc.next() {
                Some(next) if next == method => return rpc.answered(method, answer, Duration::ZERO),
                Some(next) => rpc.failed(next, "not asked in this test"),
                None => self.clock.advance(SECOND),
            }
        }
        panic!("{method:?} is not asked for");
    }
}

fn fetch(
    site: &Site,
    publisher: &mut openclaw_prometheus::publish::Publisher,
    target: &str,
    encoding: &'static str,
) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut head = RequestHead::new("GET", path);
    (head.query, head.accept_encoding) = (query, encoding);
    let reply = respond(site, &head);
    if !reply.is_ready() {
        // Documents are made by the publisher where it has no threads of its own.
        publisher.tick();
    }
    let reply = reply.wait();
    assert_eq!(reply.status(), 200, "{target}");
    reply.pieces().flatten().copied().collect()
}

fn call(provider: &'static str, model: &'static str) -> ModelCall<'static> {
    ModelCall { provider: provider.into(), model: model.into(), duration_ms: 900.0.into(), ..ModelCall::default() }
}

/// What all series of a family come to that have these labels among theirs.
fn page_sum(page: &str, family: &str, labels: &[&str]) -> f64 {
    let is_one = |line: &&str| {
        let name = line.split(['{', ' ']).next();
        name == Some(family) && labels.iter().all(|label| line.contains(label))
    };
    page.lines().filter(is_one).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

/// The values of a column by one of the spans.
fn column(data: &Value, span: &str, id: &str, of: &str) -> Vec<Option<f64>> {
    let columns = data["columns"].as_array().unwrap();
    let number = columns.iter().position(|column| column["id"] == id && column["of"] == of);
    let number = number.unwrap_or_else(|| panic!("no column {id} {of}"));
    data[span]["values"][number].as_array().unwrap().iter().map(Value::as_f64).collect()
}

fn sum(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().sum()
}

fn rows<'d>(data: &'d Value, range: &str, table: &str) -> &'d Vec<Value> {
    data["tables"][range][table].as_array().unwrap()
}

// --- figures

#[test]
fn what_the_page_shows_adds_up_to_what_the_metrics_show() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    for (number, line) in SAMPLE.lines().enumerate() {
        let line: Line<'_> = Line::parse(line).unwrap();
        openclaw.observe(&line.event, line.metadata);
        if number % 20 == 0 {
            case.pass(7);
        }
    }
    case.pass(1);
    let (data, page) = (case.data(""), encode::text(&case.exporter.registry));
    let day = |id: &str| -> f64 {
        let columns = data["columns"].as_array().unwrap();
        let of_id = columns.iter().filter(|column| column["id"] == id);
        of_id.map(|column| sum(&self::column(&data, "coarse", id, column["of"].as_str().unwrap()))).sum()
    };
    let total =
        |table: &str, key: &str| -> f64 { rows(&data, "24h", table).iter().filter_map(|row| row[key].as_f64()).sum() };
    let figures = [
        ("openclaw_run_completed_total", &[][..], day("runs")),
        ("openclaw_model_call_total", &[], day("calls")),
        ("openclaw_model_call_total", &["outcome=\"error\""], day("failed_calls")),
        ("openclaw_model_call_total", &[], total("models", "calls")),
        ("openclaw_model_call_total", &["outcome=\"error\""], total("providers", "failed")),
        ("openclaw_model_cost_usd_total", &[], day("cost")),
        ("openclaw_model_cost_usd_total", &[], total("models", "usd")),
        ("openclaw_model_tokens_total", &["token_type=\"input\""], sum(&column(&data, "coarse", "tokens", "input"))),
        ("openclaw_message_received_total", &[], sum(&column(&data, "coarse", "messages", "received"))),
        ("openclaw_message_received_total", &[], total("channels", "received")),
        ("openclaw_tool_execution_total", &[], sum(&column(&data, "coarse", "tools", "ended"))),
        ("openclaw_tool_execution_total", &["outcome=\"error\""], total("tools", "failed")),
        ("openclaw_agent_runs_total", &[], total("agents", "runs")),
        ("openclaw_gateway_rpc_requests_total", &[], sum(&column(&data, "coarse", "rpc", "requests"))),
        ("openclaw_gc_duration_seconds_sum", &[], sum(&column(&data, "coarse", "gc_seconds", ""))),
    ];
    for (family, labels, shown) in figures {
        let counted = page_sum(&page, family, labels);
        assert!(counted > 0.0, "the sample has no {family} {labels:?}");
        assert!((shown - counted).abs() <= 1e-3 * counted, "{family} {labels:?}: {shown} shown, {counted} counted");
    }
    // And what is now is what the page of metrics has.
    let p95 = page_sum(&page, "openclaw_sli_duration_seconds", &["sli=\"run\"", "percentile=\"95\""]);
    assert_eq!(data["now"]["seconds"]["run"]["p95"].as_f64(), Some(p95));
    let rss = page_sum(&page, "openclaw_memory_bytes", &["kind=\"rss\""]);
    let last = column(&data, "fine", "memory_bytes", "rss").last().copied().flatten();
    assert!((last.unwrap() / rss - 1.0).abs() < 1e-6);
}

#[test]
fn increments_come_to_what_everything_says() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    case.pass(3);
    let mut kept = case.data("");
    assert_eq!(kept["full"], true);
    for round in 0..40 {
        for _ in 0..round % 3 {
            openclaw.model_call_completed(&call("openai", "gpt"));
        }
        if round == 20 {
            openclaw.model_call_completed(&call("anthropic", "claude"));
        }
        case.pass(1 + round % 4);
        let new = case.data(&format!("?since={}", kept["seq"]));
        assert_eq!(new["full"], false);
        let steps = new["seq"].as_u64().unwrap() - kept["seq"].as_u64().unwrap();
        // What a page does: append, and in the coarse span replace the minute that was going on.
        let mut merged = new.clone();
        for (number, column) in new["columns"].as_array().unwrap().iter().enumerate() {
            for (span, most) in [("fine", 900), ("coarse", 1_440)] {
                let known = kept["columns"].as_array().unwrap().iter().position(|other| other == column);
                let before = known.map(|known| kept[span]["values"][known].as_array().unwrap().clone());
                let fresh = new[span]["values"][number].as_array().unwrap().clone();
                let had = kept[span]["values"][0].as_array().map_or(0, Vec::len);
                let mut values = before.unwrap_or_else(|| vec![Value::Null; had]);
                if span == "coarse" {
                    values.pop();
                } else {
                    assert_eq!(fresh.len() as u64, steps);
                }
                values.extend(fresh);
                let surplus = values.len().saturating_sub(most);
                values.drain(..surplus);
                merged[span]["values"][number] = Value::Array(values);
            }
        }
        kept = merged;
        let mut whole = case.data("");
        whole["full"] = Value::Bool(false);
        assert_eq!(kept, whole, "round {round}");
    }
}

#[test]
fn who_asks_for_more_than_is_kept_or_of_another_exporter_gets_everything() {
    let mut case = Case::new();
    case.pass(5);
    let seq = case.data("")["seq"].as_u64().unwrap();
    for since in [0, seq - 100, seq + 1, seq + 1_000, u64::MAX] {
        assert_eq!(case.data(&format!("?since={since}"))["full"], true, "{since}");
    }
    assert_eq!(case.data(&format!("?since={seq}"))["full"], false);
    let refused = {
        let mut head = RequestHead::new("GET", "/ui/data");
        head.query = "since=yesterday";
        respond(&case.exporter.site, &head).status()
    };
    assert_eq!(refused, 400);
    // One that begins later numbers its seconds from there.
    let later = Arc::new(ManualClock::at(SECOND * 1_000_700));
    let mut other = Exporter::new(&Config::default(), later.clone()).unwrap();
    other.publisher.tick();
    let body = fetch(&other.site, &mut other.publisher, &format!("/ui/data?since={seq}"), "");
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["full"], true);
}

#[test]
fn a_second_that_nobody_looked_at_is_not_known_and_nothing_of_it_is_lost() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    openclaw.model_call_completed(&call("openai", "gpt"));
    case.pass(2);
    openclaw.model_call_completed(&call("openai", "gpt"));
    case.leap(4);
    case.pass(1);
    let data = case.data("");
    assert_eq!(
        column(&data, "fine", "calls", "openai")[1..],
        [Some(1.0), Some(0.0), None, None, None, Some(1.0), Some(0.0)]
    );
}

#[test]
fn history_is_within_its_bound_and_an_answer_within_its_size() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    // More of everything than has a place of its own.
    let names: Vec<String> = (0..40).map(|number| format!("name-{number:02}")).collect();
    let busy = |openclaw: &OpenClaw, step: usize| {
        for (number, name) in names.iter().enumerate() {
            if (number + step).is_multiple_of(3) {
                continue;
            }
            let seconds = 0.3 + ((number * 7 + step * 13) % 97) as f64 / 31.0;
            let call = ModelCall {
                provider: name.as_str().into(),
                model: name.as_str().into(),
                duration_ms: (seconds * 1e3).into(),
                first_byte_ms: (seconds * 317.0).into(),
                ..ModelCall::default()
            };
            if number % 5 == 0 {
                openclaw.model_call_error(&call)
            } else {
                openclaw.model_call_completed(&call)
            }
            openclaw.tool_execution_completed(&ToolExecution {
                tool: name.as_str().into(),
                duration_ms: (seconds * 1e3).into(),
                ..ToolExecution::default()
            });
            openclaw.message_received(&MessageDispatch { channel: name.as_str().into(), ..MessageDispatch::default() });
            openclaw.run_completed(&RunCompleted {
                outcome: "completed".into(),
                duration_ms: (seconds * 1e3).into(),
                ..RunCompleted::default()
            });
            openclaw.queue_lane_enqueue(&QueueLane {
                lane: name.as_str().into(),
                queue_size: (seconds * 3.0).round().into(),
                ..QueueLane::default()
            });
        }
    };
    for step in 0..1_500 {
        busy(&openclaw, step);
        case.leap(60);
    }
    for step in 0..900 {
        busy(&openclaw, step);
        case.pass(1);
    }
    let whole = case.get("/ui/data");
    let data: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(data["fine"]["values"][0].as_array().unwrap().len(), 900);
    assert_eq!(data["coarse"]["values"][0].as_array().unwrap().len(), 1_440);
    let exporter = &data["now"]["exporter"];
    let (used, limit) = (exporter["history_bytes"].as_u64().unwrap(), exporter["history_limit"].as_u64().unwrap());
    assert!(used > 400_000 && used <= limit && limit <= 1 << 20, "{used} of {limit}");
    assert!(whole.len() <= 600_000, "{} bytes", whole.len());
    let seq = data["seq"].as_u64().unwrap();
    let Case { exporter, .. } = &mut case;
    let target = format!("/ui/data?since={}", seq - 2);
    let packed = fetch(&exporter.site, &mut exporter.publisher, &target, "gzip");
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut unpacked).unwrap();
    assert!(packed.len() <= 4_096, "{} bytes for {}", packed.len(), unpacked.len());
}

#[test]
fn with_pages_on_demand_or_seldom_there_is_a_look_each_second() {
    for interval in ["0", "15000"] {
        let clock = Arc::new(openclaw_prometheus::SystemClock::new());
        let config = Config::from_json5(&format!("{{ collectIntervalMs: {interval} }}")).unwrap();
        let exporter = Exporter::new(&config, clock).unwrap();
        let (openclaw, site) = (exporter.openclaw, exporter.site);
        let ticker = exporter.publisher.start().unwrap();
        openclaw.model_call_completed(&call("openai", "gpt"));
        let calls = || -> Option<f64> {
            let reply = respond(&site, &RequestHead::new("GET", "/ui/data")).wait();
            let body: Vec<u8> = reply.pieces().flatten().copied().collect();
            let data: Value = serde_json::from_slice(&body).ok()?;
            let is_there = data["columns"].as_array()?.iter().any(|column| column["id"] == "calls");
            is_there.then(|| sum(&column(&data, "fine", "calls", "openai")))
        };
        support::deadline::until("a look", || calls().is_some());
        openclaw.model_call_completed(&call("openai", "gpt"));
        let began = std::time::Instant::now();
        let before = calls().unwrap();
        support::deadline::until("a second look", || calls().unwrap() > before);
        assert!(began.elapsed() < Duration::from_secs(4), "{interval}: {:?}", began.elapsed());
        ticker.stop();
    }
}

// --- what is wrong

#[test]
fn a_gateway_that_lives_and_does_nothing_is_well() {
    let mut case = Case::new();
    assert_eq!(case.findings(), [("nothing-heard".into(), "watch".into())]);
    case.answered(Method::Health, r#"{"ok":true}"#);
    case.openclaw().heartbeat(&Heartbeat::default());
    case.pass(2);
    let data = case.data("");
    assert_eq!(
        (data["verdict"]["level"].as_str(), data["verdict"]["sentence"].as_str()),
        (Some("well"), Some("All is well"))
    );
    assert!(data["verdict"]["since"].is_null());
    case.pass(89);
    assert_eq!(case.findings(), [("silent".into(), "watch".into())], "it told nothing for a while");
    case.pass(300);
    assert_eq!(case.findings(), [("silent".into(), "wrong".into())]);
}

/// A Gateway of which nothing else is to be said.
fn well() -> Case {
    let mut case = Case::new();
    case.answered(Method::Health, r#"{"ok":true}"#);
    case.openclaw().heartbeat(&Heartbeat::default());
    case.pass(1);
    assert_eq!(case.findings(), []);
    case
}

#[test]
fn each_thing_that_can_be_wrong_is_found_and_said() {
    type Break = fn(&mut Case);
    let table: &[(&str, &str, &str, Break)] = &[
        ("provider-failing", "wrong", "openai fails: 50\u{202f}% of calls", |case| {
            for _ in 0..3 {
                case.openclaw().model_call_error(&call("openai", "gpt"));
                case.openclaw().model_call_completed(&call("openai", "gpt"));
            }
        }),
        ("provider-failing", "watch", "openai fails: 10\u{202f}% of calls", |case| {
            (0..27).for_each(|_| case.openclaw().model_call_completed(&call("openai", "gpt")));
            (0..3).for_each(|_| case.openclaw().model_call_error(&call("openai", "gpt")));
        }),
        ("tool-failing", "wrong", "The tool browser fails: 100\u{202f}% of runs", |case| {
            let tool = ToolExecution { tool: "browser".into(), ..ToolExecution::default() };
            (0..3).for_each(|_| case.openclaw().tool_execution_error(&tool));
        }),
        ("tool-loop", "watch", "An agent calls exec over and over", |case| {
            case.openclaw().tool_loop(&ToolLoop { tool: "exec".into(), ..ToolLoop::default() });
        }),
        ("session-stuck", "wrong", "A session is stuck", |case| case.openclaw().session_stuck(&SessionAge::default())),
        ("session-stalled", "wrong", "A session is stalled", |case| {
            case.openclaw().session_stalled(&SessionAge::default());
        }),
        ("loop-blocked", "wrong", "The event loop stood still for 6.0\u{202f}s", |case| {
            case.openclaw()
                .event_loop_sample(&EventLoopSample { interval_ms: 6_000.0.into(), delay_max_ms: 6_000.0.into() });
        }),
        ("memory", "wrong", "Memory runs short", |case| {
            case.openclaw().memory_pressure(&MemoryPressure { level: "critical".into(), ..MemoryPressure::default() });
        }),
        ("quota", "watch", "anthropic has 6.0\u{202f}% of its quota left (5h)", |case| {
            let answer = r#"{"updatedAt":1000000000,"providers":[{"provider":"anthropic","windows":[{"label":"5h","usedPercent":94}]}]}"#;
            case.answered(Method::UsageStatus, answer);
        }),
        ("gateway-gone", "wrong", "The Gateway does not answer", |case| {
            case.exporter.rpc.reached(Way::InProcess, Err("nobody listens"));
        }),
        ("over-budget", "wrong", "Today's budget is used: $2.50 of $2.00", |case| {
            case.exporter.rpc.budget(Some(2.0));
            let usage = ModelUsage {
                provider: "openai".into(),
                model: "gpt".into(),
                cost_usd: 2.5.into(),
                ..ModelUsage::default()
            };
            case.openclaw().model_usage(&usage);
        }),
        ("queue-stuck", "watch", "The queue main waits: 1\u{202f}min 10\u{202f}s by now", |case| {
            let unix = case.clock.unix().as_secs_f64();
            case.openclaw().queue_lane_enqueue(&QueueLane {
                lane: "main".into(),
                queue_size: 1.0.into(),
                lane_id: Id::of("main").into(),
                at_ms: (unix * 1e3).into(),
                ..QueueLane::default()
            });
            case.pass(69);
        }),
    ];
    for (kind, level, says, breaks) in table {
        let mut case = well();
        breaks(&mut case);
        case.pass(1);
        let data = case.data("");
        let findings = data["verdict"]["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["kind"] == *kind);
        let found = found.unwrap_or_else(|| panic!("{kind} was not found: {findings:?}"));
        assert_eq!((found["level"].as_str(), found["says"].as_str()), (Some(*level), Some(*says)), "{kind}");
        assert!(found["since"].as_f64().unwrap() <= data["at"].as_f64().unwrap());
        assert_eq!(data["verdict"]["sentence"], findings[0]["says"], "the worst stands on top");
    }
}

#[test]
fn since_is_when_it_was_first_seen_and_what_is_over_is_remembered() {
    let mut case = well();
    let openclaw = case.openclaw();
    (0..3).for_each(|_| openclaw.model_call_error(&call("openai", "gpt")));
    case.pass(1);
    let began = case.data("")["at"].as_f64().unwrap();
    for _ in 0..4 {
        openclaw.heartbeat(&Heartbeat::default());
        case.pass(60);
        assert_eq!(case.data("")["verdict"]["since"].as_f64(), Some(began));
    }
    openclaw.heartbeat(&Heartbeat::default());
    case.pass(65);
    let data = case.data("");
    assert_eq!(data["verdict"]["level"], "well", "{}", data["verdict"]);
    let last = &data["verdict"]["last"];
    assert_eq!(last["says"], "openai fails: 100\u{202f}% of calls");
    assert_eq!(last["from"].as_f64(), Some(began));
    assert!(last["to"].as_f64().unwrap() >= began + 295.0);
}

#[test]
fn an_event_loop_that_stands_still_is_seen_while_it_does() {
    let mut case = well();
    let openclaw = case.openclaw();
    for _ in 0..30 {
        openclaw.event_loop_sample(&EventLoopSample { interval_ms: 1_000.0.into(), delay_max_ms: 11.0.into() });
        case.pass(1);
    }
    assert_eq!(case.findings(), []);
    case.pass(6);
    assert_eq!(case.findings(), [("loop-still".into(), "wrong".into())]);
    openclaw.event_loop_sample(&EventLoopSample { interval_ms: 1_000.0.into(), delay_max_ms: 6_500.0.into() });
    case.pass(1);
    assert_eq!(case.findings(), [("loop-blocked".into(), "wrong".into())]);
}

#[test]
fn a_cost_that_jumps_is_seen_once_there_is_something_to_compare_with() {
    let mut case = well();
    let openclaw = case.openclaw();
    let spend = |usd: f64| {
        let usage =
            ModelUsage { provider: "p".into(), model: "m".into(), cost_usd: usd.into(), ..ModelUsage::default() };
        openclaw.model_usage(&usage);
    };
    for _ in 0..20 {
        spend(0.02);
        openclaw.heartbeat(&Heartbeat::default());
        case.pass(60);
    }
    assert_eq!(case.findings(), []);
    spend(3.0);
    case.pass(1);
    assert_eq!(case.findings(), [("cost-jump".into(), "watch".into())]);
}

// --- documents

#[test]
fn hostile_names_are_text_in_every_document() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    for name in ["</script><script>alert(1)</script>", "\u{202e}gnp.exe", "a\0b", "\"}],\"x\":["] {
        openclaw.tool_execution_error(&ToolExecution { tool: name.into(), ..ToolExecution::default() });
    }
    case.pass(2);
    for path in ["/ui/data", "/ui/families", "/ui/families?family=openclaw_tool_execution_total"] {
        let body = case.get(path);
        assert!(!body.contains(&b'<'), "{path}");
        serde_json::from_slice::<Value>(&body).unwrap();
    }
}

#[test]
fn families_are_listed_with_what_they_have_and_who_grew() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    case.pass(1);
    for _ in 0..13 {
        case.leap(300);
    }
    let names: Vec<String> = (0..200).map(|number| format!("tool_{number}")).collect();
    for name in &names {
        openclaw.tool_execution_completed(&ToolExecution { tool: name.as_str().into(), ..ToolExecution::default() });
    }
    case.pass(1);
    let list: Value = serde_json::from_slice(&case.get("/ui/families")).unwrap();
    let families = list["families"].as_array().unwrap();
    let page = encode::text(&case.exporter.registry);
    assert_eq!(families.len(), page.lines().filter(|line| line.starts_with("# TYPE ")).count());
    let of = |name: &str| families.iter().find(|family| family["name"] == name).unwrap();
    let tools = of("openclaw_tool_execution_total");
    assert_eq!((tools["series"].as_u64(), tools["value"].as_f64()), (Some(200), Some(200.0)));
    assert_eq!(tools["hour_ago"].as_u64(), Some(0));
    assert!(case.findings().contains(&("label-leak".into(), "watch".into())));
    let whole: Value = serde_json::from_slice(&case.get("/ui/families?family=openclaw_tool_execution_total")).unwrap();
    let whole = &whole["families"][0];
    assert_eq!(whole["label_values"]["tool"].as_u64(), Some(200));
    assert_eq!(whole["top"].as_array().unwrap().len(), 50);
    let nothing: Value = serde_json::from_slice(&case.get("/ui/families?family=nothing")).unwrap();
    assert_eq!(nothing["families"].as_array().unwrap().len(), 0);
}

#[test]
fn the_page_is_open_and_its_data_need_the_token() {
    let config = r#"{ scrapeAuth: { enabled: true, bearerToken: "0123456789abcdef0123456789abcdef" } }"#;
    let case = Case::with(config);
    let status = |path: &str| respond(&case.exporter.site, &RequestHead::new("GET", path)).status();
    for path in ["/ui", "/metrics/ui"] {
        assert_eq!(status(path), 200);
        let reply = respond(&case.exporter.site, &RequestHead::new("GET", path));
        let policy = reply.headers().find(|(name, _)| *name == "content-security-policy").unwrap().1.to_string();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
    for path in ["/ui/data", "/ui/families", "/metrics/ui/data", "/metrics/ui/families"] {
        assert_eq!(status(path), 401, "{path}");
    }
}

#[test]
fn without_it_there_is_no_page_no_data_and_no_link() {
    let case = Case::with("{ ui: false }");
    let reply = |path: &str| respond(&case.exporter.site, &RequestHead::new("GET", path));
    for path in ["/ui", "/ui/data", "/ui/families", "/metrics/ui", "/metrics/ui/data"] {
        assert_eq!(reply(path).status(), 404, "{path}");
    }
    let landing: Vec<u8> = reply("/").pieces().flatten().copied().collect();
    assert!(!String::from_utf8(landing).unwrap().contains("/ui"));
}

#[test]
fn a_sidecar_says_what_it_cannot_tell() {
    let clock = Arc::new(ManualClock::at(SECOND * 1_000_000));
    let mut sidecar = Sidecar::new(&Config::default(), clock).unwrap();
    sidecar.publisher.tick();
    let body = fetch(&sidecar.site, &mut sidecar.publisher, "/ui/data", "");
    let data: Value = serde_json::from_slice(&body).unwrap();
    let untold: Vec<&str> =
        data["untold"].as_array().unwrap().iter().map(|untold| untold["block"].as_str().unwrap()).collect();
    assert!(["answering", "failures", "channels", "quota"].iter().all(|block| untold.contains(block)), "{untold:?}");
}
