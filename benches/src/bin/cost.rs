//! `cost [SECONDS]`: what our threads take of a core while a program goes about its work; 300 seconds a size.
//!
//! A thread records 10,000 values a second in random series, another one fetches the page every 15 seconds as
//! Prometheus does; neither is counted. Counted is the time on a core of the threads whose names begin with `ocp-`:
//! the one that renders once a second, the default, and the one that serves. Prints a table as Markdown.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use benches::peers::ours;
use benches::work::{self, Grid, Random};
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Listener, Server, Site};
use openclaw_prometheus::{Bounds, Counter, Histogram, SystemClock};

/// Half of the series, and the goal: percent of a core.
const SIZES: [(Grid, f64); 2] = [(Grid([16, 16, 4]), 0.1), (Grid([32, 20, 16]), 1.0)];
/// The default of the program and of the README.
const COLLECT_INTERVAL: Duration = Duration::from_secs(1);
const SCRAPE_INTERVAL: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(10);
const RECORDINGS_EACH_PAUSE: usize = 100;
/// Until both page buffers are made and the rates are level.
const WARM_UP: Duration = Duration::from_secs(5);
const OURS: &str = "ocp-";

fn main() {
    let seconds = match std::env::args().nth(1).map(|argument| argument.parse()) {
        None => 300,
        Some(Ok(seconds)) if seconds > 0 => seconds,
        Some(_) => {
            eprintln!("cost [SECONDS]: how long to measure each size, a whole number; 300 unless said otherwise");
            std::process::exit(2);
        }
    };
    println!(
        "| processor time of our threads over {seconds} s, 10,000 recordings a second | threads, % of a core \
         | together | goal | | scrapes | bytes a scrape | Content-Encoding |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (half, goal) in SIZES {
        let Cost { threads, scrapes } = measure(half, Duration::from_secs(seconds));
        let together: f64 = threads.values().sum();
        let each: Vec<String> = threads.iter().map(|(name, percent)| format!("{name} {percent:.3}")).collect();
        let verdict = if together <= goal { "met" } else { "**missed**" };
        let bytes = scrapes.iter().map(|scrape| scrape.body_bytes).sum::<usize>() / scrapes.len();
        let encoding = scrapes[0].encoding.as_deref().unwrap_or("none, though gzip was offered");
        println!(
            "| {} series, half of them histograms of {} bounds | {} | {together:.3} | {goal} | {verdict} | {} \
             | {bytes} | {encoding} |",
            2 * half.count(),
            work::BOUNDS.len(),
            each.join(", "),
            scrapes.len(),
        );
    }
}

struct Cost {
    /// Percent of a core, by the thread's name.
    threads: BTreeMap<String, f64>,
    scrapes: Vec<Scrape>,
}

struct Scrape {
    body_bytes: usize,
    encoding: Option<String>,
}

fn measure(half: Grid, time: Duration) -> Cost {
    let registry = ours::registry(2 * half.count());
    let counters: Vec<Counter> = {
        let family = ours::counters(&registry);
        half.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect()
    };
    let histograms: Vec<Histogram> = {
        let declared = registry.histogram("call_seconds", "Length.", Bounds::new(&work::BOUNDS).expect("sorted"));
        let family = declared.labels(work::LABELS).register().expect("legal");
        half.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect()
    };
    let publisher = Publisher::new(&registry, COLLECT_INTERVAL, SystemClock::new()).expect("the only one");
    let ticker = publisher.start().expect("a thread");
    let listener = Listener::tcp("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let server = Server::start(listener, Site::new(ticker.pages())).expect("a thread");
    let address = server.address().tcp().expect("a port");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| record(&counters, &histograms, &is_over));
        std::thread::sleep(WARM_UP);
        fetch(address);
        let (before, start) = (our_times(), Instant::now());
        let scraper = scope.spawn(|| scrape(address, time));
        std::thread::sleep(time);
        let scrapes = scraper.join().expect("the server answers");
        let (after, elapsed) = (our_times(), start.elapsed());
        is_over.store(true, Relaxed);
        let percent = |time: Duration| time.as_secs_f64() / elapsed.as_secs_f64() * 100.0;
        let threads = after.into_iter().map(|(name, time)| (name.clone(), percent(time - before[&name]))).collect();
        Cost { threads, scrapes }
    })
}

/// At the rate that the heading names, in random series, until it is over.
fn record(counters: &[Counter], histograms: &[Histogram], is_over: &AtomicBool) {
    let mut random = Random(6);
    let mut next = Instant::now();
    while !is_over.load(Relaxed) {
        for _ in 0..RECORDINGS_EACH_PAUSE {
            let series = random.below(counters.len() + histograms.len());
            match counters.get(series) {
                Some(counter) => counter.inc(),
                None => histograms[series - counters.len()].observe(work::SECONDS[random.below(work::CYCLE)]),
            }
        }
        next += PAUSE;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Every 15 seconds for so long, the first in the middle of an interval; at least once.
fn scrape(address: SocketAddr, time: Duration) -> Vec<Scrape> {
    let start = Instant::now();
    let mut due = SCRAPE_INTERVAL.min(time) / 2;
    let mut scrapes = Vec::new();
    while due < time {
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        scrapes.push(fetch(address));
        due += SCRAPE_INTERVAL;
    }
    scrapes
}

fn fetch(address: SocketAddr) -> Scrape {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let request =
        format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let encoding = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-encoding").then(|| value.trim().to_string())
    });
    Scrape { body_bytes: answer.len() - end - 4, encoding }
}

/// The time on a core of each of our threads so far.
fn our_times() -> BTreeMap<String, Duration> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let times = tasks.filter_map(|task| {
        let task = task.ok()?.path();
        let name = read_to_string(task.join("comm")).ok()?.trim().to_string();
        name.starts_with(OURS).then(|| (name, time_of(&task)))
    });
    let times: BTreeMap<String, Duration> = times.collect();
    assert!(times.len() >= 2, "a thread that renders and one that serves, named {OURS}…");
    times
}

/// From `schedstat` in nanoseconds; where the kernel keeps none, from `stat` in ticks of 10 ms.
fn time_of(task: &std::path::Path) -> Duration {
    let schedstat = read_to_string(task.join("schedstat")).unwrap_or_default();
    match schedstat.split(' ').next().and_then(|field| field.parse().ok()) {
        Some(nanoseconds) if nanoseconds > 0 => Duration::from_nanos(nanoseconds),
        _ => {
            let stat = read_to_string(task.join("stat")).expect("a running thread");
            // The name may contain spaces; fields are counted from behind it: utime is the 12th, stime the 13th.
            let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
            let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
            // SAFETY: takes a number and returns one.
            let a_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
            Duration::from_secs_f64(ticks as f64 / a_second as f64)
        }
    }
}
