//! Promise: no page is older than one tick. A page appears once per interval and not in between; with an interval of 0 a
//! page's reading begins after the request for it. The thread ends when it is told to, and what it read is not lost.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Page, Pages, PublishError, Publisher, TakenPage};
use openclaw_prometheus::{Bounds, Clock, Counter, ManualClock, Registry, SystemClock, encode};
use support::deadline::until;
use support::this_process::threads_named;

use crate::alone;

const SECOND: Duration = Duration::from_secs(1);

fn registry_with_counter() -> (Registry, Counter) {
    let registry = Registry::builder().series(64).build().unwrap();
    let counter = registry.counter("calls_total", "").register().unwrap();
    (registry, counter)
}

/// What a page says of `calls_total`.
fn calls(page: &Page) -> u64 {
    let text = String::from_utf8(page.to_vec()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("calls_total "));
    line.unwrap_or_else(|| panic!("no calls_total in {text}")).parse().unwrap()
}

/// A manual clock that counts how often the render thread has gone to sleep, and can hold it up where it looks at the
/// time.
#[derive(Default)]
struct WatchedClock {
    time: ManualClock,
    sleeps: AtomicU64,
    slept_at: Mutex<Duration>,
    looks: AtomicU64,
    is_held: Mutex<bool>,
    freed: Condvar,
}

impl WatchedClock {
    fn hold(&self, is_held: bool) {
        *self.is_held.lock().unwrap() = is_held;
        self.freed.notify_all();
    }

    /// Moves on and lets the render thread do what it then does, until it sleeps again.
    fn advance_and_settle(&self, by: Duration) {
        let before = self.sleeps.load(Ordering::SeqCst);
        self.time.advance(by);
        until("the render thread to sleep again", || {
            self.sleeps.load(Ordering::SeqCst) > before && *self.slept_at.lock().unwrap() == self.time.now()
        });
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Duration {
        if std::thread::current().name() == Some("ocp-render") {
            self.looks.fetch_add(1, Ordering::SeqCst);
            let held = self.is_held.lock().unwrap();
            drop(self.freed.wait_while(held, |is_held| *is_held).unwrap());
        }
        self.time.now()
    }

    fn sleep_for(&self, until: Duration) -> Option<Duration> {
        *self.slept_at.lock().unwrap() = self.time.now();
        self.sleeps.fetch_add(1, Ordering::SeqCst);
        self.time.sleep_for(until)
    }

    fn wake_with(&self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.time.wake_with(wake);
    }
}

#[test]
fn a_page_appears_once_per_interval_and_not_in_between() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let clock = Arc::new(WatchedClock::default());
    let publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
    let pages = publisher.pages();
    assert_eq!((calls(&pages.current()), pages.rendered_at()), (0, Duration::ZERO), "a page is there from the start");
    let ticker = publisher.start().unwrap();
    until("the render thread to sleep", || clock.sleeps.load(Ordering::SeqCst) > 0);
    let (mut recorded, mut shown) = (0, 0);
    for interval in 1..=50 {
        // Woken right after the page, and three times more before the next is due.
        for millis in [0, 0, 400, 599] {
            counter.inc();
            recorded += 1;
            clock.advance_and_settle(Duration::from_millis(millis));
            let page = pages.current();
            assert_eq!((calls(&page), page.read_at()), (shown, SECOND * (interval - 1)), "interval {interval}");
            assert_eq!(pages.rendered_at(), SECOND * (interval - 1));
        }
        clock.advance_and_settle(Duration::from_millis(1));
        let page = pages.current();
        assert_eq!((calls(&page), page.read_at()), (recorded, SECOND * interval));
        assert_eq!(pages.rendered_at(), SECOND * interval);
        shown = recorded;
    }
    ticker.stop();
}

#[test]
fn a_render_that_finds_nothing_new_keeps_the_page() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let clock = Arc::new(WatchedClock::default());
    let ticker = Publisher::new(&registry, SECOND, clock.clone()).unwrap().start().unwrap();
    let pages = ticker.pages();
    until("the render thread to sleep", || clock.sleeps.load(Ordering::SeqCst) > 0);
    counter.inc();
    clock.advance_and_settle(SECOND);
    let page = pages.current();
    for interval in 2..10 {
        clock.advance_and_settle(SECOND);
        assert!(Arc::ptr_eq(&page, &pages.current()), "nothing changed");
        assert_eq!((page.read_at(), pages.rendered_at()), (SECOND, SECOND * interval), "and yet it was read");
    }
}

#[test]
fn after_a_long_sleep_one_render_is_enough() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let clock = Arc::new(WatchedClock::default());
    let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
    publisher.keep(Format::Text);
    let ticker = publisher.start().unwrap();
    let pages = ticker.pages();
    until("the render thread to sleep", || clock.sleeps.load(Ordering::SeqCst) > 0);
    counter.inc();
    clock.advance_and_settle(SECOND * 1000);
    assert_eq!((calls(&pages.current()), pages.rendered_at()), (1, SECOND * 1000));
    counter.inc();
    clock.advance_and_settle(SECOND / 2);
    assert_eq!((calls(&pages.current()), pages.rendered_at()), (1, SECOND * 1000), "no render to make up for");
    clock.advance_and_settle(SECOND / 2);
    assert_eq!((calls(&pages.current()), pages.rendered_at()), (2, SECOND * 1001));
}

#[test]
fn the_system_clock_ticks_by_itself() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let ticker = Publisher::new(&registry, Duration::from_millis(1), SystemClock::new()).unwrap().start().unwrap();
    let pages = ticker.pages();
    for count in 1..=5 {
        counter.inc();
        until("the next page", || calls(&pages.current()) == count);
    }
}

#[test]
fn with_an_interval_of_0_a_pages_reading_begins_after_the_request() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let beside = registry.counter("beside_total", "").register().unwrap();
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).register().unwrap();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    let pages = ticker.pages();
    assert!(pages.is_on_demand());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                beside.inc();
                seconds.observe(0.2);
            }
        });
        for count in 1..=1000 {
            counter.inc();
            assert_eq!(calls(&pages.fresh(Format::Text, Coding::Identity).wait()), count);
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn every_one_of_many_requesting_threads_sees_what_it_recorded() {
    let _alone = alone();
    let registry = Registry::builder().series(64).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["thread"]).register().unwrap();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (calls, pages) = (&calls, ticker.pages());
            scope.spawn(move || {
                let name = thread.to_string();
                for count in 1..=300 {
                    calls.with([&name]).inc();
                    let page = pages.fresh(Format::Text, Coding::Identity).wait();
                    let text = String::from_utf8(page.to_vec()).unwrap();
                    let line = format!("calls_total{{thread=\"{name}\"}} {count}");
                    assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
                }
            });
        }
    });
}

#[test]
fn nothing_is_rendered_on_demand_unless_somebody_asks() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let clock = Arc::new(WatchedClock::default());
    let ticker = Publisher::new(&registry, Duration::ZERO, clock.clone()).unwrap().start().unwrap();
    let pages = ticker.pages();
    assert_eq!(calls(&pages.fresh(Format::Text, Coding::Identity).wait()), 0);
    let looks = clock.looks.load(Ordering::SeqCst);
    for _ in 0..100 {
        counter.inc();
        clock.time.advance(SECOND);
    }
    assert_eq!(calls(&pages.current()), 0);
    assert_eq!(calls(&pages.fresh(Format::Text, Coding::Identity).wait()), 100);
    // One more page was made, and looking at the time is part of making one.
    assert!(clock.looks.load(Ordering::SeqCst) - looks <= 3, "{} looks", clock.looks.load(Ordering::SeqCst) - looks);
}

#[test]
fn requests_that_come_while_a_page_is_made_share_the_next_one() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let clock = Arc::new(WatchedClock::default());
    let ticker = Publisher::new(&registry, Duration::ZERO, clock.clone()).unwrap().start().unwrap();
    let pages = ticker.pages();
    pages.fresh(Format::Text, Coding::Identity).wait();
    let looks = || clock.looks.load(Ordering::SeqCst);
    // How often one page makes the render thread look at the time.
    let before = looks();
    pages.fresh(Format::Text, Coding::Identity).wait();
    let each = looks() - before;

    // The render thread stands still on its way to the first page, and ten more requests come.
    clock.hold(true);
    let before = looks();
    counter.inc();
    let first = pages.fresh(Format::Text, Coding::Identity);
    until("the render thread to be at it", || looks() > before);
    let others: Vec<_> = (0..10)
        .map(|_| {
            counter.inc();
            pages.fresh(Format::Text, Coding::Identity)
        })
        .collect();
    clock.hold(false);
    assert!(calls(&first.wait()) >= 1);
    let made: Vec<Arc<Page>> = others.into_iter().map(|fresh| fresh.wait()).collect();
    for page in &made {
        assert_eq!(calls(page), 11);
        assert!(Arc::ptr_eq(page, &made[0]));
    }
    assert_eq!(looks() - before, 2 * each, "two pages were made for eleven requests");
}

#[test]
fn a_request_can_be_awaited() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    for count in 1..=100 {
        counter.inc();
        let mut fresh = pin!(ticker.pages().fresh(Format::Text, Coding::Identity));
        let (waker, woken) = counting_waker();
        let mut context = Context::from_waker(&waker);
        let page = match fresh.as_mut().poll(&mut context) {
            Poll::Ready(page) => page,
            Poll::Pending => {
                until("to be woken", || woken.load(Ordering::SeqCst) > 0);
                match fresh.as_mut().poll(&mut context) {
                    Poll::Ready(page) => page,
                    Poll::Pending => panic!("woken, and yet not ready"),
                }
            }
        };
        assert_eq!(calls(&page), count);
    }
}

fn counting_waker() -> (Waker, Arc<AtomicU64>) {
    struct Count(Arc<AtomicU64>);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let count = Arc::new(AtomicU64::new(0));
    (Arc::new(Count(count.clone())).into(), count)
}

/// Whether a request is answered, without waiting for it.
fn is_answered(fresh: openclaw_prometheus::publish::PendingPage) -> bool {
    pin!(fresh).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// A page, unless too much is in flight.
fn taken(pages: &Arc<Pages>) -> Option<Arc<Page>> {
    match pages.take(Format::Text, Coding::Identity) {
        TakenPage::Ready(page) => Some(page),
        TakenPage::Pending(pending) => Some(pending.wait()),
        TakenPage::OverBudget => None,
    }
}

#[test]
fn on_demand_who_was_refused_a_page_gets_one_when_those_that_were_held_are_let_go() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    let pages = ticker.pages();
    pages.bound_in_flight(0);
    let mut held = Vec::new();
    until("too much to be held", || {
        counter.inc();
        let page = taken(&pages);
        let is_refused = page.is_none();
        held.extend(page);
        is_refused
    });
    assert!(taken(&pages).is_none());
    drop(held);
    // Nobody else asks, so that no render comes by itself.
    until("a page", || taken(&pages).is_some());
}

#[test]
fn a_page_on_demand_waits_for_room_no_longer_than_a_second_whatever_the_clock_says() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let mut publisher = Publisher::new(&registry, Duration::ZERO, ManualClock::new()).unwrap();
    let pages = publisher.pages();
    pages.bound_in_flight(0);
    let held: Vec<_> = (1..=4)
        .map(|count| {
            counter.inc();
            publisher.tick();
            assert_eq!(calls(&pages.current()), count);
            pages.current()
        })
        .collect();
    assert!(taken(&pages).is_none());
    counter.inc();
    let thread = std::thread::spawn(move || publisher.tick());
    until("a page", || thread.is_finished());
    assert_eq!(calls(&pages.current()), 5);
    drop(held);
}

#[test]
fn a_tick_by_hand_answers_the_requests_before_it() {
    let (registry, counter) = registry_with_counter();
    let mut publisher = Publisher::new(&registry, Duration::ZERO, ManualClock::new()).unwrap();
    let pages = publisher.pages();
    counter.inc();
    let fresh = pages.fresh(Format::Text, Coding::Identity);
    publisher.tick();
    assert_eq!(calls(&pages.current()), 1);
    assert!(is_answered(fresh), "the reading began after the request");
}

#[test]
fn a_request_does_not_wait_for_a_publisher_that_is_gone() {
    let (registry, _) = registry_with_counter();
    let publisher = Publisher::new(&registry, Duration::ZERO, ManualClock::new()).unwrap();
    let pages = publisher.pages();
    drop(publisher);
    assert!(is_answered(pages.fresh(Format::Text, Coding::Identity)), "nobody will ever answer it");
}

#[test]
fn stop_answers_open_requests() {
    let _alone = alone();
    let (registry, _) = registry_with_counter();
    for _ in 0..200 {
        let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
        let pages = ticker.pages();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(calls(&pages.fresh(Format::Text, Coding::Identity).wait()), 0));
            }
            ticker.stop();
        });
        assert!(is_answered(pages.fresh(Format::Text, Coding::Identity)), "a request after the stop");
    }
}

#[test]
fn stop_joins_the_render_thread_and_another_can_start() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    for round in 1..=30 {
        // Only a thread that has ended gives the registry free, so this would be `Taken` without the join.
        let ticker = Publisher::new(&registry, SECOND, SystemClock::new()).unwrap().start().unwrap();
        // A thread has its name soon after it was started.
        until("the render thread to have its name", || threads_named("ocp-render") == 1);
        counter.inc();
        if round % 2 == 0 {
            ticker.stop();
        } else {
            drop(ticker);
        }
        // The system takes a moment to strike a joined thread off its list.
        until("the render thread to be gone", || threads_named("ocp-render") == 0);
    }
    let ticker = Publisher::new(&registry, SECOND, SystemClock::new()).unwrap().start().unwrap();
    assert_eq!(calls(&ticker.pages().current()), 30);
}

#[test]
fn stop_waits_for_the_render_it_is_at() {
    let _alone = alone();
    let (registry, _) = registry_with_counter();
    let clock = Arc::new(WatchedClock::default());
    let ticker = Publisher::new(&registry, Duration::ZERO, clock.clone()).unwrap().start().unwrap();
    let pages = ticker.pages();
    pages.fresh(Format::Text, Coding::Identity).wait();
    clock.hold(true);
    let looks = clock.looks.load(Ordering::SeqCst);
    let fresh = pages.fresh(Format::Text, Coding::Identity);
    until("the render thread to be at it", || clock.looks.load(Ordering::SeqCst) > looks);
    let is_stopped = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            ticker.stop();
            is_stopped.store(true, Ordering::SeqCst);
        });
        // Told to stop, it lets nobody wait; but it is not gone yet.
        fresh.wait();
        assert!(!is_stopped.load(Ordering::SeqCst));
        assert!(matches!(Publisher::new(&registry, SECOND, ManualClock::new()), Err(PublishError::Taken)));
        clock.hold(false);
    });
    assert!(Publisher::new(&registry, SECOND, ManualClock::new()).is_ok());
}

#[test]
fn a_registry_has_one_publisher_at_a_time() {
    let _alone = alone();
    let (registry, counter) = registry_with_counter();
    let new = || Publisher::new(&registry, SECOND, SystemClock::new());
    let first = new().unwrap();
    let error = new().unwrap_err();
    assert!(matches!(error, PublishError::Taken));
    assert_eq!(error.to_string(), "publish: the registry has a publisher already; stop it, or serve its pages");
    // One-off readings and other registries are not in the way.
    assert!(encode::text(&registry).contains("calls_total 0"));
    assert!(Publisher::new(&registry_with_counter().0, SECOND, SystemClock::new()).is_ok());
    drop(first);
    let ticker = new().unwrap().start().unwrap();
    assert!(matches!(new(), Err(PublishError::Taken)));
    ticker.stop();
    counter.inc();
    assert_eq!(calls(&new().unwrap().pages().current()), 1);
}

#[test]
fn pages_outlive_their_publisher() {
    let (registry, counter) = registry_with_counter();
    let publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let pages = publisher.pages();
    drop(publisher);
    drop(registry);
    counter.inc();
    assert_eq!(calls(&pages.current()), 0);
}

#[test]
fn what_a_former_publisher_has_read_is_not_lost_to_the_next() {
    let _alone = alone();
    let registry = Registry::builder().series(64).slabs(3).build().unwrap();
    let whole = registry.counter("calls_total", "").register().unwrap();
    let bounds = Bounds::new(&[1.0]).unwrap();
    let seconds = registry.histogram("seconds", "", bounds).labels(["thread"]).register().unwrap();
    let fraction = registry.counter_f64("fraction_total", "").labels(["thread"]).register().unwrap();
    let is_over = AtomicBool::new(false);
    let values = |pages: &Pages| -> Vec<(String, f64)> {
        let text = String::from_utf8(pages.current().to_vec()).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| line.rsplit_once(' ').unwrap())
            .map(|(name, value)| (name.into(), value.parse().unwrap()))
            .collect()
    };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (whole, seconds, fraction, is_over) = (&whole, &seconds, &fraction, &is_over);
            let name = thread.to_string();
            seconds.handle([&name]).unwrap();
            fraction.handle([&name]).unwrap();
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    whole.inc();
                    seconds.with([&name]).observe(0.5);
                    fraction.with([&name]).add(0.1);
                }
            });
        }
        let mut before: Vec<(String, f64)> = Vec::new();
        for _ in 0..300 {
            let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
            for _ in 0..3 {
                let now = values(&publisher.pages());
                for ((name, was), (same, is)) in before.iter().zip(&now) {
                    assert_eq!(name, same);
                    assert!(is >= was, "{name} fell from {was} to {is}");
                }
                before = now;
                publisher.tick();
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    assert_eq!(String::from_utf8(publisher.pages().current().to_vec()).unwrap(), encode::text(&registry));
}

#[test]
fn families_and_series_that_are_new_are_on_the_next_page() {
    let registry = Registry::builder().series(2000).build().unwrap();
    let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let mut names = BTreeSet::new();
    for number in 0..100 {
        let name = format!("c{:03}_total", number * 37 % 100);
        let family = registry.counter(&name, "").labels(["n"]).register().unwrap();
        names.insert(name);
        for value in 0..=number % 7 {
            family.with([&value.to_string()]).inc();
        }
        publisher.tick();
        let text = String::from_utf8(publisher.pages().current().to_vec()).unwrap();
        assert_eq!(text, encode::text(&registry));
        assert_eq!(text.lines().filter(|line| line.starts_with("# TYPE c")).count(), names.len());
    }
}

#[test]
fn a_publisher_that_ticks_while_threads_add_series_ends_at_the_same_text_as_a_reading_of_everything() {
    let registry = Registry::builder().series(4000).slabs(3).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["thread", "n"]).register().unwrap();
    let depth = registry.gauge("depth", "").labels(["n"]).register().unwrap();
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).labels(["n"]).register().unwrap();
    let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let running = AtomicU64::new(3);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (calls, depth, seconds, running) = (&calls, &depth, &seconds, &running);
            scope.spawn(move || {
                let thread = thread.to_string();
                for number in 0..600 {
                    let n = number.to_string();
                    calls.with([&thread, &n]).inc();
                    depth.with([&n]).add(1.0);
                    seconds.with([&n]).observe(0.1);
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        until("the threads to end", || {
            publisher.tick();
            running.load(Ordering::SeqCst) == 0
        });
    });
    publisher.tick();
    let text = String::from_utf8(publisher.pages().current().to_vec()).unwrap();
    assert!(text == encode::text(&registry));
    assert_eq!(text.lines().filter(|line| line.starts_with("calls_total{")).count(), 1800);
}
