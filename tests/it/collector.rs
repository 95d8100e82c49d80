//! Promise: what the exporter tells of its process, its build and itself is right, and its version is one everywhere.
#![cfg(feature = "serve")]

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use openclaw_prometheus::collector::{self, OwnMetrics};
use openclaw_prometheus::publish::{Coding, Collect, CollectError, Publisher};
use openclaw_prometheus::serve::{Auth, RequestHead, Site, respond};
use openclaw_prometheus::testing::value;
use openclaw_prometheus::{ManualClock, Registry, encode};

const SECOND: Duration = Duration::from_secs(1);

/// The first figure of a line of `/proc/self/status`.
#[cfg(target_os = "linux")]
fn status(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect(name);
    line.split_whitespace().next().expect(name).parse().unwrap()
}

/// Uses the processor for a while.
#[cfg(target_os = "linux")]
fn spin() {
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_millis(30) {
        std::hint::black_box(began);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_that_is_told_again_is_the_only_one() {
    let registry = Registry::builder().build().unwrap();
    for instance in ["attic", "cellar", ""] {
        collector::build_info(&registry, "app_build_info", "Which.", [("version", "1"), ("instance", instance)])
            .unwrap();
    }
    let text = encode::text(&registry);
    assert!(text.contains("\napp_build_info{version=\"1\"} 1\n") && !text.contains("attic"), "{text}");
}

#[test]
fn the_process_families_have_the_names_and_values_that_every_client_library_gives() {
    let registry = Registry::builder().build().unwrap();
    let clock = Arc::new(ManualClock::new());
    let mut process = collector::Process::register(&registry, clock.clone()).unwrap();
    assert!(!encode::text(&registry).contains("\nprocess_open_fds "), "unknown before it was looked at");
    process.collect().unwrap();
    let names = [
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_threads",
        "process_virtual_memory_bytes",
        "process_virtual_memory_max_bytes",
    ];
    let page = encode::text(&registry);
    let types = |page: &str| -> Vec<String> {
        page.lines().filter_map(|line| line.strip_prefix("# TYPE process_")).map(String::from).collect()
    };
    assert_eq!(types(&page).len(), names.len(), "{page}");
    let get = |name: &str| value(&registry, name, &[]).unwrap_or_else(|| panic!("{name}"));
    // Others threads of the tests come and go, and memory with them.
    let is_near = |shown: f64, kilobytes: f64| (0.25..4.0).contains(&(shown / (kilobytes * 1024.0)));
    assert!(is_near(get("process_resident_memory_bytes"), status("VmRSS")));
    assert!(is_near(get("process_virtual_memory_bytes"), status("VmSize")));
    assert!((get("process_threads") - status("Threads")).abs() <= 4.0);
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as f64;
    assert!((get("process_open_fds") - open).abs() <= 8.0, "{} {open}", get("process_open_fds"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let age = now - get("process_start_time_seconds");
    assert!((-1.5..600.0).contains(&age), "started {age} s ago");

    // Processor time that is used is shown, to what the system counts in, and only after five seconds.
    let before = get("process_cpu_seconds_total");
    spin();
    clock.advance(SECOND * 4);
    process.collect().unwrap();
    assert_eq!(get("process_cpu_seconds_total"), before);
    // On a busy machine time passes without being ours.
    support::deadline::until("processor time is shown", || {
        spin();
        clock.advance(SECOND * 5);
        process.collect().unwrap();
        get("process_cpu_seconds_total") >= before + 0.05
    });
    let held: Vec<std::fs::File> = (0..50).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
    let before = get("process_open_fds");
    clock.advance(SECOND * 5);
    process.collect().unwrap();
    assert!(get("process_open_fds") >= before + 42.0);
    drop(held);
}

#[test]
fn an_info_metric_is_one_and_blocks_empty_labels_out() {
    let registry = Registry::builder().build().unwrap();
    collector::build_info(&registry, "app_build_info", "Build.", [("version", "1.2"), ("instance", "")]).unwrap();
    assert!(encode::text(&registry).contains("\napp_build_info{version=\"1.2\"} 1\n"));
}

/// An exporter by hand: a registry with own families, a publisher that ticks when told, and a site.
struct Exporter {
    registry: Registry,
    publisher: Publisher,
    site: Site,
    clock: Arc<ManualClock>,
}

impl Exporter {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
        let registry = Registry::builder().build().unwrap();
        let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
        let own = OwnMetrics::register(&registry, "app", &publisher.pages()).unwrap();
        publisher.observer(Arc::new(own.clone()));
        publisher.collect(Box::new(own.clone()));
        publisher.tick();
        let site = Site::new(publisher.pages()).observer(Arc::new(own));
        Self { registry, publisher, site, clock }
    }

    fn tick(&mut self) {
        self.clock.advance(SECOND);
        self.publisher.tick();
    }

    fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        value(&self.registry, name, labels)
    }
}

#[test]
fn requests_are_counted_by_route_method_code_and_format_when_they_are_over() {
    let exporter = Exporter::new();
    let requests = |labels: [&str; 4]| {
        let names = ["route", "method", "status", "format"];
        let labels: Vec<(&str, &str)> = names.into_iter().zip(labels).collect();
        exporter.get("app_http_requests_total", &labels)
    };
    // There from the start, so that a rate sees the first one.
    assert_eq!(requests(["metrics", "GET", "200", "text"]), Some(0.0));
    assert_eq!(requests(["metrics", "GET", "200", "openmetrics"]), Some(0.0));
    let reply = respond(&exporter.site, &RequestHead::new("GET", "/metrics"));
    assert_eq!(exporter.get("app_http_requests_in_flight", &[]), Some(1.0));
    assert_eq!(requests(["metrics", "GET", "200", "text"]), Some(0.0));
    exporter.clock.advance(Duration::from_millis(30));
    drop(reply);
    assert_eq!(exporter.get("app_http_requests_in_flight", &[]), Some(0.0));
    assert_eq!(requests(["metrics", "GET", "200", "text"]), Some(1.0));
    let buckets = encode::text(&exporter.registry);
    for (le, count) in [("0.025", 0), ("0.1", 1)] {
        let line = format!(
            "app_http_request_duration_seconds_bucket{{route=\"metrics\",method=\"GET\",le=\"{le}\"}} {count}\n"
        );
        assert!(buckets.contains(&line), "{line}{buckets}");
    }
    for (method, path, expected) in [
        ("HEAD", "/metrics", ["metrics", "HEAD", "200", "text"]),
        ("GET", "/", ["landing", "GET", "200", "html"]),
        ("GET", "/metrics/health", ["health", "GET", "200", "json"]),
        ("GET", "/-/healthy", ["healthy", "GET", "200", "plain"]),
        ("GET", "/-/ready", ["ready", "GET", "200", "plain"]),
        ("POST", "/metrics", ["metrics", "other", "405", "plain"]),
        ("BREW", "/coffee", ["other", "other", "404", "plain"]),
    ] {
        drop(respond(&exporter.site, &RequestHead::new(method, path)));
        assert_eq!(requests(expected), Some(1.0), "{method} {path}");
    }
    // Whatever is sent, the series stay few.
    for number in 0..1000 {
        drop(respond(&exporter.site, &RequestHead::new(&format!("M{number}"), &format!("/{number}"))));
    }
    assert!(exporter.registry.memory().series < 40, "{}", exporter.registry.memory().series);
}

#[test]
fn refused_requests_are_counted_by_reason() {
    let exporter = Exporter::new();
    let pages = exporter.publisher.pages();
    let own = OwnMetrics::register(&exporter.registry, "guarded", &pages).unwrap();
    let reasons = [
        "no_token",
        "wrong_token",
        "wrong_token_slowed",
        "token_not_set_up",
        "other_host",
        "no_host",
        "too_often",
        "too_many",
    ];
    let counts = || reasons.map(|reason| exporter.get("guarded_http_refused_total", &[("reason", reason)]).unwrap());
    assert_eq!(counts(), [0.0; 8], "there from the start");
    let site = |auth| Site::new(pages.clone()).auth(auth).observer(Arc::new(own.clone()));
    let ask = |site: &Site, path, authorization, host| {
        let mut head = RequestHead::new("GET", path);
        (head.authorization, head.host, head.local) = (authorization, host, Some([127, 0, 0, 1].into()));
        head.peer = Some([10, 0, 0, 7].into());
        drop(respond(site, &head).wait());
    };
    let guarded = site(Auth::token("of-sixteen-and-more"));
    ask(&guarded, "/metrics", None, Some("x"));
    (0..7).for_each(|_| ask(&guarded, "/metrics", Some("Bearer wrong"), Some("x")));
    ask(&guarded, "/metrics", Some("Bearer of-sixteen-and-more"), Some("x"));
    ask(&guarded, "/", Some("Bearer wrong"), Some("x"));
    ask(&guarded, "/metrics", None, Some("x, y"));
    ask(&site(Auth::missing("Set a token.")), "/metrics", Some("Bearer wrong"), Some("x"));
    (0..3).for_each(|_| ask(&site(Auth::everybody()), "/nothing", None, Some("rebound.example")));
    assert_eq!(counts(), [1.0, 5.0, 2.0, 1.0, 3.0, 1.0, 0.0, 0.0]);
}

#[test]
fn pages_room_and_rendering_are_told() {
    let mut exporter = Exporter::new();
    let filling = exporter.registry.counter("filling_total", "").labels(["n"]).register().unwrap();
    (0..50).for_each(|number| filling.with([&number.to_string()]).inc());
    exporter.tick();
    exporter.tick();
    assert_eq!(exporter.get("app_series_capacity", &[]), Some(8192.0));
    let series = exporter.get("app_series", &[]).unwrap();
    assert!((50.0..80.0).contains(&series), "{series}");
    assert_eq!(exporter.get("app_page_age_seconds", &[]), Some(1.0));
    assert_eq!(exporter.get("app_page_read_timestamp_seconds", &[]), Some(1_700_000_002.0));
    let mut pages = exporter.publisher.pages().current().len() as f64;
    let bytes = |exporter: &Exporter, coding| exporter.get("app_page_bytes", &[("format", "text"), ("coding", coding)]);
    assert_eq!(bytes(&exporter, "identity"), Some(pages));
    assert_eq!(bytes(&exporter, "gzip"), None, "nobody took it so");
    let coming = exporter.publisher.pages().fresh(encode::Format::Text, Coding::Gzip);
    exporter.tick();
    let page = coming.wait();
    pages = page.gzip().expect("made").len() as f64;
    assert_eq!(bytes(&exporter, "gzip"), Some(pages));
    assert_eq!(exporter.get("app_compress_duration_seconds", &[]), Some(1.0));
    let renders = exporter.get("app_render_duration_seconds", &[]).unwrap();
    assert!(renders >= 3.0, "{renders}");
    assert_eq!(exporter.get("app_last_scrape_duration_seconds", &[]), Some(0.0), "this clock stands still meanwhile");
    // Slow readers keep pages, of which the last is the newest.
    let mut held = vec![exporter.publisher.pages().current()];
    for _ in 0..6 {
        filling.with(["0"]).inc();
        exporter.tick();
        held.push(exporter.publisher.pages().current());
    }
    exporter.tick();
    let replaced: usize = held[..6].iter().map(|page| page.memory_bytes()).sum();
    assert_eq!(exporter.get("app_in_flight_bytes", &[]), Some(replaced as f64));
    assert_eq!(exporter.get("app_in_flight_limit_bytes", &[]), Some(f64::from(24 << 20)));
    assert_eq!(exporter.get("app_reset_readers_total", &[("reason", "over_budget")]), Some(0.0));
}

#[test]
fn collectors_are_told_with_their_success_length_and_failures() {
    struct Moody(Arc<ManualClock>, u32);
    impl Collect for Moody {
        fn name(&self) -> &str {
            "moody"
        }

        fn collect(&mut self) -> Result<(), CollectError> {
            self.0.advance(Duration::from_millis(250));
            self.1 += 1;
            if self.1.is_multiple_of(2) { Err("not today".into()) } else { Ok(()) }
        }
    }
    let mut exporter = Exporter::new();
    exporter.publisher.collect(Box::new(Moody(exporter.clock.clone(), 0)));
    let of = |exporter: &Exporter, name: &str| exporter.get(name, &[("collector", "moody")]);
    exporter.publisher.tick();
    assert_eq!(of(&exporter, "app_collector_success"), Some(1.0), "told on the page that it was called for");
    assert_eq!(of(&exporter, "app_collector_hanging"), Some(0.0));
    assert_eq!(of(&exporter, "app_collector_duration_seconds"), Some(0.25));
    assert_eq!(of(&exporter, "app_collector_last_success_timestamp_seconds"), Some(1_700_000_000.25));
    assert_eq!(of(&exporter, "app_collect_errors_total"), Some(0.0));
    exporter.publisher.tick();
    assert_eq!(of(&exporter, "app_collector_success"), Some(0.0));
    assert_eq!(of(&exporter, "app_collect_errors_total"), Some(1.0));
    assert_eq!(of(&exporter, "app_collector_last_success_timestamp_seconds"), Some(1_700_000_000.25));
    for _ in 0..4 {
        exporter.publisher.tick();
    }
    assert_eq!(of(&exporter, "app_collect_errors_total"), Some(3.0));
}

#[test]
fn a_collector_that_hangs_is_named_by_health_and_a_metric() {
    struct Hangs(Receiver<()>);
    impl Collect for Hangs {
        fn name(&self) -> &str {
            "hangs"
        }

        fn collect(&mut self) -> Result<(), CollectError> {
            let _ = self.0.recv();
            Ok(())
        }
    }
    let mut exporter = Exporter::new();
    let (ends, hangs) = channel();
    exporter.publisher.collect(Box::new(Hangs(hangs)));
    let of = |exporter: &Exporter, name: &str| exporter.get(name, &[("collector", "hangs")]);
    exporter.tick();
    assert!(exporter.site.health().0);
    (0..3).for_each(|_| exporter.tick());
    assert_eq!(of(&exporter, "app_collector_hanging"), Some(1.0));
    assert_eq!(
        (of(&exporter, "app_collector_success"), of(&exporter, "app_collect_errors_total")),
        (Some(0.0), Some(1.0))
    );
    let (is_healthy, document) = exporter.site.health();
    let document = String::from_utf8(document).unwrap();
    assert!(!is_healthy);
    assert!(document.contains("collector hangs: has not come back within 1 s; what it brings later is discarded"));
    assert!(document.contains("\"hanging_seconds\":3,"), "{document}");
    drop(ends);
    support::deadline::until("it to work again", || {
        exporter.tick();
        exporter.site.health().0 && of(&exporter, "app_collector_hanging") == Some(0.0)
    });
}

/// The value of `version` in a manifest.
fn version(text: &str) -> Option<String> {
    let line =
        text.lines().map(str::trim).find(|line| line.starts_with("version") || line.starts_with("\"version\""))?;
    line.split('"').rfind(|part| part.starts_with(|char: char| char.is_ascii_digit())).map(String::from)
}

#[test]
fn one_version_is_told_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifests =
        ["Cargo.toml", "cli/Cargo.toml", "plugin/Cargo.toml", "plugin/package.json", "plugin/openclaw.plugin.json"];
    for manifest in manifests {
        let text = std::fs::read_to_string(root.join(manifest)).expect(manifest);
        assert_eq!(version(&text).as_deref(), Some(env!("CARGO_PKG_VERSION")), "{manifest}");
    }
    #[cfg(all(feature = "openclaw", feature = "config"))]
    assert_eq!(openclaw_prometheus::exporter::VERSION, env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_family_of_ours_has_a_help_text_and_a_name_that_fits_its_type() {
    let mut exporter = Exporter::new();
    exporter.tick();
    let page = encode::text(&exporter.registry);
    let helps = page.lines().filter(|line| line.starts_with("# HELP app_")).count();
    let types: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE app_")).collect();
    assert_eq!(helps, types.len());
    assert!(types.len() >= 19, "{types:?}");
    for line in types {
        let (name, kind) = line.split_once(' ').unwrap();
        assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
    }
}
