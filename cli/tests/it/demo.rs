//! Promise: who looks at the demo is told that it is one, wherever it is looked at; and who looks at a recording is not.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::answers::Answer;

use crate::program::{Running, message, serve, served};

fn page(address: SocketAddr, path: &str) -> String {
    Answer::over(address, &[format!("GET {path}").as_bytes()]).text()
}

#[test]
fn the_demo_says_so_in_the_log_on_the_root_page_in_health_and_in_a_metric() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["--demo", "--web.listen-address", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built with this test");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    let _running = Running(child);
    let line = lines.next().expect("where it is");
    let said = message(&line);
    assert!(said.starts_with("serving a demo, not a Gateway of yours, at http://"), "{said}");
    assert!(said.ends_with("/ui, to whoever reaches it"), "{said}");
    let address = served(&line, "/metrics").expect(&said);
    let said = page(address, "/");
    assert!(said.contains("A demo: all metrics are of a built-in recording"), "{said}");
    assert!(page(address, "/metrics/health").contains("a demo: what is shown is a built-in recording"));
    support::deadline::until("the metric", || page(address, "/metrics").contains("\nopenclaw_demo 1\n"));
}

#[test]
fn the_live_page_of_the_demo_has_a_quarter_of_an_hour_at_once_and_all_is_well() {
    let (_running, address) = serve(&["--demo"]);
    let data: Value = serde_json::from_str(&page(address, "/ui/data")).expect("JSON");
    assert_eq!(data["demo"], true);
    assert_eq!(data["verdict"]["level"], "well", "{}", data["verdict"]);
    assert_eq!(data["fine"]["values"][0].as_array().map(Vec::len), Some(900));
    let columns = data["columns"].as_array().expect("columns").iter().zip(data["fine"]["values"].as_array().unwrap());
    let calls = columns.filter(|(column, _)| column["id"] == "calls");
    let calls: f64 = calls.flat_map(|(_, values)| values.as_array().unwrap()).filter_map(Value::as_f64).sum();
    // 59 a round of 90 s.
    assert!((560.0..=620.0).contains(&calls), "{calls} calls in 15 minutes");
}

#[test]
fn a_recording_is_no_demo() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample.jsonl");
    let (_running, address) = serve(&["--replay", recording]);
    assert!(!page(address, "/metrics").contains("openclaw_demo"));
    assert!(!page(address, "/").contains("demo"));
}
