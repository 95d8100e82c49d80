//! Series that do not fit are rejected, and those that are there go on.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use openclaw_prometheus::{Bounds, CounterFamily, RegisterError, Registry, RejectReason, encode, testing};
use proptest::prelude::*;

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
    let [(family, RejectReason::CellsFull, count)] = &rejected(&registry)[..] else {
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
fn series_that_are_too_wide_say_that_cells_ran_out_and_more_cells_take_them_all() {
    let wide = |cells: Option<u32>| {
        let builder = Registry::builder().series(1000);
        let registry = cells.map_or(builder.clone(), |cells| builder.cells(cells)).build().unwrap();
        let bounds = Bounds::linear(1.0, 1.0, 100).unwrap();
        let wide = registry.histogram("wide_seconds", "", bounds).labels(["a"]).register().unwrap();
        let error = (0..1000).find_map(|number| wide.handle([&number.to_string()]).err());
        (registry, error)
    };
    let (registry, error) = wide(None);
    let error = error.unwrap();
    assert_eq!(error.reason, RejectReason::CellsFull);
    let sentence = "family `wide_seconds`: series rejected (cells_full): raise the registry's cells: a histogram takes 2 \
                    more than it has bounds, and 18 a series are the default";
    assert_eq!(error.to_string(), sentence);
    assert!(registry.memory().series < registry.memory().series_bound);
    assert!(encode::text(&registry).contains("reason=\"cells_full\""));

    let (registry, error) = wide(Some(1000 * 102));
    assert_eq!(error, None);
    assert_eq!(registry.memory().series, 1000);
}

/// What a registry has room for.
#[derive(Debug, Clone, Copy)]
struct Room {
    series: u32,
    cells: Option<u32>,
    label_bytes: Option<u32>,
}

/// A family: the bounds of its histogram, its labels, and how long the value of each is.
#[derive(Debug, Clone)]
struct Shape {
    bounds: usize,
    labels: usize,
    value_bytes: usize,
    series: u32,
}

impl Room {
    /// What the first series said that did not fit.
    fn fill(self, shapes: &[Shape]) -> Option<RejectReason> {
        let mut builder = Registry::builder().seed(1).slabs(1).series(self.series);
        builder = self.cells.map_or(builder.clone(), |cells| builder.cells(cells));
        builder = self.label_bytes.map_or(builder.clone(), |bytes| builder.label_bytes(bytes));
        let registry = builder.build().unwrap();
        shapes.iter().enumerate().find_map(|(number, shape)| {
            let bounds = Bounds::linear(1.0, 1.0, shape.bounds).unwrap();
            let declared = registry.histogram(&format!("h{number}"), "", bounds);
            match shape.labels {
                1 => fill(declared.labels(["a"]), shape),
                2 => fill(declared.labels(["a", "b"]), shape),
                _ => fill(declared.labels(["a", "b", "c", "d", "e", "f"]), shape),
            }
        })
    }

    /// More of what the reason names, and of nothing else.
    fn raise(&mut self, reason: RejectReason) {
        match reason {
            RejectReason::TableFull => self.series *= 2,
            RejectReason::CellsFull => self.cells = Some(2 * self.cells.unwrap_or(18 * self.series)),
            RejectReason::LabelBytesFull => {
                self.label_bytes = Some(2 * self.label_bytes.unwrap_or((64 * self.series).max(64 << 10)));
            }
            other => panic!("nothing to raise for {other:?}"),
        }
    }
}

/// Adds the shape's series, none of which has a label value of another.
fn fill<const N: usize>(
    declared: openclaw_prometheus::LabelledFamilyBuilder<openclaw_prometheus::Histogram, N>,
    shape: &Shape,
) -> Option<RejectReason> {
    let family = match declared.register() {
        Ok(family) => family,
        // Others have taken so many that there are none for what a family needs before its first series.
        Err(RegisterError::Full { what: "cells", .. }) => return Some(RejectReason::CellsFull),
        Err(error) => panic!("{error}"),
    };
    (0..shape.series).find_map(|number| {
        let values: [String; N] = std::array::from_fn(|label| {
            format!("{}-{number}-{label}-{:width$}", family.name(), "", width = shape.value_bytes)
        });
        family.handle(values.each_ref().map(String::as_str)).err().map(|rejected| rejected.reason)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_of_what_the_reason_names_makes_room(
        series in 1u32..400,
        shapes in prop::collection::vec(
            (1usize..=254, 1usize..=3, 0usize..200, 1u32..200)
                .prop_map(|(bounds, labels, value_bytes, series)| Shape { bounds, labels, value_bytes, series }),
            1..4,
        ),
    ) {
        let mut room = Room { series, cells: None, label_bytes: None };
        let mut reasons = Vec::new();
        while let Some(reason) = room.fill(&shapes) {
            room.raise(reason);
            reasons.push(reason);
            prop_assert!(reasons.len() <= 30, "{:?}: {:?}", room, reasons);
        }
    }
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
    assert_eq!(rejected(&registry), []);
    let text = encode::text(&registry);
    assert_eq!(text.lines().filter(|line| line.ends_with("{a=\"same\"} 2")).count(), rounds as usize);
}

#[test]
fn threads_that_fill_families_to_the_brim_at_once_lose_nothing() {
    const THREADS: usize = 8;
    const SERIES: u32 = 20;
    let rounds = 300;
    // Neither the families nor the registry have room for one series more, and more threads than processors add, so
    // that some are put to sleep in the middle of it.
    let registry = Registry::builder().series(rounds * SERIES).families(rounds).build().unwrap();
    let families: Vec<CounterFamily<1>> = (0..rounds)
        .map(|round| registry.counter(&format!("c{round:06}"), "").labels(["a"]).series(SERIES))
        .map(|declared| declared.register().unwrap())
        .collect();
    let values: Vec<String> = (0..SERIES).map(|number| number.to_string()).collect();
    let together = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (families, values, together) = (&families, &values, &together);
            scope.spawn(move || {
                for family in families {
                    together.wait();
                    // Half of them the other way round, so that the last place is one that several come to.
                    for number in 0..values.len() {
                        let number = if thread % 2 == 0 { number } else { values.len() - 1 - number };
                        family.with([&values[number]]).inc();
                    }
                }
            });
        }
    });
    assert_eq!(rejected(&registry), []);
    let memory = registry.memory();
    assert_eq!((memory.series, memory.series_bound), (rounds * SERIES, rounds * SERIES));
    let text = encode::text(&registry);
    assert_eq!(text.lines().filter(|line| line.ends_with("\"} 8")).count(), (rounds * SERIES) as usize);
    families
        .iter()
        .for_each(|family| assert_eq!(family.handle(["more"]).unwrap_err().reason, RejectReason::FamilyFull));
}
