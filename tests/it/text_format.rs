//! Promise: text 0.0.4, byte for byte. Each test is a table: what was recorded, the exact bytes, and the rule they show.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, ManualClock, MetricKind, Registry, encode, testing};

fn registry() -> Registry {
    Registry::builder().rejections_family(None).build().unwrap()
}

/// Asserts that the one-off text and a published page are exactly `expected`.
#[track_caller]
fn assert_text(registry: &Registry, expected: &str) {
    assert_eq!(encode::text(registry), expected);
    let mut publisher = Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    assert_eq!(String::from_utf8(publisher.pages().current().to_vec()).unwrap(), expected, "first page");
    publisher.tick();
    assert_eq!(String::from_utf8(publisher.pages().current().to_vec()).unwrap(), expected, "second page");
}

#[test]
fn an_empty_registry_is_an_empty_text() {
    assert_text(&registry(), "");
}

#[test]
fn help_and_type_stand_once_before_a_familys_samples_and_families_stand_by_name() {
    let registry = registry();
    let zoo = registry.counter("zoo_total", "Animals.").labels(["kind"]).register().unwrap();
    registry.gauge("ant", "Ants.").register().unwrap().set(3.0);
    registry.in_flight("Big", "Upper case stands before lower case.").register().unwrap().start();
    registry.counter("ant_hills_total", "Hills.").register().unwrap().add(2);
    registry.histogram("ant_age_seconds", "Age.", Bounds::new(&[1.0, 60.0]).unwrap()).register().unwrap().observe(2.5);
    for kind in ["yak", "bee", "bear", "Bee", "bee2"] {
        zoo.with([kind]).inc();
    }
    assert_text(
        &registry,
        "# HELP Big Upper case stands before lower case.\n\
         # TYPE Big gauge\n\
         Big 1\n\
         # HELP ant Ants.\n\
         # TYPE ant gauge\n\
         ant 3\n\
         # HELP ant_age_seconds Age.\n\
         # TYPE ant_age_seconds histogram\n\
         ant_age_seconds_bucket{le=\"1\"} 0\n\
         ant_age_seconds_bucket{le=\"60\"} 1\n\
         ant_age_seconds_bucket{le=\"+Inf\"} 1\n\
         ant_age_seconds_sum 2.5\n\
         ant_age_seconds_count 1\n\
         # HELP ant_hills_total Hills.\n\
         # TYPE ant_hills_total counter\n\
         ant_hills_total 2\n\
         # HELP zoo_total Animals.\n\
         # TYPE zoo_total counter\n\
         zoo_total{kind=\"Bee\"} 1\n\
         zoo_total{kind=\"bear\"} 1\n\
         zoo_total{kind=\"bee\"} 1\n\
         zoo_total{kind=\"bee2\"} 1\n\
         zoo_total{kind=\"yak\"} 1\n",
    );
}

#[test]
fn series_stand_in_the_order_of_their_labels_the_first_label_first() {
    let registry = registry();
    let calls = registry.counter("calls_total", "").labels(["b", "a"]).register().unwrap();
    for (b, a) in [("2", "1"), ("10", "9"), ("1", "2"), ("1", "10"), ("ä", "x"), ("z", "x")] {
        calls.with([b, a]).inc();
    }
    // Labels as declared, values by their bytes.
    assert_text(
        &registry,
        "# TYPE calls_total counter\n\
         calls_total{b=\"1\",a=\"10\"} 1\n\
         calls_total{b=\"1\",a=\"2\"} 1\n\
         calls_total{b=\"10\",a=\"9\"} 1\n\
         calls_total{b=\"2\",a=\"1\"} 1\n\
         calls_total{b=\"z\",a=\"x\"} 1\n\
         calls_total{b=\"ä\",a=\"x\"} 1\n",
    );
}

#[test]
fn thousands_of_series_stand_in_order_over_all_segments_of_a_page() {
    let registry = registry();
    let calls = registry.counter("calls_total", "Calls.").labels(["n"]).register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    let mut expected: Vec<String> = Vec::new();
    // In an order that has nothing to do with theirs, a render now and then.
    for step in 0..3001u64 {
        let number = step * 1597 % 3001;
        calls.with([&format!("{number:04}")]).add(number);
        expected.push(format!("calls_total{{n=\"{number:04}\"}} {number}\n"));
        if step % 97 == 0 || step == 3000 {
            publisher.tick();
            expected.sort();
            let text = format!("# HELP calls_total Calls.\n# TYPE calls_total counter\n{}", expected.concat());
            let page = publisher.pages().current();
            assert!(page.to_vec() == text.as_bytes(), "after {step} series");
            assert_eq!(page.len(), text.len());
            let mut copy = vec![0; page.len() + 1];
            assert_eq!(page.copy_to(&mut copy), Some(text.len()));
            assert!(copy[..text.len()] == *text.as_bytes());
            assert_eq!(page.copy_to(&mut copy[..text.len() - 1]), None);
        }
    }
    assert!(publisher.pages().current().segment_count() > 4);
}

#[test]
fn help_escapes_backslash_and_newline_and_nothing_else() {
    let cases = [
        ("plain", "plain"),
        ("a\\b", "a\\\\b"),
        ("two\nlines", "two\\nlines"),
        ("a \"quote\"", "a \"quote\""),
        ("\\n", "\\\\n"),
        ("tab\tand ü and 🦀", "tab\tand ü and 🦀"),
    ];
    for (help, written) in cases {
        let registry = registry();
        registry.counter("x_total", help).register().unwrap();
        assert_text(&registry, &format!("# HELP x_total {written}\n# TYPE x_total counter\nx_total 0\n"));
    }
    let registry = registry();
    registry.counter("x_total", "").register().unwrap();
    assert_text(&registry, "# TYPE x_total counter\nx_total 0\n");
}

#[test]
fn label_values_escape_backslash_newline_and_quote_and_nothing_else() {
    let cases = [
        ("plain", "plain"),
        ("a\\b", "a\\\\b"),
        ("two\nlines", "two\\nlines"),
        ("a \"quote\"", "a \\\"quote\\\""),
        ("\\", "\\\\"),
        ("\"", "\\\""),
        ("\n", "\\n"),
        ("\\\"\n", "\\\\\\\"\\n"),
        ("}{,=", "}{,="),
        (" # ", " # "),
        ("\t\r\0ü🦀", "\t\r\0ü🦀"),
    ];
    for (value, written) in cases {
        let registry = registry();
        registry.counter("x_total", "").labels(["a"]).register().unwrap().with([value]).inc();
        let bounds = Bounds::new(&[1.0]).unwrap();
        registry.histogram("y", "", bounds).labels(["a"]).register().unwrap().with([value]).observe(1.0);
        let rows = registry.snapshot("z", "", MetricKind::Gauge).labels(["a"]).register().unwrap();
        rows.replace([([value], 1.0)]);
        assert_text(
            &registry,
            &format!(
                "# TYPE x_total counter\n\
                 x_total{{a=\"{written}\"}} 1\n\
                 # TYPE y histogram\n\
                 y_bucket{{a=\"{written}\",le=\"1\"}} 1\n\
                 y_bucket{{a=\"{written}\",le=\"+Inf\"}} 1\n\
                 y_sum{{a=\"{written}\"}} 1\n\
                 y_count{{a=\"{written}\"}} 1\n\
                 # TYPE z gauge\n\
                 z{{a=\"{written}\"}} 1\n"
            ),
        );
    }
}

#[test]
fn empty_labels_are_left_out_and_braces_with_them() {
    let registry = registry();
    let calls = registry.counter("calls_total", "").labels(["a", "b", "c"]).register().unwrap();
    let seconds =
        registry.histogram("seconds", "", Bounds::new(&[1.0]).unwrap()).labels(["a", "b"]).register().unwrap();
    for values in [["", "", ""], ["", "", "3"], ["", "2", ""], ["1", "", ""], ["1", "", "3"], ["1", "2", "3"]] {
        calls.with(values).inc();
    }
    seconds.with(["", ""]).observe(1.0);
    seconds.with(["", "2"]).observe(1.0);
    assert_text(
        &registry,
        "# TYPE calls_total counter\n\
         calls_total 1\n\
         calls_total{c=\"3\"} 1\n\
         calls_total{b=\"2\"} 1\n\
         calls_total{a=\"1\"} 1\n\
         calls_total{a=\"1\",c=\"3\"} 1\n\
         calls_total{a=\"1\",b=\"2\",c=\"3\"} 1\n\
         # TYPE seconds histogram\n\
         seconds_bucket{le=\"1\"} 1\n\
         seconds_bucket{le=\"+Inf\"} 1\n\
         seconds_sum 1\n\
         seconds_count 1\n\
         seconds_bucket{b=\"2\",le=\"1\"} 1\n\
         seconds_bucket{b=\"2\",le=\"+Inf\"} 1\n\
         seconds_sum{b=\"2\"} 1\n\
         seconds_count{b=\"2\"} 1\n",
    );
}

#[test]
fn whole_numbers_are_written_as_whole_numbers() {
    let cases = [
        (0, "0"),
        (1, "1"),
        (9, "9"),
        (10, "10"),
        (99_999_999, "99999999"),
        (100_000_000, "100000000"),
        (4_294_967_296, "4294967296"),
        ((1 << 53) - 1, "9007199254740991"),
        (1 << 53, "9007199254740992"),
    ];
    for (amount, written) in cases {
        let registry = registry();
        registry.counter("x_total", "").register().unwrap().add(amount);
        assert_text(&registry, &format!("# TYPE x_total counter\nx_total {written}\n"));
    }
    // Beyond what a double holds exactly.
    let registry = registry();
    let counter = registry.counter("x_total", "").register().unwrap();
    counter.add(1 << 53);
    counter.add(1 << 53);
    counter.inc();
    assert_text(&registry, "# TYPE x_total counter\nx_total 18014398509481985\n");
}

#[test]
fn fractions_are_written_in_the_fewest_digits_that_read_back_equal() {
    let cases = [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-5.0, "-5"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (1.87, "1.87"),
        (105.068166785, "105.068166785"),
        (1_234_567.5, "1234567.5"),
        (9_007_199_254_740_992.0, "9007199254740992"),
        (1e16, "1e16"),
        (1.5e300, "1.5e300"),
        (-1e-7, "-1e-7"),
        (f64::MAX, "1.7976931348623157e308"),
        (5e-324, "5e-324"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (f64::NAN, "NaN"),
        (-f64::NAN, "NaN"),
    ];
    for (value, written) in cases {
        let registry = registry();
        registry.gauge("x", "").register().unwrap().set(value);
        let rows = registry.snapshot("y", "", MetricKind::Gauge).register().unwrap();
        rows.replace([([], value)]);
        assert_text(&registry, &format!("# TYPE x gauge\nx {written}\n# TYPE y gauge\ny {written}\n"));
    }
    let registry = registry();
    let cost = registry.counter_f64("cost_total", "").register().unwrap();
    (0..3).for_each(|_| cost.add(0.1));
    assert_text(&registry, "# TYPE cost_total counter\ncost_total 0.30000000000000004\n");
}

#[test]
fn a_sum_of_nothing_is_plain_zero() {
    let registry = registry();
    registry.counter_f64("cost_total", "").register().unwrap();
    registry.histogram("seconds", "", Bounds::new(&[1.0]).unwrap()).register().unwrap();
    let negative_zero = registry.counter_f64("zero_total", "").register().unwrap();
    negative_zero.add(-0.0);
    assert_text(
        &registry,
        "# TYPE cost_total counter\n\
         cost_total 0\n\
         # TYPE seconds histogram\n\
         seconds_bucket{le=\"1\"} 0\n\
         seconds_bucket{le=\"+Inf\"} 0\n\
         seconds_sum 0\n\
         seconds_count 0\n\
         # TYPE zero_total counter\n\
         zero_total 0\n",
    );
}

#[test]
fn the_bounds_of_the_presets_are_plain_digits() {
    let cases = [
        (Bounds::seconds(), "0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60 120 300 600 +Inf"),
        (Bounds::tokens(), "1 4 16 64 256 1024 4096 16384 65536 262144 1048576 +Inf"),
        (
            Bounds::bytes(),
            "1024 4096 16384 65536 262144 1048576 4194304 16777216 67108864 268435456 1073741824 4294967296 \
             17179869184 +Inf",
        ),
        (Bounds::ratio(), "0.01 0.05 0.1 0.25 0.5 0.75 1 2 4 8 16 +Inf"),
        (
            Bounds::new(&[0.0, 1e-7, 0.000001, 0.1, 1e15, 1e22]).unwrap(),
            "0 1e-7 0.000001 0.1 1000000000000000 1e22 +Inf",
        ),
    ];
    for (bounds, written) in cases {
        let registry = registry();
        registry.histogram("x", "", bounds).register().unwrap();
        let lines: String = written.split(' ').map(|le| format!("x_bucket{{le=\"{le}\"}} 0\n")).collect();
        assert_text(&registry, &format!("# TYPE x histogram\n{lines}x_sum 0\nx_count 0\n"));
    }
}

#[test]
fn buckets_are_cumulative_and_a_value_on_a_bound_belongs_below_it() {
    let registry = registry();
    let seconds = registry.histogram("x", "", Bounds::new(&[0.5, 1.0, 2.0]).unwrap()).register().unwrap();
    for value in [0.0, 0.5, 0.5000001, 1.0, 1.5, 2.0, 2.0000001, 1e15] {
        seconds.observe(value);
    }
    let text = encode::text(&registry);
    let counts: Vec<&str> = text.lines().filter(|line| line.starts_with("x_bucket")).collect();
    assert_eq!(
        counts,
        ["x_bucket{le=\"0.5\"} 2", "x_bucket{le=\"1\"} 4", "x_bucket{le=\"2\"} 6", "x_bucket{le=\"+Inf\"} 8"]
    );
    assert!(text.ends_with("x_sum 1000000000000007.5\nx_count 8\n"), "{text}");
}

#[test]
fn a_gauge_that_was_never_set_has_no_sample() {
    openclaw_prometheus::label_enum! { enum Lane("lane") { Main = "main", Cron = "cron" } }
    let registry = registry();
    let plain = registry.gauge("a_plain", "").register().unwrap();
    let labelled = registry.gauge("b_labelled", "").labels(["x"]).register().unwrap();
    let closed = registry.gauge("c_closed", "").closed::<Lane>().register().unwrap();
    let kept = labelled.handle(["kept"]).unwrap();
    assert_text(&registry, "# TYPE a_plain gauge\n# TYPE b_labelled gauge\n# TYPE c_closed gauge\n");
    plain.set(0.0);
    kept.add(0.0);
    closed.at(Lane::Cron).sub(1.0);
    assert_text(
        &registry,
        "# TYPE a_plain gauge\n\
         a_plain 0\n\
         # TYPE b_labelled gauge\n\
         b_labelled{x=\"kept\"} 0\n\
         # TYPE c_closed gauge\n\
         c_closed{lane=\"cron\"} -1\n",
    );
}

#[test]
fn closed_label_sets_show_every_combination_from_the_start_in_label_order() {
    openclaw_prometheus::label_enum! { enum Outcome("outcome") { Ok = "ok", Error = "error" } }
    openclaw_prometheus::label_enum! { enum Size("size") { Small = "small", Large = "large", Unknown = "" } }
    let registry = registry();
    let calls = registry.counter("calls_total", "").closed::<(Outcome, Size)>().register().unwrap();
    calls.at((Outcome::Ok, Size::Large)).add(4);
    calls.at((Outcome::Error, Size::Unknown)).add(5);
    assert_text(
        &registry,
        "# TYPE calls_total counter\n\
         calls_total{outcome=\"error\"} 5\n\
         calls_total{outcome=\"error\",size=\"large\"} 0\n\
         calls_total{outcome=\"error\",size=\"small\"} 0\n\
         calls_total{outcome=\"ok\"} 0\n\
         calls_total{outcome=\"ok\",size=\"large\"} 4\n\
         calls_total{outcome=\"ok\",size=\"small\"} 0\n",
    );
}

#[test]
fn a_snapshot_is_replaced_whole() {
    let registry = registry();
    let rows = registry.snapshot("agents", "Agents.", MetricKind::Gauge).labels(["state", "n"]).register().unwrap();
    let totals = registry.snapshot("done_total", "", MetricKind::CounterF64).register().unwrap();
    let header = "# HELP agents Agents.\n# TYPE agents gauge\n";
    assert_text(&registry, &format!("{header}# TYPE done_total counter\n"));
    rows.replace([(["idle", ""], 5.0), (["busy", "1"], 2.5)]);
    totals.replace([([], 7.0)]);
    let total = "# TYPE done_total counter\ndone_total 7\n";
    assert_text(
        &registry,
        &format!("{header}agents{{state=\"busy\",n=\"1\"}} 2.5\nagents{{state=\"idle\"}} 5\n{total}"),
    );
    rows.replace([(["idle", ""], 7.0)]);
    assert_text(&registry, &format!("{header}agents{{state=\"idle\"}} 7\n{total}"));
    // Of rows with the same labels the last counts.
    rows.replace([(["x", ""], 1.0), (["y", ""], 2.0), (["x", ""], 3.0)]);
    assert_text(&registry, &format!("{header}agents{{state=\"x\"}} 3\nagents{{state=\"y\"}} 2\n{total}"));
    rows.replace([]);
    assert_text(&registry, &format!("{header}{total}"));
    rows.unregister();
    assert_text(&registry, total);
}

#[test]
fn a_snapshot_of_thousands_of_rows_shrinks_and_grows_in_one_publisher() {
    let registry = registry();
    let rows = registry.snapshot("rows", "", MetricKind::Gauge).labels(["n"]).register().unwrap();
    let other = registry.counter("other_total", "").register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    for (round, count) in [2000usize, 3, 0, 1500, 1, 2000, 2000].into_iter().enumerate() {
        let names: Vec<String> = (0..count).map(|number| format!("{:05}", number * 3 + round)).collect();
        rows.replace(names.iter().map(|name| ([name.as_str()], round as f64)));
        other.inc();
        publisher.tick();
        let lines: String = names.iter().map(|name| format!("rows{{n=\"{name}\"}} {round}\n")).collect();
        let expected = format!("# TYPE other_total counter\nother_total {}\n# TYPE rows gauge\n{lines}", round + 1);
        assert!(publisher.pages().current().to_vec() == expected.as_bytes(), "round {round}");
    }
}

#[test]
fn numbers_that_change_their_width_are_written_whole_in_every_page() {
    let registry = registry();
    let calls = registry.counter("calls_total", "").labels(["n"]).register().unwrap();
    let depth = registry.gauge("depth", "").register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    let mut first = 0u64;
    for (round, level) in
        [5.0, 10.0, 9.5, 1e300, -0.25, f64::NAN, 0.0, f64::INFINITY, 123_456.75].into_iter().enumerate()
    {
        let amount = 10u64.pow(round as u32);
        calls.with(["first"]).add(amount);
        calls.with(["second"]).inc();
        first += amount;
        depth.set(level);
        publisher.tick();
        let shown = match level {
            1e300 => "1e300".to_owned(),
            f64::INFINITY => "+Inf".to_owned(),
            level => level.to_string(),
        };
        let expected = format!(
            "# TYPE calls_total counter\ncalls_total{{n=\"first\"}} {first}\ncalls_total{{n=\"second\"}} {}\n\
             # TYPE depth gauge\ndepth {shown}\n",
            round + 1
        );
        assert_eq!(String::from_utf8(publisher.pages().current().to_vec()).unwrap(), expected);
    }
}

// --- the comparison for the tests of instrumented programs

fn compared() -> Registry {
    let registry = registry();
    let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
    calls.with(["a"]).add(1);
    calls.with(["b"]).add(2);
    registry.gauge("depth", "Depth.").register().unwrap().set(4.0);
    registry
}

#[test]
fn compare_takes_the_named_families_in_any_order_and_with_or_without_help() {
    let equal = [
        "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{model=\"a\"} 1\ncalls_total{model=\"b\"} 2\n",
        "# TYPE calls_total counter\ncalls_total{model=\"b\"} 2\ncalls_total{model=\"a\"} 1",
        "\n# TYPE calls_total counter\n\ncalls_total{model=\"a\"} 1\n   \ncalls_total{model=\"b\"} 2\n\n",
        "# TYPE depth gauge\ndepth 4\n",
        "# TYPE depth gauge\ndepth 4\n# TYPE calls_total counter\ncalls_total{model=\"a\"} 1\ncalls_total{model=\"b\"} 2\n",
        "",
    ];
    for expected in equal {
        assert_eq!(testing::compare(&compared(), expected), Ok(()), "{expected}");
    }
}

#[test]
fn compare_tells_what_is_missing_and_what_is_too_much() {
    let cases = [
        ("# TYPE calls_total counter\ncalls_total{model=\"a\"} 1\n", "too much: calls_total{model=\"b\"} 2\n"),
        (
            "# TYPE calls_total counter\ncalls_total{model=\"a\"} 1\ncalls_total{model=\"b\"} 3\n",
            "missing: calls_total{model=\"b\"} 3\ntoo much: calls_total{model=\"b\"} 2\n",
        ),
        ("# TYPE depth counter\ndepth 4\n", "missing: # TYPE depth counter\ntoo much: # TYPE depth gauge\n"),
        ("# HELP depth Other.\n# TYPE depth gauge\ndepth 4\n", "missing: # HELP depth Other.\n"),
        ("# TYPE nothing gauge\nnothing 1\n", "missing: # TYPE nothing gauge\nmissing: nothing 1\n"),
        // A line twice is a line too many.
        ("# TYPE depth gauge\ndepth 4\ndepth 4\n", "missing: depth 4\n"),
        // A sample of a family that was not named.
        ("# TYPE depth gauge\ndepth 4\ncalls_total{model=\"a\"} 1\n", "missing: calls_total{model=\"a\"} 1\n"),
    ];
    for (expected, difference) in cases {
        assert_eq!(testing::compare(&compared(), expected), Err(difference.to_owned()), "{expected}");
    }
}

#[test]
fn a_value_is_found_by_labels_in_any_order_and_a_left_out_label_is_empty() {
    let registry = registry();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).register().unwrap();
    calls.with(["1", "2"]).add(3);
    calls.with(["1", ""]).add(4);
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).register().unwrap();
    [0.5, 1.5, 700.0].into_iter().for_each(|value| seconds.observe(value));
    let value = |labels: &[(&str, &str)]| testing::value(&registry, "calls_total", labels);
    assert_eq!(value(&[("a", "1"), ("b", "2")]), Some(3.0));
    assert_eq!(value(&[("b", "2"), ("a", "1")]), Some(3.0));
    assert_eq!(value(&[("a", "1")]), Some(4.0));
    assert_eq!(value(&[("a", "1"), ("b", "")]), Some(4.0));
    assert_eq!(value(&[("a", "2")]), None);
    assert_eq!(value(&[("a", "1"), ("c", "2")]), None);
    assert_eq!(value(&[]), None);
    assert_eq!(testing::value(&registry, "seconds", &[]), Some(3.0));
    assert_eq!(testing::sum(&registry, "seconds", &[]), Some(702.0));
    assert_eq!(testing::sum(&registry, "calls_total", &[("a", "1")]), None);
    assert_eq!(testing::value(&registry, "nothing", &[]), None);
}

#[test]
fn what_is_shown_once_used_comes_with_its_first_observation_from_whatever_thread() {
    openclaw_prometheus::label_enum! {
        enum Way("way") { In = "in", Out = "out" }
    }
    let registry = registry();
    let seconds = Bounds::new(&[1.0]).unwrap();
    let pauses = registry.histogram("pause_seconds", "", seconds).shown_once_used(true).register().unwrap();
    let spent = registry.counter_f64("spent_total", "").shown_once_used(true).register().unwrap();
    let bytes = registry.counter("bytes_total", "").shown_once_used(true).closed::<Way>().register().unwrap();
    let open = registry.in_flight("open", "").shown_once_used(true).register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    let types = [
        "# TYPE bytes_total counter\n",
        "# TYPE open gauge\n",
        "# TYPE pause_seconds histogram\n",
        "# TYPE spent_total counter\n",
    ];
    let mut assert_samples = |samples: [&str; 4]| {
        let expected: String = types.iter().zip(samples).flat_map(|(kind, samples)| [*kind, samples]).collect();
        assert_eq!(encode::text(&registry), expected);
        publisher.tick();
        assert_eq!(String::from_utf8(publisher.pages().current().to_vec()).unwrap(), expected);
    };
    assert_samples(["", "", "", ""]);
    spent.add(0.0);
    assert_samples(["", "", "", ""]);
    std::thread::scope(|scope| {
        scope.spawn(|| bytes.at(Way::Out).add(3));
        scope.spawn(|| pauses.observe(0.0));
    });
    let operation = open.enter();
    let pause = |sum, count| {
        format!(
            "pause_seconds_bucket{{le=\"1\"}} {count}\npause_seconds_bucket{{le=\"+Inf\"}} {count}\npause_seconds_sum {sum}\npause_seconds_count {count}\n"
        )
    };
    assert_samples(["bytes_total{way=\"out\"} 3\n", "open 1\n", &pause("0", 1), ""]);
    drop(operation);
    pauses.observe(0.5);
    spent.add(0.25);
    bytes.at(Way::In).inc();
    let both = "bytes_total{way=\"in\"} 1\nbytes_total{way=\"out\"} 3\n";
    assert_samples([both, "open 0\n", &pause("0.5", 2), "spent_total 0.25\n"]);
}
