//! Promise: nothing is lost. Counts and whole-number counters are exact to the unit, also of threads that have ended,
//! while scrapes run, and when threads outnumber slabs; float sums to 1e-9.
//!
//! Every total is read twice: by a one-off reading, which looks at all cells, and from a publisher's page, which looks
//! at what recording has marked.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError, mpsc};
use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{
    Bounds, Counter, InFlight, InFlightGuard, LocalCounter, ManualClock, Registry, RejectReason,
};
use openclaw_prometheus::{encode, testing};
use support::deadline::until;

/// What a debug build does of a number that a release build does whole.
const fn scaled(count: u64) -> u64 {
    if cfg!(debug_assertions) { count / 50 } else { count }
}

fn publisher(registry: &Registry) -> Publisher {
    Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).unwrap()
}

/// The page after one more look.
fn page(publisher: &mut Publisher) -> String {
    publisher.tick();
    String::from_utf8(publisher.pages().current().to_vec()).unwrap()
}

/// Asserts that these lines are in the next page and in a one-off reading.
#[track_caller]
fn assert_lines(registry: &Registry, publisher: &mut Publisher, lines: &[String]) {
    let (page, once) = (page(publisher), encode::text(registry));
    for line in lines {
        let name = line.rsplit_once(' ').map_or("", |(name, _)| name);
        let found =
            |text: &str| -> Vec<String> { text.lines().filter(|l| l.starts_with(name)).map(str::to_owned).collect() };
        assert_eq!(found(&once), [line.as_str()], "one-off reading");
        assert_eq!(found(&page), [line.as_str()], "page");
    }
}

/// One of each kind that adds up, and what was recorded into them.
struct Kinds {
    registry: Registry,
    counter: Counter,
    fraction: Counter<f64>,
    histogram: openclaw_prometheus::Histogram,
    labelled: openclaw_prometheus::CounterFamily<1>,
    recorded: AtomicU64,
}

impl Kinds {
    fn new(slabs: u32) -> Self {
        let registry = Registry::builder().series(256).slabs(slabs).build().unwrap();
        Self {
            counter: registry.counter("whole_total", "").register().unwrap(),
            fraction: registry.counter_f64("fraction_total", "").register().unwrap(),
            histogram: registry.histogram("seconds", "", Bounds::new(&[1.0, 2.0]).unwrap()).register().unwrap(),
            labelled: registry.counter("labelled_total", "").labels(["who"]).register().unwrap(),
            recorded: AtomicU64::new(0),
            registry,
        }
    }

    /// Adds `times` to everything. A quarter is exact in a double, so the sums are exact too.
    fn record(&self, who: &str, times: u64) {
        for round in 0..times {
            self.counter.inc();
            self.fraction.add(0.25);
            self.histogram.observe((round % 3) as f64);
            self.labelled.with([who]).inc();
        }
        self.recorded.fetch_add(times, Ordering::Relaxed);
    }

    /// `rounds` recordings of `times` each, with `times` a multiple of 3.
    #[track_caller]
    fn assert_exact(&self, publisher: &mut Publisher, who: &[(&str, u64)]) {
        let total = self.recorded.load(Ordering::Relaxed);
        let mut lines = vec![
            format!("whole_total {total}"),
            format!("fraction_total {}", total as f64 / 4.0),
            format!("seconds_bucket{{le=\"1\"}} {}", total / 3 * 2),
            format!("seconds_bucket{{le=\"2\"}} {total}"),
            format!("seconds_bucket{{le=\"+Inf\"}} {total}"),
            format!("seconds_sum {total}"),
            format!("seconds_count {total}"),
        ];
        lines.extend(who.iter().map(|(who, count)| format!("labelled_total{{who=\"{who}\"}} {count}")));
        assert_lines(&self.registry, publisher, &lines);
        assert_eq!(self.registry.rejected(), []);
    }
}

#[test]
fn what_threads_that_have_ended_recorded_stays() {
    let kinds = Kinds::new(32);
    let mut publisher = publisher(&kinds.registry);
    for thread in 0..300u64 {
        // Joined, not just left: a scope does not wait for thread-locals to be destroyed.
        std::thread::scope(|scope| scope.spawn(|| kinds.record("ended", 3)).join().unwrap());
        if thread % 7 == 0 {
            publisher.tick();
        }
    }
    kinds.assert_exact(&mut publisher, &[("ended", 900)]);
    assert_eq!(kinds.registry.memory().slabs, 2, "the shared slab, and the one that all of them used in turn");
}

#[test]
fn threads_that_overlap_lose_nothing() {
    let kinds = Kinds::new(32);
    let mut publisher = publisher(&kinds.registry);
    for _ in 0..25 {
        let together = Barrier::new(12);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    together.wait();
                    kinds.record("overlapping", 300);
                });
            }
            publisher.tick();
        });
    }
    kinds.assert_exact(&mut publisher, &[("overlapping", 25 * 12 * 300)]);
}

#[test]
fn threads_beyond_the_slabs_share_and_lose_nothing() {
    for slabs in [1, 2, 4] {
        let kinds = Kinds::new(slabs);
        let mut publisher = publisher(&kinds.registry);
        let times = scaled(30_000);
        let together = Barrier::new(16);
        std::thread::scope(|scope| {
            for thread in 0..16 {
                let (kinds, together) = (&kinds, &together);
                scope.spawn(move || {
                    together.wait();
                    kinds.record(if thread % 2 == 0 { "even" } else { "odd" }, times);
                });
            }
        });
        kinds.assert_exact(&mut publisher, &[("even", 8 * times), ("odd", 8 * times)]);
        assert!(kinds.registry.memory().slabs <= slabs);
    }
}

#[test]
fn threads_come_and_go_beyond_the_slabs_while_others_read() {
    for slabs in [2, 4] {
        let kinds = Kinds::new(slabs);
        let mut publisher = publisher(&kinds.registry);
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    publisher.tick();
                }
            });
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert!(encode::text(&kinds.registry).contains("whole_total "));
                }
            });
            let recorders: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..40 {
                            std::thread::scope(|inner| {
                                inner.spawn(|| kinds.record("come and go", 30)).join().unwrap();
                            });
                        }
                    })
                })
                .collect();
            recorders.into_iter().for_each(|recorder| recorder.join().unwrap());
            is_over.store(true, Ordering::Relaxed);
        });
        kinds.assert_exact(&mut publisher, &[("come and go", 16 * 40 * 30)]);
    }
}

#[test]
fn churn_beyond_capacity_is_accepted_or_rejected_and_nothing_else() {
    const THREADS: u64 = 4;
    let attempts = scaled(500_000) / THREADS;
    let registry = Registry::builder().series(64).build().unwrap();
    let narrow = registry.counter("narrow_total", "").labels(["a", "b"]).series(20).register().unwrap();
    let wide = registry.counter("wide_total", "").labels(["a", "b"]).register().unwrap();
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).labels(["a"]).register().unwrap();
    let tuples: Vec<(String, String)> =
        (0..10_000).map(|i| (format!("a{}", i % 100), format!("b{}", i / 100))).collect();
    let mut publisher = publisher(&registry);
    let together = Barrier::new(THREADS as usize);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let recorders: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (narrow, wide, seconds) = (&narrow, &wide, &seconds);
                let (tuples, together) = (&tuples, &together);
                scope.spawn(move || {
                    together.wait();
                    for attempt in 0..attempts {
                        // Different strides: the threads meet at the same new tuple now and then.
                        let (a, b) = &tuples[(attempt * (2 * thread + 1)) as usize % tuples.len()];
                        narrow.with([a, b]).inc();
                        wide.with([a, b]).add(3);
                        seconds.with([a]).observe(0.5);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                publisher.tick();
            }
        });
        recorders.into_iter().for_each(|recorder| recorder.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
    });

    let text = page(&mut publisher);
    assert_eq!(text, encode::text(&registry));
    let sum = |prefix: &str| -> u64 {
        let lines = text.lines().filter(|line| line.starts_with(prefix));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
    };
    let rejected = registry.rejected();
    let rejected_of = |family: &str| -> u64 {
        rejected.iter().filter(|(name, ..)| &**name == family).map(|(_, _, count)| count).sum()
    };
    let all = THREADS * attempts;
    assert_eq!(sum("narrow_total{") + rejected_of("narrow_total"), all);
    assert_eq!(sum("wide_total{") / 3 + rejected_of("wide_total"), all);
    assert_eq!(sum("wide_total{") % 3, 0);
    assert_eq!(sum("seconds_count{") + rejected_of("seconds"), all);
    for family in ["narrow_total", "wide_total", "seconds"] {
        assert!(rejected_of(family) > 0, "{family}: {rejected:?}");
    }
    for (family, reason, count) in &rejected {
        assert!(matches!(reason, RejectReason::FamilyFull | RejectReason::TableFull), "{family}: {reason:?}");
        let line = format!("metrics_refused_total{{family=\"{family}\",reason=\"{}\"}} {count}", reason.as_str());
        assert!(text.lines().any(|l| l == line), "{line}");
    }
    assert_eq!(registry.memory().series, 64);
}

#[test]
fn a_billion_additions_are_exact() {
    const THREADS: u64 = 4;
    let each = scaled(1_000_000_000) / THREADS;
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("additions_total", "").register().unwrap();
    let labelled = registry.counter("labelled_additions_total", "").labels(["thread"]).register().unwrap();
    let mut publisher = publisher(&registry);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let bound = || {
            let local = counter.local();
            (0..each / 2).for_each(|_| local.inc());
            (0..each / 2).for_each(|_| local.add(1));
        };
        let held = || {
            (0..each / 2).for_each(|_| counter.inc());
            (0..each / 2).for_each(|_| counter.add(1));
        };
        let by_labels = || {
            let handle = labelled.handle(["held"]).unwrap();
            // By labels costs ten times as much: a twentieth of the additions.
            (0..each / 20).for_each(|_| labelled.with(["by labels"]).inc());
            (0..each - each / 20).for_each(|_| handle.inc());
        };
        let recorders = [scope.spawn(bound), scope.spawn(held), scope.spawn(bound), scope.spawn(by_labels)];
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                publisher.tick();
                std::thread::yield_now();
            }
        });
        recorders.into_iter().for_each(|recorder| recorder.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
    });
    let lines = [
        format!("additions_total {}", 3 * each),
        format!("labelled_additions_total{{thread=\"held\"}} {}", each - each / 20),
        format!("labelled_additions_total{{thread=\"by labels\"}} {}", each / 20),
    ];
    assert_lines(&registry, &mut publisher, &lines);
}

#[test]
fn float_sums_are_right_to_a_billionth() {
    let times = scaled(10_000_000);
    for slabs in [32, 1] {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        let cost = registry.counter_f64("cost_total", "").register().unwrap();
        let seconds = registry.histogram("seconds", "", Bounds::seconds()).register().unwrap();
        // Whole thousandths, so that the exact sum is known.
        let milli = |round: u64| round * 7919 % 5000;
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (cost, seconds) = (&cost, &seconds);
                scope.spawn(move || {
                    let (local_cost, local_seconds) = (cost.local(), seconds.local());
                    for round in 0..times / 4 {
                        let amount = milli(round) as f64 / 1000.0;
                        if thread % 2 == 0 {
                            cost.add(amount);
                            seconds.observe(amount);
                        } else {
                            local_cost.add(amount);
                            local_seconds.observe(amount);
                        }
                    }
                });
            }
        });
        let exact = 4.0 * (0..times / 4).map(milli).sum::<u64>() as f64 / 1000.0;
        for sum in [testing::value(&registry, "cost_total", &[]), testing::sum(&registry, "seconds", &[])] {
            let error = (sum.unwrap() - exact).abs() / exact;
            assert!(error < 1e-9, "{sum:?} is off {exact} by {error:e} ({slabs} slabs)");
        }
        assert_eq!(testing::value(&registry, "seconds", &[]), Some((times / 4 * 4) as f64));
    }
}

/// What the destructor of a thread-local of a test records with.
#[derive(Default)]
struct AtTheEnd {
    bound: RefCell<Option<LocalCounter>>,
    held: RefCell<Option<Counter>>,
    guard: Cell<Option<InFlightGuard<'static>>>,
    /// Where it meets another thread before it records.
    meeting: Cell<Option<Arc<Barrier>>>,
}

/// Long enough for two threads that write to one slab to get in each other's way.
const AT_THE_END: u64 = scaled(2_000_000);

thread_local! {
    static AT_THE_END_OF_THIS_THREAD: AtTheEnd = AtTheEnd::default();
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        if let Some(meeting) = self.meeting.take() {
            meeting.wait();
        }
        if let Some(counter) = self.bound.get_mut() {
            (0..AT_THE_END).for_each(|_| counter.inc());
        }
        if let Some(counter) = self.held.get_mut() {
            (0..AT_THE_END / 2).for_each(|_| counter.inc());
            // A thread-bound handle made when the lease may be gone.
            let local = counter.local();
            (0..AT_THE_END / 2).for_each(|_| local.inc());
        }
        drop(self.guard.take());
    }
}

/// Runs `work` in `count` threads, `width` of them at a time, each to the end of its thread-locals.
fn in_threads(count: u64, width: u64, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..width {
            scope.spawn(|| {
                loop {
                    let thread = next.fetch_add(1, Ordering::Relaxed);
                    if thread >= count {
                        return;
                    }
                    std::thread::scope(|inner| inner.spawn(|| work(thread)).join().unwrap());
                }
            });
        }
    });
}

/// A thread that records in the destructor of a thread-local, with what `keep` puts there, while another records for
/// the first time: with 2 slabs there is one to own, and a slab given up too early has two writers.
#[track_caller]
fn beside_a_thread_that_ends(keep: impl Fn(&AtTheEnd, &Counter) + Sync) {
    for slabs in [1, 2, 32] {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        let counter = registry.counter("whole_total", "").register().unwrap();
        let mut publisher = publisher(&registry);
        let rounds = 10;
        for round in 0..rounds {
            let meeting = Arc::new(Barrier::new(2));
            std::thread::scope(|scope| {
                let ending = scope.spawn(|| {
                    // Thread-locals are destroyed in an order that depends on who came first: ours or the library's.
                    if round % 2 == 0 {
                        AT_THE_END_OF_THIS_THREAD.with(|_| ());
                    }
                    counter.inc();
                    AT_THE_END_OF_THIS_THREAD.with(|end| {
                        keep(end, &counter);
                        end.meeting.set(Some(meeting.clone()));
                    });
                });
                let other = scope.spawn(|| {
                    meeting.wait();
                    (0..AT_THE_END).for_each(|_| counter.inc());
                });
                ending.join().unwrap();
                other.join().unwrap();
            });
        }
        assert_lines(&registry, &mut publisher, &[format!("whole_total {}", rounds * (1 + 2 * AT_THE_END))]);
    }
}

#[test]
fn a_thread_bound_handle_that_outlives_the_thread_local_keeps_its_slab() {
    beside_a_thread_that_ends(|end, counter| *end.bound.borrow_mut() = Some(counter.local()));
}

#[test]
fn what_is_recorded_after_the_lease_is_gone_counts() {
    beside_a_thread_that_ends(|end, counter| *end.held.borrow_mut() = Some(counter.clone()));
}

#[test]
fn a_thread_keeps_its_slab_when_a_thread_bound_handle_goes() {
    let registry = Registry::builder().slabs(2).build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    let mut publisher = publisher(&registry);
    for _ in 0..10 {
        let meeting = Barrier::new(2);
        std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                let (one, other) = (counter.local(), counter.local());
                drop(one);
                meeting.wait();
                (0..AT_THE_END).for_each(|_| other.inc());
                drop(other);
                (0..AT_THE_END).for_each(|_| counter.inc());
            });
            let second = scope.spawn(|| {
                meeting.wait();
                (0..2 * AT_THE_END).for_each(|_| counter.inc());
            });
            first.join().unwrap();
            second.join().unwrap();
        });
    }
    assert_lines(&registry, &mut publisher, &[format!("whole_total {}", 10 * 4 * AT_THE_END)]);
}

#[test]
fn slabs_come_back_when_their_threads_end() {
    let registry = Registry::builder().slabs(64).build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    // One after the other: each claims the lowest free slab, so a second one is used only if the first stayed away.
    in_threads(100, 1, |thread| {
        if thread % 2 == 0 {
            AT_THE_END_OF_THIS_THREAD.with(|_| ());
        }
        let first = counter.local();
        let second = counter.local();
        first.inc();
        drop(first);
        counter.inc();
        AT_THE_END_OF_THIS_THREAD.with(|end| *end.bound.borrow_mut() = Some(second));
    });
    assert_eq!(testing::value(&registry, "whole_total", &[]), Some(100.0 * (2 + AT_THE_END) as f64));
    assert_eq!(registry.memory().slabs, 2, "the shared slab and one");
}

#[test]
fn one_thread_records_exactly_in_ten_registries() {
    let registries: Vec<(Registry, Counter)> = (0..10)
        .map(|_| {
            let registry = Registry::builder().series(16).slabs(4).build().unwrap();
            let counter = registry.counter("whole_total", "").register().unwrap();
            (registry, counter)
        })
        .collect();
    let mut publishers: Vec<Publisher> = registries.iter().map(|(registry, _)| publisher(registry)).collect();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let bound: Vec<LocalCounter> = registries.iter().map(|(_, counter)| counter.local()).collect();
                for _ in 0..1000 {
                    for (number, (_, counter)) in registries.iter().enumerate() {
                        counter.add(number as u64);
                        bound[number].inc();
                    }
                }
            });
        }
    });
    for (number, ((registry, _), publisher)) in registries.iter().zip(&mut publishers).enumerate() {
        assert_lines(registry, publisher, &[format!("whole_total {}", 6000 * (number + 1))]);
    }
}

/// More slabs than are summed at each look: some are at rest, some are not, and which changes from look to look.
#[test]
fn slabs_that_rest_and_go_on_are_counted_once_each() {
    const THREADS: usize = 12;
    let registry = Registry::builder().series(4096).slabs(THREADS as u32 + 2).build().unwrap();
    let family = registry.counter("calls_total", "").labels(["number"]).register().unwrap();
    let fractions = registry.counter_f64("cost_total", "").labels(["number"]).register().unwrap();
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).labels(["number"]).register().unwrap();
    // Three chunks of cells, so that a slab rests in one and is busy in another.
    let numbers: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let mut publisher = publisher(&registry);
    let (start, end) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    let round = AtomicU64::new(0);
    // Who records what in which round.
    let is_busy = |thread: usize, round: u64, number: usize| {
        let mixed = (thread as u64 * 31 + number as u64 / 50 * 7 + round).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
        mixed < (round % 8)
    };
    const ROUNDS: u64 = 60;
    let mut totals = vec![0u64; numbers.len()];
    // Told at the end: a panic here would leave the threads at their barrier.
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (start, end, round, family, fractions, seconds) = (&start, &end, &round, &family, &fractions, &seconds);
            let numbers = &numbers;
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    start.wait();
                    let round = round.load(Ordering::SeqCst);
                    for (index, number) in numbers.iter().enumerate() {
                        if is_busy(thread, round, index) {
                            family.with([number]).inc();
                            fractions.with([number]).add(0.5);
                            seconds.with([number]).observe(1.0);
                        }
                    }
                    end.wait();
                }
            });
        }
        for at in 0..ROUNDS {
            round.store(at, Ordering::SeqCst);
            start.wait();
            // A look while they record, and one when they have: the first must not spoil the second.
            publisher.tick();
            end.wait();
            for (index, total) in totals.iter_mut().enumerate() {
                *total += (0..THREADS).filter(|thread| is_busy(*thread, at, index)).count() as u64;
            }
            let text = page(&mut publisher);
            for (number, total) in numbers.iter().zip(&totals).filter(|(_, total)| **total > 0) {
                for line in [
                    format!("calls_total{{number=\"{number}\"}} {total}\n"),
                    format!("cost_total{{number=\"{number}\"}} {}\n", *total as f64 / 2.0),
                    format!("seconds_count{{number=\"{number}\"}} {total}\n"),
                ] {
                    if !text.contains(&line) {
                        wrong.push(format!("round {at}: {line} is not there"));
                    }
                }
            }
        }
    });
    assert!(wrong.is_empty(), "{} lines, such as: {:?}", wrong.len(), wrong.first());
}

#[test]
fn a_thread_outlives_the_registries_it_records_in() {
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let kept = Registry::builder().series(16).slabs(4).build().unwrap();
                let kept_counter = kept.counter("whole_total", "").register().unwrap();
                let mut orphan: Option<Counter> = None;
                for round in 0..200u64 {
                    kept_counter.inc();
                    let registry = Registry::builder().series(16).slabs(4).build().unwrap();
                    let counter = registry.counter("whole_total", "").register().unwrap();
                    counter.add(round);
                    assert_eq!(testing::value(&registry, "whole_total", &[]), Some(round as f64));
                    drop(registry);
                    // The handle goes on alone, together with the one before.
                    counter.inc();
                    orphan.replace(counter).iter().for_each(|before| before.inc());
                }
                assert_eq!(testing::value(&kept, "whole_total", &[]), Some(200.0));
            });
        }
    });
}

#[test]
fn a_registry_may_go_while_its_threads_record() {
    for _ in 0..50 {
        let (started, waiting) = (Barrier::new(4), Barrier::new(4));
        std::thread::scope(|scope| {
            let registry = Registry::builder().series(16).slabs(3).build().unwrap();
            let counter = registry.counter("whole_total", "").register().unwrap();
            for _ in 0..3 {
                let counter = counter.clone();
                let (started, waiting) = (&started, &waiting);
                scope.spawn(move || {
                    counter.inc();
                    started.wait();
                    (0..100).for_each(|_| counter.inc());
                    waiting.wait();
                    // The last handle to go takes the memory along, in whichever thread that is.
                    counter.local().inc();
                });
            }
            drop(counter);
            started.wait();
            drop(registry);
            waiting.wait();
        });
    }
}

#[test]
fn a_handle_that_moves_between_threads_loses_nothing() {
    let registry = Registry::builder().slabs(4).build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    let mut publisher = publisher(&registry);
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    for _ in 0..8 {
        sender.send((counter.clone(), 0)).unwrap();
    }
    let done = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < 8 {
                    let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).try_recv();
                    let Ok((handle, round)) = next else {
                        std::thread::yield_now();
                        continue;
                    };
                    handle.add(round);
                    if round == 500 {
                        done.fetch_add(1, Ordering::Relaxed);
                    } else {
                        sender.send((handle, round + 1)).unwrap();
                    }
                }
            });
        }
    });
    assert_lines(&registry, &mut publisher, &[format!("whole_total {}", 8 * (500 * 501 / 2))]);
}

#[test]
fn a_guard_dropped_in_another_thread_ends_what_it_started() {
    for slabs in [1, 2, 32] {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        let in_flight = registry.in_flight("running", "").register().unwrap();
        let mut publisher = publisher(&registry);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel::<Vec<InFlightGuard<'_>>>(4);
            scope.spawn(move || receiver.iter().for_each(drop));
            for _ in 0..4 {
                let (sender, in_flight) = (sender.clone(), &in_flight);
                scope.spawn(move || {
                    for _ in 0..200 {
                        sender.send((0..10).map(|_| in_flight.enter()).collect()).unwrap();
                    }
                });
            }
        });
        assert_lines(&registry, &mut publisher, &["running 0".to_owned()]);
        let held: Vec<_> = (0..7).map(|_| in_flight.enter()).collect();
        assert_lines(&registry, &mut publisher, &["running 7".to_owned()]);
        std::thread::scope(|scope| scope.spawn(move || drop(held)).join().unwrap());
        assert_lines(&registry, &mut publisher, &["running 0".to_owned()]);
    }
}

#[test]
fn a_guard_kept_by_a_thread_local_ends_with_its_thread() {
    let registry = Registry::builder().slabs(4).build().unwrap();
    let in_flight: &'static InFlight = Box::leak(Box::new(registry.in_flight("running", "").register().unwrap()));
    let mut publisher = publisher(&registry);
    in_threads(100, 4, |thread| {
        if thread % 2 == 0 {
            AT_THE_END_OF_THIS_THREAD.with(|_| ());
        }
        let guard = in_flight.enter();
        AT_THE_END_OF_THIS_THREAD.with(|end| end.guard.set(Some(guard)));
    });
    assert_lines(&registry, &mut publisher, &["running 0".to_owned()]);
}

#[test]
fn every_recording_is_in_the_next_page_wherever_its_series_lies() {
    // Recording marks blocks of 64 cells; series of all widths come to lie at all places of a block, and across two.
    let mut late = Vec::new();
    for slabs in [32, 1] {
        for offset in 0..3 {
            let registry = Registry::builder().series(1000).slabs(slabs).build().unwrap();
            let padding = registry.counter("padding_total", "").labels(["n"]).register().unwrap();
            (0..offset).for_each(|number: u32| padding.with([&number.to_string()]).inc());
            let counters = registry.counter("whole_total", "").labels(["n"]).register().unwrap();
            let fractions = registry.counter_f64("fraction_total", "").labels(["n"]).register().unwrap();
            let in_flights = registry.in_flight("running", "").labels(["n"]).register().unwrap();
            let bounds = Bounds::new(&[1.0, 2.0, 3.0]).unwrap();
            let histograms = registry.histogram("seconds", "", bounds).labels(["n"]).register().unwrap();
            let numbers: Vec<String> = (0..130).map(|number| number.to_string()).collect();
            // Kind after kind: neighbours are of one width, and every series is there before the first look.
            for n in &numbers {
                in_flights.handle([n]).unwrap();
            }
            for n in &numbers {
                histograms.handle([n]).unwrap();
            }
            for n in &numbers {
                counters.handle([n]).unwrap();
                fractions.handle([n]).unwrap();
            }
            let mut publisher = publisher(&registry);
            for n in &numbers {
                let mut check = |publisher: &mut Publisher, lines: [String; 2]| {
                    let text = page(publisher);
                    for line in lines {
                        if !text.lines().any(|l| l == line) {
                            late.push(format!("{line} ({slabs} slabs, offset {offset})"));
                        }
                    }
                };
                let running = in_flights.with([n]).enter();
                counters.with([n]).inc();
                check(&mut publisher, [format!("running{{n=\"{n}\"}} 1"), format!("whole_total{{n=\"{n}\"}} 1")]);
                // An end alone.
                drop(running);
                check(&mut publisher, [format!("running{{n=\"{n}\"}} 0"), format!("whole_total{{n=\"{n}\"}} 1")]);
                // The last bucket is the farthest from the sum.
                histograms.with([n]).observe(9.0);
                fractions.with([n]).add(0.5);
                let bucket = format!("seconds_bucket{{n=\"{n}\",le=\"+Inf\"}} 1");
                check(&mut publisher, [bucket, format!("fraction_total{{n=\"{n}\"}} 0.5")]);
            }
        }
    }
    assert!(late.is_empty(), "{} lines are not in the next page: {:?} …", late.len(), &late[..late.len().min(5)]);
}

#[test]
fn every_attempt_is_recorded_or_counted_as_rejected() {
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    let fraction = registry.counter_f64("fraction_total", "").register().unwrap();
    let histogram = registry.histogram("seconds", "", Bounds::seconds()).register().unwrap();
    let whole = [0, 1, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, u64::MAX];
    let doubles =
        [0.0, -0.0, 1.0, f64::MIN_POSITIVE, -1.0, -f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, -f64::INFINITY];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (local, local_f64, local_histogram) = (counter.local(), fraction.local(), histogram.local());
                whole.iter().for_each(|amount| counter.add(*amount));
                whole.iter().for_each(|amount| local.add(*amount));
                for amount in doubles {
                    fraction.add(amount);
                    local_f64.add(amount);
                    histogram.observe(amount);
                    local_histogram.observe(amount);
                }
            });
        }
    });
    assert_eq!(testing::value(&registry, "whole_total", &[]), Some((8u64 * (1 << 54)) as f64));
    assert_eq!(testing::value(&registry, "fraction_total", &[]), Some(8.0));
    assert_eq!(testing::value(&registry, "seconds", &[]), Some(8.0 * 4.0));
    let rejected: Vec<(String, RejectReason, u64)> =
        registry.rejected().into_iter().map(|(family, reason, count)| (family.to_string(), reason, count)).collect();
    let expected = [("whole_total", 16), ("fraction_total", 40), ("seconds", 40)];
    assert_eq!(rejected, expected.map(|(family, count)| (family.to_owned(), RejectReason::BadAmount, count)));
}

#[test]
fn the_last_addition_before_silence_is_in_the_page_though_a_look_ran_beside_it() {
    for slabs in [32, 1] {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        let counter = registry.counter("whole_total", "").register().unwrap();
        let mut publisher = publisher(&registry);
        let (asked, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let rounds = scaled(50_000);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 1..=rounds {
                    until("the next round", || asked.load(Ordering::Acquire) == round);
                    // The first additions mark, the last one finds the mark there or taken.
                    (0..1 + round % 100).for_each(|_| counter.inc());
                    done.store(round, Ordering::Release);
                }
            });
            let mut total = 0;
            for round in 1..=rounds {
                total += 1 + round % 100;
                asked.store(round, Ordering::Release);
                until("the addition", || {
                    publisher.tick();
                    done.load(Ordering::Acquire) == round
                });
                let line = format!("whole_total {total}");
                let text = page(&mut publisher);
                assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
            }
        });
    }
}
