//! What recording has marked is all that a page needs to read again.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, Registry, RejectReason, testing};
use support::deadline::until;

use super::{page, publisher, scaled};

/// More slabs than are summed at each reading: some are at rest, some are not, and which changes from reading to reading.
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
            // A reading while they record, and one when they have: the first must not spoil the second.
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
            // Kind after kind: neighbours are of one width, and every series is there before the first reading.
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
        for _ in 0..3 {
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
    assert_eq!(testing::value(&registry, "whole_total", &[]), Some((6u64 * (1 << 54)) as f64));
    assert_eq!(testing::value(&registry, "fraction_total", &[]), Some(6.0));
    assert_eq!(testing::value(&registry, "seconds", &[]), Some(6.0 * 4.0));
    let rejected: Vec<(String, RejectReason, u64)> =
        registry.rejected().into_iter().map(|(family, reason, count)| (family.to_string(), reason, count)).collect();
    let expected = [("whole_total", 12), ("fraction_total", 30), ("seconds", 30)];
    assert_eq!(rejected, expected.map(|(family, count)| (family.to_owned(), RejectReason::BadAmount, count)));
}

#[test]
fn the_last_addition_before_silence_is_in_the_page_though_a_reading_ran_beside_it() {
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
