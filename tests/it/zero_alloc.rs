//! Promise: recording allocates nothing once a thread has recorded once, or was warmed; and a tick allocates nothing
//! while the set of series stands still.
//!
//! Counted are calls of the allocator, frees included, per thread.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, ManualClock, MetricKind, Registry};
use support::allocator;
use support::recordings::{BOUND_RECORDINGS, Fixture, Outcome, RECORDINGS};

/// One measurement at a time: nothing else in this process is at work while one runs.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Slabs of the registries: with 32 the thread has one of its own, with 1 it shares.
const SLABS: [u32; 2] = [32, 1];

/// Runs every operation for the first time in a thread that `prepare` made ready, and lists those that allocated.
fn allocating_operations(prepare: fn(&Fixture)) -> Vec<String> {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    let mut note = |name: &str, slabs, calls| {
        if calls > 0 {
            found.push(format!("{name} ({slabs} slabs): {calls} calls of the allocator"));
        }
    };
    for slabs in SLABS {
        for recording in RECORDINGS {
            let fixture = Fixture::new(slabs);
            note(recording.name, slabs, in_a_thread(&fixture, prepare, |fixture| (recording.run)(fixture)));
        }
        for recording in BOUND_RECORDINGS {
            let fixture = Fixture::new(slabs);
            let calls = std::thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    prepare(&fixture);
                    let handles = fixture.bound_handles();
                    allocator::calls(|| (0..3).for_each(|_| (recording.run)(&handles)))
                });
                thread.join().unwrap()
            });
            note(recording.name, slabs, calls);
        }
    }
    found
}

fn in_a_thread(fixture: &Fixture, prepare: fn(&Fixture), run: impl Fn(&Fixture) + Send + Sync) -> u64 {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            prepare(fixture);
            allocator::calls(|| (0..3).for_each(|_| run(fixture)))
        });
        thread.join().unwrap()
    })
}

#[test]
fn a_thread_that_has_recorded_once_allocates_nothing_any_more() {
    assert_eq!(allocating_operations(Fixture::record_once), Vec::<String>::new());
}

#[test]
fn a_warmed_thread_allocates_nothing_from_its_first_recording_on() {
    assert_eq!(allocating_operations(Fixture::warm_thread), Vec::<String>::new());
}

/// More registries than a thread remembers slabs of, all before those that are measured.
fn record_in_many_registries(fixture: &Fixture) {
    for _ in 0..6 {
        let registry = Registry::builder().series(1).slabs(2).build().unwrap();
        registry.counter("other_total", "").register().unwrap().inc();
        // Kept: a thread forgets the registries that are gone.
        std::mem::forget(registry);
    }
    fixture.record_once();
}

#[test]
fn a_thread_that_records_in_more_registries_than_it_remembers_allocates_nothing() {
    assert_eq!(allocating_operations(record_in_many_registries), Vec::<String>::new());
}

/// Runs every operation when its thread ends.
struct AtTheEnd(Cell<Option<Arc<Fixture>>>);

static AT_THE_END: Mutex<Vec<(&str, u64)>> = Mutex::new(Vec::new());

thread_local! {
    static AT_THE_END_OF_THIS_THREAD: AtTheEnd = const { AtTheEnd(Cell::new(None)) };
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let Some(fixture) = self.0.take() else { return };
        let counts = RECORDINGS.iter().map(|recording| {
            let calls = allocator::calls(|| (recording.run)(&fixture));
            (recording.name, calls)
        });
        AT_THE_END.lock().unwrap().extend(counts);
    }
}

#[test]
fn recording_from_the_destructor_of_a_thread_local_allocates_nothing() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // In one order the lease of the slab is still there, in the other it is gone.
    for is_first in [true, false] {
        let fixture = Arc::new(Fixture::new(32));
        let here = fixture.clone();
        let thread = std::thread::spawn(move || {
            if is_first {
                AT_THE_END_OF_THIS_THREAD.with(|end| end.0.set(Some(here.clone())));
            }
            here.record_once();
            AT_THE_END_OF_THIS_THREAD.with(|end| end.0.set(Some(here)));
        });
        thread.join().unwrap();
        let counts = std::mem::take(&mut *AT_THE_END.lock().unwrap());
        assert_eq!(counts.len(), RECORDINGS.len());
        assert_eq!(counts.iter().filter(|(_, calls)| *calls > 0).collect::<Vec<_>>(), [&("", 0); 0]);
    }
}

#[test]
fn the_allocator_is_watched() {
    assert_eq!(allocator::calls(|| drop(std::hint::black_box(Box::new(1)))), 2);
    assert_eq!(allocator::calls(|| ()), 0);
}

#[test]
fn each_rejection_in_the_list_is_rejected_for_the_reason_in_its_name() {
    let cases = [
        ("family full: counter", "full_total", "family_full"),
        ("family full, overflow: histogram", "overflowing_histograms", "family_full"),
        ("table full", "in_full_table_total", "table_full"),
        ("label bytes full", "in_full_bytes_total", "label_bytes_full"),
        ("value too long", "by_labels_total", "value_too_long"),
        ("ids: foreign", "by_labels_total", "foreign_id"),
        ("counter: amount too large", "held_total", "bad_amount"),
        ("histogram: NaN", "held_histogram", "bad_amount"),
        ("closed: counter, amount too large", "closed_total", "bad_amount"),
    ];
    for (name, family, reason) in cases {
        let fixture = Fixture::new(32);
        let recording = RECORDINGS.iter().find(|recording| recording.name == name).expect(name);
        (recording.run)(&fixture);
        let rejected = fixture.rejected();
        assert!(matches!(&rejected[..], [(f, r, _)] if f == family && *r == reason), "{name}: {rejected:?}");
    }
    for recording in RECORDINGS.iter().filter(|recording| recording.name.starts_with("new series")) {
        let fixture = Fixture::new(32);
        (recording.run)(&fixture);
        assert_eq!(fixture.rejected(), [], "{}", recording.name);
    }
}

/// A registry with every kind in it, wide enough for several segments, that looks at the clock too.
struct Steady {
    registry: Registry,
    models: Vec<String>,
    record: Box<dyn Fn(u64)>,
}

fn steady() -> Steady {
    let registry = Registry::builder().created_times(true).build().unwrap();
    let models: Vec<String> = (0..300).map(|number| format!("model-{number}")).collect();
    let plain = registry.counter("plain_total", "Plain.").register().unwrap();
    let counters = registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
    let fractions = registry.counter_f64("cost_total", "Cost.").labels(["model"]).register().unwrap();
    let gauges = registry.gauge("depth", "Depth.").labels(["model"]).register().unwrap();
    let in_flights = registry.in_flight("running", "Running.").labels(["model"]).register().unwrap();
    let histograms = registry.histogram("seconds", "Time.", Bounds::seconds()).labels(["model"]).register().unwrap();
    let closed = registry.counter("outcomes_total", "Outcomes.").closed::<Outcome>().register().unwrap();
    let names = models.clone();
    let record = move |amount: u64| {
        plain.add(amount);
        closed.at(Outcome::Error).add(amount * 7);
        for (number, model) in names.iter().enumerate().filter(|(number, _)| number % 3 == amount as usize % 3) {
            counters.with([model]).add(amount);
            fractions.with([model]).add(amount as f64 / 7.0);
            gauges.with([model]).set(amount as f64 * 1e-3 - number as f64);
            in_flights.with([model]).start();
            if number % 2 == 0 {
                in_flights.with([model]).end();
            }
            histograms.with([model]).observe(amount as f64 / 50.0);
        }
    };
    Steady { registry, models, record: Box::new(record) }
}

impl Steady {
    /// A publisher for which all series exist and all spare pages have been written.
    fn warm_publisher(&self) -> Publisher {
        (0..3).for_each(&self.record);
        let mut publisher = Publisher::new(&self.registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        for amount in 0..8 {
            (self.record)(amount);
            publisher.tick();
        }
        publisher
    }
}

#[test]
fn a_tick_allocates_nothing_while_values_change() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let steady = steady();
    let mut publisher = steady.warm_publisher();
    assert!(publisher.pages().current().segment_count() > 20, "one segment would prove little");
    let mut widths = BTreeSet::new();
    // Numbers that grow a thousandfold have room.
    for step in 0..60u32 {
        (steady.record)(10u64.pow(step / 20) * 9);
        assert_eq!(allocator::calls(|| publisher.tick()), 0, "tick {step}");
        widths.insert(publisher.pages().current().len());
    }
    assert!(widths.len() > 20, "numbers grew wider meanwhile: {widths:?}");
    // Ten million times as large they need more of it: once or twice for each text of each page, and not for each number.
    let mut calls = 0;
    for step in 60..240u32 {
        (steady.record)(10u64.pow(step / 20) * 9);
        calls += allocator::calls(|| publisher.tick());
    }
    let texts = 2 * publisher.pages().current().segment_count();
    assert!(calls <= 4 * texts as u64, "{calls} calls for {texts} texts");
    assert!(steady.models.len() >= 300);
}

/// Takes both formats packed, as two scrapers do, so that the next render packs both.
#[cfg(feature = "gzip")]
fn scrape(publisher: &Publisher) {
    use openclaw_prometheus::encode::Format;
    use openclaw_prometheus::publish::Coding;
    for format in [Format::Text, Format::OpenMetrics] {
        drop(publisher.pages().take(format, Coding::Gzip));
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_tick_that_packs_both_formats_allocates_nothing() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let steady = steady();
    let clock = Arc::new(ManualClock::new());
    let mut publisher = Publisher::new(&steady.registry, Duration::from_secs(1), clock.clone()).unwrap();
    let mut tick = |amount: u64| {
        scrape(&publisher);
        (steady.record)(amount);
        clock.advance(Duration::from_secs(1));
        let calls = allocator::calls(|| publisher.tick());
        (calls, publisher.pages().current().gzip().map_or(0, <[u8]>::len))
    };
    for _ in 0..12 {
        tick(9);
    }
    for step in 0..40 {
        let (calls, packed) = tick(9);
        assert_eq!(calls, 0, "tick {step}");
        assert!(packed > 1000, "it was packed");
    }
}

#[test]
fn a_tick_allocates_nothing_when_nothing_changed() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let steady = steady();
    let mut publisher = steady.warm_publisher();
    for tick in 0..20 {
        assert_eq!(allocator::calls(|| publisher.tick()), 0, "tick {tick}");
    }
}

#[test]
fn a_number_that_grows_wider_allocates_nothing_whatever_the_length_of_its_line() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    for length in 1..=140 {
        let registry = Registry::builder().series(16).build().unwrap();
        let counter = registry.counter(&"n".repeat(length), "").register().unwrap();
        let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        for _ in 0..8 {
            counter.inc();
            publisher.tick();
        }
        // 9, then 10, 100, 1000 and on to 10^15.
        for power in 0..=15u32 {
            let amount = if power == 0 { 1 } else { 10u64.pow(power) - 10u64.pow(power - 1).max(9) };
            counter.add(amount);
            let calls = allocator::calls(|| publisher.tick());
            if calls > 0 {
                let now = String::from_utf8(publisher.pages().current().to_vec()).unwrap();
                let line = now.lines().find(|line| line.starts_with('n')).map_or(0, str::len);
                found.push(format!("name of {length} bytes, line of {line}: {calls} calls"));
            }
        }
    }
    assert!(found.is_empty(), "{} of 2240 ticks allocated: {:?} …", found.len(), &found[..found.len().min(6)]);
}

#[test]
fn a_snapshot_family_that_comes_and_goes_blocks_nothing_behind() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let registry = Registry::builder().series(64).build().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    let mut cycle = || {
        let agents = registry.snapshot("agents", "Agents.", MetricKind::Gauge).labels(["state"]).register().unwrap();
        agents.replace([(["busy"], 2.0), (["idle"], 5.0)]);
        publisher.tick();
        agents.unregister();
        publisher.tick();
    };
    (0..100).for_each(|_| cycle());
    let before = allocator::live_bytes();
    (0..1000).for_each(|_| cycle());
    let growth = allocator::live_bytes() - before;
    assert!(growth < 1000, "{growth} bytes more after 1,000 cycles: {} a cycle", growth / 1000);
}
