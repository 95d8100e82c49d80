//! Promise: publishers that share one thread keep their own ticks, and each is answered at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::{Format, View};
use openclaw_prometheus::publish::{Coding, GroupTicker, Page, Pages, Publisher, RenderObserver, TakenPage, TakenView};
use openclaw_prometheus::{Counter, Registry, SystemClock};
use support::deadline::until;
use support::this_process::threads_named;

const LONG: Duration = Duration::from_secs(3600);

fn publisher(interval: Duration) -> (Counter, Publisher) {
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("calls_total", "Calls.").register().unwrap();
    (counter, Publisher::new(&registry, interval, SystemClock::new()).unwrap())
}

fn group(intervals: &[Duration]) -> (Vec<Counter>, GroupTicker) {
    let (counters, publishers) = intervals.iter().map(|interval| publisher(*interval)).unzip();
    (counters, Publisher::start_together(publishers).unwrap())
}

fn text(pages: &Arc<Pages>) -> String {
    match pages.take(Format::Text, Coding::Identity) {
        TakenPage::Ready(page) => String::from_utf8(page.to_vec()).unwrap(),
        TakenPage::Pending(pending) => String::from_utf8(pending.wait().to_vec()).unwrap(),
        TakenPage::OverBudget => panic!("nobody holds anything"),
    }
}

#[test]
fn each_keeps_its_own_tick_in_one_thread() {
    let intervals = [Duration::from_millis(10), Duration::from_millis(20), LONG];
    let before = threads_named("ocp-render");
    let (counters, ticker) = group(&intervals);
    counters.iter().for_each(|counter| counter.inc());
    for pages in &ticker.pages()[..2] {
        until("a tick shows it", || text(pages).contains("calls_total 1\n"));
    }
    // Other tests have threads of that name too, one each.
    assert!(threads_named("ocp-render") >= before.min(1));
    assert!(!String::from_utf8(ticker.pages()[2].current().to_vec()).unwrap().contains("calls_total 1\n"));
    ticker.stop();
}

#[test]
fn who_asks_between_two_ticks_is_answered_at_once() {
    let (counters, ticker) = group(&[LONG, LONG, Duration::ZERO]);
    let began = Instant::now();
    let [first, second, on_demand] = ticker.pages() else { panic!() };
    // A format that nobody has asked for, a view, and a page that is made for who asks.
    let TakenPage::Pending(page) = first.take(Format::OpenMetrics, Coding::Identity) else { panic!() };
    assert!(!page.wait().is_empty());
    let TakenView::Pending(view) = second.view(View::PerObject, Coding::Identity) else { panic!() };
    assert!(view.wait().is_some());
    counters[2].inc();
    assert!(text(on_demand).contains("calls_total 1\n"));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    ticker.stop();
}

/// Panics while it is told to.
struct Fragile(Arc<AtomicBool>);

impl RenderObserver for Fragile {
    fn rendered(&self, _: Duration) {
        assert!(!self.0.load(Ordering::Relaxed), "told to");
    }

    fn published(&self, _: &Page, _: Duration) {}

    fn compressed(&self, _: &Page, _: usize, _: Duration) {}
}

#[test]
fn a_panic_in_one_is_nothing_to_the_others() {
    let (is_fragile, tick) = (Arc::new(AtomicBool::new(true)), Duration::from_millis(10));
    let (_, mut fragile) = publisher(tick);
    fragile.observer(Arc::new(Fragile(is_fragile.clone())));
    let (counter, sound) = publisher(tick);
    let ticker = Publisher::start_together(vec![fragile, sound]).unwrap();
    counter.inc();
    until("the sound one goes on", || text(&ticker.pages()[1]).contains("calls_total 1\n"));
    is_fragile.store(false, Ordering::Relaxed);
    let before = ticker.pages()[0].rendered_at();
    until("the fragile one goes on", || ticker.pages()[0].rendered_at() > before);
    ticker.stop();
}

#[test]
fn a_stop_ends_all_and_what_was_asked_for_is_answered() {
    let (_, ticker) = group(&[LONG; 20]);
    let pages = ticker.pages().to_vec();
    let began = Instant::now();
    ticker.stop();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(pages.iter().all(|pages| pages.is_stopped()));
    assert!(matches!(pages[3].view(View::PerObject, Coding::Identity), TakenView::Refused));
    // None at all is a group, too.
    Publisher::start_together(Vec::new()).unwrap().stop();
}
