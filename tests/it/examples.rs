//! Promise: the examples run, and serve what they say.
//!
//! Cargo builds them for `cargo test`; for `cargo test --test examples` they are built by `cargo build --examples` before.
#![cfg(feature = "serve")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running example, killed at its end.
struct Example {
    child: Child,
    address: String,
}

impl Example {
    fn start(name: &str) -> Self {
        let tests = std::env::current_exe().unwrap();
        let binary: PathBuf = tests.ancestors().nth(2).unwrap().join("examples").join(name);
        let child = Command::new(binary).arg("127.0.0.1:0").stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{error}: cargo build --examples makes it"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("open http://").and_then(|line| line.strip_suffix("/metrics"));
        let address = address.expect("where it listens").to_owned();
        Self { child, address }
    }

    /// Asks on a connection of its own; the head and the body.
    fn ask(&self, method: &str, path: &str, headers: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        (head.to_ascii_lowercase(), body.to_owned())
    }

    #[track_caller]
    fn is_answered(&self, method: &str, path: &str, status: u16, has: &str) {
        let (head, body) = self.ask(method, path, "");
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{method} {path}: {head}");
        assert!(head.contains("content-type: "), "{head}");
        assert_eq!(body.is_empty(), method == "HEAD", "{method} {path}: {body}");
        assert!(method == "HEAD" || body.contains(has), "{method} {path}: {body}");
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What both serve the same.
fn serves_the_site(example: &Example, family: &str) {
    for method in ["GET", "HEAD"] {
        example.is_answered(method, "/metrics", 200, &format!("# TYPE {family} "));
        example.is_answered(method, "/metrics/per-object", 200, family);
        example.is_answered(method, "/metrics/detailed", 200, family);
        example.is_answered(method, "/metrics/health", 200, "\"healthy\":true");
    }
    example.is_answered("POST", "/metrics", 405, "Only GET and HEAD");
    let (head, body) = example.ask("GET", "/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n");
    assert!(head.contains("content-type: application/openmetrics-text") && body.ends_with("# EOF\n"), "{head}");
    let (head, _) = example.ask("GET", "/metrics", "Content-Length: 2\r\n");
    assert!(head.starts_with("http/1.1 413 ") && head.contains("connection: close"), "{head}");
}

#[test]
fn axum_serves_the_metrics_beside_the_routes_of_a_gateway() {
    let example = Example::start("axum");
    assert_eq!(example.ask("GET", "/hello", "").1, "Hello.\n");
    serves_the_site(&example, "hello_seconds");
    assert!(example.ask("GET", "/nothing", "").0.starts_with("http/1.1 404 "));
}

#[test]
fn hyper_serves_the_metrics_from_a_loop_of_its_own() {
    let example = Example::start("hyper");
    serves_the_site(&example, "connections_total");
    example.is_answered("GET", "/", 200, "<");
    example.is_answered("GET", "/-/healthy", 200, "Healthy.");
    example.is_answered("GET", "/-/ready", 200, "Ready.");
    example.is_answered("GET", "/nothing", 404, "Not found.");
}

#[test]
#[cfg(all(feature = "openclaw", feature = "config"))]
fn a_gateway_in_rust_records_by_the_catalogue_from_several_threads() {
    let example = Example::start("gateway");
    serves_the_site(&example, "openclaw_run_completed_total");
    let recorded = |sample: &str| {
        let (_, page) = example.ask("GET", "/metrics", "");
        page.lines().any(|line| line.starts_with(sample) && !line.ends_with(" 0"))
    };
    for sample in [
        "openclaw_message_processed_total{channel=\"telegram\",outcome=\"completed\",reason=\"none\"} ",
        "openclaw_model_call_time_to_first_byte_seconds_count{model=\"gpt-5\",provider=\"openai\"} ",
        "openclaw_agent_runs_total{agent_id=\"main\",error_category=\"none\",outcome=\"completed\"} ",
        "openclaw_agent_tool_executions_total{agent=\"main\",outcome=\"completed\",tool=\"read\"} ",
        "openclaw_inflight_operations{kind=\"run\"} ",
        "openclaw_exporter_events_total{event=\"model.call.started\"} ",
    ] {
        support::deadline::until(sample, || recorded(sample));
    }
    let (_, page) = example.ask("GET", "/metrics", "");
    assert!(!page.contains("agent:main:"), "a session's key is shown");
}
