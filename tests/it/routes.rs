//! Promise: each route answers GET and HEAD alike and nothing else, and health says the truth in every state.
#![cfg(all(feature = "serve", feature = "openclaw"))]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_prometheus::publish::{Collect, CollectError, Publisher};
use openclaw_prometheus::serve::{
    About, Answered, Auth, Listener, Reply, RequestHead, RequestObserver, Server, Site, respond,
};
use openclaw_prometheus::{Clock, Counter, ManualClock, Registry, SystemClock};
use serde_json::Value;
use support::answers::{ANY_PORT, Answer};
use support::deadline::until;

const SECOND: Duration = Duration::from_secs(1);
const PLAIN: &str = "text/plain; charset=utf-8";
const PAGE: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// A registry, its publisher ticked by hand, and a clock that is moved by hand.
struct Hand {
    counter: Counter,
    clock: Arc<ManualClock>,
    publisher: Publisher,
}

impl Hand {
    fn new() -> Self {
        let registry = Registry::builder().series(64).build().unwrap();
        let counter = registry.counter("calls_total", "Calls.").register().unwrap();
        let clock = Arc::new(ManualClock::at(SECOND * 1_700_000_000));
        let publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
        Self { counter, clock, publisher }
    }

    fn site(&self) -> Site {
        Site::new(self.publisher.pages())
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

// --- routes and methods

#[test]
fn each_route_answers_get_and_head_and_says_so_to_others() {
    let registry = Registry::builder().series(64).build().unwrap();
    let ticker = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap().start().unwrap();
    let site = Arc::new(Site::new(ticker.pages()));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), site.clone()).unwrap();
    let routes = [
        ("/metrics", PAGE),
        ("/metrics/per-object", JSON),
        ("/metrics/detailed", JSON),
        ("/metrics/health", JSON),
        ("/-/healthy", PLAIN),
        ("/-/ready", PLAIN),
        ("/", HTML),
    ];
    for (path, content_type) in routes {
        let get = Answer::get(&site, path);
        assert_eq!((get.status, get.content_type()), (200, content_type), "{path}");
        assert!(!get.body.is_empty());
        let names: Vec<&str> = get.headers.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["content-length", "cache-control", "x-content-type-options"] {
            assert!(names.contains(&name), "{path}: {name}");
        }
        let head = Answer::to(&site, &RequestHead::new("HEAD", path));
        assert_eq!((head.status, &head.headers, head.body.len()), (200, &get.headers, 0), "{path}");
        for method in ["GET", "HEAD"] {
            let over = Answer::over(server.address().tcp().unwrap(), &[format!("{method} {path}").as_bytes()]);
            let mut headers = over.headers.clone();
            headers.retain(|(name, _)| name != "date" && name != "connection");
            headers.sort();
            let mut expected = get.headers.clone();
            expected.sort();
            assert_eq!((over.status, headers), (200, expected), "{method} {path}");
            assert!(over.body == if method == "GET" { &get.body[..] } else { b"" }, "{method} {path}");
        }
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "Head", "BREW", ""] {
            let answer = Answer::to(&site, &RequestHead::new(method, path));
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, OPTIONS")), "{method} {path}");
            assert_eq!((answer.content_type(), answer.text().as_str()), (PLAIN, "Only GET and HEAD are answered.\n"));
        }
        let answer = Answer::to(&site, &RequestHead::new("OPTIONS", path));
        assert_eq!((answer.status, answer.header("allow")), (200, Some("GET, HEAD, OPTIONS")), "{path}");
        assert!(answer.body.is_empty() && answer.content_type() == PLAIN);
    }
}

#[test]
fn another_path_is_404_for_every_method_and_says_where_the_metrics_are() {
    let site = Hand::new().site().path("/a/metrics").unwrap();
    for path in ["/metrics", "/a/metrics/", "/a/metrics/other", "/a/metrics/per-object/", "/a/metricsx", "/-/", "", "*"]
    {
        for method in ["GET", "HEAD", "POST"] {
            let answer = Answer::to(&site, &RequestHead::new(method, path));
            assert_eq!((answer.status, answer.content_type(), answer.header("allow")), (404, PLAIN, None), "{path}");
            let text = "Not found. The metrics are at /a/metrics.\n";
            assert_eq!(answer.text(), if method == "HEAD" { "" } else { text });
            assert_eq!(answer.header("content-length"), Some(text.len().to_string().as_str()));
        }
    }
}

#[test]
fn a_request_with_a_body_is_refused_and_is_the_last() {
    let site = Hand::new().site();
    for (method, path, status) in [
        ("GET", "/metrics", 413),
        ("HEAD", "/metrics", 413),
        ("GET", "/", 413),
        ("GET", "/metrics/per-object", 413),
        ("POST", "/metrics", 405),
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 404),
    ] {
        let mut head = RequestHead::new(method, path);
        assert!(!respond(&site, &head).is_last());
        head.has_body = true;
        let reply = respond(&site, &head);
        assert_eq!((reply.status(), reply.is_last(), reply.is_ready()), (status, true, true), "{method} {path}");
        assert_eq!(Answer::to(&site, &head).content_type(), PLAIN);
    }
}

// --- hosts

#[test]
fn without_a_token_only_our_own_hosts_are_answered_and_with_one_every_host_is() {
    let hand = Hand::new();
    let ask = |site: &Site, host, local: Option<[u8; 4]>| {
        let mut head = RequestHead::new("GET", "/metrics");
        (head.host, head.local, head.authorization) = (host, local.map(Into::into), Some("Bearer from-a-secret-store"));
        Answer::to(site, &head)
    };
    let (open, loopback) = (hand.site(), Some([127, 0, 0, 1]));
    for ours in ["localhost", "127.0.0.1:19464"] {
        assert_eq!(ask(&open, Some(ours), loopback).status, 200, "{ours}");
    }
    let refused = ask(&open, Some("rebound.example:19464"), loopback);
    let sentence = "This host is not answered here: ask for localhost or the address, name the host in allowedHosts, or \
                    set a token.\n";
    assert_eq!((refused.status, refused.content_type(), refused.text().as_str()), (403, PLAIN, sentence));
    // A Unix socket, and a server of somebody else that does not tell.
    assert_eq!(ask(&open, Some("rebound.example"), None).status, 200);
    assert_eq!(ask(&open, None, loopback).status, 200, "HTTP/1.0");
    let allowed = hand.site().allowed_hosts(["metrics.example.org", "10.0.0.7"]).unwrap();
    assert_eq!(ask(&allowed, Some("Metrics.Example.Org:80"), loopback).status, 200);
    assert_eq!(ask(&allowed, Some("10.0.0.7"), loopback).status, 200);
    assert_eq!(ask(&allowed, Some("rebound.example"), loopback).status, 403);
    let error = hand.site().allowed_hosts(["http://x/"]).unwrap_err().to_string();
    let allowed = "write a name or an address, such as metrics.example.org";
    assert_eq!(error, format!("serve: allowed host \"http://x/\" given; {allowed}"));
    let guarded = hand.site().auth(Auth::token("from-a-secret-store"));
    assert_eq!(ask(&guarded, Some("rebound.example"), loopback).status, 200);
    // What is no host is none for everybody.
    for site in [&open, &guarded] {
        for host in ["", "a b", "localhost, localhost", "localhost:http"] {
            let answer = ask(site, Some(host), None);
            let sentence = "Send one header Host, with a host and its port.\n";
            assert_eq!((answer.status, answer.text().as_str()), (400, sentence), "{host:?}");
        }
    }
}

#[test]
fn the_metrics_can_be_anywhere() {
    let hand = Hand::new();
    let all = |base: &str| {
        let site = hand.site().path(base).unwrap();
        let base = base.trim_end_matches('/');
        assert_eq!(site.metrics_path(), if base.is_empty() { "/" } else { base });
        assert_eq!(Answer::get(&site, site.metrics_path()).content_type(), PAGE);
        assert_eq!(Answer::get(&site, &format!("{base}/health")).content_type(), JSON);
        for view in ["per-object", "detailed"] {
            assert!(!respond(&site, &RequestHead::new("GET", &format!("{base}/{view}"))).is_ready(), "{view} is made");
        }
        let encoded: String =
            base.bytes().map(|byte| if byte == b'/' { "/".into() } else { format!("%{byte:02x}") }).collect();
        assert_eq!(Answer::get(&site, &format!("{encoded}/%68ealth")).content_type(), JSON);
        assert_eq!(Answer::get(&site, "/-/healthy").status, 200);
        assert_eq!(Answer::get(&site, "/-/ready").status, 200);
        Answer::get(&site, "/").content_type().to_owned()
    };
    // At the root there is no other page.
    assert_eq!(all("/"), PAGE);
    for base in ["/metrics", "/a/b/metrics", "/metrics/", "/api/~x/a-b_c.d", "/a&b", "/-"] {
        assert_eq!(all(base), HTML, "{base}");
    }
    for wrong in
        ["", "metrics", "/a b", "/a?b", "/a#b", "/a%20b", "/metriké", "/a\"b", "/<a>", "/a\\b", "/a\n", "http://x/"]
    {
        let error = hand.site().path(wrong).unwrap_err().to_string();
        let allowed =
            "write a path of printable ASCII that begins with / and has no ? # % and no spaces, such as /metrics";
        assert_eq!(error, format!("serve: path {wrong:?} given; {allowed}"));
    }
}

// --- views that wait

#[test]
fn eight_different_views_wait_and_the_ninth_is_told_to_come_again() {
    let mut hand = Hand::new();
    let site = hand.site();
    let view = |part: &str| {
        let mut head = RequestHead::new("GET", "/metrics/detailed");
        let query = format!("family={part}");
        head.query = &query;
        respond(&site, &head)
    };
    let names: Vec<String> = (0..8).map(|number| format!("calls_{number}")).collect();
    let mut waiting: Vec<_> = names.iter().map(|name| view(name)).collect();
    assert!(waiting.iter().all(|reply| reply.status() == 200 && !reply.is_ready()));
    let ninth = Answer::get(&site, "/metrics/per-object");
    assert_eq!((ninth.status, ninth.header("retry-after"), ninth.content_type()), (503, Some("1"), PLAIN));
    // Who asks for what is waited for already takes no place; nor do pages and health.
    waiting.extend((0..100).map(|number| view(&names[number % 8])));
    assert!(waiting.iter().all(|reply| reply.status() == 200));
    assert_eq!(Answer::get(&site, "/metrics").status, 200);
    assert_eq!(Answer::get(&site, "/metrics/health").status, 200);
    // Nor does who goes away.
    waiting.retain(|_| false);
    let another = view("calls_");
    assert!(!another.is_ready());
    let same = view("calls_");
    hand.counter.inc();
    hand.publisher.tick();
    let text = |reply: Reply| String::from_utf8(reply.wait().pieces().collect::<Vec<_>>().concat()).unwrap();
    let (another, same) = (text(another), text(same));
    assert!(another.contains("\"labels\":{},\"value\":1"), "{another}");
    assert_eq!(another, same);
    // Until the next render it is the same one, and lies ready.
    hand.counter.inc();
    let again = view("calls_");
    assert!(again.is_ready());
    assert_eq!(text(again), same);
    hand.clock.advance(SECOND);
    hand.publisher.tick();
    assert!(!view("calls_").is_ready());
}

#[test]
fn when_the_publisher_ends_open_and_later_requests_are_told_so() {
    let hand = Hand::new();
    let watched = Arc::new(Watched::default());
    let site = hand.site().observer(watched.clone());
    let mut open_metrics = RequestHead::new("GET", "/metrics");
    open_metrics.accept = "application/openmetrics-text";
    let open = [
        respond(&site, &RequestHead::new("GET", "/metrics/per-object")),
        respond(&site, &RequestHead::new("HEAD", "/metrics/detailed")),
        respond(&site, &open_metrics),
    ];
    assert!(open.iter().all(|reply| reply.status() == 200 && !reply.is_ready()));
    drop(hand);
    let stopping = "The exporter is stopping: its render thread has ended.\n";
    for reply in open {
        let is_head = reply.is_head();
        let reply = reply.wait();
        assert_eq!((reply.status(), reply.is_head(), reply.len()), (503, is_head, stopping.len() as u64));
        assert_eq!(reply.headers().next().unwrap().1.to_string(), PLAIN);
        assert_eq!(reply.pieces().count(), usize::from(!is_head));
    }
    for path in ["/metrics", "/metrics/per-object", "/metrics/detailed?family=x"] {
        let answer = Answer::get(&site, path);
        assert_eq!((answer.status, answer.text().as_str(), answer.header("retry-after")), (503, stopping, None));
    }
    for path in ["/-/healthy", "/-/ready"] {
        let answer = Answer::get(&site, path);
        assert_eq!((answer.status, answer.text().as_str()), (503, "The render thread has ended.\n"));
    }
    let health = Answer::get(&site, "/metrics/health");
    assert_eq!((health.status, &json(&health)["reasons"][0]), (503, &Value::from("The render thread has ended.")));
    assert_eq!(Answer::get(&site, "/").status, 200);
    let told = watched.0.lock().unwrap();
    assert!(told.iter().all(|answered| answered.status == 200 || matches!(answered.format, "plain" | "json")));
    assert_eq!(told.iter().filter(|answered| answered.status == 503 && answered.format == "json").count(), 1, "health");
}

/// Panics in the thread that ticks.
struct Broken;

impl Clock for Broken {
    fn now(&self) -> Duration {
        assert_ne!(std::thread::current().name(), Some("ticks"), "what the host hung in is broken");
        Duration::ZERO
    }
}

#[test]
fn when_a_host_that_ticks_by_hand_panics_nobody_waits_for_it() {
    let registry = Registry::builder().series(64).build().unwrap();
    let mut publisher = Publisher::new(&registry, SECOND, Broken).unwrap();
    let site = Site::new(publisher.pages());
    let mut open_metrics = RequestHead::new("GET", "/metrics");
    open_metrics.accept = "application/openmetrics-text";
    let waiting = [respond(&site, &RequestHead::new("GET", "/metrics/per-object")), respond(&site, &open_metrics)];
    assert!(waiting.iter().all(|reply| !reply.is_ready()));
    let ticks = std::thread::Builder::new().name("ticks".into()).spawn(move || publisher.tick()).unwrap();
    assert!(ticks.join().is_err());
    for reply in waiting {
        assert_eq!(reply.wait().status(), 503);
    }
    assert_eq!(Answer::get(&site, "/-/healthy").status, 503);
}

#[derive(Default)]
struct Watched(Mutex<Vec<Answered>>);

impl RequestObserver for Watched {
    fn began(&self) {}

    fn answered(&self, answer: &Answered) {
        self.0.lock().unwrap().push(*answer);
    }
}

#[test]
fn with_an_interval_of_0_pages_and_views_show_what_was_recorded_before_the_request() {
    let registry = Registry::builder().series(64).build().unwrap();
    let counter = registry.counter("calls_total", "Calls.").register().unwrap();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    let site = Site::new(ticker.pages());
    let mut open_metrics = RequestHead::new("GET", "/metrics");
    open_metrics.accept = "application/openmetrics-text;version=1.0.0";
    open_metrics.accept_encoding = "gzip";
    for count in (1..=300).step_by(3) {
        counter.inc();
        let view = json(&Answer::get(&site, "/metrics/detailed?family=calls_total"));
        assert_eq!(view["families"][0]["samples"][0]["value"], count);
        counter.inc();
        assert!(Answer::to(&site, &open_metrics).text().contains(&format!("\ncalls_total {}\n", count + 1)));
        counter.inc();
        assert!(Answer::get(&site, "/metrics").text().contains(&format!("\ncalls_total {}\n", count + 2)));
        // Nothing ticks, and yet nothing hangs.
        assert_eq!(Answer::get(&site, "/metrics/health").status, 200);
    }
}

// --- pages that are late

#[test]
fn a_page_that_is_older_than_two_intervals_is_waited_for_an_interval_and_then_503_says_so() {
    let mut hand = Hand::new();
    let site = hand.site();
    let scrape = || respond(&site, &RequestHead::new("GET", "/metrics"));
    hand.clock.advance(SECOND * 2);
    assert!(scrape().is_ready());
    hand.clock.advance(Duration::from_millis(1));
    // It comes while it is waited for.
    let late = scrape();
    assert!(!late.is_ready());
    hand.counter.inc();
    hand.publisher.tick();
    let late = late.wait();
    assert_eq!(late.status(), 200);
    assert!(String::from_utf8(late.pieces().collect::<Vec<_>>().concat()).unwrap().contains("calls_total 1\n"));
    // It does not come.
    hand.clock.advance(SECOND * 3);
    let late = scrape();
    hand.clock.advance(SECOND);
    let late = late.wait();
    let headers: Vec<_> = late.headers().map(|(name, value)| (name, value.to_string())).collect();
    assert_eq!(late.status(), 503);
    assert!(headers.contains(&("retry-after", "1".to_owned())), "{headers:?}");
    let text = "The newest page is 4.0 s old, and one is due every 1.0 s: rendering is late. Ask again in a second.\n";
    assert_eq!(String::from_utf8(late.pieces().collect::<Vec<_>>().concat()).unwrap(), text);
}

// --- health

/// What `/health` says, and what the two short routes say.
fn health(site: &Site) -> (u16, Vec<String>, u16, u16) {
    let answer = Answer::get(site, "/metrics/health");
    let document = json(&answer);
    let reasons: Vec<String> = document["reasons"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(document["healthy"], Value::from(answer.status == 200));
    assert_eq!(reasons.is_empty(), answer.status == 200);
    (answer.status, reasons, Answer::get(site, "/-/healthy").status, Answer::get(site, "/-/ready").status)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn health_tells_how_old_the_page_is_and_when_the_render_thread_hangs() {
    let mut hand = Hand::new();
    let site = hand.site().about(About::new("gateway \"x\"", "1.2.3", "Metrics."));
    hand.clock.advance(SECOND / 2);
    let document = json(&Answer::get(&site, "/metrics/health"));
    assert_eq!((&document["name"], &document["version"]), (&"gateway \"x\"".into(), &"1.2.3".into()));
    assert_eq!(document["start_time_seconds"].as_f64(), Some(1_700_000_000.0));
    assert_eq!(document["uptime_seconds"].as_f64(), Some(0.5));
    let page = serde_json::json!({ "age_seconds": 0.5, "interval_seconds": 1, "served_age_seconds": 0 });
    assert_eq!((&document["page"], &document["collectors"]), (&page, &serde_json::json!([])));
    let readers = serde_json::json!({
        "slow": 0, "in_flight_bytes": { "used": 0, "bound": 24 << 20 },
        "resets": { "over_budget": 0, "stalled": 0, "too_slow": 0, "too_old": 0 },
    });
    assert_eq!(document["readers"], readers);
    assert_eq!(Answer::get(&site, "/-/ready").text(), "Ready. The newest page is 0.5 s old.\n");
    // A scrape may show what is two intervals old, and waits for another one.
    hand.clock.advance(SECOND * 5 / 2);
    assert_eq!(health(&site), (200, vec![], 200, 200));
    hand.clock.advance(Duration::from_millis(100));
    let late = "The newest page is 3.1 s old, and one is due every 1.0 s: the render thread hangs.".to_owned();
    assert_eq!(health(&site), (503, vec![late.clone()], 503, 503));
    assert_eq!(Answer::get(&site, "/-/healthy").text(), late + "\n");
    hand.publisher.tick();
    assert_eq!(health(&site), (200, vec![], 200, 200));
    // On demand there is no tick to miss.
    let registry = Registry::builder().series(64).build().unwrap();
    let clock = Arc::new(ManualClock::new());
    let publisher = Publisher::new(&registry, Duration::ZERO, clock.clone()).unwrap();
    let site = Site::new(publisher.pages());
    clock.advance(SECOND * 100_000);
    assert_eq!(health(&site), (200, vec![], 200, 200));
}

#[test]
fn without_a_token_nobody_is_ready_and_the_rest_is_well() {
    let hand = Hand::new();
    let site = hand.site().auth(Auth::missing("Set a token."));
    assert_eq!(Answer::get(&site, "/metrics/health").status, 503);
    let (is_healthy, document) = site.health();
    let document: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!((is_healthy, &document["reasons"]), (false, &serde_json::json!(["Set a token."])));
    assert_eq!(Answer::get(&site, "/-/healthy").status, 200);
    assert_eq!(Answer::get(&site, "/-/ready").text(), "Set a token.\n");
}

/// Fails while it is told to.
struct Moody(Arc<AtomicBool>);

impl Collect for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        if self.0.load(Ordering::SeqCst) { Err("the \"disk\" is gone".into()) } else { Ok(()) }
    }
}

#[test]
fn a_collector_that_fails_is_a_reason_until_it_recovers() {
    let mut hand = Hand::new();
    let is_failing = Arc::new(AtomicBool::new(false));
    hand.publisher.collect(Box::new(Moody(is_failing.clone())));
    let outside = hand.publisher.pages().collectors().add("outside");
    let site = hand.site();
    let collectors = || json(&Answer::get(&site, "/metrics/health"))["collectors"].clone();
    let state = |name: &str, last: Option<f64>, error: Option<&str>, tries: u64, failures: u64| {
        serde_json::json!({
            "name": name, "healthy": error.is_none(), "last_success_seconds": last, "error": error,
            "hanging_seconds": null, "duration_seconds": 0, "tries": tries, "failures": failures,
        })
    };
    assert_eq!(collectors()[0].to_string(), state("moody", None, None, 0, 0).to_string(), "not tried yet");
    hand.clock.advance(SECOND);
    hand.publisher.tick();
    is_failing.store(true, Ordering::SeqCst);
    hand.clock.advance(SECOND);
    (0..3).for_each(|_| hand.publisher.tick());
    let error = "the \"disk\" is gone";
    assert_eq!(health(&site), (503, vec![format!("collector moody: {error}")], 200, 200));
    let last = &collectors()[0];
    assert_eq!(last["last_success_seconds"].as_f64(), Some(1_700_000_001.0));
    assert_eq!((&last["error"], &last["tries"], &last["failures"]), (&error.into(), &4.into(), &3.into()));
    is_failing.store(false, Ordering::SeqCst);
    hand.publisher.tick();
    assert_eq!(health(&site), (200, vec![], 200, 200));
    outside.report(hand.clock_now(), SECOND / 4, Err("no answer".into()));
    assert_eq!(health(&site), (503, vec!["collector outside: no answer".into()], 200, 200));
    assert_eq!(collectors()[1]["duration_seconds"].as_f64(), Some(0.25));
    outside.report(hand.clock_now(), SECOND / 4, Ok(()));
    assert_eq!(health(&site), (200, vec![], 200, 200));
}

impl Hand {
    fn clock_now(&self) -> Duration {
        Clock::now(&self.clock)
    }
}

/// Panics once it is told to.
struct Bomb(Arc<AtomicBool>, u32);

impl Collect for Bomb {
    fn name(&self) -> &str {
        "bomb"
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        self.1 += 1;
        assert!(!self.0.load(Ordering::SeqCst), "at try {}", self.1);
        Ok(())
    }
}

#[test]
fn a_collector_that_panics_is_tried_again_later_and_the_pages_go_on() {
    let mut hand = Hand::new();
    let is_armed = Arc::new(AtomicBool::new(false));
    hand.publisher.collect(Box::new(Bomb(is_armed.clone(), 0)));
    hand.publisher.tick();
    let site = hand.site();
    assert_eq!(health(&site).0, 200);
    is_armed.store(true, Ordering::SeqCst);
    for round in 1..=5 {
        hand.counter.inc();
        hand.publisher.tick();
        assert!(Answer::get(&site, "/metrics").text().contains(&format!("calls_total {round}\n")));
        let reason = "collector bomb: panicked: at try 2; it is tried again in 2 s".to_owned();
        assert_eq!(health(&site), (503, vec![reason], 200, 200));
    }
    // Also on the thread that ticks by itself.
    let registry = Registry::builder().series(64).build().unwrap();
    let clock = Arc::new(ManualClock::new());
    let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
    publisher.collect(Box::new(Bomb(is_armed, 0)));
    let ticker = publisher.start().unwrap();
    let site = Site::new(ticker.pages());
    until("the collector to be run", || {
        clock.advance(SECOND);
        ticker.pages().collectors().all()[0].last().tries > 0
    });
    // Answered by that thread.
    assert_eq!(Answer::get(&site, "/metrics/per-object").status, 200);
    assert!(!ticker.pages().is_stopped());
    let reasons = health(&site).1;
    // As its clock runs, the page may be old too.
    assert!(reasons.iter().any(|reason| reason.starts_with("collector bomb: panicked: at try ")), "{reasons:?}");
}

#[test]
fn a_capacity_that_is_nearly_full_is_a_warning() {
    let registry = Registry::builder().series(100).families(64).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["n"]).register().unwrap();
    let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let site = Site::new(publisher.pages());
    let mut made = 0;
    let mut warnings = |series| {
        (made..series).for_each(|n| calls.with([&n.to_string()]).inc());
        made = series;
        publisher.tick();
        let document = json(&Answer::get(&site, "/metrics/health"));
        assert_eq!((&document["healthy"], &document["capacity"]["series"]["bound"]), (&true.into(), &100.into()));
        assert_eq!(document["capacity"]["series"]["used"], series);
        let all: Vec<String> = document["warnings"].as_array().unwrap().iter().map(text).collect();
        all.into_iter().filter(|warning| warning.starts_with("series")).collect::<Vec<_>>()
    };
    assert_eq!(warnings(89), [""; 0]);
    assert_eq!(warnings(90), ["series: 90 of 100 are used; what does not fit is refused and counted"]);
    assert_eq!(warnings(100), ["series: 100 of 100 are used; what does not fit is refused and counted"]);
}

// --- the landing page

/// Names of elements in order of their start, if each that has an end ends where it may.
fn elements(html: &str) -> Result<Vec<String>, String> {
    let (mut open, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let body = html.strip_prefix("<!doctype html>").ok_or("no doctype")?;
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').ok_or_else(|| format!("no end of <{part}"))?;
        if open.last().is_none_or(|open| open != "style") && text.contains('>') {
            return Err(format!("a bare > in {text}"));
        }
        for entity in text.split('&').skip(1) {
            if !["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known)) {
                return Err(format!("a bare & in {text}"));
            }
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("</{name}> ends another element"));
            }
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        if tag.matches('"').count() % 2 != 0 {
            return Err(format!("quotes in <{tag}>"));
        }
        all.push(name.to_owned());
        if name != "meta" {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() { Ok(all) } else { Err(format!("{open:?} do not end")) }
}

#[test]
fn the_landing_page_is_well_formed_and_its_links_lead_somewhere() {
    let registry = Registry::builder().series(64).build().unwrap();
    let ticker = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap().start().unwrap();
    for base in ["/metrics", "/a&b/metrics", "/it's"] {
        let about = About::new("a<b>&\"c\"", "<script>alert(1)</script>", "</p><img src=x onerror=y> & 'more'");
        // In either order.
        let site = Site::new(ticker.pages()).about(about.clone()).path(base).unwrap();
        let other = Site::new(ticker.pages()).path(base).unwrap().about(about);
        let answer = Answer::get(&site, "/");
        assert_eq!((answer.status, answer.content_type()), (200, HTML));
        assert_eq!(answer, Answer::get(&other, "/"));
        let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        assert_eq!(answer.header("content-security-policy"), Some(policy));
        let html = answer.text();
        let elements = elements(&html).unwrap();
        let known = [
            "html", "head", "meta", "title", "style", "body", "main", "h1", "small", "p", "dl", "div", "dt", "a", "dd",
            "ul", "li",
        ];
        assert!(elements.iter().all(|name| known.contains(&name.as_str())), "{elements:?}");
        assert!(html.contains("<title>a&lt;b&gt;&amp;&quot;c&quot;</title>"), "{html}");
        let links: Vec<String> =
            html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect();
        assert_eq!(links.len(), 6);
        for link in links {
            // From where the page is.
            let link = link.strip_prefix('.').expect(&link);
            assert_eq!(Answer::get(&site, link).status, 200, "{link}");
            assert!(link.starts_with(base) || link.starts_with("/-/"), "{link}");
        }
        // Nothing else has the policy.
        assert_eq!(Answer::get(&site, base).header("content-security-policy"), None);
    }
    let plain = Answer::get(&Site::new(ticker.pages()), "/").text();
    assert!(plain.contains("<h1>metrics<small></small></h1><p>Metrics for Prometheus.</p>"), "{plain}");
}
