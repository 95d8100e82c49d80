use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::migration::RULES;
use crate::program::Running;
use openclaw_prometheus::encode::{Format, FormatSet};
use openclaw_prometheus::openclaw::catalogue::{Section, Source, entries, migrations, section_of};
use openclaw_prometheus::openclaw::rpc::Method;
use openclaw_prometheus::publish::{self, Publisher};
use openclaw_prometheus::serve::{self, Answered, Listener, Server, Site};
use openclaw_prometheus::{MetricKind, SystemClock, encode};
use support::deadline::until;
use support::gateway::{MockGateway, Script};
use support::page::Page;

/// What promtool says about names that are the official exporter's and stay.
const KNOWN_COMPLAINTS: [&str; 2] = ["openclaw_worker_count ", "openclaw_worker_heap_sampled_count "];

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("listening");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    body.into()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

#[test]
#[ignore = "needs promtool; tests/all installs it"]
fn promtool_accepts_the_page_but_for_two_official_names() {
    let (_server, address) = crate::program::serve(&["--demo"]);
    assert_eq!(complaints(&get(address, "/metrics")), [""; 0]);
}

#[test]
#[ignore = "needs promtool; tests/all installs it"]
fn promtool_is_silent_on_what_a_gateway_answers() {
    let gateway = answering_gateway();
    let (_server, address) = asking(&gateway);
    let page = get(address, "/metrics");
    let families = entries().filter(|entry| entry.source == Source::Rpc);
    let missing: Vec<&str> =
        families.map(|entry| entry.name).filter(|name| !page.contains(&format!("# TYPE {name} "))).collect();
    assert_eq!(missing, [""; 0]);
    assert_eq!(complaints(&page), [""; 0]);
}

/// What promtool says about a page, but for the official names that stay.
fn complaints(page: &str) -> Vec<String> {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed");
    promtool.stdin.take().expect("piped").write_all(page.as_bytes()).expect("written");
    let output = promtool.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("error"), "{said}");
    let is_known = |line: &str| KNOWN_COMPLAINTS.iter().any(|known| line.starts_with(known));
    said.lines().filter(|line| !line.trim().is_empty() && !is_known(line)).map(str::to_owned).collect()
}

/// A Gateway that answers each method with what is recorded of it.
fn answering_gateway() -> MockGateway {
    let recorded = |method: Method| {
        let name = format!("{}/../tests/data/rpc/{}.json", env!("CARGO_MANIFEST_DIR"), method.name());
        std::fs::read_to_string(&name).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    MockGateway::start(Script::answering(Method::ALL.map(|method| (method.name(), recorded(method)))))
}

/// The program beside it, once it has asked everything.
fn asking(gateway: &MockGateway) -> (Running, SocketAddr) {
    let (server, address) = crate::program::serve(&["--gateway", &gateway.url(), "--collect-interval-ms", "0"]);
    let is_told = |page: &str, method: &Method| {
        page.contains(&format!("openclaw_metrics_collector_success{{collector=\"{}\"}} 1\n", method.name()))
    };
    until("every method", || {
        let page = get(address, "/metrics");
        Method::ALL.iter().all(|method| is_told(&page, method))
    });
    (server, address)
}

#[test]
#[ignore = "needs prometheus; tests/all installs it"]
fn a_real_prometheus_scrapes_the_demo_and_answers_sane_queries() {
    let (_server, address) = crate::program::serve(&["--demo", "--speed", "20"]);
    let (_prometheus, port, folder) = prometheus(&[("demo", address)]);

    wait_for(port, "up", |value| value == 1.0);
    wait_for(port, "scrape_samples_scraped", |value| value > 500.0);
    wait_for(port, "scrape_duration_seconds", |value| value < 0.5);
    // The sample replayed at 20 times its pace: some events a second, and by no means thousands.
    wait_for(port, "sum(rate(openclaw_queue_lane_wait_seconds_count[10s]))", |value| 0.05 < value && value < 1000.0);
    wait_for(port, "sum(rate(openclaw_gateway_rpc_requests_total[10s]))", |value| 0.05 < value && value < 1000.0);
    let quantile = "histogram_quantile(0.9, sum by (le) (rate(openclaw_model_call_duration_seconds_bucket[10s])))";
    wait_for(port, quantile, |value| 0.001 < value && value <= 600.0);
    wait_for(port, "sum(openclaw_model_call_total)", |value| value >= 1.0);
    let types = get(port, "/api/v1/metadata?metric=openclaw_model_call_duration_seconds");
    assert!(types.contains("\"type\":\"histogram\""), "{types}");
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
#[ignore = "needs prometheus; tests/all installs it"]
fn a_real_prometheus_scrapes_the_collectors_that_it_names() {
    let (_server, address) = crate::program::serve(&["--demo", "--speed", "20", "--no-collector.cron"]);
    let folder = folder("named");
    let collected = "params: {'collect[]': [runs, sli]}";
    let excluded = "params: {'exclude[]': [models, tools]}";
    let refused = "params: {'collect[]': [cron]}";
    let jobs = [("some", collected), ("others", excluded), ("refused", refused)];
    let (_prometheus, port) = prometheus_in(&folder, &jobs.map(|(job, params)| (job, address, params)), &[]);
    for (job, up) in [("some", 1.0), ("others", 1.0), ("refused", 0.0)] {
        wait_for(port, &format!("up{{job=\"{job}\"}}"), |value| value == up);
    }
    wait_for(port, "count(openclaw_run_completed_total{job=\"some\"})", |value| value >= 1.0);
    wait_for(port, "count(openclaw_run_completed_total{job=\"others\"})", |value| value >= 1.0);
    let names = |job: &str| -> BTreeSet<String> {
        let answer =
            ask(port, &format!("group by (__name__) ({{job=\"{job}\",__name__=~\"(openclaw|process|nodejs).*\"}})"));
        let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).expect("JSON");
        let result = body["data"]["result"].as_array().expect("series");
        result.iter().map(|one| one["metric"]["__name__"].as_str().expect("a name").to_owned()).collect()
    };
    let section = |name: &String| {
        let of = |name: &str| Section::ALL[section_of(name)];
        let ends = ["_bucket", "_sum", "_count"].iter().filter_map(|end| name.strip_suffix(end));
        ends.map(of).chain([of(name)]).find(|section| *section != Section::Other).unwrap_or(Section::Other)
    };
    let some: BTreeSet<Section> = names("some").iter().map(section).collect();
    assert_eq!(some, BTreeSet::from([Section::Runs, Section::Sli]));
    let others: BTreeSet<Section> = names("others").iter().map(section).collect();
    assert!(!others.contains(&Section::Models) && !others.contains(&Section::Tools) && others.len() > 10, "{others:?}");
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
#[ignore = "needs promtool; tests/all installs it"]
fn promtool_accepts_each_collectors_part() {
    let (_server, address) = crate::program::serve(&["--demo"]);
    for name in Section::NAMES {
        let part = get(address, &format!("/metrics?collect[]={name}"));
        assert_eq!(complaints(&part), [""; 0], "{name}");
    }
}

#[test]
#[ignore = "needs prometheus and promtool; tests/all installs them"]
fn the_rules_bring_the_old_names_back_with_their_labels() {
    let checked = Command::new("promtool").args(["check", "rules", RULES]).output().expect("promtool is installed");
    assert!(checked.status.success(), "{checked:?}");
    let (_server, address) = crate::program::serve(&["--demo", "--speed", "20"]);
    let gateway = answering_gateway();
    let (_asking, asked) = asking(&gateway);
    let (_prometheus, port, folder) = prometheus_with(&[("renamed", address), ("asked", asked)], &[RULES]);
    wait_for(port, "sum(openclaw_usage_tokens_input_total)", |value| value >= 1.0);
    wait_for(port, "sum(openclaw_tool_calls_total)", |value| value >= 1.0);
    // A rule is of the second before.
    let lag = "sum(openclaw_tool_execution_total) - sum(openclaw_tool_calls_total)";
    wait_for(port, lag, |value| (0.0..=50.0).contains(&value));
    let written = std::fs::read_to_string(RULES).expect("the rules");
    let records: BTreeSet<&str> = written.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).collect();
    let mut seen = 0;
    for old in migrations() {
        let ends: &[&str] = if old.kind == MetricKind::Histogram { &["_bucket", "_sum", "_count"] } else { &[""] };
        for end in ends {
            let name = format!("{}{end}", old.name);
            if !records.contains(name.as_str()) {
                continue;
            }
            let series = series(port, &name);
            seen += usize::from(!series.is_empty());
            for labels in series {
                let mut expected: BTreeSet<&str> = old.labels.iter().copied().collect();
                expected.extend(["__name__", "instance", "job"]);
                // What Prometheus makes of a label that it has itself; it made that of the old ones, too.
                if old.labels.contains(&"job") {
                    expected.insert("exported_job");
                }
                if *end == "_bucket" {
                    expected.insert("le");
                }
                let labels: BTreeSet<&str> = labels.iter().map(String::as_str).collect();
                // A label without a value is none.
                assert!(labels.is_subset(&expected), "{name}: {labels:?}");
            }
        }
    }
    assert!(seen >= 80, "{seen} of {} rules have series", records.len());
    let told = get(port, "/api/v1/rules");
    assert!(told.contains("\"health\":\"ok\"") && !told.contains("\"health\":\"err\""), "{told}");
    let _ = std::fs::remove_dir_all(folder);
}

/// The names of the labels of each series of this name.
fn series(port: SocketAddr, name: &str) -> Vec<BTreeSet<String>> {
    let answer = ask(port, name);
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let result = body["data"]["result"].as_array().expect("series");
    result.iter().map(|one| one["metric"].as_object().expect("labels").keys().cloned().collect()).collect()
}

/// A Prometheus that scrapes each of these once a second; where it listens, and its folder.
fn prometheus(jobs: &[(&str, SocketAddr)]) -> (Running, SocketAddr, PathBuf) {
    prometheus_with(jobs, &[])
}

/// The same, with rules that are evaluated once a second.
fn prometheus_with(jobs: &[(&str, SocketAddr)], rules: &[&str]) -> (Running, SocketAddr, PathBuf) {
    let folder = folder(jobs[0].0);
    let jobs: Vec<_> = jobs.iter().map(|(job, address)| (*job, *address, "params: {}")).collect();
    let (running, port) = prometheus_in(&folder, &jobs, rules);
    (running, port, folder)
}

/// The same in this folder, each job with its parameters.
fn prometheus_in(folder: &Path, jobs: &[(&str, SocketAddr, &str)], rules: &[&str]) -> (Running, SocketAddr) {
    let jobs = jobs.iter().map(|(job, address, params)| {
        let targets = format!("static_configs: [{{targets: ['{address}']}}]");
        format!("{{job_name: {job}, scrape_interval: 1s, scrape_timeout: 1s, {params}, {targets}}}")
    });
    let scrapes = jobs.collect::<Vec<_>>().join(", ");
    let rules = rules.iter().map(|file| format!("'{file}'")).collect::<Vec<_>>().join(", ");
    let text = format!("global: {{evaluation_interval: 1s}}\nrule_files: [{rules}]\nscrape_configs: [{scrapes}]\n");
    configured(folder, &text)
}

/// One that is configured so, in this folder.
pub(crate) fn configured(folder: &Path, text: &str) -> (Running, SocketAddr) {
    let config = folder.join("prometheus.yml");
    std::fs::write(&config, text).expect("written");
    // Taken and given back, so that Prometheus finds a free port.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let prometheus = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={port}"))
        .args(["--log.level=error"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus is installed");
    (Running(prometheus), port)
}

#[test]
#[ignore = "needs prometheus; tests/all installs it"]
fn a_real_prometheus_reads_every_kind_of_metric_in_each_format_packed() {
    let (text, open_metrics) = (Page::new(false), Page::new(true));
    let seen = Arc::new(Seen::default());
    let serve = |page: &Page, offered| {
        let interval = Duration::from_millis(200);
        let mut publisher = Publisher::new(&page.registry, interval, SystemClock::new()).expect("one");
        publisher.observer(seen.clone());
        let ticker = publisher.start().expect("a thread");
        let site = Site::new(ticker.pages()).formats(offered, true).observer(seen.clone());
        let server = Server::start(Listener::tcp(([127, 0, 0, 1], 0).into()).expect("a port"), site).expect("a port");
        (server, ticker)
    };
    let (text_server, _text_ticker) = serve(&text, FormatSet::ALL.without(Format::OpenMetrics));
    let (open_metrics_server, _open_metrics_ticker) = serve(&open_metrics, FormatSet::ALL);
    let (_prometheus, port, folder) =
        prometheus(&[("text", tcp(&text_server)), ("openmetrics", tcp(&open_metrics_server))]);
    for (job, page, whole) in [
        ("text", &text, encode::text(&text.registry)),
        ("openmetrics", &open_metrics, encode::open_metrics(&open_metrics.registry)),
    ] {
        let lines = whole.lines().filter(|line| !line.starts_with('#')).count() as f64;
        wait_for(port, &format!("up{{job=\"{job}\"}}"), |value| value == 1.0);
        wait_for(port, &format!("scrape_samples_scraped{{job=\"{job}\"}}"), |value| value == lines);
        // Every label value came through, whatever it tries to break.
        let answer = ask(port, &format!("calls_total{{job=\"{job}\"}}"));
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let found: BTreeSet<String> = body["data"]["result"]
            .as_array()
            .expect("series")
            .iter()
            .map(|series| series["metric"]["text"].as_str().unwrap_or("").to_owned())
            .collect();
        let sent = label_values(page, "calls_total", 1);
        assert!(sent.len() > 20 && found == sent, "{job}: {:?}", found.symmetric_difference(&sent).collect::<Vec<_>>());
    }
    let seen: Vec<&str> = seen.0.lock().expect("not poisoned").iter().copied().collect();
    assert_eq!(seen, ["openmetrics", "openmetrics packed", "text", "text packed"]);
    let _ = std::fs::remove_dir_all(folder);
}

fn tcp(server: &Server) -> SocketAddr {
    server.address().tcp().expect("a port")
}

/// Which formats were packed, and which were answered with.
#[derive(Default)]
struct Seen(Mutex<BTreeSet<&'static str>>);

impl publish::RenderObserver for Seen {
    fn rendered(&self, _: Duration) {}

    fn published(&self, _: &publish::Page, _: Duration) {}

    fn compressed(&self, page: &publish::Page, _: usize, _: Duration) {
        let is_text = page.format() == encode::Format::Text;
        self.0.lock().expect("not poisoned").insert(if is_text { "text packed" } else { "openmetrics packed" });
    }
}

impl serve::RequestObserver for Seen {
    fn began(&self) {}

    fn answered(&self, answer: &Answered) {
        assert_eq!(answer.status, 200);
        self.0.lock().expect("not poisoned").insert(answer.format);
    }
}

/// The values of label number `label` of a family.
fn label_values(page: &Page, family: &str, label: usize) -> BTreeSet<String> {
    let mut reader = page.registry.reader_once();
    let reading = reader.read();
    let blocks = reading.order().iter().map(|block| reading.block(*block));
    let blocks = blocks.filter(|block| reading.family(block).1.name() == family);
    blocks.flat_map(|block| (0..block.len()).map(move |place| reading.label(block, place, label).to_owned())).collect()
}

/// Asks until the answer is right: Prometheus needs its time to start and to scrape twice.
pub(crate) fn wait_for(port: SocketAddr, query: &str, is_right: impl Fn(f64) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut last = String::from("no answer");
    while Instant::now() < deadline {
        if TcpStream::connect(port).is_ok() {
            last = ask(port, query);
            if value(&last).is_some_and(&is_right) {
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    panic!("{query}: {last}");
}

fn ask(address: SocketAddr, query: &str) -> String {
    let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut stream = TcpStream::connect(address).expect("listening");
    write!(stream, "GET /api/v1/query?query={encoded} HTTP/1.0\r\n\r\n").expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// The one value of an instant vector: `"value":[TIME,"VALUE"]`.
fn value(answer: &str) -> Option<f64> {
    let rest = answer.split("\"value\":[").nth(1)?;
    rest.split('"').nth(1)?.parse().ok()
}
