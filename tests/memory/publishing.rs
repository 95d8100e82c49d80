use std::time::Duration;

use openclaw_prometheus::encode::{self, Format};
use openclaw_prometheus::publish::{Coding, PublishError, Publisher, Shortage, TakenPage};
use openclaw_prometheus::serve::{Reply, RequestHead, Site, respond};
use openclaw_prometheus::{Bounds, ManualClock, MetricKind, Registry, SnapshotFamily};
use support::answers::Answer;

use crate::refuse_each;

/// A registry of all kinds of families, and a publisher by hand.
struct Fixture {
    registry: Registry,
    rows: SnapshotFamily<1>,
    publisher: Publisher,
    site: Site,
}

fn registry() -> (Registry, SnapshotFamily<1>) {
    let registry = Registry::builder().series(40_000).families(600).seed(1).build().unwrap();
    let rows = registry.snapshot("rows", "", MetricKind::Gauge).labels(["row"]).register().unwrap();
    (0..200).for_each(|number| drop(registry.counter(&format!("a{number}_total"), "").register().unwrap()));
    record(&registry, &rows, 0..500);
    (registry, rows)
}

/// Adds series of each kind, and changes those that are there.
fn record(registry: &Registry, rows: &SnapshotFamily<1>, series: std::ops::Range<usize>) {
    let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
    let cost = registry.counter_f64("cost_total", "").labels(["model"]).register().unwrap();
    let depth = registry.gauge("depth", "").labels(["model"]).register().unwrap();
    let running = registry.in_flight("running", "").labels(["model"]).register().unwrap();
    let bounds = Bounds::linear(1.0, 1.0, 250).unwrap();
    let seconds = registry.histogram("wait_seconds", "", bounds).labels(["model"]).register().unwrap();
    let names: Vec<String> = series.map(|number| format!("model-{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        calls.with([name]).add(number as u64 * 1000);
        cost.with([name]).add(0.5);
        depth.with([name]).set(number as f64);
        running.with([name]).start();
        if number % 100 == 0 {
            seconds.with([name]).observe(number as f64);
        }
    }
    rows.replace(names.iter().map(|name| ([name.as_str()], 1.0)));
}

fn publisher(registry: &Registry) -> Result<Publisher, PublishError> {
    Publisher::new(registry, Duration::from_secs(1), ManualClock::new())
}

fn fixture() -> Fixture {
    let (registry, rows) = registry();
    let publisher = publisher(&registry).unwrap();
    let site = Site::new(publisher.pages());
    Fixture { registry, rows, publisher, site }
}

impl Fixture {
    fn shortages(&self) -> u64 {
        Shortage::ALL.iter().map(|of| self.publisher.pages().shortages(*of)).sum()
    }

    /// Ticks with all the memory there is, and looks at the page.
    #[track_caller]
    fn assert_right_again(&mut self) {
        self.publisher.tick();
        let page = self.publisher.pages().current();
        assert!(page.to_vec() == encode::text(&self.registry).into_bytes());
        assert!(Shortage::ALL.iter().all(|of| self.publisher.pages().shortage(*of).is_none()));
    }
}

#[test]
fn a_publisher_without_memory_is_an_error_or_a_page_less() {
    let points = refuse_each(
        "starting a publisher",
        registry,
        |(registry, _)| publisher(registry),
        |(registry, rows), outcome, is_refused| match outcome {
            Err(PublishError::Memory { bytes }) => {
                assert!(is_refused && bytes >= 2048);
                publisher(&registry).unwrap();
            }
            Err(error) => panic!("{error:?}"),
            Ok(publisher) => {
                let site = Site::new(publisher.pages());
                let mut fixture = Fixture { registry, rows, publisher, site };
                assert_eq!(fixture.shortages() > 0, is_refused);
                fixture.assert_right_again();
            }
        },
    );
    assert!(points >= 20, "{points}");
}

#[test]
fn a_page_that_there_is_no_memory_for_is_one_less_and_the_next_is_right() {
    let points = refuse_each(
        "a tick with new series",
        || {
            let fixture = fixture();
            record(&fixture.registry, &fixture.rows, 300..800);
            // Series go, and a family.
            fixture.registry.snapshot("gone", "", MetricKind::Gauge).register().unwrap().unregister();
            let old = fixture.publisher.pages().current().to_vec();
            (fixture, old)
        },
        |(fixture, _)| fixture.publisher.tick(),
        |(mut fixture, old), (), is_refused| {
            let pages = fixture.publisher.pages();
            assert_eq!(fixture.shortages() > 0, is_refused);
            if is_refused {
                assert!(pages.current().to_vec() == old, "what there was is there still");
                let (is_healthy, document) = fixture.site.health();
                assert!(!is_healthy);
                let document = String::from_utf8(document).unwrap();
                assert!(document.contains("there is no memory for "), "{document}");
            }
            fixture.assert_right_again();
            record(&fixture.registry, &fixture.rows, 0..1200);
            fixture.assert_right_again();
            assert!(fixture.site.health().0);
        },
    );
    assert!(points >= 20, "{points}");
}

#[test]
fn numbers_that_outgrow_their_page_without_memory_are_shown_by_the_next() {
    let points = refuse_each(
        "a tick with wider numbers",
        || {
            let mut fixture = fixture();
            // One page to write over, and one before it.
            for amount in [1, 2] {
                let calls = fixture.registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
                calls.with(["model-1"]).add(amount);
                fixture.assert_right_again();
            }
            let calls = fixture.registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
            (0..500).for_each(|number| calls.with([&format!("model-{number}")]).add(1 << 52));
            fixture
        },
        |fixture| fixture.publisher.tick(),
        |mut fixture, (), is_refused| {
            assert_eq!(fixture.shortages() > 0, is_refused);
            fixture.assert_right_again();
        },
    );
    assert!(points >= 1, "{points}");
}

#[test]
fn a_page_without_memory_for_its_gzip_form_is_sent_as_it_is() {
    let gzip = {
        let mut fixture = fixture();
        let pages = fixture.publisher.pages();
        drop(pages.take(Format::Text, Coding::Gzip));
        fixture.publisher.tick();
        pages.current().gzip().expect("asked for").to_vec()
    };
    let points = refuse_each(
        "a gzip form",
        || {
            let fixture = fixture();
            let TakenPage::Pending(asked) = fixture.publisher.pages().take(Format::Text, Coding::Gzip) else {
                panic!()
            };
            (fixture, asked)
        },
        |(fixture, _)| fixture.publisher.tick(),
        |(mut fixture, asked), (), is_refused| {
            let pages = fixture.publisher.pages();
            assert_eq!(pages.shortages(Shortage::Gzip) > 0, is_refused);
            assert_eq!(asked.wait().gzip().is_none(), is_refused);
            assert!(fixture.site.health().0, "it is a warning");
            drop(pages.take(Format::Text, Coding::Gzip));
            fixture.assert_right_again();
            assert!(pages.current().gzip() == Some(&gzip));
        },
    );
    assert!(points >= 1, "{points}");
}

#[test]
fn a_view_without_memory_is_503_and_made_when_it_is_asked_for_again() {
    for path in ["/metrics/per-object", "/metrics/detailed?family="] {
        let ask = |fixture: &mut Fixture| {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let mut head = RequestHead::new("GET", path);
            (head.query, head.accept_encoding) = (query, "gzip");
            let reply = respond(&fixture.site, &head);
            fixture.publisher.tick();
            reply.wait()
        };
        let body = |reply: &Reply| reply.pieces().collect::<Vec<_>>().concat();
        let whole = body(&ask(&mut fixture()));
        let points = refuse_each(
            path,
            || {
                let mut fixture = fixture();
                fixture.assert_right_again();
                fixture
            },
            ask,
            |mut fixture, reply, is_refused| {
                let pages = fixture.publisher.pages();
                let is_without = pages.shortages(Shortage::View) > 0;
                assert_eq!(fixture.shortages() > 0, is_refused);
                assert_eq!(reply.status(), if is_without { 503 } else { 200 });
                if is_without {
                    assert_eq!(body(&reply), b"There is no memory for this view; ask again in a while.\n");
                }
                drop(reply);
                fixture.publisher.tick();
                let reply = ask(&mut fixture);
                assert!(reply.status() == 200 && body(&reply) == whole);
            },
        );
        assert!(points >= 10, "{points}");
    }
}

#[test]
fn rows_that_there_is_no_memory_for_are_rejected_and_counted() {
    let labels: Vec<String> = (0..200).map(|number| format!("{number:05000}")).collect();
    let replace = |rows: &SnapshotFamily<1>| rows.replace(labels.iter().map(|label| ([label.as_str()], 1.0)));
    let points = refuse_each(
        "rows of a snapshot",
        || {
            let registry = Registry::builder().build().unwrap();
            let rows = registry.snapshot("rows", "", MetricKind::Gauge).labels(["row"]).register().unwrap();
            (registry, rows)
        },
        |(_, rows)| replace(rows),
        |(registry, rows), rejected, is_refused| {
            assert_eq!(rejected > 0, is_refused);
            assert_eq!(rows.rejected(), rejected);
            assert_eq!(encode::text(&registry).matches("rows{").count() as u64, 200 - rejected);
            assert_eq!(replace(&rows), 0);
            assert_eq!(encode::text(&registry).matches("rows{").count(), 200);
        },
    );
    assert!(points >= 200, "{points}");
}

#[test]
fn an_answer_needs_no_memory_that_follows_its_page() {
    let mut points = 0;
    for path in ["/metrics", "/metrics/health", "/-/ready", "/"] {
        points += refuse_each(
            path,
            fixture,
            |fixture| {
                let reply = respond(&fixture.site, &RequestHead::new("GET", path));
                (reply.status(), reply.pieces().map(<[u8]>::len).sum::<usize>() as u64 == reply.len())
            },
            |_, outcome, _| assert_eq!(outcome, (200, true)),
        );
    }
    assert_eq!(points, 0);
    let fixture = fixture();
    assert_eq!(Answer::get(&fixture.site, "/metrics").body, encode::text(&fixture.registry).into_bytes());
}
