//! Series that do not fit are rejected, and those that are there go on.

use std::sync::atomic::{AtomicUsize, Ordering};

use openclaw_prometheus::{Bounds, CounterFamily, Registry, RejectReason, encode, testing};

use super::{random_text, rejected, scaled};

#[test]
fn a_full_family_rejects_new_series_and_goes_on_with_known_ones() {
    let registry = Registry::builder().build().unwrap();
    let narrow = registry.counter("narrow_total", "").labels(["a"]).series(3).register().unwrap();
    let other = registry.counter("other_total", "").labels(["a"]).register().unwrap();
    for round in 0..10 {
        for value in ["one", "two", "three", "four", "five"] {
            narrow.with([value]).inc();
        }
        assert_eq!(rejected(&registry), [("narrow_total".into(), RejectReason::FamilyFull, 2 * (round + 1))]);
    }
    for value in ["one", "two", "three"] {
        assert_eq!(testing::value(&registry, "narrow_total", &[("a", value)]), Some(10.0));
    }
    for value in ["four", "five"] {
        assert_eq!(testing::value(&registry, "narrow_total", &[("a", value)]), None);
    }
    other.with(["four"]).inc();
    assert_eq!(testing::value(&registry, "other_total", &[("a", "four")]), Some(1.0));
    let error = narrow.handle(["six"]).unwrap_err();
    assert_eq!(error.reason, RejectReason::FamilyFull);
    assert!(error.to_string().starts_with("family `narrow_total`: series rejected (family_full): "), "{error}");
}

#[test]
fn a_full_table_rejects_new_series_of_all_families_and_goes_on_with_known_ones() {
    let registry = Registry::builder().series(10).build().unwrap();
    let first = registry.counter("first_total", "").labels(["a"]).series(8).register().unwrap();
    let second = registry.gauge("second", "").labels(["a"]).register().unwrap();
    let values: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    values.iter().take(6).for_each(|value| first.with([value]).inc());
    values.iter().take(6).for_each(|value| second.with([value]).set(7.0));
    // Four of the second family fitted.
    assert_eq!(rejected(&registry), [("second".into(), RejectReason::TableFull, 2)]);
    assert_eq!(registry.memory().series, 10);
    values.iter().for_each(|value| first.with([value]).inc());
    values.iter().for_each(|value| second.with([value]).add(1.0));
    for (number, value) in values.iter().enumerate() {
        let labels = [("a", value.as_str())];
        assert_eq!(testing::value(&registry, "first_total", &labels), (number < 6).then_some(2.0));
        assert_eq!(testing::value(&registry, "second", &labels), (number < 4).then_some(8.0));
    }
    assert_eq!(registry.memory().series, 10);
}

#[test]
fn cells_that_are_used_up_reject_wide_series_and_still_take_narrow_ones() {
    let registry = Registry::builder().series(5000).cells(1).families(4).build().unwrap();
    let bounds = Bounds::linear(1.0, 1.0, 254).unwrap();
    let wide = registry.histogram("wide_seconds", "", bounds).labels(["a"]).register().unwrap();
    let narrow = registry.counter("narrow_total", "").labels(["a"]).register().unwrap();
    for number in 0..200 {
        wide.with([&number.to_string()]).observe(3.0);
        let memory = registry.memory();
        assert!(memory.cells <= memory.cells_bound && memory.cell_bytes <= memory.cell_bytes_bound, "{memory:?}");
    }
    let [(family, RejectReason::TableFull, count)] = &rejected(&registry)[..] else {
        panic!("{:?}", rejected(&registry))
    };
    assert_eq!(family, "wide_seconds");
    assert_eq!(support::exposition::parse(&encode::text(&registry)).unwrap()["wide_seconds"].samples.len() as u64, {
        (200 - count) * 257
    });
    narrow.with(["fits"]).inc();
    wide.with(["0"]).observe(3.0);
    assert_eq!(testing::value(&registry, "narrow_total", &[("a", "fits")]), Some(1.0));
    assert_eq!(testing::value(&registry, "wide_seconds", &[("a", "0")]), Some(2.0));
}

#[test]
fn no_series_is_evicted_however_many_come_after_it() {
    let registry = Registry::builder().series(100).build().unwrap();
    let counters = registry.counter("calls_total", "").labels(["model"]).register().unwrap();
    let good: Vec<String> = (0..50).map(|number| format!("good-{number}")).collect();
    good.iter().for_each(|value| counters.with([value]).inc());
    for number in 0..scaled(100_000) {
        counters.with([&random_text(number, 12)]).inc();
        counters.with([&good[number as usize % good.len()]]).inc();
    }
    let each = 1 + scaled(100_000) / 50;
    for value in &good {
        assert_eq!(testing::value(&registry, "calls_total", &[("model", value)]), Some(each as f64));
    }
}

#[test]
fn threads_that_ask_for_the_same_new_series_at_once_all_get_it() {
    const THREADS: usize = 2;
    let rounds = 1000;
    // The family has room for the one series that everybody asks for.
    let registry = Registry::builder().series(rounds).families(rounds).build().unwrap();
    let families: Vec<CounterFamily<1>> = (0..rounds)
        .map(|round| registry.counter(&format!("c{round:06}"), "").labels(["a"]).series(1))
        .map(|declared| declared.register().unwrap())
        .collect();
    let arrived = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for (round, family) in families.iter().enumerate() {
                    arrived.fetch_add(1, Ordering::AcqRel);
                    while arrived.load(Ordering::Acquire) < (round + 1) * THREADS {
                        std::hint::spin_loop();
                    }
                    family.with(["same"]).inc();
                }
            });
        }
    });
    // Whoever adds may be put to sleep by the system in the middle of it, and is not waited for beyond a moment; without
    // that moment a third is rejected.
    let rejected: u64 = rejected(&registry).iter().map(|(_, _, count)| count).sum();
    assert!(rejected <= u64::from(rounds) / 20, "{rejected} of {} recordings were rejected", THREADS * families.len());
}
