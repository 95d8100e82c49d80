//! The servers: ours, the peers as their documentation sets them up, and what no server is below.

use std::convert::Infallible;
use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use benches::crew::pin;
use benches::peers::{self, observations, ours};
use benches::work::{self, Random};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use openclaw_prometheus::publish::{Publisher, Ticker};
use openclaw_prometheus::serve::{Listener, Server, Site};
use openclaw_prometheus::{Bounds, ManualClock, SystemClock};
use prometheus::{Encoder, Registry, TextEncoder};

use crate::Series;
use crate::client::Coding;

pub const OURS: &str = "ours";
/// The listener of `metrics-exporter-prometheus`, which has no gzip.
pub const METRICS: &str = "metrics";
/// `prometheus` in a handler of hyper; gzip at level 1, and at the default level.
pub const PROMETHEUS: &str = "prometheus";
pub const PROMETHEUS_DEFAULT: &str = "prometheus(level 6)";
/// A hyper server that sends a constant body.
pub const CONSTANT: &str = "constant";
/// A thread that reads the request and writes a constant answer.
pub const BARE: &str = "bare write";

const COLLECT_INTERVAL: Duration = Duration::from_secs(1);
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A server at work.
struct Running {
    port: u16,
    /// Changes every value.
    change: Box<dyn FnMut()>,
    /// The thread that serves, by the beginning of its name.
    thread: &'static str,
    _held: Box<dyn std::any::Any>,
}

/// The work of the process: a server on core 1, and changes by this thread, on core 0, when they are asked for.
pub fn run(server: &str, series: Series, coding: Coding) {
    pin(1);
    let mut running = match server {
        OURS => ours(series),
        METRICS => metrics(series),
        PROMETHEUS => prometheus(series, (coding == Coding::Gzip).then_some(Compression::fast())),
        PROMETHEUS_DEFAULT => prometheus(series, (coding == Coding::Gzip).then_some(Compression::default())),
        CONSTANT => constant(series, coding),
        BARE => bare(series, coding),
        _ => crate::usage(),
    };
    pin(0);
    println!("{}", running.port);
    let mut serving = None;
    for line in std::io::stdin().lock().lines() {
        match line.as_deref() {
            Ok("change") => {
                (running.change)();
                println!("changed");
            }
            Ok("used") => {
                let all = time(libc::CLOCK_PROCESS_CPUTIME_ID) - time(libc::CLOCK_THREAD_CPUTIME_ID);
                // A thread names itself: by now it has.
                let serving = serving.get_or_insert_with(|| clock_of(thread_named(running.thread)));
                println!("{} {}", time(*serving).as_nanos(), all.as_nanos());
            }
            _ => break,
        }
    }
    // Servers of peers have no end of their own.
    std::process::exit(0);
}

/// A thread's number.
fn thread_named(beginning: &str) -> i32 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let found = tasks.filter_map(|task| {
        let task = task.ok()?;
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        name.starts_with(beginning).then(|| task.file_name().to_str()?.parse().ok()).flatten()
    });
    found.max().expect("the serving thread")
}

/// The clock of a thread's time on a core: the kernel's encoding, as in `pthread_getcpuclockid`.
fn clock_of(thread: i32) -> libc::clockid_t {
    (!thread << 3) | 6
}

fn time(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is written to a place of ours.
    let status = unsafe { libc::clock_gettime(clock, &mut time) };
    assert_eq!(status, 0, "a clock of this process");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Our counters and histograms, at what each page starts with, and their changes.
pub fn our_series(series: Series) -> (openclaw_prometheus::Registry, impl FnMut() + Send) {
    let registry = ours::registry(series.counters.count() + series.histograms.count());
    let family = ours::counters(&registry);
    let counters: Vec<_> =
        series.counters.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect();
    let declared = registry.histogram("call_seconds", "Length.", Bounds::new(&work::BOUNDS).expect("sorted"));
    let family = declared.labels(work::LABELS).register().expect("legal");
    let histograms: Vec<_> =
        series.histograms.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect();
    counters.iter().enumerate().for_each(|(index, counter)| counter.add(work::start(index)));
    for (index, histogram) in histograms.iter().enumerate() {
        observations(index).for_each(|value| histogram.observe(value as f64 / 1000.0));
    }
    let mut changes = Changes::default();
    let change = move || {
        counters.iter().for_each(|counter| counter.add(changes.step()));
        histograms.iter().for_each(|histogram| histogram.observe(changes.seconds()));
    };
    (registry, change)
}

/// What every value changes by; the same for all servers.
struct Changes(Random);

impl Default for Changes {
    fn default() -> Self {
        Self(Random(7))
    }
}

impl Changes {
    fn step(&mut self) -> u64 {
        1 + self.0.below(1000) as u64
    }

    fn seconds(&mut self) -> f64 {
        work::SECONDS[self.0.below(work::CYCLE)]
    }
}

fn ours(series: Series) -> Running {
    let (registry, change) = our_series(series);
    let publisher = Publisher::new(&registry, COLLECT_INTERVAL, SystemClock::new()).expect("the only one");
    let ticker: Ticker = publisher.start().expect("a thread");
    let server = Server::start(Listener::tcp(ANY_PORT).expect("a port"), Site::new(ticker.pages())).expect("a port");
    let port = server.address().port().expect("a TCP port");
    Running { port, change: Box::new(change), thread: "ocp-http", _held: Box::new((ticker, server, registry)) }
}

/// As its documentation has it: `install` starts a thread with a runtime of its own.
fn metrics(series: Series) -> Running {
    // It does not tell which port it got.
    let address = TcpListener::bind(ANY_PORT).and_then(|listener| listener.local_addr()).expect("a port");
    let builder = PrometheusBuilder::new().with_http_listener(address);
    let builder = builder.set_buckets_for_metric(Matcher::Full("call_seconds".into()), &work::BOUNDS).expect("bounds");
    builder.install().expect("a listener");
    let metadata = &peers::metrics::METADATA;
    let key = |name, labels: [String; 3]| peers::metrics::key_of(name, labels.each_ref().map(|value| &**value));
    let (counters, histograms): (Vec<_>, Vec<_>) = ::metrics::with_recorder(|recorder| {
        let counters =
            series.counters.all().map(|labels| recorder.register_counter(&key("calls_total", labels), metadata));
        let histograms =
            series.histograms.all().map(|labels| recorder.register_histogram(&key("call_seconds", labels), metadata));
        (counters.collect(), histograms.collect())
    });
    counters.iter().enumerate().for_each(|(index, counter)| counter.increment(work::start(index)));
    for (index, histogram) in histograms.iter().enumerate() {
        observations(index).for_each(|value| histogram.record(value as f64 / 1000.0));
    }
    let mut changes = Changes::default();
    let change = move || {
        counters.iter().for_each(|counter| counter.increment(changes.step()));
        histograms.iter().for_each(|histogram| histogram.record(changes.seconds()));
    };
    Running { port: address.port(), change: Box::new(change), thread: "metrics-exporte", _held: Box::new(()) }
}

fn prometheus(series: Series, level: Option<Compression>) -> Running {
    let (registry, all_counters, all_histograms) =
        (Registry::new(), peers::prometheus::counters(), peers::prometheus::histograms());
    registry.register(Box::new(all_counters.clone())).expect("new");
    registry.register(Box::new(all_histograms.clone())).expect("new");
    let counters: Vec<_> = series.counters.all().map(|labels| all_counters.with_label_values(&labels)).collect();
    let histograms: Vec<_> = series.histograms.all().map(|labels| all_histograms.with_label_values(&labels)).collect();
    counters.iter().enumerate().for_each(|(index, counter)| counter.inc_by(work::start(index)));
    for (index, histogram) in histograms.iter().enumerate() {
        observations(index).for_each(|value| histogram.observe(value as f64 / 1000.0));
    }
    let mut changes = Changes::default();
    let change = move || {
        counters.iter().for_each(|counter| counter.inc_by(changes.step()));
        histograms.iter().for_each(|histogram| histogram.observe(changes.seconds()));
    };
    let make = move || {
        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).expect("memory");
        let Some(level) = level else { return text.into() };
        let mut packer = GzEncoder::new(Vec::new(), level);
        packer.write_all(&text).expect("memory");
        packer.finish().expect("memory").into()
    };
    Running {
        port: hyper_server(make, level.is_some()),
        change: Box::new(change),
        thread: "serving",
        _held: Box::new(()),
    }
}

fn constant(series: Series, coding: Coding) -> Running {
    let body = Bytes::from(our_body(series, coding));
    let port = hyper_server(move || body.clone(), coding == Coding::Gzip);
    Running { port, change: Box::new(|| {}), thread: "serving", _held: Box::new(()) }
}

/// A page of ours, after a change.
fn our_body(series: Series, coding: Coding) -> Vec<u8> {
    let (registry, mut change) = our_series(series);
    let mut publisher = Publisher::new(&registry, COLLECT_INTERVAL, ManualClock::new()).expect("the only one");
    change();
    publisher.tick();
    let text = publisher.pages().current().to_vec();
    match coding {
        Coding::Identity => text,
        Coding::Gzip => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(&text).expect("memory");
            packer.finish().expect("memory")
        }
    }
}

/// A handler on a current-thread runtime, in a thread of its own.
fn hyper_server(make: impl Fn() -> Bytes + Send + Sync + 'static, is_gzip: bool) -> u16 {
    let listener = TcpListener::bind(ANY_PORT).expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let port = listener.local_addr().expect("a port").port();
    let make = Arc::new(make);
    let serve = async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            let make = make.clone();
            let service = service_fn(move |_: Request<Incoming>| {
                let mut response = Response::new(Full::new(make()));
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
                if is_gzip {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                async move { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(async move {
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("an event queue");
    let thread = std::thread::Builder::new().name("serving".into());
    thread.spawn(move || runtime.block_on(serve)).expect("a thread");
    port
}

/// One connection at a time.
fn bare(series: Series, coding: Coding) -> Running {
    let body = our_body(series, coding);
    let encoding = if coding == Coding::Gzip { "Content-Encoding: gzip\r\n" } else { "" };
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n{encoding}Content-Length: \
         {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(&body);
    let listener = TcpListener::bind(ANY_PORT).expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let serve = move || {
        let mut request = [0; 4096];
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            // The client sends a request at once, and the next one after the answer.
            while stream.read(&mut request).is_ok_and(|read| read > 0) && stream.write_all(&answer).is_ok() {}
        }
    };
    std::thread::Builder::new().name("serving".into()).spawn(serve).expect("a thread");
    Running { port, change: Box::new(|| {}), thread: "serving", _held: Box::new(()) }
}
