//! Label text has bounds of its own; within them every text is a value.

use openclaw_prometheus::{MAX_VALUE_BYTES, Registry, RejectReason, encode, testing};

use super::{random_text, rejected, scaled};

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
