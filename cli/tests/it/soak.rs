//! Promise: however long and in whatever form it is scraped, the program's memory, descriptors and threads stay as they
//! are; and when it is told to go, it finishes what it is sending and goes.
//!
//! `OCP_SOAK_SECONDS` sets the length; `tests/all --long` takes minutes.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::program::{Running, serve};

/// What is scraped, in turn: path and headers.
const SCRAPES: [(&str, &str); 10] = [
    ("/metrics", ""),
    ("/metrics", "Accept-Encoding: gzip\r\n"),
    ("/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n"),
    ("/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n"),
    ("/metrics/per-object", ""),
    ("/metrics/detailed?family=model", ""),
    ("/metrics/health", ""),
    ("/", ""),
    ("/-/ready", ""),
    ("/nothing", ""),
];
/// Memory that may come on top after the first third: the allocator's business, not ours.
const SLACK_BYTES: u64 = 3 << 20;

/// The program, looked at from outside.
struct Watched(Running);

impl Watched {
    fn start(arguments: &[&str]) -> (Self, SocketAddr) {
        let (running, address) = serve(arguments);
        (Self(running), address)
    }

    fn id(&self) -> u32 {
        self.0.0.id()
    }

    fn figure(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.trim_start_matches(':').split_whitespace().next().expect(name).parse().expect(name)
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).expect("it runs").count()
    }

    fn tell(&self, signal: &str) {
        let told = Command::new("kill").args([signal, &self.id().to_string()]).status().expect("kill");
        assert!(told.success());
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("listening");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    stream
}

/// One scrape on a connection of its own; the bytes of the body.
fn scrape(address: SocketAddr, path: &str, headers: &str) -> usize {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    assert!(answer.starts_with(b"HTTP/1.1 200") || path == "/nothing", "{path}: {:?}", answer.get(..60));
    answer.len() - head - 4
}

#[test]
fn minutes_of_scrapes_in_all_formats_leave_nothing_behind() {
    let seconds = std::env::var("OCP_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let (running, address) = Watched::start(&["--demo", "--speed", "50", "--collect-interval-ms", "50"]);
    let (is_over, count) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for offset in 0..4 {
            let (is_over, count) = (&is_over, &count);
            scope.spawn(move || {
                for (path, headers) in SCRAPES.iter().cycle().skip(offset * 3) {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    assert!(scrape(address, path, headers) > 0, "{path}");
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs(seconds) / 3);
        let (memory, threads) = (running.figure("VmRSS"), running.figure("Threads"));
        std::thread::sleep(Duration::from_secs(seconds) * 2 / 3);
        let later = running.figure("VmRSS");
        is_over.store(true, Ordering::Relaxed);
        assert!(later * 1024 <= memory * 1024 + SLACK_BYTES, "{memory} kB, then {later} kB");
        assert_eq!(running.figure("Threads"), threads);
    });
    let count = count.into_inner();
    assert!(count > 100 * seconds, "{count} scrapes in {seconds} s");
    // Descriptors of closed connections are gone, but for the few that are always open.
    support::deadline::until("descriptors to be closed", || running.descriptors() < 20);
}

#[test]
fn told_to_go_it_finishes_what_it_is_sending() {
    for signal in ["-TERM", "-INT"] {
        // It gives half a second, which a machine that stands still for a moment takes away.
        let is_finished = (0..5).any(|_| finishes(signal));
        assert!(is_finished, "{signal}: cut in each of five runs");
    }
}

/// Whether an answer was finished; all else has to be right in any case.
fn finishes(signal: &str) -> bool {
    let (mut running, address) = Watched::start(&["--demo"]);
    let whole = scrape(address, "/metrics", "");
    // A client that has half of an answer, and one that is silent.
    let mut slow = connect(address);
    let _silent = connect(address);
    write!(slow, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
    let mut answer = vec![0; whole / 2];
    slow.read_exact(&mut answer).expect("half of it");
    running.tell(signal);
    let _ = slow.read_to_end(&mut answer);
    let mut status = None;
    support::deadline::until("the program to end", || {
        status = running.0.0.try_wait().expect("a child");
        status.is_some()
    });
    assert_eq!(status.and_then(|status| status.code()), Some(0), "{signal}");
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    answer.len() > whole
}
