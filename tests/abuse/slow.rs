//! Promise: however many read however slowly, everybody else gets a page that is no older than two intervals, and what the
//! slow ones hold is bounded.
//!
//! The page shows the time at which it was read, so that its age is told by a second clock: the client's.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Page, Pages, Publisher, RenderObserver, ResetReason};
use openclaw_prometheus::serve::{Limits, Listener, Server, Site};
use openclaw_prometheus::{Counter, Registry, SystemClock};

use crate::lab::{self, GET, Round};
use crate::peer::Peer;
use support::allocator::process_peak_of as peak_of;

const INTERVAL: Duration = Duration::from_millis(250);
/// From the first byte that the system was given to when the client has it, on a machine that has other things to do.
const SLACK: Duration = Duration::from_millis(if cfg!(debug_assertions) { 600 } else { 200 });
/// From the last look at an answer's age to when the system has taken its first bytes, which a thread without a core may stand
/// still in. An answer that is 200 ms late by itself is never within it.
const SEND_SLACK: Duration = Duration::from_millis(100);
const BOUND: usize = 8 << 20;
const PAGE_BYTES: usize = 3 << 20;

/// What the slow ones ask for, and how often at once.
const KINDS: &[(&str, &str, usize)] = &[
    ("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "pages", 1),
    ("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "pages in a row", 20),
    ("GET /metrics/per-object HTTP/1.1\r\nHost: localhost\r\n\r\n", "views", 1),
    ("GET /metrics/detailed?family=filling HTTP/1.1\r\nHost: localhost\r\n\r\n", "views in a row", 20),
];

/// A page of 3 MB that shows in `milliseconds_total` when it was read.
struct Changing {
    server: Server,
    pages: Arc<Pages>,
    milliseconds: Counter,
    began: Instant,
    _ticker: openclaw_prometheus::publish::Ticker,
}

impl Changing {
    fn new(interval: Duration) -> Self {
        Self::watched(interval, None)
    }

    fn watched(interval: Duration, observer: Option<Arc<ServedAges>>) -> Self {
        let series = (PAGE_BYTES / 500) as u32;
        let room = Registry::builder().series(series + 64).label_bytes((series + 64) << 10);
        let registry = room.rejections_family(None).build().unwrap();
        let filling = registry.counter("filling_total", "").labels(["a"]).register().unwrap();
        (0..series).for_each(|number| filling.with([&format!("{number:0480}")]).inc());
        let milliseconds = registry.counter("milliseconds_total", "").register().unwrap();
        let mut publisher = Publisher::new(&registry, interval, SystemClock::new()).unwrap();
        publisher.keep(Format::Text);
        if let Some(ages) = observer {
            ages.pages.set(publisher.pages()).unwrap();
            publisher.observer(ages);
        }
        let ticker = publisher.start().unwrap();
        let mut limits = Limits::default();
        limits.in_flight_bytes = BOUND;
        let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let server = Server::with_limits(listener, Site::new(ticker.pages()), limits).unwrap();
        Self { server, pages: ticker.pages(), milliseconds, began: Instant::now(), _ticker: ticker }
    }

    fn connect(&self) -> Peer {
        Peer::connect(self.server.address().tcp().unwrap())
    }

    /// Has the page tell the time until `is_over`, a thread that does next to nothing: how far apart it came to.
    fn tell_time(&self, is_over: &AtomicBool) -> Vec<Round> {
        let (mut told, mut rounds) = (0, Vec::new());
        while !is_over.load(Relaxed) {
            rounds.push(Round::time(|| {
                let now = self.began.elapsed().as_millis() as u64;
                self.milliseconds.add(now - std::mem::replace(&mut told, now));
                std::thread::sleep(Duration::from_millis(1));
            }));
        }
        rounds
    }

    /// From the time that the answer to a scrape tells until its first byte is here; none if it was reset before.
    fn scraped(&self) -> Option<Round> {
        let mut peer = self.connect();
        peer.send(GET);
        if !peer.is_being_answered() {
            return None;
        }
        let first_byte = self.began.elapsed();
        let answer = peer.answer().expect("an answer");
        assert_eq!(answer.status, 200, "a scrape is answered whatever others do");
        let text = String::from_utf8(answer.body).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("milliseconds_total ")).unwrap();
        let told = Duration::from_millis(line.parse().unwrap());
        Some(Round { began: self.began + told, took: first_byte.saturating_sub(told) })
    }

    /// How old the answer to a scrape is when its first byte is here.
    fn scraped_age(&self) -> Duration {
        self.scraped().expect("an answer").took
    }
}

/// Has `readers` read slowly for so long; the oldest answer that anybody else got.
fn oldest_beside(changing: &Changing, request: &str, readers: usize, time: Duration) -> Duration {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| changing.tell_time(&is_over));
        scope.spawn(|| {
            let mut slow: Vec<Peer> = Vec::new();
            // One after the other, so that each has a page of its own, and who was reset comes again.
            while !is_over.load(Relaxed) {
                if slow.len() < readers {
                    let mut peer = Peer::with_small_window(changing.server.address().tcp().unwrap());
                    peer.send(request);
                    slow.push(peer);
                }
                std::thread::sleep((time * 3 / 4 / readers as u32).max(Duration::from_millis(2)));
                slow.retain_mut(|peer| peer.takes_some(2 << 10));
            }
        });
        let end = Instant::now() + time;
        let mut oldest = Duration::ZERO;
        while Instant::now() < end {
            oldest = oldest.max(changing.scraped_age());
            std::thread::sleep(Duration::from_millis(30));
        }
        is_over.store(true, Relaxed);
        oldest
    })
}

#[test]
fn readers_that_are_slow_hold_no_page_back_and_a_bounded_number_of_bytes() {
    let _alone = lab::alone();
    let is_long = std::env::var_os("OCP_SOAK_SECONDS").is_some();
    let (counts, time): (&[usize], _) = if is_long { (&[4, 50, 350], 12) } else { (&[40], 4) };
    for (request, what, at_once) in KINDS {
        for readers in counts {
            let changing = Changing::new(INTERVAL);
            let mut oldest = Duration::ZERO;
            let held = peak_of(|| {
                oldest = oldest_beside(&changing, &request.repeat(*at_once), *readers, Duration::from_secs(time));
            });
            let resets = changing.pages.reset_readers(ResetReason::OverBudget);
            println!("{readers} slow readers of {what}: {oldest:?} old at most, {held} bytes held, {resets} reset");
            assert!(oldest <= INTERVAL * 2 + SLACK, "{readers} slow readers of {what}: {oldest:?}");
            assert!(changing.pages.served_age() <= INTERVAL * 2, "{:?}", changing.pages.served_age());
            // Beside the bound: what is newest and what comes next, of pages and of views; and a copy at each scrape here.
            assert!(held < (BOUND + 6 * PAGE_BYTES) as i64, "{readers} slow readers of {what}: {held} bytes");
            if *readers >= 40 {
                assert!(resets > 0, "{what}: the bound was never reached");
            }
            let health = changing.pages.in_flight_bytes();
            assert!(health <= BOUND + 2 * PAGE_BYTES, "{health}");
        }
    }
}

#[test]
fn an_answer_that_is_made_on_demand_is_no_older_than_its_making_and_fifty_milliseconds() {
    let _alone = lab::alone();
    for run in 1.. {
        match scrape_on_demand() {
            Ok(()) => break,
            Err(late) => assert!(run < lab::RUNS, "{late}"),
        }
        println!("again, as the machine may have stood still");
    }
}

/// How old the server itself saw answers begin, beyond what was allowed then.
#[derive(Default)]
struct ServedAges {
    pages: OnceLock<Arc<Pages>>,
    seen: Mutex<SeenAges>,
}

#[derive(Default)]
struct SeenAges {
    /// The limit while the answers were sent that `served_age` tells of next.
    limit: Duration,
    last: Duration,
    most_beyond: Duration,
}

impl RenderObserver for ServedAges {
    /// Before the figures of this render are there.
    fn rendered(&self, _: Duration) {
        let (pages, mut seen) = (self.pages.get().unwrap(), self.seen.lock().unwrap());
        let served = pages.served_age();
        if served != seen.last {
            seen.most_beyond = served.saturating_sub(seen.limit).max(seen.most_beyond);
        }
        (seen.last, seen.limit) = (served, pages.age_limit());
    }

    fn published(&self, _: &Page, _: Duration) {}

    fn compressed(&self, _: &Page, _: usize, _: Duration) {}
}

/// Scrapes with many at once. An error says what was too old.
fn scrape_on_demand() -> Result<(), String> {
    let ages = Arc::new(ServedAges::default());
    let changing = Changing::watched(Duration::ZERO, Some(ages.clone()));
    let (is_over, limit) = (AtomicBool::new(false), Mutex::new(Duration::ZERO));
    std::thread::scope(|scope| {
        let machine = scope.spawn(|| changing.tell_time(&is_over));
        // Together they are sent 100 MB at once: some have to wait for their turn. Unoptimised, that is another's business.
        let scrapes: Vec<_> = (0..if cfg!(debug_assertions) { 8 } else { 36 })
            .map(|_| {
                scope.spawn(|| {
                    [(); 4].map(|()| {
                        let scraped = changing.scraped();
                        // What a render takes is another figure each time.
                        let mut limit = limit.lock().unwrap();
                        *limit = changing.pages.age_limit().max(*limit);
                        scraped
                    })
                })
            })
            .collect();
        let scraped: Result<Vec<_>, _> = scrapes.into_iter().map(|scrape| scrape.join()).collect();
        is_over.store(true, Relaxed);
        let (machine, limit) = (machine.join().unwrap(), *limit.lock().unwrap());
        let scraped = scraped.map_err(|_| "a scrape was cut, or refused")?.concat();
        // The last answers are told of by the render after the next.
        (0..2).for_each(|_| drop(changing.pages.fresh(Format::Text, Coding::Identity).wait()));
        let beyond = ages.seen.lock().unwrap().most_beyond;
        // Whose first byte would be too late is told so by a reset.
        let answers: Vec<&Round> = scraped.iter().flatten().collect();
        let resets = scraped.len() - answers.len();
        assert_eq!(changing.pages.reset_readers(ResetReason::TooOld), resets as u64);
        let oldest = answers.iter().map(|answer| answer.took).max().unwrap_or_default();
        let own = answers.iter().map(|answer| answer.own(&machine)).max().unwrap_or_default();
        let said = format!(
            "{} scrapes on demand, {resets} of them reset: sent {beyond:?} too late at most, {oldest:?} old when they came, \
             {own:?} without what the machine was late by, limit {limit:?}",
            scraped.len()
        );
        println!("{said}");
        let is_kept = beyond <= SEND_SLACK && own <= limit + SLACK && resets <= scraped.len() / 100;
        is_kept.then_some(()).ok_or(said)
    })
}
