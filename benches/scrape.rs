//! What a scrape takes: `cargo bench --bench scrape`. Once without a socket, which is what the library adds to a server of
//! yours; and over loopback on one connection that stays, which is mostly what the system takes.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use openclaw_prometheus::publish::{Publisher, Ticker};
use openclaw_prometheus::serve::{Listener, RequestHead, Server, Site, respond};
use openclaw_prometheus::{Registry, SystemClock};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";

/// What is asked for: a name, the path, the format, the coding.
const REQUESTS: &[(&str, &str, &str, &str)] = &[
    ("text", "/metrics", "*/*", "identity"),
    ("openmetrics", "/metrics", OPEN_METRICS, "identity"),
    ("gzip", "/metrics", "*/*", "gzip"),
    ("per_object", "/metrics/per-object", "*/*", "identity"),
    ("health", "/metrics/health", "*/*", "identity"),
];

/// 2,000 series of which none changes, rendered ten times a second.
fn site() -> (Ticker, Site) {
    let registry = Registry::builder().build().expect("the defaults are within bounds");
    let family = registry.counter("calls_total", "Calls.").labels(["session"]).register().expect("legal");
    (0..2000).for_each(|number| family.with([&*format!("session-{number}")]).inc());
    let publisher = Publisher::new(&registry, Duration::from_millis(100), SystemClock::new()).expect("the only one");
    let ticker = publisher.start().expect("a thread");
    let site = Site::new(ticker.pages());
    (ticker, site)
}

/// Sends a request and reads its whole answer; how many bytes it has.
fn exchange(connection: &mut BufReader<TcpStream>, request: &str, body: &mut Vec<u8>) -> u64 {
    connection.get_mut().write_all(request.as_bytes()).expect("the server is there");
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        connection.read_line(&mut line).expect("an answer");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line == "\r\n" {
            break;
        }
        assert!(!line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.1 200"), "{line}");
    }
    body.resize(length as usize, 0);
    connection.read_exact(body).expect("the whole body");
    length
}

fn respond_to(criterion: &mut Criterion) {
    let (ticker, site) = site();
    let mut group = criterion.benchmark_group("scrape/respond");
    for (name, path, accept, coding) in REQUESTS {
        let mut head = RequestHead::new("GET", path);
        (head.accept, head.accept_encoding) = (accept, coding);
        group.bench_function(*name, |bencher| {
            bencher.iter(|| assert_eq!(black_box(respond(&site, &head).wait()).status(), 200));
        });
    }
    group.finish();
    ticker.stop();
}

fn over_loopback(criterion: &mut Criterion) {
    let (ticker, site) = site();
    let listener = Listener::tcp("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let server = Server::start(listener, site).expect("a thread");
    let stream = TcpStream::connect(server.address().tcp().expect("an address")).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let mut connection = BufReader::new(stream);
    let mut group = criterion.benchmark_group("scrape/loopback");
    let mut body = Vec::new();
    for (name, path, accept, coding) in REQUESTS {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nAccept-Encoding: {coding}\r\n\r\n");
        group.throughput(Throughput::Bytes(exchange(&mut connection, &request, &mut body)));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| black_box(exchange(&mut connection, &request, &mut body)));
        });
    }
    group.finish();
    server.stop();
    ticker.stop();
}

criterion_group!(scrape, respond_to, over_loopback);
criterion_main!(scrape);
