//! Promise: bounds are fixed when a registry is built. What does not fit is rejected, counted and visible; nothing grows,
//! no good series is evicted, and slow readers cost freshness, not memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Page, Publisher};
use openclaw_prometheus::{
    Bounds, BuildError, CounterFamily, MAX_VALUE_BYTES, ManualClock, MetricKind, NameError, RegisterError, Registry,
    RejectReason, encode, testing,
};

/// What a debug build does of a number that a release build does whole.
const fn scaled(count: u64) -> u64 {
    if cfg!(debug_assertions) { count / 20 } else { count }
}

fn publisher(registry: &Registry) -> Publisher {
    Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).unwrap()
}

fn rejected(registry: &Registry) -> Vec<(String, RejectReason, u64)> {
    registry.rejected().into_iter().map(|(family, reason, count)| (family.to_string(), reason, count)).collect()
}

/// Text that differs for each number and looks like no other.
fn random_text(number: u64, bytes: usize) -> String {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text.truncate(bytes);
    text
}

// --- series

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

// --- label text

#[test]
fn a_value_may_have_1024_bytes_and_not_one_more() {
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).register().unwrap();
    let longest = "x".repeat(MAX_VALUE_BYTES);
    // Two bytes each: the limit is in bytes.
    let wide = "ä".repeat(MAX_VALUE_BYTES / 2);
    for value in [&longest, &wide] {
        calls.with([value, "ok"]).inc();
        assert_eq!(testing::value(&registry, "calls_total", &[("a", value), ("b", "ok")]), Some(1.0));
        assert!(registry.intern(value).is_ok());
    }
    assert_eq!(rejected(&registry), []);
    let too_long = [format!("{longest}x"), format!("{wide}x"), "y".repeat(1 << 20)];
    for value in &too_long {
        calls.with([value, "ok"]).inc();
        calls.with(["ok", value]).inc();
        assert_eq!(registry.intern(value), Err(RejectReason::ValueTooLong));
        assert_eq!(calls.handle([value, "ok"]).unwrap_err().reason, RejectReason::ValueTooLong);
    }
    assert_eq!(rejected(&registry), [("calls_total".into(), RejectReason::ValueTooLong, 9)]);
    assert_eq!(registry.memory().series, 2);
}

#[test]
fn label_bytes_that_are_used_up_reject_new_values_and_still_take_known_ones() {
    let registry = Registry::builder().series(1000).label_bytes(4096).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).register().unwrap();
    for number in 0..100 {
        calls.with([&random_text(number, 100), "ok"]).inc();
        let memory = registry.memory();
        assert!(memory.label_bytes <= memory.label_bytes_bound, "{memory:?}");
    }
    let [(_, RejectReason::LabelBytesFull, count)] = rejected(&registry)[..] else {
        panic!("{:?}", rejected(&registry))
    };
    // A family is the first to use half of the bytes: 2,048 of 104 for each value.
    assert_eq!(100 - count, 19);
    // All values are known: a new series of known values fits.
    calls.with([&random_text(0, 100), &random_text(1, 100)]).inc();
    assert_eq!(rejected(&registry)[0].2, count);
    assert_eq!(registry.memory().series, 20);
}

/// A hostile family does its worst; afterwards another one must find room for `GOOD` new series of good values.
fn another_family_still_finds_room(registry: &Registry, attack: impl FnOnce()) {
    const GOOD: u64 = 50;
    attack();
    let good = registry.counter("good_total", "").labels(["model", "outcome"]).register().unwrap();
    for number in 0..GOOD {
        good.with([&format!("a-good-model-{number}"), "a good outcome"]).inc();
    }
    let rejected: Vec<_> = rejected(registry).into_iter().filter(|(family, ..)| family == "good_total").collect();
    assert_eq!(rejected, [], "{:?}", registry.memory());
    for number in 0..GOOD {
        let model = format!("a-good-model-{number}");
        assert_eq!(testing::value(registry, "good_total", &[("model", &model)]), None);
        let labels = [("model", model.as_str()), ("outcome", "a good outcome")];
        assert_eq!(testing::value(registry, "good_total", &labels), Some(1.0));
    }
}

#[test]
fn long_hostile_values_leave_room_for_another_family() {
    let registry = Registry::builder().series(1000).build().unwrap();
    let hostile = registry.counter("hostile_total", "").labels(["a"]).series(900).register().unwrap();
    another_family_still_finds_room(&registry, || {
        for number in 0..scaled(20_000) {
            hostile.with([&random_text(number, MAX_VALUE_BYTES)]).inc();
        }
    });
}

#[test]
fn many_hostile_values_leave_room_for_another_family() {
    let registry = Registry::builder().series(1000).build().unwrap();
    let hostile = registry.counter("hostile_total", "").labels(["a"]).series(900).register().unwrap();
    another_family_still_finds_room(&registry, || {
        for number in 0..scaled(200_000) {
            hostile.with([&random_text(number, number as usize % 40)]).inc();
        }
    });
}

#[test]
fn short_hostile_values_in_many_labels_leave_room_for_another_family() {
    let registry = Registry::builder().series(1000).build().unwrap();
    let labels = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let hostile = registry.counter("hostile_total", "").labels(labels).series(300).register().unwrap();
    another_family_still_finds_room(&registry, || {
        for number in 0..2000u64 {
            let values: [String; 8] = std::array::from_fn(|label| format!("{:x}", number * 8 + label as u64));
            hostile.with(values.each_ref().map(String::as_str)).inc();
        }
    });
}

#[test]
fn interned_values_leave_room_for_recorded_ones() {
    for bytes in [4, 40, MAX_VALUE_BYTES] {
        let registry = Registry::builder().series(1000).build().unwrap();
        another_family_still_finds_room(&registry, || {
            for number in 0..20_000 {
                let _ = registry.intern(&random_text(number, bytes));
            }
            assert_eq!(registry.intern(&random_text(99_999, bytes)), Err(RejectReason::LabelBytesFull));
        });
    }
}

#[test]
fn every_text_can_be_a_label_value_and_comes_back_as_it_was() {
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["value", "n"]).register().unwrap();
    let mut values: Vec<String> = [
        "",
        " ",
        "\"",
        "\\",
        "\n",
        "\\n",
        "\\\"",
        "\r\n",
        "\0",
        "a\0b",
        "{}",
        "},x=\"y",
        "# HELP x",
        "\u{feff}",
        "\u{2028}",
        "Ünïcödé",
        "中文",
        "🦀",
        "\u{7f}",
        "\t",
        "trailing\\",
        "calls_total 1\ncalls_total 2",
        "NaN",
    ]
    .map(String::from)
    .into();
    // Every byte that UTF-8 knows: all of ASCII, and characters that cover all lead and continuation bytes.
    values.extend((0..=127u8).map(|byte| char::from(byte).to_string()));
    let of_two_bytes = (0x80..0x800).step_by(0x40);
    let of_three_bytes = [0x800].into_iter().chain((0x1000..0x10000).step_by(0x1000));
    let of_each_continuation = 0x80..0xC0;
    let of_four_bytes = (0x10000..0x110000).step_by(0x10000);
    let characters = of_two_bytes.chain(of_three_bytes).chain(of_each_continuation).chain(of_four_bytes);
    values.extend(characters.filter_map(char::from_u32).map(|char| format!("{char}.")));
    let all_bytes: std::collections::BTreeSet<u8> = values.iter().flat_map(|value| value.bytes()).collect();
    assert_eq!(all_bytes.len(), 128 + 64 + 30 + 16 + 5, "ASCII, continuations, and three kinds of lead bytes");
    values.sort();
    values.dedup();
    for (number, value) in values.iter().enumerate() {
        calls.with([value, "n"]).add(number as u64 + 1);
    }
    let text = encode::text(&registry);
    let families = support::exposition::parse(&text).unwrap();
    let read: Vec<(&str, f64)> = families["calls_total"]
        .samples
        .iter()
        .map(|sample| (sample.label("value").unwrap_or_default(), sample.number()))
        .collect();
    let expected: Vec<(&str, f64)> =
        values.iter().enumerate().map(|(number, value)| (value.as_str(), number as f64 + 1.0)).collect();
    assert_eq!(read, expected);
}

#[test]
fn empty_values_are_values() {
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).register().unwrap();
    for (amount, values) in (1..).zip([["", ""], ["", "x"], ["x", ""], ["x", "x"]]) {
        calls.with(values).add(amount);
        calls.with_ids(values.map(|value| registry.intern(value).unwrap())).add(amount);
    }
    testing::compare(
        &registry,
        "# TYPE calls_total counter\ncalls_total 2\ncalls_total{b=\"x\"} 4\ncalls_total{a=\"x\"} 6\n\
         calls_total{a=\"x\",b=\"x\"} 8\n",
    )
    .unwrap();
    assert_eq!(registry.memory().series, 4);
}

#[test]
fn ids_of_another_registry_are_rejected() {
    let (ours, theirs) = (Registry::builder().build().unwrap(), Registry::builder().build().unwrap());
    let calls = ours.counter("calls_total", "").labels(["a", "b"]).register().unwrap();
    let known = ours.intern("known").unwrap();
    for number in 0..100 {
        let foreign = theirs.intern(&format!("foreign-{number}")).unwrap();
        calls.with_ids([foreign, foreign]).inc();
        calls.with_ids([known, foreign]).inc();
        calls.with_ids([foreign, known]).inc();
        // Unknown here under this id, though the text is known.
        calls.with_ids([theirs.intern("known").unwrap(), known]).inc();
    }
    assert_eq!(rejected(&ours), [("calls_total".into(), RejectReason::ForeignId, 400)]);
    assert_eq!(rejected(&theirs), []);
    assert_eq!(ours.memory().series, 0);
    calls.with_ids([known, known]).inc();
    assert_eq!(testing::value(&ours, "calls_total", &[("a", "known"), ("b", "known")]), Some(1.0));
}

// --- what is rejected is counted, visible, and costs nothing

#[test]
fn what_was_rejected_is_in_the_text_by_family_and_reason() {
    let registry = Registry::builder().series(5).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a"]).series(1).register().unwrap();
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).register().unwrap();
    let others = registry.gauge("others", "").labels(["a"]).register().unwrap();
    let none = "# HELP metrics_refused_total Observations that were rejected, by family and reason.\n\
                # TYPE metrics_refused_total counter\n";
    let mut publisher = publisher(&registry);
    let page = |publisher: &mut Publisher| {
        publisher.tick();
        String::from_utf8(publisher.pages().current().to_vec()).unwrap()
    };
    assert!(page(&mut publisher).contains(none));
    assert!(!page(&mut publisher).contains("metrics_refused_total{"));
    for value in ["one", "two", "three"] {
        calls.with([value]).inc();
    }
    for value in ["one", "two", "three", "four", "five", "six"] {
        others.with([value]).set(1.0);
    }
    calls.with(["one"]).add(u64::MAX);
    seconds.observe(-1.0);
    seconds.observe(f64::NAN);
    let rejected = "metrics_refused_total{family=\"calls_total\",reason=\"bad_amount\"} 1\n\
                   metrics_refused_total{family=\"calls_total\",reason=\"family_full\"} 2\n\
                   metrics_refused_total{family=\"others\",reason=\"table_full\"} 2\n\
                   metrics_refused_total{family=\"seconds\",reason=\"bad_amount\"} 2\n";
    testing::compare(&registry, &format!("{none}{rejected}")).unwrap();
    assert!(page(&mut publisher).contains(&format!("{none}{rejected}")));
    let told: Vec<u64> = registry.rejected().iter().map(|(_, _, count)| *count).collect();
    assert_eq!(told.iter().sum::<u64>(), 7);
}

#[test]
fn every_rejection_is_visible_however_few_series_a_family_may_have() {
    for registry in [Registry::builder().series(3).build(), Registry::builder().family_series(3).build()] {
        let registry = registry.unwrap();
        for number in 0..10 {
            registry.counter(&format!("c{number}_total"), "").register().unwrap().add(u64::MAX);
        }
        assert_eq!(registry.rejected().len(), 10);
        let shown = encode::text(&registry).lines().filter(|line| line.starts_with("metrics_refused_total{")).count();
        assert_eq!(shown, 10);
    }
}

#[test]
fn the_family_that_shows_rejections_can_be_named_and_left_out() {
    let bad = |name: Option<&str>| {
        let registry = Registry::builder().rejections_family(name).build().unwrap();
        registry.counter("calls_total", "").register().unwrap().add(u64::MAX);
        (encode::text(&registry), registry.rejected().len())
    };
    let (text, count) = bad(Some("my_rejections_total"));
    assert!(text.contains("my_rejections_total{family=\"calls_total\",reason=\"bad_amount\"} 1\n"), "{text}");
    assert!(!text.contains("metrics_refused_total"));
    assert_eq!(count, 1);
    assert_eq!(bad(None), ("# TYPE calls_total counter\ncalls_total 0\n".into(), 1));
}

#[test]
fn memory_stands_still_over_a_million_rejections() {
    let registry = Registry::builder().series(200).label_bytes(16 << 10).slabs(4).build().unwrap();
    let narrow = registry.counter("narrow_total", "").labels(["a"]).series(10).register().unwrap();
    let hungry = registry.counter("hungry_total", "").labels(["a", "b"]).series(100).register().unwrap();
    let wide = registry.histogram("wide_seconds", "", Bounds::seconds()).labels(["a"]).register().unwrap();
    let overflowing = registry.counter("overflowing_total", "").labels(["a"]).series(5).overflow().register().unwrap();
    let values: Vec<String> = (0..4096).map(|number| random_text(number, number as usize % 200)).collect();
    let too_long = "x".repeat(MAX_VALUE_BYTES + 1);
    let attempt = |number: u64| {
        let value = &values[number as usize % values.len()];
        let other = &values[(number * 31) as usize % values.len()];
        narrow.with([value]).inc();
        hungry.with([value, other]).inc();
        wide.with([other]).observe(1.0);
        overflowing.with([value]).inc();
        wide.with([&too_long]).observe(1.0);
    };
    let check = |memory: openclaw_prometheus::Memory| {
        assert!(memory.cell_bytes <= memory.cell_bytes_bound, "{memory:?}");
        assert!(memory.table_bytes <= memory.table_bytes_bound, "{memory:?}");
        assert!(memory.label_bytes <= memory.label_bytes_bound, "{memory:?}");
        assert!(memory.series <= memory.series_bound && memory.cells <= memory.cells_bound, "{memory:?}");
        assert!(memory.slabs <= memory.slabs_bound && memory.families <= memory.families_bound, "{memory:?}");
    };
    for number in 0..20_000 {
        attempt(number);
        if number % 100 == 0 {
            check(registry.memory());
        }
    }
    let (full, live) = (registry.memory(), support::allocator::live_bytes());
    assert_eq!((full.series, full.series_bound), (200, 200), "the table is full");
    let rejected_before: u64 = registry.rejected().iter().map(|(_, _, count)| count).sum();
    let attempts = scaled(1_000_000) / 4;
    let calls = support::allocator::calls(|| (20_000..20_000 + attempts).for_each(attempt));
    assert_eq!(calls, 0);
    assert_eq!(registry.memory(), full);
    assert_eq!(support::allocator::live_bytes(), live);
    let rejected: u64 = registry.rejected().iter().map(|(_, _, count)| count).sum::<u64>() - rejected_before;
    assert!(rejected >= attempts * 4, "{rejected} of {} attempts were rejected", attempts * 5);
    // Nor does a reader that looks meanwhile: the second look has nothing new to keep.
    let mut reader = registry.reader().unwrap();
    assert!(reader.read().render() == 1 && reader.read().render() == 2);
    let live = support::allocator::live_bytes();
    (0..10_000).for_each(attempt);
    assert!(reader.read().render() == 3);
    // The family that shows rejections has new rows, of the same number.
    assert!(support::allocator::live_bytes() - live < 4096, "{}", support::allocator::live_bytes() - live);
}

#[test]
fn an_overflow_series_keeps_the_sum_of_its_family_exact() {
    const THREADS: u64 = 4;
    let registry = Registry::builder().series(20).slabs(3).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).series(5).overflow().register().unwrap();
    let costs = registry.counter_f64("cost_total", "").labels(["a"]).series(5).overflow().register().unwrap();
    let seconds =
        registry.histogram("seconds", "", Bounds::seconds()).labels(["a"]).series(2).overflow().register().unwrap();
    let running = registry.in_flight("running", "").labels(["a"]).series(1).overflow().register().unwrap();
    let attempts = scaled(400_000);
    let accepted = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (calls, costs, seconds, running, accepted) = (&calls, &costs, &seconds, &running, &accepted);
            scope.spawn(move || {
                for number in 0..attempts / THREADS {
                    let value = (number * (thread + 1) % 40).to_string();
                    calls.with([&value, "b"]).add(number % 5);
                    costs.with([&value]).add(0.25);
                    seconds.with([&value]).observe(0.5);
                    drop(running.with([&value]).enter());
                    accepted.fetch_add(number % 5, Ordering::Relaxed);
                }
            });
        }
    });
    let families = support::exposition::parse(&encode::text(&registry)).unwrap();
    let sum = |family: &str, name: &str| -> f64 {
        families[family]
            .samples
            .iter()
            .filter(|sample| sample.name == name)
            .map(support::exposition::Sample::number)
            .sum()
    };
    assert_eq!(sum("calls_total", "calls_total"), accepted.load(Ordering::Relaxed) as f64);
    assert_eq!(sum("cost_total", "cost_total"), attempts as f64 / 4.0);
    assert_eq!(sum("seconds", "seconds_count"), attempts as f64);
    assert_eq!(sum("seconds", "seconds_sum"), attempts as f64 / 2.0);
    assert_eq!(sum("running", "running"), 0.0);
    for family in ["calls_total", "cost_total", "seconds", "running"] {
        let overflow = families[family].samples.iter().find(|sample| sample.label("a") == Some("overflow"));
        assert!(overflow.is_some(), "{family} shows its overflow series");
        let count: u64 =
            rejected(&registry).iter().filter(|(name, ..)| name == family).map(|(_, _, count)| count).sum();
        assert!(
            count > attempts / 2,
            "{family}: what went to the overflow series was rejected and is counted: {count}"
        );
    }
    // Every label of it says so.
    assert!(testing::value(&registry, "calls_total", &[("a", "overflow"), ("b", "overflow")]).is_some());
}

#[test]
fn a_label_value_that_says_overflow_does_not_write_a_line_twice() {
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a"]).series(2).overflow().register().unwrap();
    // A client chooses the value.
    calls.with(["overflow"]).inc();
    calls.with(["other"]).inc();
    calls.with(["one too many"]).inc();
    support::exposition::parse(&encode::text(&registry)).unwrap();
    assert_eq!(testing::value(&registry, "calls_total", &[("a", "other")]), Some(1.0));
}

// --- pages

#[test]
fn slow_readers_that_hold_all_pages_cost_freshness_and_nothing_else() {
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("calls_total", "").register().unwrap();
    let mut publisher = publisher(&registry);
    let pages = publisher.pages();
    let text = |page: &Page| String::from_utf8(page.to_vec()).unwrap();
    let line = |page: &Page| text(page).lines().find(|line| line.starts_with("calls_total")).unwrap().to_owned();

    // Nobody reads: two pages take turns.
    for _ in 0..20 {
        counter.inc();
        publisher.tick();
    }
    assert_eq!((publisher.page_count(Format::Text), pages.held()), (2, 0));

    // Four readers take a page each and keep it.
    let mut readers: Vec<(Arc<Page>, String)> = Vec::new();
    for count in 21..=24 {
        counter.inc();
        publisher.tick();
        let page = pages.current();
        assert_eq!(line(&page), format!("calls_total {count}"));
        readers.push((page.clone(), text(&page)));
    }
    assert_eq!((publisher.page_count(Format::Text), pages.held()), (4, 0));

    // Every page is held: the newest stays published, a counter tells, and no page is written to.
    for look in 1..=10 {
        counter.inc();
        publisher.tick();
        assert_eq!(line(&pages.current()), "calls_total 24");
        assert_eq!((publisher.page_count(Format::Text), pages.held()), (4, look));
    }
    for (page, before) in &readers {
        assert_eq!(text(page), *before, "a page that somebody holds stands still");
    }

    // One lets go, and the next look publishes, though nothing was recorded since.
    readers.remove(1);
    publisher.tick();
    assert_eq!(line(&pages.current()), "calls_total 34");
    assert_eq!((publisher.page_count(Format::Text), pages.held()), (4, 10));
    drop(readers);
    for count in 35..60 {
        counter.inc();
        publisher.tick();
        assert_eq!(line(&pages.current()), format!("calls_total {count}"));
    }
    assert_eq!((publisher.page_count(Format::Text), pages.held()), (4, 10));
}

// --- declaring

#[test]
fn illegal_names_are_rejected_with_the_rule() {
    let registry = Registry::builder().build().unwrap();
    for name in ["", "9a", "a-b", "a b", "é", "a\n", "a{b=\"c\"}"] {
        let expected = RegisterError::Name { family: name.into(), error: NameError::Metric(name.into()) };
        assert_eq!(registry.counter(name, "").register().unwrap_err(), expected);
        assert_eq!(registry.gauge(name, "").labels(["a"]).register().unwrap_err(), expected);
        assert_eq!(registry.snapshot(name, "", MetricKind::Gauge).register().unwrap_err(), expected);
        assert!(
            expected.to_string().ends_with("is not a metric name; allowed are a-z A-Z 0-9 _ : and no digit in front")
        );
    }
    for label in ["", "a:b", "1a", "a-b", "a\"", "ä"] {
        let error = registry.counter("calls_total", "").labels(["ok", label]).register().unwrap_err();
        assert_eq!(error, RegisterError::Name { family: "calls_total".into(), error: NameError::Label(label.into()) });
    }
    for label in ["le", "quantile", "__name__", "__x"] {
        let error = registry.histogram("seconds", "", Bounds::seconds()).labels([label]).register().unwrap_err();
        let name = NameError::ReservedLabel(label.into());
        assert_eq!(error, RegisterError::Name { family: "seconds".into(), error: name });
        assert!(error.to_string().starts_with(&format!("registry: family `seconds`: the label {label:?} is reserved")));
    }
    let error = registry.gauge("depth", "").labels(["a", "b", "a"]).register().unwrap_err();
    assert_eq!(error, RegisterError::LabelTwice { family: "depth".into(), label: "a".into() });
    assert_eq!(error.to_string(), "registry: family `depth`: the label `a` is named twice; labels are distinct");
    // Nothing of it was declared.
    assert_eq!(registry.memory().families, 1);
    assert!(!encode::text(&registry).contains("calls_total"));
}

openclaw_prometheus::label_enum! { enum Outcome("outcome") { Ok = "ok", Error = "error" } }
openclaw_prometheus::label_enum! { enum OtherOutcome("outcome") { Fine = "fine", Bad = "bad" } }
openclaw_prometheus::label_enum! { enum LongerOutcome("outcome") { Ok = "ok", Error = "error", Lost = "lost" } }

#[test]
fn the_same_family_twice_is_the_same_series() {
    let registry = Registry::builder().build().unwrap();
    for _ in 0..2 {
        registry.counter("plain_total", "Plain.").register().unwrap().inc();
        registry.counter("calls_total", "Calls.").labels(["a"]).register().unwrap().with(["x"]).inc();
        registry.gauge("depth", "Depth.").labels(["a"]).register().unwrap().with(["x"]).add(1.0);
        let seconds = registry.histogram("seconds", "Time.", Bounds::new(&[1.0]).unwrap());
        seconds.labels(["a"]).register().unwrap().with(["x"]).observe(1.0);
        registry.counter("closed_total", "Closed.").closed::<Outcome>().register().unwrap().at(Outcome::Ok).inc();
        let rows = registry.snapshot("rows", "Rows.", MetricKind::Gauge).labels(["a"]).register().unwrap();
        rows.replace([(["x"], 2.0)]);
    }
    for (family, labels) in [
        ("plain_total", &[][..]),
        ("calls_total", &[("a", "x")]),
        ("depth", &[("a", "x")]),
        ("seconds", &[("a", "x")]),
        ("closed_total", &[("outcome", "ok")]),
        ("rows", &[("a", "x")]),
    ] {
        assert_eq!(testing::value(&registry, family, labels), Some(2.0), "{family}");
    }
    assert_eq!(registry.memory().families, 7);
}

#[test]
fn the_same_name_for_another_family_is_an_error_that_names_both() {
    let registry = Registry::builder().build().unwrap();
    registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
    let text = |error: RegisterError| {
        assert!(matches!(error, RegisterError::Different { .. }), "{error:?}");
        error.to_string()
    };
    let was = "registry: family `calls_total` was registered as Counter{model} (help \"Calls.\") and now as";
    let labelled = |name| registry.counter(name, "Calls.").labels(["model"]);
    assert_eq!(
        text(registry.gauge("calls_total", "Calls.").labels(["model"]).register().unwrap_err()),
        format!("{was} Gauge{{model}} (help \"Calls.\")")
    );
    assert_eq!(
        text(registry.counter_f64("calls_total", "Calls.").labels(["model"]).register().unwrap_err()),
        format!("{was} CounterF64{{model}} (help \"Calls.\")")
    );
    assert_eq!(
        text(registry.counter("calls_total", "Calls.").labels(["model", "outcome"]).register().unwrap_err()),
        format!("{was} Counter{{model,outcome}} (help \"Calls.\")")
    );
    assert_eq!(
        text(registry.counter("calls_total", "Other.").labels(["model"]).register().unwrap_err()),
        format!("{was} Counter{{model}} (help \"Other.\")")
    );
    assert_eq!(
        text(registry.counter("calls_total", "Calls.").register().unwrap_err()),
        format!("{was} Counter{{}} (help \"Calls.\")")
    );
    assert!(labelled("calls_total").register().is_ok(), "the family itself is as it was");

    let seconds = |bounds: &[f64]| registry.histogram("seconds", "", Bounds::new(bounds).unwrap()).register();
    seconds(&[1.0, 2.0]).unwrap();
    assert_eq!(
        text(seconds(&[1.0, 3.0]).unwrap_err()),
        "registry: family `seconds` was registered as Histogram{} with bounds [1.0, 2.0] (help \"\") and now as \
         Histogram{} with bounds [1.0, 3.0] (help \"\")"
    );

    // Alike but for where the series come from.
    let closed = registry.counter("closed_total", "").closed::<Outcome>();
    closed.register().unwrap();
    let different = |error: RegisterError, was: &str, now: &str| {
        assert_eq!(text(error), format!("registry: family `closed_total` was registered as {was} and now as {now}"));
    };
    let open = registry.counter("closed_total", "").labels(["outcome"]).register().unwrap_err();
    different(open, "closed", "open labels");
    let longer = registry.counter("closed_total", "").closed::<LongerOutcome>().register().unwrap_err();
    different(longer, "closed", "another closed set");
    let rows = registry.snapshot("rows", "", MetricKind::Gauge).register().unwrap();
    rows.replace([([], 1.0)]);
    assert!(matches!(registry.gauge("rows", "").register(), Err(RegisterError::Different { .. })));
}

#[test]
fn a_closed_set_of_other_values_is_another_family() {
    let registry = Registry::builder().build().unwrap();
    registry.counter("closed_total", "").closed::<Outcome>().register().unwrap();
    // As many values under the same label name: recording `Bad` must not count as `error`.
    let other = registry.counter("closed_total", "").closed::<OtherOutcome>().register();
    assert!(matches!(other, Err(RegisterError::Different { .. })), "{other:?}");
}

/// Declares a family and tells what came of it.
fn declare(registry: &Registry, name: &str, kind: MetricKind) -> Result<(), RegisterError> {
    match kind {
        MetricKind::Counter => registry.counter(name, "").register().map(drop),
        MetricKind::CounterF64 => registry.counter_f64(name, "").labels(["a"]).register().map(drop),
        MetricKind::Gauge => registry.snapshot(name, "", MetricKind::Gauge).register().map(drop),
        MetricKind::InFlight => registry.in_flight(name, "").closed::<Outcome>().register().map(drop),
        _ => registry.histogram(name, "", Bounds::seconds()).labels(["a"]).register().map(drop),
    }
}

#[test]
fn families_that_would_share_a_name_in_one_of_the_formats_collide_in_either_order() {
    use MetricKind::{Counter, CounterF64, Gauge, Histogram, InFlight};
    let colliding = [
        // A family's samples in text.
        (("wait", Histogram), ("wait_bucket", Gauge), "wait_bucket"),
        (("wait", Histogram), ("wait_sum", InFlight), "wait_sum"),
        (("wait", Histogram), ("wait_count", Counter), "wait_count"),
        (("wait", Histogram), ("wait_sum", Histogram), "wait_sum"),
        // OpenMetrics names both families `calls`, or the samples of one `calls_total`.
        (("calls_total", Counter), ("calls", Counter), "calls"),
        (("calls_total", CounterF64), ("calls", Gauge), "calls"),
        (("calls_total", Counter), ("calls", Histogram), "calls"),
        (("calls", CounterF64), ("calls_total", Gauge), "calls_total"),
        (("calls", Counter), ("calls_total", Histogram), "calls_total"),
        (("_total", Counter), ("_total_total", Gauge), "_total_total"),
        // The family `wait_count` beside the sample `wait_count`.
        (("wait", Histogram), ("wait_count_total", Counter), "wait_count"),
        // Creation times, shown or not.
        (("calls_total", Counter), ("calls_created", Gauge), "calls_created"),
        (("calls", CounterF64), ("calls_created_total", Counter), "calls_created"),
        (("wait", Histogram), ("wait_created", InFlight), "wait_created"),
    ];
    for (one, other, shared) in colliding {
        for (first, second) in [(one, other), (other, one)] {
            let registry = Registry::builder().build().unwrap();
            declare(&registry, first.0, first.1).unwrap();
            let error = declare(&registry, second.0, second.1).unwrap_err();
            let (family, other) = (second.0, first.0);
            assert_eq!(
                error,
                RegisterError::Collides { family: family.into(), other: other.into(), name: shared.into() }
            );
            let message =
                format!("registry: families `{family}` and `{other}` would both write `{shared}`; rename one");
            assert_eq!(error.to_string(), message);
            declare(&registry, "another", second.1).unwrap();
        }
    }
    let apart = [
        (("wait", Gauge), ("wait_count", Gauge)),
        (("wait", Counter), ("wait_count", Gauge)),
        (("wait", Gauge), ("wait_created", Gauge)),
        (("wait", Gauge), ("wait_total_total", Counter)),
        (("wait", Histogram), ("wait_total", Gauge)),
        (("wait", Histogram), ("waits", Histogram)),
        (("wait", Histogram), ("wait_bucket_sum", Gauge)),
    ];
    for (one, other) in apart {
        for (first, second) in [(one, other), (other, one)] {
            let registry = Registry::builder().build().unwrap();
            declare(&registry, first.0, first.1).unwrap();
            declare(&registry, second.0, second.1).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn an_unregistered_snapshot_frees_its_name() {
    let registry = Registry::builder().families(2).build().unwrap();
    for round in 0..10 {
        let rows = registry.snapshot("agents", "Agents.", MetricKind::Gauge).labels(["state"]).register().unwrap();
        rows.replace([(["busy"], f64::from(round))]);
        assert_eq!(testing::value(&registry, "agents", &[("state", "busy")]), Some(f64::from(round)));
        rows.unregister();
        assert!(!encode::text(&registry).contains("agents"));
        // For another kind of family too, as long as it can go again.
        let other = registry.snapshot("agents", "All.", MetricKind::CounterF64).register().unwrap();
        other.replace([([], 9.0)]);
        assert_eq!(testing::value(&registry, "agents", &[]), Some(9.0));
        other.unregister();
    }
    registry.counter("agents", "Agents.").register().unwrap().inc();
    assert_eq!(testing::value(&registry, "agents", &[]), Some(1.0));
}

#[test]
fn an_old_snapshot_handle_does_not_take_a_new_family_away() {
    let registry = Registry::builder().build().unwrap();
    let declare = |help| registry.snapshot("agents", help, MetricKind::Gauge).register().unwrap();
    let old = declare("Old.");
    old.clone().unregister();
    let new = declare("New.");
    new.replace([([], 3.0)]);
    old.unregister();
    assert_eq!(testing::value(&registry, "agents", &[]), Some(3.0));
}

#[test]
fn a_snapshot_has_the_bound_of_a_family() {
    let registry = Registry::builder().series(10).family_series(4).build().unwrap();
    let rows = registry.snapshot("agents", "", MetricKind::Gauge).labels(["n"]).register().unwrap();
    let names: Vec<String> = (0..7).map(|number| number.to_string()).collect();
    assert_eq!(rows.replace(names.iter().map(|name| ([name.as_str()], 1.0))), 3);
    assert_eq!(rows.replace([(["x"], 1.0), (["x"], 2.0), (["y"], 3.0)]), 0);
    assert_eq!(rows.rejected(), 3);
    testing::compare(&registry, "# TYPE agents gauge\nagents{n=\"x\"} 2\nagents{n=\"y\"} 3\n").unwrap();
    for kind in [MetricKind::Counter, MetricKind::InFlight, MetricKind::Histogram] {
        let error = registry.snapshot("other", "", kind).register().unwrap_err();
        assert_eq!(error, RegisterError::NotASnapshotKind { family: "other".into(), kind });
    }
}

#[test]
fn families_are_bounded() {
    let registry = Registry::builder().families(3).build().unwrap();
    registry.counter("a", "").register().unwrap();
    registry.counter("b", "").labels(["x"]).register().unwrap();
    registry.snapshot("c", "", MetricKind::Gauge).register().unwrap();
    let full = RegisterError::Full { family: "d".into(), what: "families" };
    assert_eq!(registry.counter("d", "").register().unwrap_err(), full);
    assert_eq!(registry.gauge("d", "").labels(["x"]).register().unwrap_err(), full);
    assert_eq!(registry.snapshot("d", "", MetricKind::Gauge).register().unwrap_err(), full);
    assert_eq!(full.to_string(), "registry: no room for family `d`: raise the registry's families");
    // Those that exist can still be asked for.
    registry.counter("b", "").labels(["x"]).register().unwrap().with(["y"]).inc();
    let memory = registry.memory();
    assert_eq!((memory.families, memory.families_bound), (4, 4), "and the one that shows rejections");
}

#[test]
fn families_are_bounded_without_the_one_that_shows_rejections() {
    let registry = Registry::builder().families(3).rejections_family(None).build().unwrap();
    for name in ["a", "b", "c"] {
        registry.counter(name, "").register().unwrap();
    }
    let fourth = registry.counter("d", "").register();
    assert!(matches!(fourth, Err(RegisterError::Full { .. })), "{:?}", registry.memory());
}

#[test]
fn a_family_that_found_no_room_takes_no_memory() {
    let registry = Registry::builder().series(16).cells(1).families(8).build().unwrap();
    // Uses up the cells, so that an overflow series of 256 does not fit.
    let bounds = || Bounds::linear(1.0, 1.0, 254).unwrap();
    let mut number = 0;
    while registry.memory().cells + 300 < registry.memory().cells_bound {
        let name = format!("closed_{number}");
        if registry.histogram(&name, "", bounds()).closed::<Outcome>().register().is_err() {
            break;
        }
        number += 1;
    }
    let before = registry.memory();
    for _ in 0..100 {
        let declared = registry.histogram("too_wide", "", bounds()).labels(["a"]).overflow().register();
        assert!(matches!(declared, Err(RegisterError::Full { .. })), "{declared:?}");
    }
    assert_eq!(registry.memory(), before);
}

#[test]
fn a_family_that_found_no_room_blocks_the_room_of_others() {
    // What runs out first: the series, or the cells for them.
    for (series, what) in [(16, "series"), (100, "cells")] {
        let registry = Registry::builder().series(series).cells(1).families(50).build().unwrap();
        let bounds = || Bounds::linear(1.0, 1.0, 254).unwrap();
        let wide = registry.histogram("wide", "", bounds()).labels(["a"]).register().unwrap();
        (0..10).for_each(|number| drop(wide.handle([&number.to_string()]).unwrap()));
        let mut number = 0;
        // Overflow series, until one does not fit.
        while registry.histogram(&format!("w{number}"), "", bounds()).labels(["a"]).overflow().register().is_ok() {
            number += 1;
            assert!(number < 45, "the {what} should be used up: {:?}", registry.memory());
        }
        let full = RegisterError::Full { family: "too_wide".into(), what };
        for _ in 0..100 {
            let declared = registry.histogram("too_wide", "", bounds()).labels(["a"]).overflow().register();
            assert_eq!(declared.unwrap_err(), full);
        }
        let narrow = registry.counter("narrow_total", "").labels(["a"]).register();
        assert!(narrow.is_ok(), "a family of its own takes nothing that {:?} has not: {narrow:?}", registry.memory());
    }
}

// --- building

#[test]
fn a_capacity_out_of_range_is_an_error_that_says_which_and_what_is_allowed() {
    let builder = Registry::builder;
    let cases = [
        (builder().series(0), "series", 0),
        (builder().series((1 << 23) + 1), "series", (1 << 23) + 1),
        (builder().slabs(0), "slabs", 0),
        (builder().slabs(65), "slabs", 65),
        (builder().families(0), "families", 0),
        (builder().families(u32::MAX), "families", u64::from(u32::MAX)),
        (builder().label_bytes(0), "label bytes", 0),
        (builder().label_bytes(u32::MAX), "label bytes", u64::from(u32::MAX)),
        (builder().cells(0), "cells", 0),
        (builder().cells(u32::MAX), "cells", u64::from(u32::MAX)),
    ];
    for (builder, name, value) in cases {
        let error = builder.build().unwrap_err();
        let BuildError::OutOfRange { what, given, least, most } = error.clone() else { panic!("{error:?}") };
        assert_eq!((what, given), (name, value));
        assert_eq!(error.to_string(), format!("registry: {name}: {value} given; allowed are {least} to {most}"));
        assert!(!(least..=most).contains(&value));
    }
    let error = builder().rejections_family(Some("no name")).build().unwrap_err();
    assert!(matches!(&error, BuildError::Rejections(RegisterError::Name { .. })), "{error:?}");
    assert!(error.to_string().starts_with("registry: family `no name`: "), "{error}");
}

#[test]
fn the_smallest_registry_works() {
    let registry = Registry::builder().series(1).slabs(1).families(1).label_bytes(16).cells(1).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a"]).register().unwrap();
    calls.with(["x"]).inc();
    calls.with(["y"]).inc();
    assert_eq!(testing::value(&registry, "calls_total", &[("a", "x")]), Some(1.0));
    assert_eq!(rejected(&registry), [("calls_total".into(), RejectReason::TableFull, 1)]);
}
