//! What is wrong, and since when.

use openclaw_prometheus::Clock;
use openclaw_prometheus::openclaw::rpc::{Method, Way};
use openclaw_prometheus::openclaw::{
    EventLoopSample, Heartbeat, Id, MemoryPressure, ModelUsage, QueueLane, SessionAge, ToolExecution, ToolLoop,
};

use super::{Case, SECOND, call};

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
        let mut case = Case::well();
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
    let mut case = Case::well();
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
    let mut case = Case::well();
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
    let mut case = Case::well();
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

#[test]
fn what_was_wrong_before_a_reload_is_wrong_since_then() {
    let mut case = Case::well();
    let answer = r#"{"updatedAt":1000000000,"providers":[{"provider":"anthropic","windows":[{"label":"5h","usedPercent":99}]}]}"#;
    (0..3).for_each(|_| case.openclaw().model_call_error(&call("openai", "gpt")));
    case.answered(Method::UsageStatus, answer);
    case.pass(1);
    let told = |case: &mut Case| {
        let data = case.data("");
        let findings = data["verdict"]["findings"].as_array().unwrap().clone();
        let of = |kind: &str| {
            let found = findings.iter().find(|finding| finding["kind"] == kind);
            found.map(|finding| finding["since"].as_f64().unwrap())
        };
        (of("provider-failing"), of("quota"), data["verdict"]["last"].clone())
    };
    let before = told(&mut case);
    assert!(before.0.is_some() && before.1.is_some() && before.2.is_null());
    case.pass(3);
    let mut case = case.reload("{}", 20);
    case.pass(5);
    // What only answers tell is not known until the Gateway is asked again; nobody says that it is over.
    assert_eq!(told(&mut case), (before.0, None, before.2.clone()));
    case.answered(Method::UsageStatus, answer);
    case.pass(1);
    assert_eq!(told(&mut case), before);
    // One that does not come back was last seen before the exporter ended.
    let seen = case.data("")["at"].clone();
    let mut case = case.reload("{}", 20);
    case.pass(119);
    assert!(told(&mut case).2.is_null());
    case.pass(2);
    let last = told(&mut case).2;
    assert_eq!((last["from"].as_f64(), &last["to"]), (before.1, &seen), "{last}");
}

#[test]
fn a_reload_is_no_silence_of_the_gateway() {
    let mut case = Case::well();
    for _ in 0..30 {
        let sample = EventLoopSample { interval_ms: 1_000.0.into(), delay_max_ms: 11.0.into() };
        case.openclaw().event_loop_sample(&sample);
        case.pass(1);
    }
    assert_eq!(case.findings(), []);
    let mut case = case.reload("{ includeRuntime: false }", 200);
    let resumed = case.clock.unix();
    case.answered(Method::Health, r#"{"ok":true}"#);
    while case.clock.unix() < resumed + SECOND * 89 {
        case.pass(1);
        assert_eq!(case.findings(), [], "nobody is asked for samples any more, and the rest was not listened to");
    }
    case.pass(1);
    assert_eq!(case.findings(), [("silent".into(), "watch".into())]);
}

/// What is left of a quota now, and when it is reset, as the Gateway answers it.
fn quota(case: &mut Case, used_percent: f64, resets: f64) {
    let provider = format!(
        r#"{{"provider":"anthropic","windows":[{{"label":"5h","usedPercent":{used_percent},"resetAt":{}}}]}}"#,
        resets * 1e3
    );
    let answer = format!(r#"{{"updatedAt":{},"providers":[{provider}]}}"#, case.clock.unix().as_millis());
    case.answered(Method::UsageStatus, &answer);
    case.pass(1);
}

/// `empty` and `lasts` of the one quota, and its finding.
fn outlook(case: &mut Case) -> (Option<f64>, Option<bool>, Vec<(String, String)>) {
    let data = case.data("");
    let shown = &data["tables"]["15m"]["providers"][0]["quotas"][0];
    let findings = data["verdict"]["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "quota");
    let text = |value: &serde_json::Value| value.as_str().unwrap().replace('\u{202f}', " ");
    (
        shown["empty"].as_f64(),
        shown["lasts"].as_bool(),
        findings.map(|finding| (text(&finding["says"]), text(&finding["note"]))).collect(),
    )
}

/// Waits until so many seconds after `began`.
fn wait(case: &mut Case, began: f64, seconds: u32) {
    case.leap((began + f64::from(seconds) - case.clock.unix().as_secs_f64()) as u64);
}

#[test]
fn whether_a_quota_lasts_until_its_reset_is_said_once_enough_is_known() {
    let mut case = Case::well();
    let began = case.clock.unix().as_secs_f64();
    let resets = began + 5.5 * 3600.0;
    // A fifth of it in an hour, until a half is left for four hours.
    for step in 0..18 {
        quota(&mut case, 20.0 + f64::from(step) * 30.0 / 18.0, resets);
        wait(&mut case, began, step * 300 + 300);
        if step < 12 {
            assert_eq!(outlook(&mut case), (None, None, vec![]), "{step}");
        }
    }
    quota(&mut case, 50.0, resets);
    let (empty, lasts, findings) = outlook(&mut case);
    // What is left are two and a half hours of that.
    let expected = case.clock.unix().as_secs_f64() + 2.5 * 3600.0;
    assert!((empty.unwrap() - expected).abs() < 600.0, "{} instead of {expected}", empty.unwrap());
    assert_eq!(lasts, Some(false));
    let [(says, note)] = &findings[..] else { panic!("{findings:?}") };
    assert!(says.starts_with("anthropic uses up its quota 1 h ") && says.ends_with(" before its reset (5h)"), "{says}");
    assert!(note.starts_with("It is reset in 3 h 59 min. At the present rate it is used up in 2 h "), "{note}");
}

#[test]
fn a_quota_that_lasts_is_no_finding_and_after_a_reset_it_is_judged_anew() {
    let mut case = Case::well();
    let began = case.clock.unix().as_secs_f64();
    let resets = began + 3.0 * 3600.0;
    for step in 0..12 {
        quota(&mut case, 40.0, resets);
        wait(&mut case, began, step * 300 + 300);
    }
    assert_eq!(outlook(&mut case), (None, Some(true), vec![]), "nothing is used");
    quota(&mut case, 1.0, resets + 5.0 * 3600.0);
    assert_eq!(outlook(&mut case), (None, None, vec![]));
}
