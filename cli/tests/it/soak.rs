//! Promise: however long and in whatever form it is scraped, the program's memory, descriptors and threads stay as they
//! are; and when it is told to go, it finishes what it is sending and goes.
//!
//! `OCP_SOAK_SECONDS` sets the length; `tests/all --long` takes minutes.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::program::{Running, serve};

/// What is scraped, in turn: path and headers.
const REQUESTS: [(&str, &str); 10] = [
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
/// Memory that may come on top after the first third: pages that somebody happens to be sent, and the allocator's business.
const SLACK_KILOBYTES: u64 = 2 << 10;
/// Scrapes a second, at the least, of those that a time of scraping is made of. On a machine that has other things to do it
/// takes longer.
const SCRAPES: u64 = 100;
/// How many times as long at most.
const PATIENCE: u32 = 10;

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

    /// Kilobytes of its own: what is mapped of its file comes and goes as the system likes.
    fn memory(&self) -> u64 {
        self.figure("RssAnon") + self.figure("VmSwap")
    }

    /// The names of its threads.
    fn threads(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.id())).expect("it runs");
        let name =
            |task: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(task.ok()?.path().join("comm")).ok();
        let mut names: Vec<String> = tasks.filter_map(name).map(|name| name.trim().to_owned()).collect();
        names.sort();
        names
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
    try_scrape(address, path, headers).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The same; or why there was no answer.
fn try_scrape(address: SocketAddr, path: &str, headers: &str) -> Result<usize, String> {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(|error| format!("{error}, after {} bytes", answer.len()))?;
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or("no whole head")?;
    if !answer.starts_with(if path == "/nothing" { b"HTTP/1.1 404" } else { b"HTTP/1.1 200" }) {
        return Err(String::from_utf8_lossy(&answer).into_owned());
    }
    Ok(answer.len() - head - 4)
}

#[test]
fn minutes_of_scrapes_in_all_formats_leave_nothing_behind() {
    let seconds: u64 = std::env::var("OCP_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let (running, address) = Watched::start(&["--demo", "--speed", "50", "--collect-interval-ms", "50"]);
    let (is_over, count, refused) = (AtomicBool::new(false), AtomicU64::new(0), Mutex::new(Vec::new()));
    // So many seconds, and the scrapes of that time; false if those do not come.
    let pass = |seconds: u64| {
        let (began, time, before) = (Instant::now(), Duration::from_secs(seconds), count.load(Ordering::Relaxed));
        let is_done = || count.load(Ordering::Relaxed) - before >= seconds * SCRAPES && began.elapsed() >= time;
        while !is_done() && began.elapsed() < time * PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        is_done()
    };
    let (first, then, is_scraped) = std::thread::scope(|scope| {
        for offset in 0..4 {
            let (is_over, count, refused) = (&is_over, &count, &refused);
            scope.spawn(move || {
                for (path, headers) in REQUESTS.iter().cycle().skip(offset * 3) {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    match try_scrape(address, path, headers) {
                        Ok(bytes) => assert!(bytes > 0, "{path}"),
                        Err(why) => refused.lock().unwrap().push(format!("{path}: {why}")),
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let is_begun = pass(seconds.div_ceil(3));
        let first = (running.memory(), running.threads());
        let is_scraped = is_begun && pass(seconds - seconds.div_ceil(3));
        let then = (running.memory(), running.threads());
        is_over.store(true, Ordering::Relaxed);
        (first, then, is_scraped)
    });
    let (count, refused) = (count.into_inner(), refused.into_inner().unwrap());
    let said = format!("{count} scrapes in {seconds} s or more: {first:?}, then {then:?}, in kB; refused: {refused:?}");
    assert!(is_scraped, "fewer than {SCRAPES} a second in {PATIENCE} times the time: {said}");
    assert!(then.0 <= first.0 + SLACK_KILOBYTES, "memory: {said}");
    assert_eq!(first.1, then.1, "threads: {said}");
    // What is too old because the machine stood still is refused.
    assert!(refused.len() as u64 <= count / 100, "refused: {said}");
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
