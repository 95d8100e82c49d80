//! Promise: collectors are switched and asked for as node_exporter's are, and what a scrape gets of them is the page's own text.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use openclaw_prometheus::ManualClock;
use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::Replay;
use openclaw_prometheus::openclaw::catalogue::{Section, entries, section_of};
use openclaw_prometheus::openclaw::rpc::Method;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{RequestHead, Site};
use openclaw_prometheus_cli::exposition::{self, Format};
use support::answers::Answer;
use support::deadline::until;
use support::gateway::{MockGateway, Script};

use crate::program::serve;

fn get(address: SocketAddr, path: &str) -> Answer {
    Answer::over(address, &[format!("GET {path}").as_bytes()])
}

fn disabled(address: SocketAddr) -> Vec<String> {
    let health: serde_json::Value = serde_json::from_slice(&get(address, "/metrics/health").body).expect("JSON");
    serde_json::from_value(health["disabled_collectors"].clone()).expect("names")
}

/// The collectors whose families a page names.
fn shown(page: &str) -> BTreeSet<&'static str> {
    let families = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    // OpenMetrics has counters without their end.
    let named =
        |family: &str| [family.to_owned(), format!("{family}_total")].map(|name| Section::ALL[section_of(&name)]);
    families.map(|family| named(family).into_iter().min().expect("two").name()).collect()
}

/// An exporter with all that the sample tells and the Gateway answers; nothing moves any more.
fn told() -> (Site, Publisher) {
    let exporter = Exporter::new(&Config::default(), ManualClock::at(Duration::from_secs(1_700_000_000))).unwrap();
    let Exporter { openclaw, rpc, mut publisher, site, .. } = exporter;
    Replay::new(include_str!("../../data/sample.jsonl").as_bytes()).run(&openclaw, |line| panic!("{line}")).unwrap();
    rpc.begin(Duration::from_secs(60));
    openclaw_prometheus::encode::Format::ALL.iter().for_each(|format| publisher.keep(*format));
    publisher.tick();
    (site, publisher)
}

#[test]
fn all_collectors_together_are_the_page_and_each_alone_is_one_that_readers_take() {
    let (site, publisher) = told();
    for (accept, format) in [("", Format::Text), ("application/openmetrics-text; version=1.0.0", Format::OpenMetrics)] {
        let ask = |query: &str| {
            let mut head = RequestHead::new("GET", "/metrics");
            (head.query, head.accept) = (query, accept);
            Answer::to(&site, &head).text()
        };
        let whole = ask("");
        let tail = if format == Format::OpenMetrics { "# EOF\n" } else { "" };
        let mut lines: Vec<String> = tail.lines().map(str::to_owned).collect();
        for section in Section::ALL {
            let part = ask(&format!("collect[]={}", section.name()));
            let parsed = exposition::parse(&part, format);
            assert!(parsed.faults.is_empty(), "{section:?}: {:?}", parsed.faults);
            let errors: Vec<_> = exposition::check(&parsed)
                .into_iter()
                .filter(|problem| problem.severity == exposition::Severity::Error)
                .collect();
            assert!(errors.is_empty(), "{section:?}: {errors:?}");
            assert!(shown(&part).iter().all(|name| *name == section.name()), "{section:?}: {:?}", shown(&part));
            lines.extend(part.strip_suffix(tail).expect("its end").lines().map(str::to_owned));
        }
        let mut expected: Vec<&str> = whole.lines().collect();
        expected.sort_unstable();
        lines.sort_unstable();
        assert_eq!(lines, expected);
        assert_eq!(shown(&whole).len(), Section::ALL.len() - 1, "all but `other`: {:?}", shown(&whole));
    }
    drop(publisher);
}

#[test]
fn flags_win_over_the_configuration_and_of_one_name_the_last_holds() {
    let config =
        std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-off.json5", std::process::id()));
    std::fs::write(&config, "{ collectors: { disabled: ['cron', 'skills'] } }").unwrap();
    let flags = ["--collector.cron", "--no-collector.usage", "--no-collector.sli", "--collector.sli"];
    let (_running, address) = serve(&[&["--demo", "--config", config.to_str().unwrap()][..], &flags].concat());
    assert_eq!(disabled(address), ["skills", "usage"]);
    let page = get(address, "/metrics").text();
    let all: BTreeSet<&str> = Section::NAMES.iter().copied().collect();
    let hidden: BTreeSet<&str> = all.difference(&shown(&page)).copied().collect();
    assert_eq!(hidden, BTreeSet::from(["skills", "usage"]));
    let answer = get(address, "/metrics?collect%5B%5D=usage");
    assert_eq!((answer.status, answer.text().contains("the collector usage is disabled here")), (400, true));
    let _ = std::fs::remove_file(config);
}

#[test]
fn without_the_defaults_only_what_is_enabled_is_there_and_the_exporters_own_metrics_can_be_left_out() {
    let (_running, address) = serve(&["--demo", "--collector.disable-defaults", "--collector.runs", "--collector.sli"]);
    assert_eq!(shown(&get(address, "/metrics").text()), BTreeSet::from(["runs", "sli"]));
    let (_running, address) = serve(&["--demo", "--web.disable-exporter-metrics"]);
    assert_eq!(disabled(address), ["process", "exporter"]);
    let shown = shown(&get(address, "/metrics").text());
    assert!(!shown.contains("process") && !shown.contains("exporter") && shown.len() > 20, "{shown:?}");
}

#[test]
fn every_collector_has_its_flags_and_a_mistyped_one_is_a_line() {
    let program = || Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
    let help = String::from_utf8(program().arg("--help").output().expect("the program").stdout).expect("UTF-8");
    for section in Section::ALL {
        assert!(help.contains(&format!("--no-collector.{}\n", section.name())), "{section:?}");
    }
    let output = program().args(["serve", "--demo", "--no-collector.crom"]).output().expect("the program");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("--no-collector.crom") && said.contains("--no-collector.cron"), "{said}");
}

#[test]
fn in_a_fleet_each_instance_gives_its_parts() {
    let (_running, address) = serve(&["--demo", "--instances", "2", "--no-collector.skills"]);
    for name in ["gw-001", "gw-002"] {
        let part = get(address, &format!("/i/{name}/metrics?collect[]=runs&collect%5B%5D=other"));
        assert_eq!((part.status, shown(&part.text())), (200, BTreeSet::from(["other", "runs"])), "{name}");
        assert!(!shown(&get(address, &format!("/i/{name}/metrics")).text()).contains("skills"));
        assert_eq!(get(address, &format!("/i/{name}/metrics?collect[]=skills")).status, 400);
    }
}

#[test]
fn a_gateway_is_not_asked_for_what_is_disabled() {
    let recorded = |method: Method| {
        let name = format!("{}/../tests/data/rpc/{}.json", env!("CARGO_MANIFEST_DIR"), method.name());
        std::fs::read_to_string(&name).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let gateway = MockGateway::start(Script::answering(Method::ALL.map(|method| (method.name(), recorded(method)))));
    let flags = ["--no-collector.cron", "--no-collector.usage", "--no-collector.health"];
    let (_running, address) =
        serve(&[&["--gateway", &*gateway.url(), "--collect-interval-ms", "0"][..], &flags].concat());
    let is_told = |page: &str, method: &Method| {
        page.contains(&format!("openclaw_metrics_collector_success{{collector=\"{}\"}} 1\n", method.name()))
    };
    let off = [Section::Cron, Section::Usage, Section::Health];
    until("every other method", || {
        let page = get(address, "/metrics").text();
        Method::ALL.iter().all(|method| is_told(&page, method) || off.contains(&method.section()))
    });
    let page = get(address, "/metrics").text();
    let asked: Vec<_> =
        Method::ALL.iter().filter(|method| page.contains(&format!("method=\"{}\"", method.name()))).collect();
    assert_eq!(asked.len(), Method::ALL.len() - 5);
    assert!(asked.iter().all(|method| !off.contains(&method.section())), "{asked:?}");
    let there = entries().filter(|entry| page.contains(&format!("# TYPE {} ", entry.name)));
    assert!(there.into_iter().all(|entry| !off.contains(&entry.section)));
}
