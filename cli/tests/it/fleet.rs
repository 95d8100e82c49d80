//! Promise: a fleet is so many Gateways in one process, each by itself, and Prometheus finds them all.

use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;
use support::answers::Answer;
use support::deadline::until;

use crate::program::serve;

fn get(address: SocketAddr, path: &str) -> Answer {
    Answer::over(address, &[format!("GET {path}").as_bytes()])
}

/// How many events an instance was told.
fn events(page: &str) -> f64 {
    let lines = page.lines().filter(|line| line.starts_with("openclaw_exporter_events_total{"));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[test]
fn each_instance_has_its_page_and_discovery_lists_them() {
    let (_running, address) = serve(&["--demo", "--instances", "3", "--fault", "cron-failing@gw-002:after=0s"]);
    let list: Value = serde_json::from_str(&get(address, "/sd").text()).expect("JSON");
    let targets = list.as_array().expect("a list");
    assert_eq!(targets.len(), 3);
    let mut told = Vec::new();
    for (target, name) in targets.iter().zip(["gw-001", "gw-002", "gw-003"]) {
        assert_eq!(target["targets"], serde_json::json!(["localhost"]));
        assert_eq!(target["labels"]["instance"], name);
        let path = target["labels"]["__metrics_path__"].as_str().expect("a path");
        let page = get(address, path).text();
        let is_named =
            |line: &str| line.starts_with("openclaw_exporter_build_info{") && line.contains(&format!("\"{name}\""));
        assert!(page.lines().any(is_named), "{name}");
        assert!(page.contains("\nopenclaw_demo 1\n"));
        told.push(events(&page));
        assert!(get(address, &format!("/i/{name}/")).text().contains("A demo"));
        assert!(get(address, &format!("/i/{name}/metrics/health")).text().contains("\"healthy\""));
        assert!(get(address, &format!("/i/{name}/metrics/detailed?family=cron")).text().contains("openclaw_cron"));
    }
    // They are out of step with each other.
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
    for path in
        ["/i/gw-004/metrics", "/i/gw-001", "/i/", "/i//metrics", "/i/gw-001%2fmetrics", "/i/gw-001/i/gw-002/metrics"]
    {
        assert_eq!(get(address, path).status, 404, "{path}");
    }
    let front = get(address, "/").text();
    assert!(front.contains("3 instances") && front.contains("<a href=\"./i/gw-003/\">gw-003</a>"), "{front}");
    // What goes wrong with one goes wrong with no other.
    let verdict = |name: &str| -> Value {
        serde_json::from_str(&get(address, &format!("/i/{name}/ui/data")).text())
            .map(|data: Value| data["verdict"].clone())
            .expect("JSON")
    };
    until("the fault", || verdict("gw-002")["level"] == "wrong");
    until("all is well beside it", || verdict("gw-001")["level"] == "well" && verdict("gw-003")["level"] == "well");
}

#[test]
fn however_many_there_are_the_threads_are_the_same() {
    let threads = |count: &str| {
        let (running, address) = serve(&["--demo", "--instances", count]);
        let last = format!("/i/gw-{count:0>3}/metrics");
        until("the last one answers", || get(address, &last).status == 200);
        std::fs::read_dir(format!("/proc/{}/task", running.0.id())).map(|tasks| tasks.count()).expect("Linux")
    };
    let few = threads("2");
    assert_eq!(threads("40"), few);
    assert!(few <= 5, "{few} threads");
}

#[test]
fn beyond_a_few_the_rings_are_off_and_pages_go_on() {
    let (_running, address) = serve(&["--demo", "--instances", "33"]);
    assert_eq!(get(address, "/i/gw-001/ui").status, 404);
    let page = || get(address, "/i/gw-033/metrics").text();
    assert!(!page().contains("openclaw_sli_duration_seconds{"));
    let before = events(&page());
    until("time goes on", || before > 0.0 && events(&page()) > before);
}

#[test]
fn what_cannot_be_a_fleet_is_refused_in_a_sentence() {
    for (arguments, sentence) in [
        (&["--demo", "--instances", "0"][..], "write a whole number from 1 to 10000"),
        (&["--instances", "3"][..], "--demo"),
        (
            &["--demo", "--instances", "2", "--fault", "memory@gw-9"][..],
            "there is no instance \"gw-9\"; they are gw-001 to gw-002",
        ),
        (&["--demo", "--fault", "memory@gw-001"][..], "add --instances N"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus")).args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(error.contains(sentence) && error.lines().count() == 1, "{arguments:?}: {error}");
    }
}
