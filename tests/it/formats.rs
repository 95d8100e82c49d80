//! Promise: a format that nobody takes costs nothing, one that somebody takes is never older than one tick, and its gzip
//! form is made once, before a regular scrape needs it.
//!
//! The publisher is ticked by hand, as its thread would tick it.
#![cfg(feature = "gzip")]

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flate2::read::GzDecoder;
use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Collect, CollectError, Page, Publisher, RenderObserver, TakenPage};
use openclaw_prometheus::{Bounds, Clock, Counter, CounterFamily, ManualClock, Registry, SystemClock};
use support::allocator::live_bytes;
use support::deadline::until;

const SECOND: Duration = Duration::from_secs(1);
const CODINGS: [Coding; 2] = [Coding::Identity, Coding::Gzip];

/// Bytes are counted per thread, and the tests that count have their thread alone; those with many threads take turns.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the publisher told.
#[derive(Debug, Default)]
struct Told {
    published: AtomicU64,
    /// Of those, the ones that had their gzip form already.
    published_packed: AtomicU64,
    packed: AtomicU64,
}

impl RenderObserver for Told {
    fn rendered(&self, _: Duration) {}

    fn published(&self, page: &Page, _: Duration) {
        self.published.fetch_add(1, Ordering::SeqCst);
        self.published_packed.fetch_add(page.gzip().is_some().into(), Ordering::SeqCst);
    }

    fn compressed(&self, page: &Page, bytes: usize, _: Duration) {
        assert_eq!(page.gzip().map(<[u8]>::len), Some(bytes));
        self.packed.fetch_add(1, Ordering::SeqCst);
    }
}

/// A registry with a page of some KB, and its publisher, rendered once a second.
struct Hand {
    counter: Counter,
    family: CounterFamily<1>,
    clock: Arc<ManualClock>,
    publisher: Publisher,
    told: Arc<Told>,
}

impl Hand {
    fn new(series: u32) -> Self {
        let registry = Registry::builder().series(series + 64).rejections_family(None).build().unwrap();
        let counter = registry.counter("calls_total", "Calls.").register().unwrap();
        let family = registry.counter("models_total", "By model.").labels(["model"]).register().unwrap();
        (0..series).for_each(|model| family.with([&format!("model-number-{model:05}")]).inc());
        let clock = Arc::new(ManualClock::new());
        let mut publisher = Publisher::new(&registry, SECOND, clock.clone()).unwrap();
        let told = Arc::new(Told::default());
        publisher.observer(told.clone());
        Self { counter, family, clock, publisher, told }
    }

    /// Records, lets `by` go by, and renders.
    fn tick_after(&mut self, by: Duration) {
        self.counter.inc();
        self.clock.advance(by);
        self.publisher.tick();
    }

    /// A scrape, and whether it had to wait. What is not there is made by a render, as the render thread would.
    fn scrape(&mut self, format: Format, coding: Coding) -> (Arc<Page>, bool) {
        match self.publisher.pages().take(format, coding) {
            TakenPage::Ready(page) => (page, false),
            TakenPage::Pending(pending) => {
                self.publisher.tick();
                (pending.wait(), true)
            }
            TakenPage::OverBudget => unreachable!("nobody is slow"),
        }
    }
}

fn unpacked(page: &Page) -> Vec<u8> {
    let mut text = Vec::new();
    GzDecoder::new(page.gzip().expect("a gzip form")).read_to_end(&mut text).expect("gzip");
    text
}

#[test]
fn a_format_is_rendered_from_when_it_is_asked_for_until_150_seconds_after() {
    let _alone = alone();
    let mut hand = Hand::new(400);
    (0..10).for_each(|_| hand.tick_after(SECOND));
    assert_eq!(hand.told.published.load(Ordering::SeqCst), 10, "text alone");
    let (page, has_waited) = hand.scrape(Format::OpenMetrics, Coding::Identity);
    assert!(has_waited && !page.is_absent() && page.to_vec().ends_with(b"# EOF\n"));
    drop(page);
    // Both, until neither has been asked for any more.
    let mut last = Vec::new();
    for second in 1..=200 {
        let before = hand.told.published.load(Ordering::SeqCst);
        hand.tick_after(SECOND);
        last.push((second, hand.told.published.load(Ordering::SeqCst) - before));
    }
    let made =
        |count: u64| last.iter().filter(|(_, made)| *made == count).map(|(second, _)| *second).collect::<Vec<_>>();
    // Text was asked for when the publisher was made, ten seconds before.
    assert_eq!(made(2), (1..=139).collect::<Vec<_>>());
    assert_eq!(made(1), (140..=149).collect::<Vec<_>>());
    assert_eq!(made(0), (150..=200).collect::<Vec<_>>());
    // Whoever comes now waits for one render, and gets what is there now.
    for format in Format::ALL {
        let (page, has_waited) = hand.scrape(format, Coding::Identity);
        assert!(has_waited);
        let is_new = |text: String| text.contains("calls_total 210\n");
        assert!(!format.info().is_text || is_new(String::from_utf8(page.to_vec()).unwrap()), "{format:?}");
    }
}

#[test]
fn a_format_that_is_kept_is_there_though_nobody_asks() {
    let mut hand = Hand::new(10);
    hand.publisher.keep(Format::OpenMetrics);
    (0..1000).for_each(|_| hand.tick_after(SECOND));
    let (page, has_waited) = hand.scrape(Format::OpenMetrics, Coding::Identity);
    assert!(!has_waited && page.read_at() == SECOND * 1000);
    assert!(hand.scrape(Format::Text, Coding::Identity).1);
}

#[test]
fn the_memory_of_a_format_that_nobody_takes_is_given_back() {
    let _alone = alone();
    let mut hand = Hand::new(2000);
    // Text is taken all the time; its four pages are warm.
    let run = |hand: &mut Hand, seconds: u32, format: Option<Format>| {
        for second in 0..seconds {
            hand.tick_after(SECOND);
            drop(hand.scrape(Format::Text, Coding::Identity));
            if let Some(format) = format.filter(|_| second % 15 == 0) {
                drop(hand.scrape(format, Coding::Gzip));
            }
        }
        live_bytes()
    };
    let before = run(&mut hand, 20, None);
    let page_bytes = hand.scrape(Format::Text, Coding::Identity).0.memory_bytes() as i64;
    assert!(page_bytes > 50_000, "{page_bytes}");
    let meanwhile = run(&mut hand, 100, Some(Format::OpenMetrics));
    let (page, _) = hand.scrape(Format::OpenMetrics, Coding::Identity);
    assert!(page.memory_bytes() as i64 > page_bytes * 9 / 10);
    drop(page);
    assert!(meanwhile - before > page_bytes * 2, "pages and the compressor: {}", meanwhile - before);
    let after = run(&mut hand, 160, None);
    assert!((after - before).abs() < 2000, "{} bytes are left of {}", after - before, meanwhile - before);
    // Over and over, and it comes to the same.
    for _ in 0..3 {
        run(&mut hand, 20, Some(Format::OpenMetrics));
        run(&mut hand, 160, None);
    }
    let later = run(&mut hand, 1, None);
    assert!((later - after).abs() < 2000, "{} bytes more", later - after);
}

#[test]
fn regular_scrapes_get_pages_of_the_last_tick_and_wait_for_nothing_from_the_third_on() {
    let _alone = alone();
    for (period, scrapes) in [(1, 10), (15, 10), (60, 6), (300, 4)] {
        for (format, coding) in Format::ALL.into_iter().flat_map(|format| CODINGS.map(|coding| (format, coding))) {
            let Hand { counter, clock, publisher, told, .. } = Hand::new(50);
            let ticker = publisher.start().unwrap();
            let pages = ticker.pages();
            // The thread is there.
            drop(pages.fresh(Format::Text, Coding::Identity).wait());
            let pass = |by: Duration| {
                counter.inc();
                clock.advance(by);
                until("the render", || pages.rendered_at() == clock.now());
            };
            // What was there from the start is forgotten.
            (0..200).for_each(|_| pass(SECOND));
            for scrape in 1..=scrapes {
                let case = format!("every {period} s, {format:?}, {coding:?}, scrape {scrape}");
                // Between two ticks.
                clock.advance(SECOND / 2);
                let (page, has_waited) = match pages.take(format, coding) {
                    TakenPage::Ready(page) => (page, false),
                    TakenPage::Pending(pending) => (pending.wait(), true),
                    TakenPage::OverBudget => unreachable!("nobody is slow"),
                };
                let now = clock.now();
                assert!(now - page.read_at() < SECOND, "{case}: {:?} at {now:?}", page.read_at());
                assert!(page.format() == format && !page.is_absent(), "{case}");
                if coding == Coding::Gzip {
                    assert_eq!(unpacked(&page), page.to_vec(), "{case}");
                } else {
                    assert_eq!(page.gzip(), None, "{case}");
                }
                // The second finds its format in use, and only its gzip form has to be made; one each five minutes keeps
                // no format in use, and each has a render of its own.
                let waits = scrape == 1 || coding == Coding::Gzip && scrape == 2 || period == 300;
                assert_eq!(has_waited, waits, "{case}");
                drop(page);
                pass(SECOND / 2);
                (1..period).for_each(|_| pass(SECOND));
            }
            let packed = told.packed.load(Ordering::SeqCst);
            // The last foretells one more.
            let foretold = if coding == Coding::Gzip { scrapes..=scrapes + 1 } else { 0..=0 };
            assert!(foretold.contains(&packed), "{packed} packed, every {period} s");
            // All but those of the first two scrapes were published together with it.
            let published = told.published_packed.load(Ordering::SeqCst);
            assert!(published + 2 >= packed, "{published} published packed of {packed}, every {period} s");
        }
    }
}

/// Adds up the times that it is told.
#[derive(Debug, Default)]
struct Times(Mutex<[Duration; 2]>);

impl RenderObserver for Times {
    fn rendered(&self, time: Duration) {
        self.0.lock().unwrap()[0] += time;
    }

    fn published(&self, _: &Page, _: Duration) {}

    fn compressed(&self, _: &Page, _: usize, time: Duration) {
        self.0.lock().unwrap()[1] += time;
    }
}

#[test]
fn the_time_of_packing_is_told_as_such_and_not_as_rendering_too() {
    let _alone = alone();
    let registry = Registry::builder().series(20_064).rejections_family(None).build().unwrap();
    let family = registry.counter("models_total", "By model.").labels(["model"]).register().unwrap();
    let change = || (0..20_000).for_each(|model| family.with([&format!("model-number-{model:05}")]).inc());
    change();
    let mut publisher = Publisher::new(&registry, SECOND, SystemClock::new()).unwrap();
    let (pages, times) = (publisher.pages(), Arc::new(Times::default()));
    publisher.observer(times.clone());
    let mut ticking = Duration::ZERO;
    for _ in 0..6 {
        change();
        // Asked for at each render, so that from the third on the page is published together with its gzip form.
        drop(pages.take(Format::Text, Coding::Gzip));
        let began = std::time::Instant::now();
        publisher.tick();
        ticking += began.elapsed();
    }
    let [rendered, packed] = *times.0.lock().unwrap();
    assert!(packed > Duration::ZERO && rendered > Duration::ZERO);
    assert!(rendered + packed <= ticking, "{rendered:?} and {packed:?} of {ticking:?}");
}

#[test]
fn gzip_is_made_once_for_all_that_take_a_page() {
    let mut hand = Hand::new(50);
    let pages = hand.publisher.pages();
    let pending: Vec<_> = (0..100).map(|_| pages.take(Format::Text, Coding::Gzip)).collect();
    hand.publisher.tick();
    let mut made = Vec::new();
    for taken in pending {
        let TakenPage::Pending(pending) = taken else { panic!("it was not there yet") };
        made.push(pending.wait());
    }
    for _ in 0..100 {
        let TakenPage::Ready(page) = pages.take(Format::Text, Coding::Gzip) else { panic!("it is there") };
        made.push(page);
    }
    assert!(made.iter().all(|page| Arc::ptr_eq(page, &made[0])));
    assert_eq!(unpacked(&made[0]), made[0].to_vec());
    // Renders that find nothing new change nothing.
    (0..10).for_each(|_| hand.publisher.tick());
    assert_eq!(hand.told.packed.load(Ordering::SeqCst), 1);
    let TakenPage::Ready(page) = pages.take(Format::Text, Coding::Gzip) else { panic!("it is there") };
    assert!(Arc::ptr_eq(&page, &made[0]));
}

#[test]
fn a_page_that_came_between_is_given_as_it_is() {
    let mut hand = Hand::new(50);
    let TakenPage::Pending(pending) = hand.publisher.pages().take(Format::Text, Coding::Gzip) else {
        panic!("not made yet")
    };
    hand.tick_after(SECOND);
    // Answered; and before it is fetched another page is published, that nobody has asked for.
    hand.tick_after(SECOND);
    let page = pending.wait();
    assert_eq!((page.read_at(), page.gzip()), (SECOND * 2, None));
    // A tiny page has no gzip form, and nobody waits for it.
    let mut tiny = Hand::new(0);
    let (page, has_waited) = tiny.scrape(Format::Text, Coding::Gzip);
    assert!(!has_waited && !page.has_gzip() && page.gzip().is_none());
}

#[test]
fn whoever_holds_gzip_pages_holds_what_was_given_and_the_next_is_newer() {
    let mut hand = Hand::new(50);
    let mut held = Vec::new();
    for round in 1..=20u32 {
        hand.tick_after(SECOND);
        for format in Format::ALL {
            let page = hand.scrape(format, Coding::Gzip).0;
            assert_eq!(page.read_at(), hand.clock.now(), "round {round}");
            held.push(page);
        }
    }
    for format in Format::ALL {
        let mut distinct: Vec<*const Page> =
            held.iter().filter(|page| page.format() == format).map(Arc::as_ptr).collect();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), 20, "{format:?}");
    }
    for page in &held {
        // What is held is not written again.
        assert_eq!(unpacked(page), page.to_vec());
    }
    held.clear();
    hand.tick_after(SECOND);
    for format in Format::ALL {
        let (page, _) = hand.scrape(format, Coding::Gzip);
        assert_eq!(page.read_at(), hand.clock.now(), "fresh");
        assert!(hand.publisher.page_count(format) <= 3);
        assert_eq!(unpacked(&page), page.to_vec());
    }
}

/// Counts itself out, also by a panic.
struct Blocks<'a>(&'a AtomicU64);

impl Drop for Blocks<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn the_gzip_form_is_always_that_of_the_page_it_is_sent_with() {
    let _alone = alone();
    let registry = Registry::builder().series(400).build().unwrap();
    let counter = registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
    let seconds = registry.histogram("call_seconds", "Time.", Bounds::seconds()).labels(["model"]).register().unwrap();
    // A page that is not tiny from the start: without one to pack, the scrapers would be done before the first recording.
    for model in 0..3 {
        let model = format!("model-{model}");
        counter.with([&model]).inc();
        seconds.with([&model]).observe(1.0);
    }
    let ticker = Publisher::new(&registry, Duration::from_millis(1), SystemClock::new()).unwrap().start().unwrap();
    // Without optimisation compressing takes a hundred times as long.
    let scrapes = if cfg!(debug_assertions) { 250 } else { 2500 };
    let (scrapers, packed) = (AtomicU64::new(4), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0u64;
            while scrapers.load(Ordering::Relaxed) > 0 {
                let model = format!("model-{}", count % 3);
                counter.with([&model]).add(count);
                seconds.with([&model]).observe(count as f64 / 1e4);
                count += 1;
            }
        });
        for number in 0..4 {
            let (pages, packed, scraper) = (ticker.pages(), &packed, Blocks(&scrapers));
            scope.spawn(move || {
                let _scraper = scraper;
                for scrape in 0..scrapes {
                    let page = match pages.take(Format::ALL[(number + scrape / 7) % Format::ALL.len()], Coding::Gzip) {
                        TakenPage::Ready(page) => page,
                        TakenPage::Pending(pending) => pending.wait(),
                        TakenPage::OverBudget => unreachable!("nobody is slow"),
                    };
                    assert!(!page.is_absent());
                    if page.gzip().is_some() {
                        assert!(unpacked(&page) == page.to_vec(), "another page's gzip form");
                        packed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    // Who is woken late finds a newer page; how many that are is the machine's.
    assert!(packed.load(Ordering::Relaxed) as usize > scrapes / 25, "{packed:?} of {scrapes} times 4 were packed");
}

/// Takes three seconds of the clock it has.
struct Slow(Arc<ManualClock>, Counter);

impl Collect for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        self.0.advance(SECOND * 3);
        self.1.inc();
        Ok(())
    }
}

#[test]
fn a_slow_collector_is_waited_for_and_its_time_is_told() {
    let mut hand = Hand::new(10);
    let slow = Slow(hand.clock.clone(), hand.family.handle(["slow"]).unwrap());
    hand.publisher.collect(Box::new(slow));
    for round in 1..=5u64 {
        hand.tick_after(SECOND);
        let pages = hand.publisher.pages();
        let (page, _) = hand.scrape(Format::Text, Coding::Identity);
        // Read after it was done, with what it brought.
        assert_eq!((page.read_at(), pages.age()), (hand.clock.now(), Duration::ZERO));
        let text = String::from_utf8(page.to_vec()).unwrap();
        assert!(text.contains(&format!("models_total{{model=\"slow\"}} {round}\n")), "{text}");
        let last = pages.collectors().all()[0].last();
        assert_eq!((last.took, last.tries, last.failures), (SECOND * 3, round, 0));
        assert_eq!(last.succeeded_at, Some(hand.clock.now()));
    }
}
