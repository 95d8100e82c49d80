//! Foreign readers have the last word: promtool, and a real Prometheus that scrapes `serve --demo`.
//!
//! Ignored by default because they need Debian's package `prometheus`; `tests/all` installs it and runs them.
#![cfg(feature = "cli")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What promtool says about names that are the official exporter's and stay.
const KNOWN_COMPLAINTS: [&str; 2] = ["openclaw_worker_count ", "openclaw_worker_heap_sampled_count "];

/// A child that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(arguments: &[&str]) -> (Running, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["serve", "--web.listen-address", "127.0.0.1:0"])
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built with this test");
    let mut line = String::new();
    let stderr = child.stderr.take().expect("piped");
    BufReader::new(stderr).read_line(&mut line).expect("one line that says what to open");
    let address = line.trim().split("http://").nth(1).and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"));
    (Running(child), address)
}

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
    let (_server, address) = serve(&["--demo"]);
    let page = get(address, "/metrics");
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
    let others: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty() && !KNOWN_COMPLAINTS.iter().any(|known| line.starts_with(known)))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
#[ignore = "needs prometheus; tests/all installs it"]
fn a_real_prometheus_scrapes_the_demo_and_answers_sane_queries() {
    let (_server, address) = serve(&["--demo", "--speed", "20"]);
    let folder = folder("prometheus");
    let config = folder.join("prometheus.yml");
    let scrape = format!(
        "scrape_configs: [{{job_name: demo, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{{targets: ['{address}']}}]}}]\n"
    );
    std::fs::write(&config, scrape).expect("written");
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
    let _prometheus = Running(prometheus);

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

/// Asks until the answer is right: Prometheus needs its time to start and to scrape twice.
fn wait_for(port: SocketAddr, query: &str, is_right: impl Fn(f64) -> bool) {
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
