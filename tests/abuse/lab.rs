//! What every case runs in: a server of a page, somebody who scrapes it all the time, and books on what is held.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{self, Page, Publisher, Ticker};
use openclaw_prometheus::serve::{Limits, RequestHead, Site, respond};
use openclaw_prometheus::{Registry, SystemClock};

use crate::peer::Peer;
use crate::server::{ANY, Place, Running, SUBJECTS, Subject};
use support::deadline::until;
use support::this_process::{descriptors, threads_named};

pub(crate) const GET: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
const GET_PACKED: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";

/// In what time everybody else is answered, whatever a case does.
/// Unoptimised, accepting a flood of connections takes several times as long as it does for users.
const ANSWERED_IN: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });
/// How many scrapes see a case at least.
const SCRAPES: usize = 5;
/// How often a case is run when only the scrapes beside it were late.
pub(crate) const RUNS: usize = 4;
/// What the process may hold more after a case: what the test harness itself takes for its next test.
const SLACK_BYTES: i64 = 64 << 10;
/// And with TLS: the sessions that clients may go on with, of which rustls keeps 256.
const SESSIONS_BYTES: i64 = 512 << 10;

/// The limits of the suite: those of time are shorter, so that it does not take long.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.head = Duration::from_millis(800);
    limits.idle = Duration::from_millis(1500);
    limits.stall = Duration::from_millis(800);
    limits.answer = Duration::from_secs(4);
    limits.linger = Duration::from_millis(300);
    limits
}

/// A page that is served.
pub(crate) struct Fixture {
    pub(crate) site: Arc<Site>,
    pub(crate) page_bytes: usize,
    /// How often a page was packed.
    pub(crate) packings: Arc<Packings>,
    _ticker: Ticker,
}

/// A page of 200 KB.
pub(crate) static SMALL: LazyLock<Fixture> = LazyLock::new(|| Fixture::new(400));
/// A page of 10 MB.
pub(crate) static BIG: LazyLock<Fixture> = LazyLock::new(|| Fixture::new(20_000));

#[derive(Default)]
pub(crate) struct Packings(pub(crate) AtomicU64);

impl publish::RenderObserver for Packings {
    fn rendered(&self, _: Duration) {}

    fn published(&self, _: &Page, _: Duration) {}

    fn compressed(&self, _: &Page, _: usize, _: Duration) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Fixture {
    /// About 500 bytes for each series.
    pub(crate) fn new(series: u32) -> Self {
        let room = Registry::builder().series(series + 64).label_bytes((series + 64) << 10);
        let registry = room.rejections_family(None).build().unwrap();
        let filling = registry.counter("filling_total", "").labels(["a"]).register().unwrap();
        for number in 0..series {
            filling.with([&format!("{number:0480}")]).inc();
        }
        let mut publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new()).unwrap();
        publisher.keep(Format::Text);
        publisher.keep(Format::OpenMetrics);
        let packings = Arc::new(Packings::default());
        publisher.observer(packings.clone());
        publisher.tick();
        let page_bytes = publisher.pages().current().len();
        let ticker = publisher.start().unwrap();
        Self { site: Arc::new(Site::new(ticker.pages())), page_bytes, packings, _ticker: ticker }
    }
}

/// Where a case runs.
pub(crate) struct Lab {
    pub(crate) subject: &'static Subject,
    pub(crate) fixture: &'static Fixture,
    pub(crate) address: Place,
}

/// How a connection is after its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It takes the next request.
    Open,
    /// The server has closed it, without another byte.
    Closed,
}

impl Lab {
    pub(crate) fn connect(&self) -> Peer {
        Peer::connect(self.address)
    }

    pub(crate) fn connect_many(&self, count: usize) -> Vec<Peer> {
        (0..count).map(|_| self.connect()).collect()
    }

    /// Sends `bytes` on a new connection: these statuses come, and then this.
    #[track_caller]
    pub(crate) fn expect(&self, bytes: impl AsRef<[u8]>, statuses: &[u16], then: Then) {
        let shown = String::from_utf8_lossy(&bytes.as_ref()[..bytes.as_ref().len().min(200)]).into_owned();
        let mut peer = self.connect();
        peer.send(bytes);
        for status in statuses {
            let answer = peer.answer().unwrap_or_else(|| panic!("closed and not answered {status}: {shown:?}"));
            assert_eq!(answer.status, *status, "{shown:?}");
        }
        match then {
            Then::Closed => {
                assert!(peer.is_closed(), "open, or more than was asked for: {shown:?}");
                assert!(peer.is_ended(), "closed without a word: {shown:?}");
            }
            Then::Open => {
                peer.send(GET);
                let answer = peer.answer().unwrap_or_else(|| panic!("closed: {shown:?}"));
                assert_eq!((answer.status, answer.body.len()), (200, self.fixture.page_bytes), "{shown:?}");
            }
        }
    }

    /// Another server of the same site, which the case may stop or fill, while the lab's is scraped on.
    pub(crate) fn another(&self, limits: Limits) -> Box<dyn Running> {
        (self.subject.start)(ANY, self.fixture.site.clone(), limits).unwrap()
    }

    pub(crate) fn server_threads(&self) -> usize {
        threads_named(self.subject.threads)
    }
}

/// Threads, descriptors and memory of the process are looked at: one case at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Keeps all cases away.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a case against each server that has no exception to it.
pub(crate) fn run(name: &str, fixture: &'static LazyLock<Fixture>, case: fn(&Lab)) {
    let _alone = alone();
    for subject in SUBJECTS {
        for run in 1.. {
            match attempt(subject, fixture, case) {
                Ok(()) => break,
                Err(late) => assert!(run < RUNS, "{name}, {}: {late}", subject.name),
            }
        }
    }
}

/// Runs a case once. An error says that those who scraped meanwhile had to wait.
fn attempt(subject: &'static Subject, fixture: &'static LazyLock<Fixture>, case: fn(&Lab)) -> Result<(), String> {
    let server = (subject.start)(ANY, fixture.site.clone(), limits()).unwrap();
    let lab = Lab { subject, fixture, address: server.address() };
    // What is made at the first use is made before the books are opened.
    scrape(&lab, GET);
    scrape(&lab, GET_PACKED);
    drop(respond(&fixture.site, &RequestHead::new("GET", "/metrics/per-object")).wait());
    until("the first connection to be closed", || connections_of(&lab) == 0);
    let (memory, descriptors, threads) = (settled_memory(), descriptors(), lab.server_threads());
    let slack = if subject.is_tls { SLACK_BYTES + SESSIONS_BYTES } else { SLACK_BYTES };
    let verdict = judge(&beside(&lab, || case(&lab)));
    until("the memory to be given back", || support::allocator::process_live_bytes() <= memory + slack);
    until("the descriptors to be closed", || support::this_process::descriptors() <= descriptors);
    until("the threads to end", || lab.server_threads() == threads);
    server.stop();
    until("the server's threads to end", || threads_named(subject.threads) == 0);
    verdict
}

/// Established connections that the server still has: they show as descriptors that are sockets of its port.
fn connections_of(lab: &Lab) -> usize {
    connections_at(lab.address.at.port())
}

/// The same of the server at a port.
pub(crate) fn connections_at(port: u16) -> usize {
    let port = format!(":{port:04X}");
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("Linux");
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    // Local address, state: 0A listens, 06 waits for stray packets and belongs to nobody.
    rows.filter(|row| row[1].ends_with(&port) && row[3] != "0A" && row[3] != "06").count()
}

/// What the process holds once that is steady.
fn settled_memory() -> i64 {
    let mut before = support::allocator::process_live_bytes();
    until("the memory to be steady", || {
        std::thread::yield_now();
        let now = support::allocator::process_live_bytes();
        let is_steady = (now - before).abs() < 1 << 10;
        before = now;
        is_steady
    });
    before
}

// --- those who scrape beside it

/// How long each round took.
#[derive(Default)]
struct Times {
    scrapes: Vec<Round>,
    /// The same bytes from a thread that only sends: how late this machine itself was.
    machine: Vec<Round>,
}

#[derive(Clone)]
pub(crate) struct Round {
    pub(crate) began: Instant,
    pub(crate) took: Duration,
}

impl Round {
    pub(crate) fn time(work: impl FnOnce()) -> Self {
        let began = Instant::now();
        work();
        Self { began, took: began.elapsed() }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.began <= other.began + other.took && other.began <= self.began + self.took
    }

    /// What it took without what the machine was late by meanwhile.
    pub(crate) fn own(&self, machine: &[Self]) -> Duration {
        let late = machine.iter().filter(|round| round.overlaps(self)).map(|round| round.took).max();
        self.took.saturating_sub(late.unwrap_or_default())
    }
}

/// Runs `case` while others scrape.
fn beside(lab: &Lab, case: impl FnOnce()) -> Times {
    let is_over = AtomicBool::new(false);
    // A page of 10 MB is taken packed, as every scraper does.
    let request = if lab.fixture.page_bytes > 1 << 20 { GET_PACKED } else { GET };
    // Made before the case, which counts what is held meanwhile.
    let (mut rounds, machine_rounds) = (Vec::with_capacity(1 << 14), Vec::with_capacity(1 << 14));
    std::thread::scope(|scope| {
        let is_over = &is_over;
        let scraper = scope.spawn(move || {
            while rounds.len() < SCRAPES || !is_over.load(Relaxed) {
                rounds.push(Round::time(|| scrape(lab, request)));
                std::thread::park_timeout(Duration::from_millis(1));
            }
            rounds
        });
        let machine = scope.spawn(move || machine(is_over, machine_rounds));
        // The others end also when the case panics.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(case));
        is_over.store(true, Relaxed);
        let times = Times { scrapes: scraper.join().expect("scrapes"), machine: machine.join().expect("bytes") };
        outcome.map(|()| times).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// One scrape as a scraper does it, on a connection of its own.
fn scrape(lab: &Lab, request: &str) {
    let mut peer = lab.connect();
    assert!(peer.send(request), "a scrape beside the case cannot be sent");
    let (status, bytes) = peer.skip_answer().expect("a scrape beside the case is answered");
    assert_eq!(status, 200);
    assert!(request == GET_PACKED || bytes == lab.fixture.page_bytes, "{bytes} bytes");
}

/// Sends a page's bytes to and fro without a server.
fn machine(is_over: &AtomicBool, mut rounds: Vec<Round>) -> Vec<Round> {
    let listener = TcpListener::bind(ANY).unwrap();
    let address = listener.local_addr().unwrap();
    let bytes = vec![0; 64 << 10];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = listener.accept().unwrap().0;
            while stream.read(&mut [0]).unwrap_or(0) > 0 && stream.write_all(&bytes).is_ok() {}
        });
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut buffer = vec![0; bytes.len()];
        while !is_over.load(Relaxed) {
            rounds.push(Round::time(|| {
                stream.write_all(&[0]).unwrap();
                stream.read_exact(&mut buffer).unwrap();
            }));
            std::thread::park_timeout(Duration::from_millis(1));
        }
        rounds
    })
}

/// Half of the scrapes, and all but one in a hundred, were answered in time; what the machine was late by is not theirs.
fn judge(times: &Times) -> Result<(), String> {
    let mut took: Vec<Duration> = times.scrapes.iter().map(|scrape| scrape.own(&times.machine)).collect();
    took.sort();
    let late = took.iter().filter(|took| **took > ANSWERED_IN).count();
    let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
    if median < ANSWERED_IN && late <= took.len() / 100 {
        return Ok(());
    }
    Err(format!(
        "{late} of {} scrapes beside it took more than {ANSWERED_IN:?}: half {median:?}, worst {worst:?}",
        took.len()
    ))
}
