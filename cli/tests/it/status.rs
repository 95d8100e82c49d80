//! `status` end to end: the sentence, the vital signs and the exit status, from an exporter that serves.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::SystemClock;
use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::{Heartbeat, ModelCall, OpenClaw, ToolExecution};
use openclaw_prometheus::publish::Ticker;
use openclaw_prometheus::serve::{Listener, Server};
use serde_json::Value;
use support::deadline::until;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// An exporter with a port of its own.
struct Running {
    openclaw: OpenClaw,
    address: SocketAddr,
    _ticker: Ticker,
    _server: Server,
}

fn running(config: &str) -> Running {
    let exporter = Exporter::new(&Config::from_json5(config).unwrap(), SystemClock::new()).unwrap();
    let listener = Listener::tcp(([127, 0, 0, 1], 0).into()).unwrap();
    let server = Server::start(listener, Arc::new(exporter.site)).unwrap();
    let address = server.address().tcp().unwrap();
    Running { openclaw: exporter.openclaw, address, _ticker: exporter.publisher.start().unwrap(), _server: server }
}

fn status(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
    command.arg("status").args(arguments).stdin(Stdio::null()).env_remove("OPENCLAW_PROMETHEUS_BEARER_TOKEN");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_is_well_what_is_wrong_and_what_does_not_answer_are_told_apart() {
    let running = running("{ collectIntervalMs: 100 }");
    let url = format!("http://{}/", running.address);
    running.openclaw.heartbeat(&Heartbeat::default());
    until("all is well", || status(&[&url]).0 == 0);
    let (_, well, errors) = status(&[&url]);
    assert!(well.starts_with("All is well.\n") && errors.is_empty(), "{well}{errors}");
    for sign in ["Gateway", "Cost today", "Calls failed", "Quota left", "Exporter"] {
        assert!(well.lines().any(|line| line.starts_with(sign)), "{sign}: {well}");
    }
    let call = ModelCall { provider: "openai".into(), model: "gpt".into(), ..ModelCall::default() };
    (0..4).for_each(|_| running.openclaw.model_call_error(&call));
    until("something is wrong", || status(&[&url]).0 == 1);
    // From each of its pages, and as JSON.
    for page in ["", "metrics", "ui"] {
        let (code, wrong, _) = status(&[&format!("{url}{page}")]);
        assert_eq!(code, 1);
        assert!(wrong.starts_with("WRONG  openai fails: 100\u{202f}% of calls, for "), "{wrong}");
        assert!(wrong.contains("4 of 4 (100.0 %) in 15 min"), "{wrong}");
    }
    let (code, json, _) = status(&["--format", "json", &url]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, json["verdict"]["findings"][0]["kind"].as_str()), (1, Some("provider-failing")));
    // Nobody there, and somebody else.
    let (code, out, errors) = status(&["http://127.0.0.1:1/"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(errors.contains("nothing listens at http://127.0.0.1:1/ui/data"), "{errors}");
}

#[test]
fn a_token_is_taken_from_the_environment_and_asked_for() {
    let running = running(&format!("{{ scrapeAuth: {{ enabled: true, bearerToken: '{TOKEN}' }} }}"));
    running.openclaw.heartbeat(&Heartbeat::default());
    let url = format!("http://{}/", running.address);
    let (code, _, errors) = status(&[&url]);
    assert_eq!(code, 2);
    assert!(errors.contains("bearer token"), "{errors}");
    let with_token = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
        command.args(["status", &url]).env("OPENCLAW_PROMETHEUS_BEARER_TOKEN", TOKEN);
        command.output().unwrap().status.code()
    };
    until("it is let in", || with_token() == Some(0));
}

#[test]
fn names_move_no_cursor_and_an_exporter_without_a_live_page_is_told() {
    let running = running("{ collectIntervalMs: 100 }");
    let url = format!("http://{}/", running.address);
    let tool = ToolExecution { tool: "a\u{202e}\x1b[2Jb".into(), ..ToolExecution::default() };
    (0..4).for_each(|_| running.openclaw.tool_execution_error(&tool));
    until("it is told", || status(&[&url]).1.contains("fails"));
    let (_, out, _) = status(&[&url]);
    assert!(!out.contains(['\x1b', '\u{202e}']), "{out:?}");
    let without = self::running("{ ui: false }");
    let (code, _, errors) = status(&[&format!("http://{}/metrics", without.address)]);
    assert_eq!(code, 2);
    assert!(errors.contains("404"), "{errors}");
}

#[test]
fn who_watches_sees_it_change_until_he_reads_no_more() {
    use std::io::{BufRead, BufReader};
    let running = running("{ collectIntervalMs: 100 }");
    running.openclaw.heartbeat(&Heartbeat::default());
    let mut watching = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["status", "--watch", "--format", "json", &format!("http://{}/", running.address)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut level = || -> String {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        line["verdict"]["level"].as_str().unwrap().to_owned()
    };
    let mut seen = level();
    while seen != "well" {
        seen = level();
    }
    let call = ModelCall { provider: "openai".into(), model: "gpt".into(), ..ModelCall::default() };
    (0..4).for_each(|_| running.openclaw.model_call_error(&call));
    let began = std::time::Instant::now();
    while level() != "wrong" {}
    assert!(began.elapsed() < Duration::from_secs(10));
    drop(lines);
    let code = watching.wait().unwrap().code();
    assert_eq!(code, Some(0));
}
