//! Promise: nothing of ours is locked while code of others runs, and nothing that it does ends a thread of ours. A logger
//! that asks for our health at each line, and panics now and then, is answered; so are clocks, collectors and observers.
//!
//! A binary of its own: there is one logger in a process.
#![cfg(feature = "serve")]

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Collect, CollectError, Page, PanicSite, Publisher, RenderObserver};
use openclaw_prometheus::serve::{
    Answered, Auth, Limits, Listener, RequestHead, RequestObserver, Server, Site, respond,
};
use openclaw_prometheus::{Clock, ManualClock, Registry, SystemClock};
use support::deadline::until;

const SECOND: Duration = Duration::from_secs(1);

/// Asks the site for its health at each line, and the site's routes.
struct Curious {
    site: RwLock<Option<Arc<Site>>>,
    lines: Mutex<Vec<String>>,
    panics: AtomicBool,
}

thread_local! {
    static IS_ASKING: Cell<bool> = const { Cell::new(false) };
    /// Whether all that this thread says is kept, in whosever name.
    static IS_KEPT: Cell<bool> = const { Cell::new(false) };
}

impl Curious {
    /// The logger of this process, and for one test at a time.
    fn install() -> (&'static Self, MutexGuard<'static, ()>) {
        static LOGGER: OnceLock<Curious> = OnceLock::new();
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let logger = LOGGER.get_or_init(|| Self {
            site: RwLock::default(),
            lines: Mutex::default(),
            panics: AtomicBool::new(false),
        });
        let _ = log::set_logger(logger);
        log::set_max_level(log::LevelFilter::Trace);
        logger.ask(None);
        logger.panics.store(false, Ordering::SeqCst);
        logger.lines.lock().unwrap().clear();
        (logger, alone)
    }

    fn ask(&self, site: Option<&Arc<Site>>) {
        *self.site.write().unwrap_or_else(PoisonError::into_inner) = site.cloned();
    }

    fn has(&self, line: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|known| known.contains(line))
    }
}

impl log::Log for Curious {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if IS_KEPT.get() {
            return self.lines.lock().unwrap().push(record.args().to_string());
        }
        // What is said while it asks is not asked about.
        if !record.target().starts_with("openclaw_prometheus") || IS_ASKING.replace(true) {
            return;
        }
        let site = self.site.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(site) = site {
            let _ = site.health();
            for path in ["/metrics", "/metrics/health", "/-/ready", "/"] {
                drop(respond(&site, &RequestHead::new("GET", path)));
            }
            site.pages().collectors().all().iter().for_each(|collector| drop(collector.last()));
        }
        self.lines.lock().unwrap().push(record.args().to_string());
        IS_ASKING.set(false);
        assert!(!self.panics.load(Ordering::SeqCst), "the logger");
    }

    fn flush(&self) {}
}

/// Runs `act`, which has to come back.
fn in_time(what: &str, act: impl FnOnce() + Send + 'static) {
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let thread = std::thread::spawn(move || {
        act();
        over.store(true, Ordering::SeqCst);
    });
    until(what, || is_over.load(Ordering::SeqCst) || thread.is_finished());
    thread.join().unwrap();
}

struct Fails;

impl Collect for Fails {
    fn name(&self) -> &str {
        "fails"
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        Err("no answer".into())
    }
}

#[test]
fn a_logger_may_ask_for_our_health_whatever_is_logged() {
    let (logger, _alone) = Curious::install();
    let path = std::env::temp_dir().join(format!("ocp-logger-token-{}", std::process::id()));
    std::fs::write(&path, "first").unwrap();
    let registry = Registry::builder().build().unwrap();
    let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    publisher.collect(Box::new(Fails));
    let outside = publisher.pages().collectors().add("outside");
    let site = Arc::new(Site::new(publisher.pages()).auth(Auth::token_file(&path)));
    logger.ask(Some(&site));
    in_time("a collector's failure to be told", move || publisher.tick());
    assert!(logger.has("collector fails: no answer"));
    in_time("a report to be told", move || outside.report(SECOND, SECOND, Err("gone".into())));
    assert!(logger.has("collector outside: gone"));
    // A change of the token's file is told by whoever asks next.
    for token in ["second", "", "third, and longer"] {
        std::fs::write(&path, token).unwrap();
        let site = site.clone();
        in_time("a change of the token to be told", move || drop(site.health()));
    }
    assert!(logger.has("auth: "));
    logger.ask(None);
    std::fs::remove_file(&path).unwrap();
}

/// A clock that asks the site for its health whenever it is looked at, as far as it can.
#[derive(Default)]
struct CuriousClock {
    time: ManualClock,
    site: RwLock<Option<Arc<Site>>>,
    asked: AtomicU64,
}

impl Clock for CuriousClock {
    fn now(&self) -> Duration {
        if !IS_ASKING.replace(true) {
            let site = self.site.read().unwrap().clone();
            if let Some(site) = site {
                let _ = site.health();
                drop(respond(&site, &RequestHead::new("GET", "/metrics")));
                // What takes the lock of requests.
                drop(site.pages().fresh(Format::Text, Coding::Identity));
                self.asked.fetch_add(1, Ordering::SeqCst);
            }
            IS_ASKING.set(false);
        }
        self.time.now()
    }

    fn sleep_for(&self, until: Duration) -> Option<Duration> {
        self.now();
        self.time.sleep_for(until)
    }

    fn wake_with(&self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.time.wake_with(wake);
    }
}

#[test]
fn a_clock_may_ask_for_pages() {
    let (_, _alone) = Curious::install();
    let clock = Arc::new(CuriousClock::default());
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").register().unwrap();
    let ticker = Publisher::new(&registry, SECOND, clock.clone()).unwrap().start().unwrap();
    let site = Arc::new(Site::new(ticker.pages()));
    *clock.site.write().unwrap() = Some(site);
    calls.inc();
    until("a page", || {
        clock.time.advance(SECOND);
        String::from_utf8(ticker.pages().current().to_vec()).unwrap().contains("calls_total 1\n")
    });
    assert!(clock.asked.load(Ordering::SeqCst) > 0);
    *clock.site.write().unwrap() = None;
    ticker.stop();
}

/// Panics at everything that it is told, while it is told to.
#[derive(Default)]
struct Nervous {
    is_calm: AtomicBool,
    told: AtomicU64,
}

impl Nervous {
    fn tell(&self) {
        self.told.fetch_add(1, Ordering::SeqCst);
        assert!(self.is_calm.load(Ordering::SeqCst), "too much");
    }
}

impl RenderObserver for Nervous {
    fn rendered(&self, _: Duration) {
        self.tell();
    }

    fn published(&self, _: &Page, _: Duration) {
        self.tell();
    }

    fn compressed(&self, _: &Page, _: usize, _: Duration) {
        self.tell();
    }
}

impl RequestObserver for Nervous {
    fn began(&self) {
        self.tell();
    }

    fn answered(&self, _: &Answered) {
        self.tell();
    }
}

#[test]
fn a_page_comes_out_whatever_an_observer_does_and_health_tells_it() {
    let (logger, _alone) = Curious::install();
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").register().unwrap();
    let clock = Arc::new(ManualClock::new());
    let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
    let observer = Arc::new(Nervous::default());
    publisher.observer(observer.clone());
    let ticker = publisher.start().unwrap();
    let site = Arc::new(Site::new(ticker.pages()).observer(observer.clone()));
    for round in 1..=3 {
        calls.inc();
        until("the next page", || {
            clock.advance(SECOND);
            String::from_utf8(ticker.pages().current().to_vec()).unwrap().contains(&format!("calls_total {round}\n"))
        });
    }
    let pages = ticker.pages();
    // The render that published the last is over by then, with all its panics noted, and none is due.
    drop(pages.fresh(Format::Text, Coding::Identity).wait());
    assert_eq!(respond(&site, &RequestHead::new("GET", "/metrics")).status(), 200);
    assert!(pages.panics(PanicSite::RenderObserver) >= 6 && pages.panics(PanicSite::Render) == 0);
    assert_eq!(pages.panics(PanicSite::RequestObserver), 2);
    let (is_healthy, document) = site.health();
    let document = String::from_utf8(document).unwrap();
    assert!(!is_healthy && document.contains("a panic was survived in request_observer: too much"), "{document}");
    let told = logger.lines.lock().unwrap().iter().filter(|line| line.contains("in render_observer")).count();
    assert_eq!(told, 1, "a line of each kind, not of each panic");
    // After a minute it is a warning.
    observer.is_calm.store(true, Ordering::SeqCst);
    clock.advance(SECOND * 61);
    until("a page that is not late", || {
        clock.advance(Duration::ZERO);
        site.health().0
    });
    assert!(String::from_utf8(site.health().1).unwrap().contains("\"warnings\":[\"a panic was survived"));
}

/// A clock that panics when it is told to, on the render thread.
struct Broken {
    time: SystemClock,
    is_broken: AtomicBool,
}

impl Clock for Broken {
    fn now(&self) -> Duration {
        let is_there = std::thread::current().name() == Some("ocp-render");
        assert!(!(is_there && self.is_broken.load(Ordering::SeqCst)), "the clock");
        self.time.now()
    }
}

#[test]
fn the_render_thread_begins_again_after_a_panic_and_answers_who_waits() {
    let (_, _alone) = Curious::install();
    for interval in [Duration::ZERO, Duration::from_millis(10)] {
        let clock = Arc::new(Broken { time: SystemClock::new(), is_broken: AtomicBool::new(false) });
        let registry = Registry::builder().build().unwrap();
        let calls = registry.counter("calls_total", "").labels(["n"]).register().unwrap();
        let ticker = Publisher::new(&registry, interval, clock.clone()).unwrap().start().unwrap();
        let pages = ticker.pages();
        for round in 1..=3_u64 {
            calls.with([&*round.to_string()]).inc();
            clock.is_broken.store(true, Ordering::SeqCst);
            let waiting = pages.fresh(Format::OpenMetrics, Coding::Identity);
            let before = pages.panics(PanicSite::Render);
            until("a panic after it was asked", || pages.panics(PanicSite::Render) > before);
            calls.with([&*round.to_string()]).inc();
            clock.is_broken.store(false, Ordering::SeqCst);
            let text = String::from_utf8(waiting.wait().to_vec()).unwrap();
            for n in 1..=round {
                assert!(text.contains(&format!("calls_total{{n=\"{n}\"}} 2\n")), "{text}");
            }
            assert!(text.ends_with("# EOF\n"));
        }
        assert!(!pages.is_stopped());
    }
}

#[test]
fn an_interval_or_a_limit_without_an_end_is_as_good_as_a_long_one() {
    let (_, _alone) = Curious::install();
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::MAX, SystemClock::new()).unwrap();
    publisher.collect(Box::new(Fails));
    let ticker = publisher.start().unwrap();
    calls.inc();
    let mut limits = Limits::default();
    for limit in [
        &mut limits.head,
        &mut limits.idle,
        &mut limits.stall,
        &mut limits.answer,
        &mut limits.linger,
        &mut limits.drain,
    ] {
        *limit = Duration::MAX;
    }
    let listener = Listener::tcp(([127, 0, 0, 1], 0).into()).unwrap();
    let site = Arc::new(Site::new(ticker.pages()));
    let server = Server::with_limits(listener, site.clone(), limits).unwrap();
    let page = ticker.pages().fresh(Format::Text, Coding::Gzip).wait();
    assert!(String::from_utf8(page.to_vec()).unwrap().contains("calls_total 1\n"));
    assert!(get(&server).starts_with("HTTP/1.1 200 OK\r\n"));
    let _ = site.health();
    assert_eq!(ticker.pages().last_panic(), None);
    server.stop();
    let before = Instant::now();
    ticker.stop();
    assert!(before.elapsed() < SECOND);
    // Time at its end.
    let clock = Arc::new(ManualClock::at(Duration::MAX));
    let registry = Registry::builder().build().unwrap();
    let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
    publisher.collect(Box::new(Fails));
    publisher.keep(Format::OpenMetrics);
    for _ in 0..3 {
        clock.advance(Duration::MAX);
        publisher.tick();
        let _ = Site::new(publisher.pages()).health();
    }
}

/// The answer to one request.
fn get(server: &Server) -> String {
    let mut client = TcpStream::connect(server.address().tcp().unwrap()).unwrap();
    client.set_read_timeout(Some(SECOND * 10)).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    let _ = client.read_to_string(&mut text);
    text
}

#[test]
fn a_logger_that_panics_ends_no_thread_of_ours() {
    let (logger, _alone) = Curious::install();
    logger.panics.store(true, Ordering::SeqCst);
    let registry = Registry::builder().build().unwrap();
    let clock = Arc::new(ManualClock::new());
    let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
    publisher.collect(Box::new(Fails));
    let ticker = publisher.start().unwrap();
    let mut limits = Limits::default();
    limits.connections = 1;
    let listener = Listener::tcp(([127, 0, 0, 1], 0).into()).unwrap();
    let server = Server::with_limits(listener, Site::new(ticker.pages()), limits).unwrap();
    for tries in 1..=3 {
        until("the collector to be tried", || {
            clock.advance(SECOND);
            ticker.pages().collectors().all()[0].last().tries >= tries
        });
        // An idle connection makes room, which is told.
        let idle = TcpStream::connect(server.address().tcp().unwrap()).unwrap();
        assert!(get(&server).starts_with("HTTP/1.1 200 OK\r\n"));
        drop(idle);
    }
    assert!(!ticker.pages().is_stopped());
    server.stop();
    ticker.stop();
}

#[cfg(feature = "rpc")]
#[test]
fn a_token_for_a_gateway_is_in_no_line_whoever_says_it() {
    use openclaw_prometheus::openclaw::rpc::websocket::{Connection, Credentials, Stop};
    use support::gateway::{MockGateway, Script};

    const TOKEN: &str = "token-of-the-gateway";
    let (logger, _alone) = Curious::install();
    let gateway = MockGateway::start(Script::answering([("health", "{}".to_owned())]).token(TOKEN));
    let (endpoint, credentials) = (gateway.url().parse().unwrap(), Credentials::token(TOKEN).unwrap());
    // Of this thread: the Gateway, which has the token too, is on others.
    IS_KEPT.set(true);
    let mut connection = Connection::open(&endpoint, &credentials, &Stop::new(), SECOND * 20).unwrap();
    connection.call("health", "{}", SECOND * 20).unwrap();
    IS_KEPT.set(false);
    assert!(logger.has(r#""method":"health""#) || logger.has(r#"\"method\":\"health\""#), "frames are told");
    let in_hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!logger.has(TOKEN) && !logger.has(&in_hex));
}
