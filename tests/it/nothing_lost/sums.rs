//! Totals are exact, of threads that have ended, that overlap, and that outnumber the slabs.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, Counter, Registry, RejectReason, encode, testing};

use super::{assert_lines, page, publisher, scaled};

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
