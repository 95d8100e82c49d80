//! What is kept over time: in steps, within a bound, and over a reload.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::{MessageDispatch, ModelCall, OpenClaw, QueueLane, RunCompleted, ToolExecution};
use openclaw_prometheus::serve::{RequestHead, respond};
use openclaw_prometheus::{Clock, ManualClock, encode};
use serde_json::Value;

use super::{Case, SECOND, call, column, fetch, page_sum, sum};

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
        if round % 16 == 9 {
            // Also while the page watches.
            case = case.reload("{}", (round - 9) * 4);
        }
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
        if step % 400 == 399 {
            case = case.reload("{}", 30);
        }
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

#[test]
fn history_goes_on_over_a_reload_and_the_time_in_between_is_a_gap() {
    let mut case = Case::new();
    let calls = |openclaw: &OpenClaw, count: u64| {
        (0..count).for_each(|_| openclaw.model_call_completed(&call("openai", "gpt")));
    };
    calls(&case.openclaw(), 1);
    case.pass(1);
    calls(&case.openclaw(), 2);
    case.pass(1);
    let before = case.data("");
    let unix = case.clock.unix();
    // With other keys beside: where they are, whom they let in, how often pages are made.
    let mut case = case.reload_at("{ path: '/m', collectIntervalMs: 500 }", unix + SECOND * 4, |openclaw| {
        calls(openclaw, 3);
    });
    calls(&case.openclaw(), 4);
    case.pass(1);
    let data = case.data("");
    let gap = [None, None, None];
    let seen = [&[Some(1.0), Some(2.0)][..], &gap, &[Some(3.0), Some(4.0)]].concat();
    assert_eq!(column(&data, "fine", "calls", "openai")[1..], seen);
    assert_eq!(sum(&column(&data, "coarse", "calls", "openai")), 10.0);
    let page = encode::text(&case.exporter.registry);
    assert_eq!(page_sum(&page, "openclaw_model_call_total", &[]), 10.0);
    assert_eq!(data["started"], before["started"]);
    // Seconds are numbered on, and who saw the ones before is given the rest.
    let (seq, since) = (data["seq"].as_u64().unwrap(), before["seq"].as_u64().unwrap());
    assert_eq!(seq - since, 5);
    let new = case.data(&format!("?since={since}"));
    assert_eq!(new["full"], false);
    assert_eq!(column(&new, "fine", "calls", "openai"), seen[2..]);
}

#[test]
fn a_stop_of_more_than_is_kept_leaves_a_gap_of_all_of_it() {
    let mut case = Case::new();
    case.openclaw().model_call_completed(&call("openai", "gpt"));
    case.pass(70);
    let before = case.data("");
    let mut case = case.reload("{}", 3_600);
    let data = case.data(&format!("?since={}", before["seq"]));
    assert_eq!(data["full"], true);
    let fine = column(&data, "fine", "calls", "openai");
    assert_eq!((fine.len(), sum(&fine)), (900, 0.0));
    assert!(fine[..899].iter().all(Option::is_none));
    let coarse = column(&data, "coarse", "calls", "openai");
    assert_eq!(coarse.iter().filter(|value| value.is_none()).count(), 59);
    assert_eq!(sum(&coarse), 1.0);
}

#[test]
fn seconds_are_numbered_on_also_when_the_clock_is_set_back() {
    let mut case = Case::new();
    case.pass(100);
    let before = case.data("")["seq"].as_u64().unwrap();
    let earlier = case.clock.unix() - SECOND * 3_600;
    let mut case = case.reload_at("{}", earlier, |_| ());
    case.pass(1);
    let data = case.data(&format!("?since={before}"));
    assert_eq!((data["full"].as_bool(), data["seq"].as_u64()), (Some(false), Some(before + 2)));
}

#[test]
fn without_a_page_nothing_is_kept_and_with_one_it_begins() {
    let mut case = Case::new();
    case.openclaw().model_call_completed(&call("openai", "gpt"));
    case.pass(30);
    let before = case.data("")["seq"].as_u64().unwrap();
    let mut case = case.reload("{ ui: false }", 1);
    case.pass(30);
    let mut case = case.reload("{}", 1);
    case.openclaw().model_call_completed(&call("openai", "gpt"));
    case.pass(2);
    let data = case.data(&format!("?since={before}"));
    assert_eq!(data["full"], true);
    assert_eq!(column(&data, "fine", "calls", "openai"), [None, Some(1.0), Some(0.0)]);
    let mut case = case.reload("{}", 1);
    assert_eq!(case.data("")["fine"]["values"][0].as_array().unwrap().len(), 4);
}
