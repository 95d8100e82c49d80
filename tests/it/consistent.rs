//! Promise: every scrape is consistent in itself and never behind the one before. `_count` = `+Inf` = the last bucket,
//! counters never go down, what is in flight is never below 0 and never more than there can be.
//!
//! A scrape is a tick and the page it published; one in a hundred is a one-off reading. Both are read as text, the way
//! Prometheus sees them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};
use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, InFlight, ManualClock, Registry, SampleValue, encode};

/// Threads that record beside the scrapes.
const THREADS: usize = 4;
/// Slabs: two threads have one of their own, the others share.
const SLABS: u32 = 3;
const SCRAPES: usize = if cfg!(debug_assertions) { 500 } else { 10_000 };

/// Ends the recording threads when the scraping one is through, or panics.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Scrapes a registry again and again and keeps the last page's text.
struct Scraper {
    registry: Registry,
    publisher: Publisher,
    page: Vec<u8>,
}

impl Scraper {
    fn new(registry: &Registry) -> Self {
        let publisher = Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        Self { registry: registry.clone(), publisher, page: Vec::new() }
    }

    fn scrape(&mut self) -> &str {
        self.publisher.tick();
        self.page.clear();
        let page = self.publisher.pages().current();
        page.segments().for_each(|segment| self.page.extend_from_slice(segment));
        std::str::from_utf8(&self.page).unwrap()
    }

    fn scrape_once(&self) -> String {
        encode::text(&self.registry)
    }
}

/// Name with labels, and value, of every sample of a page.
fn samples(text: &str) -> impl Iterator<Item = (&str, f64)> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, value) = line.rsplit_once(' ').expect(line);
        (name, value.parse().expect(line))
    })
}

/// What one stream of scrapes has shown so far. The set of series stands still meanwhile.
#[derive(Default, Clone)]
struct Seen {
    values: Vec<f64>,
}

impl Seen {
    /// Takes the next scrape; says what is wrong with it.
    fn take(&mut self, text: &str) -> Result<(), String> {
        let is_first = self.values.is_empty();
        let (mut bucket, mut infinity) = (0.0, 0.0);
        let mut at = 0;
        for (name, value) in samples(text) {
            let family = name.split('{').next().unwrap_or(name);
            if is_first {
                self.values.push(0.0);
            }
            let before = self.values.get_mut(at).ok_or_else(|| format!("{name} is new"))?;
            if value < *before {
                return Err(format!("{name} fell from {before} to {value}"));
            }
            *before = value;
            at += 1;
            if family.ends_with("_bucket") {
                // The bounds of the next series begin with the smallest again.
                let is_next = name.contains("le=\"0.25\"");
                if !is_next && value < bucket {
                    return Err(format!("{name} has {value}, the bucket before it {bucket}"));
                }
                bucket = value;
                if name.contains("le=\"+Inf\"") {
                    infinity = value;
                }
            } else if family.ends_with("_count") && value != infinity {
                return Err(format!("{name} is {value}, its +Inf bucket {infinity}"));
            }
        }
        if at == self.values.len() { Ok(()) } else { Err(format!("{} samples are gone", self.values.len() - at)) }
    }
}

#[test]
fn counters_never_fall_and_counts_equal_their_buckets_in_ten_thousand_scrapes() {
    let registry = Registry::builder().series(64).slabs(SLABS).build().unwrap();
    let plain = registry.counter("plain_total", "").register().unwrap();
    let fraction = registry.counter_f64("fraction_total", "").register().unwrap();
    let labelled = registry.counter("labelled_total", "").labels(["thread"]).register().unwrap();
    let bounds = Bounds::new(&[0.25, 0.5, 1.0, 2.5, 5.0]).unwrap();
    let histogram = registry.histogram("plain_seconds", "", bounds.clone()).register().unwrap();
    let histograms = registry.histogram("labelled_seconds", "", bounds).labels(["thread"]).register().unwrap();
    let names: Vec<String> = (0..THREADS).map(|thread| thread.to_string()).collect();
    for name in &names {
        labelled.handle([name]).unwrap();
        histograms.handle([name]).unwrap();
    }
    let mut scraper = Scraper::new(&registry);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _over = Over(&is_over);
        for name in &names {
            let (plain, fraction, labelled) = (&plain, &fraction, &labelled);
            let (histogram, histograms) = (&histogram, &histograms);
            let is_over = &is_over;
            scope.spawn(move || {
                let (local, local_histogram) = (plain.local(), histogram.local());
                let mut round = 0u64;
                while !is_over.load(Ordering::Relaxed) {
                    round += 1;
                    // Thirds: sums that round, and round differently in every slab.
                    let value = (round % 19) as f64 / 3.0;
                    plain.inc();
                    local.add(2);
                    fraction.add(value);
                    labelled.with([name]).inc();
                    histogram.observe(value);
                    local_histogram.observe(value / 2.0);
                    histograms.with([name]).observe(value);
                }
            });
        }
        let (mut pages, mut readings) = (Seen::default(), Seen::default());
        for scrape in 0..SCRAPES {
            pages.take(scraper.scrape()).unwrap_or_else(|wrong| panic!("page {scrape}: {wrong}"));
            if scrape % 100 == 0 {
                let text = scraper.scrape_once();
                readings.take(&text).unwrap_or_else(|wrong| panic!("one-off reading {scrape}: {wrong}"));
                // A one-off reading looks at everything, so it is never behind a page made before it.
                pages.clone().take(&text).unwrap_or_else(|wrong| panic!("reading after page {scrape}: {wrong}"));
            }
        }
        assert!(pages.values.iter().sum::<f64>() > 10.0 * SCRAPES as f64, "the threads recorded meanwhile");
    });
}

/// The value of every in-flight series in every scrape while threads enter and leave, and pass guards on.
fn in_flight_in_all_scrapes(each: impl Fn(&str, f64)) {
    let registry = Registry::builder().series(64).slabs(SLABS).build().unwrap();
    // Many series: the more there are to read, the more often a thread is interrupted while it reads one.
    let family = registry.in_flight("own", "").labels(["n"]).register().unwrap();
    let own: Vec<InFlight> = (0..60).map(|number| family.handle([&number.to_string()]).unwrap()).collect();
    let moved = registry.in_flight("moved", "").register().unwrap();
    let mut scraper = Scraper::new(&registry);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _over = Over(&is_over);
        // A ring: each thread enters, hands its guard to the next, and blocks with the guard of the one before. So no
        // thread has started more than one that has not ended.
        let (senders, mut receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::channel()).unzip();
        receivers.rotate_right(1);
        for (sender, receiver) in senders.into_iter().zip(receivers) {
            let (own, moved, is_over) = (&own, &moved, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    for _ in 0..100 {
                        own.iter().for_each(|series| drop(series.enter()));
                    }
                    // One that stops drops its ends of the channels, and the others follow.
                    if sender.send(moved.enter()).is_err() {
                        return;
                    }
                    let Ok(guard) = receiver.recv() else { return };
                    drop(guard);
                }
            });
        }
        for scrape in 0..SCRAPES {
            samples(scraper.scrape()).for_each(|(name, value)| each(name, value));
            if scrape % 100 == 0 {
                samples(&scraper.scrape_once()).for_each(|(name, value)| each(name, value));
            }
        }
        // What can go wrong takes an interruption between two loads: many more readings, without their text.
        drop(scraper);
        let mut reader = registry.reader().unwrap();
        for _ in 0..100 * SCRAPES {
            let reading = reader.read();
            for block in reading.order() {
                for value in reading.values(reading.block(*block)) {
                    if let SampleValue::Whole(value) = value {
                        each("in a bare reading", value as f64);
                    }
                }
            }
        }
    });
    // Every thread has left what it entered.
    let text = encode::text(&registry);
    assert!(samples(&text).all(|(_, value)| value == 0.0), "{text}");
}

#[test]
fn what_is_in_flight_is_never_below_zero() {
    in_flight_in_all_scrapes(|name, value| assert!(value >= 0.0, "{name} {value}"));
}

#[test]
fn what_is_in_flight_is_never_more_than_the_threads_that_enter() {
    use std::cell::Cell;
    let (scrapes, too_many, most) = (Cell::new(0), Cell::new(0), Cell::new(0.0f64));
    in_flight_in_all_scrapes(|_, value| {
        scrapes.set(scrapes.get() + 1);
        too_many.set(too_many.get() + u64::from(value > THREADS as f64));
        most.set(most.get().max(value));
    });
    let (scrapes, too_many, most) = (scrapes.get(), too_many.get(), most.get());
    assert_eq!(too_many, 0, "of {scrapes} samples {too_many} show more than {THREADS}; the most is {most}");
}

#[test]
fn what_is_in_flight_is_never_more_than_the_threads_though_many_slabs_were_used() {
    // As many threads as there are slabs have recorded once: each reading has 64 of them to add up, and those that enter
    // and leave meanwhile do so many times.
    let registry = Registry::builder().series(64).slabs(64).build().unwrap();
    let running = registry.in_flight("running", "").register().unwrap();
    let together = Barrier::new(63);
    std::thread::scope(|scope| {
        for _ in 0..63 {
            scope.spawn(|| {
                drop(running.enter());
                together.wait();
            });
        }
    });
    assert_eq!(registry.memory().slabs, 64);
    let is_over = AtomicBool::new(false);
    let (mut too_many, mut most) = (0, 0);
    std::thread::scope(|scope| {
        let _over = Over(&is_over);
        for _ in 0..THREADS {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    drop(running.enter());
                }
            });
        }
        let mut reader = registry.reader().unwrap();
        for _ in 0..20 * SCRAPES {
            let reading = reader.read();
            for value in reading.order().iter().flat_map(|block| reading.values(reading.block(*block))) {
                let SampleValue::Whole(value) = value else { panic!("{value:?}") };
                too_many += u64::from(value > THREADS as u64);
                most = most.max(value);
            }
        }
    });
    assert_eq!(too_many, 0, "of {} readings {too_many} show more than {THREADS}; the most is {most}", 20 * SCRAPES);
}

#[test]
fn rejections_never_fall_while_one_off_readings_run_beside() {
    let registry = Registry::builder().series(64).slabs(SLABS).build().unwrap();
    let bad = registry.counter("bad_total", "").register().unwrap();
    let full = registry.counter("full_total", "").labels(["a"]).series(1).register().unwrap();
    // The more families there are, the longer a reading takes to gather what was rejected.
    for number in 0..200 {
        registry.counter(&format!("good_{number}_total"), "").register().unwrap();
    }
    full.with(["first"]).inc();
    full.with(["second"]).inc();
    bad.add(u64::MAX);
    let mut scraper = Scraper::new(&registry);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _over = Over(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                bad.add(u64::MAX);
                full.with(["second"]).inc();
            }
        });
        for _ in 0..3 {
            scope.spawn(|| {
                let mut reader = registry.reader_once();
                while !is_over.load(Ordering::Relaxed) {
                    assert!(reader.read().render() > 0);
                }
            });
        }
        let mut pages = Seen::default();
        for scrape in 0..2 * SCRAPES {
            pages.take(scraper.scrape()).unwrap_or_else(|wrong| panic!("page {scrape}: {wrong}"));
        }
    });
    let count = |name: &str| samples(&scraper.scrape_once()).find(|(n, _)| n.contains(name)).map(|(_, value)| value);
    let (shown, told) = (count("bad_amount").unwrap(), registry.rejected()[0].2);
    assert_eq!(shown, told as f64, "the family that shows rejections is up to date at the end");
}
