//! Every amount is in its total, or rejected and counted, or its series is told as saturated.

use openclaw_prometheus::{Bounds, Counter, Histogram, LocalCounter, LocalHistogram, Registry, RejectReason, testing};
use proptest::prelude::*;

use super::{assert_lines, page, publisher};

/// The largest amount.
const LARGEST: u64 = 1 << 53;
const TOO_LARGE: [f64; 3] = [(LARGEST + 2) as f64, (1u64 << 60) as f64, f64::MAX];

/// One of each kind that adds up. With one slab all threads share it.
struct Kinds {
    registry: Registry,
    whole: Counter,
    fraction: Counter<f64>,
    histogram: Histogram,
}

impl Kinds {
    fn new(slabs: u32) -> Self {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        Self {
            whole: registry.counter("whole_total", "").register().unwrap(),
            fraction: registry.counter_f64("fraction_total", "").register().unwrap(),
            histogram: registry.histogram("sizes", "", Bounds::bytes()).register().unwrap(),
            registry,
        }
    }

    /// The same, bound to this thread.
    fn local(&self) -> (LocalCounter, LocalCounter<f64>, LocalHistogram) {
        (self.whole.local(), self.fraction.local(), self.histogram.local())
    }

    /// How often the registry tells `reason` of a family.
    fn count(&self, family: &str, reason: RejectReason) -> u64 {
        let rejected = self.registry.rejected();
        rejected.iter().find(|(name, why, _)| **name == *family && *why == reason).map_or(0, |(.., count)| *count)
    }
}

#[test]
fn an_amount_that_is_too_large_is_rejected_and_the_total_moves_on() {
    for slabs in [32, 1] {
        let kinds = Kinds::new(slabs);
        let (_, local, local_histogram) = kinds.local();
        for amount in TOO_LARGE {
            kinds.fraction.add(amount);
            local.add(amount);
            kinds.histogram.observe(amount);
            local_histogram.observe(amount);
        }
        kinds.fraction.add(1.5);
        local.add(1.5);
        kinds.histogram.observe(1.5);
        local_histogram.observe(1.5);
        assert_lines(
            &kinds.registry,
            &mut publisher(&kinds.registry),
            &["fraction_total 3".to_owned(), "sizes_sum 3".to_owned(), "sizes_count 2".to_owned()],
        );
        for family in ["fraction_total", "sizes"] {
            assert_eq!(kinds.count(family, RejectReason::BadAmount), 6, "{family} of {slabs} slabs");
        }
    }
}

#[test]
fn a_series_that_can_take_no_more_is_told_as_saturated_in_the_page_that_shows_it() {
    for slabs in [32, 1] {
        let kinds = Kinds::new(slabs);
        let (local, local_f64, local_histogram) = kinds.local();
        let mut publisher = publisher(&kinds.registry);
        // Just below: all of it is in the sums.
        kinds.fraction.add((LARGEST - 1) as f64);
        kinds.histogram.observe((LARGEST - 1) as f64);
        kinds.whole.add(LARGEST - 1);
        (0..15).for_each(|_| kinds.whole.add(LARGEST));
        let lines = [
            format!("whole_total {}", 16 * LARGEST - 1),
            "fraction_total 9007199254740991".to_owned(),
            "sizes_sum 9007199254740991".to_owned(),
        ];
        assert_lines(&kinds.registry, &mut publisher, &lines);
        assert_eq!(kinds.registry.rejected(), []);

        for _ in 0..200 {
            kinds.whole.add(LARGEST);
            local.add(LARGEST);
            kinds.fraction.add(LARGEST as f64);
            local_f64.add(LARGEST as f64);
            kinds.histogram.observe(LARGEST as f64);
            local_histogram.observe(LARGEST as f64);
        }
        let told = |family: &str| format!("metrics_refused_total{{family=\"{family}\",reason=\"saturated\"}} 1");
        let lines = ["fraction_total", "sizes", "whole_total"].map(told);
        // Told once, however often and by whomever it is read.
        for _ in 0..3 {
            assert_lines(&kinds.registry, &mut publisher, &lines);
            kinds.fraction.inc();
            kinds.histogram.observe(1.0);
            kinds.whole.inc();
        }
        assert!(page(&mut publisher).contains("sizes_count 404\n"), "buckets go on");
    }
}

#[test]
fn series_are_told_as_saturated_each_for_itself() {
    let registry = Registry::builder().build().unwrap();
    let bytes = registry.counter_f64("bytes_total", "").labels(["n"]).register().unwrap();
    let lengths = registry.histogram("lengths", "", Bounds::bytes()).labels(["n"]).register().unwrap();
    let units = registry.counter("units_total", "").labels(["n"]).register().unwrap();
    let mut publisher = publisher(&registry);
    for number in 0..100 {
        let value = number.to_string();
        bytes.with([&value]).add(1.0);
        lengths.with([&value]).observe(1.0);
        units.with([&value]).add(1);
        if number % 10 == 0 {
            bytes.with([&value]).add(LARGEST as f64);
            lengths.with([&value]).observe(LARGEST as f64);
            (0..20).for_each(|_| units.with([&value]).add(LARGEST));
        }
        publisher.tick();
    }
    let told: Vec<(String, RejectReason, u64)> =
        registry.rejected().into_iter().map(|(family, reason, count)| (family.to_string(), reason, count)).collect();
    let expected = ["bytes_total", "lengths", "units_total"].map(|family| (family.into(), RejectReason::Saturated, 10));
    assert_eq!(told, expected);
    assert_eq!(testing::value(&registry, "units_total", &[("n", "1")]), Some(1.0));
}

/// Amounts of every size, bad ones among them.
fn amount() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-1075i32..54, 1.0f64..2.0).prop_map(|(power, digits)| 2f64.powi(power) * digits),
        4 => (0u64..=LARGEST).prop_map(|whole| whole as f64),
        1 => prop::sample::select(TOO_LARGE.to_vec()),
        1 => prop::sample::select(vec![0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_amount_is_in_the_total_or_rejected_or_its_series_is_told(
        slabs in prop::sample::select(vec![1u32, 3]),
        amounts in prop::collection::vec((amount(), any::<bool>()), 0..300),
        is_large: bool,
    ) {
        let kinds = Kinds::new(slabs);
        let (local, local_f64, local_histogram) = kinds.local();
        let (mut whole_sum, mut fraction_sum, mut bad, mut bad_whole) = (0u128, 0f64, 0, 0);
        // Mostly totals far from any limit: each amount is scaled down, by an exact factor.
        let scale = if is_large { 1.0 } else { 2f64.powi(-16) };
        for (amount, is_local) in amounts {
            let amount = amount * scale;
            let whole = if amount > LARGEST as f64 { u64::MAX } else { amount as u64 };
            match is_local {
                true => (local.add(whole), local_f64.add(amount), local_histogram.observe(amount)),
                false => (kinds.whole.add(whole), kinds.fraction.add(amount), kinds.histogram.observe(amount)),
            };
            match whole {
                u64::MAX => bad_whole += 1,
                whole => whole_sum += u128::from(whole),
            }
            match amount {
                0.0..=9007199254740992.0 => fraction_sum += amount,
                _ => bad += 1,
            }
        }
        let value = |name: &str| testing::value(&kinds.registry, name, &[]).unwrap();
        let (whole, fraction) = (value("whole_total"), value("fraction_total"));
        let sum = testing::sum(&kinds.registry, "sizes", &[]).unwrap();
        prop_assert_eq!(kinds.count("whole_total", RejectReason::BadAmount), bad_whole);
        if kinds.count("whole_total", RejectReason::Saturated) == 0 {
            prop_assert_eq!(whole, whole_sum as f64);
        }
        for (family, shown) in [("fraction_total", fraction), ("sizes", sum)] {
            prop_assert_eq!(kinds.count(family, RejectReason::BadAmount), bad);
            let is_told = kinds.count(family, RejectReason::Saturated) != 0;
            prop_assert!(is_told || (shown - fraction_sum).abs() <= fraction_sum * 1e-9, "{} {}", shown, fraction_sum);
            prop_assert!(is_told == (fraction_sum >= LARGEST as f64), "{} {}", is_told, fraction_sum);
        }
    }
}
