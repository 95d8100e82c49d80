//! Promise: OpenMetrics 1.0.0, byte for byte. Each test is a table: what was recorded, the exact bytes, and the rule they
//! show.
//!
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>

mod created;
mod foreign;
mod reader;

use openclaw_prometheus::encode::{self, Format};
use openclaw_prometheus::{Bounds, MetricKind, RegisterError, Registry};

fn registry() -> Registry {
    Registry::builder().rejections_family(None).build().unwrap()
}

/// Asserts that the exposition is exactly `expected` and the end.
#[track_caller]
fn assert_text(registry: &Registry, expected: &str) {
    assert_eq!(encode::open_metrics(registry), format!("{expected}# EOF\n"));
}

#[test]
fn an_empty_registry_is_an_end_alone() {
    assert_text(&registry(), "");
    assert_eq!((Format::Text.tail(), Format::OpenMetrics.tail()), (&b""[..], &b"# EOF\n"[..]));
}

#[test]
fn type_and_help_stand_once_before_a_familys_samples_and_families_stand_by_name() {
    let registry = registry();
    let zoo = registry.counter("zoo_total", "Animals.").labels(["kind"]).register().unwrap();
    registry.gauge("ant", "Ants.").register().unwrap().set(3.0);
    registry.in_flight("Big", "Upper case stands before lower case.").register().unwrap().start();
    registry.counter("ant_hills_total", "").register().unwrap().add(2);
    registry.histogram("ant_age", "Age.", Bounds::new(&[1.0, 60.0]).unwrap()).register().unwrap().observe(2.5);
    for kind in ["yak", "bee", "bear"] {
        zoo.with([kind]).inc();
    }
    assert_text(
        &registry,
        "# TYPE Big gauge\n\
         # HELP Big Upper case stands before lower case.\n\
         Big 1\n\
         # TYPE ant gauge\n\
         # HELP ant Ants.\n\
         ant 3\n\
         # TYPE ant_age histogram\n\
         # HELP ant_age Age.\n\
         ant_age_bucket{le=\"1.0\"} 0\n\
         ant_age_bucket{le=\"60.0\"} 1\n\
         ant_age_bucket{le=\"+Inf\"} 1\n\
         ant_age_sum 2.5\n\
         ant_age_count 1\n\
         # TYPE ant_hills counter\n\
         ant_hills_total 2\n\
         # TYPE zoo counter\n\
         # HELP zoo Animals.\n\
         zoo_total{kind=\"bear\"} 1\n\
         zoo_total{kind=\"bee\"} 1\n\
         zoo_total{kind=\"yak\"} 1\n",
    );
}

#[test]
fn a_counters_family_is_named_without_total_and_its_samples_with_it() {
    let cases = [
        ("calls_total", "calls", "calls_total"),
        ("calls", "calls", "calls_total"),
        ("total", "total", "total_total"),
        ("calls_total_total", "calls_total", "calls_total_total"),
        ("__total", "_", "__total"),
    ];
    for (name, family, sample) in cases {
        let whole = registry();
        whole.counter(name, "H.").register().unwrap().inc();
        assert_text(&whole, &format!("# TYPE {family} counter\n# HELP {family} H.\n{sample} 1\n"));
        let fraction = registry();
        fraction.counter_f64(name, "H.").register().unwrap().add(0.5);
        assert_text(&fraction, &format!("# TYPE {family} counter\n# HELP {family} H.\n{sample} 0.5\n"));
        let snapshot = registry();
        snapshot.snapshot(name, "H.", MetricKind::CounterF64).register().unwrap().replace([([], 2.0)]);
        assert_text(&snapshot, &format!("# TYPE {family} counter\n# HELP {family} H.\n{sample} 2\n"));
    }
    // Of other kinds the name is as declared.
    let others = registry();
    others.gauge("gauge_total", "").register().unwrap().set(1.0);
    assert_text(&others, "# TYPE gauge_total gauge\ngauge_total 1\n");
}

#[test]
fn help_and_label_values_escape_backslash_newline_and_quote_and_nothing_else() {
    let cases = [
        ("plain", "plain"),
        ("a\\b", "a\\\\b"),
        ("two\nlines", "two\\nlines"),
        ("a \"quote\"", "a \\\"quote\\\""),
        ("\\", "\\\\"),
        ("\"", "\\\""),
        ("\n", "\\n"),
        ("\\n", "\\\\n"),
        ("\\\"\n", "\\\\\\\"\\n"),
        ("}{,=", "}{,="),
        ("# EOF", "# EOF"),
        ("\n# EOF\n", "\\n# EOF\\n"),
        (" 1 # {} 1", " 1 # {} 1"),
        ("\t\r\0ü🦀", "\t\r\0ü🦀"),
    ];
    for (value, written) in cases {
        let registry = registry();
        registry.counter("x_total", value).labels(["a"]).register().unwrap().with([value]).inc();
        let bounds = Bounds::new(&[1.0]).unwrap();
        registry.histogram("y", value, bounds).labels(["a"]).register().unwrap().with([value]).observe(1.0);
        registry.snapshot("z", value, MetricKind::Gauge).labels(["a"]).register().unwrap().replace([([value], 1.0)]);
        assert_text(
            &registry,
            &format!(
                "# TYPE x counter\n\
                 # HELP x {written}\n\
                 x_total{{a=\"{written}\"}} 1\n\
                 # TYPE y histogram\n\
                 # HELP y {written}\n\
                 y_bucket{{a=\"{written}\",le=\"1.0\"}} 1\n\
                 y_bucket{{a=\"{written}\",le=\"+Inf\"}} 1\n\
                 y_sum{{a=\"{written}\"}} 1\n\
                 y_count{{a=\"{written}\"}} 1\n\
                 # TYPE z gauge\n\
                 # HELP z {written}\n\
                 z{{a=\"{written}\"}} 1\n"
            ),
        );
    }
}

#[test]
fn empty_labels_are_left_out_and_braces_with_them() {
    let registry = registry();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).register().unwrap();
    let age = registry.histogram("age", "", Bounds::new(&[1.0]).unwrap()).labels(["a"]).register().unwrap();
    for values in [["", ""], ["", "2"], ["1", ""]] {
        calls.with(values).inc();
    }
    age.with([""]).observe(1.0);
    assert_text(
        &registry,
        "# TYPE age histogram\n\
         age_bucket{le=\"1.0\"} 1\n\
         age_bucket{le=\"+Inf\"} 1\n\
         age_sum 1\n\
         age_count 1\n\
         # TYPE calls counter\n\
         calls_total 1\n\
         calls_total{b=\"2\"} 1\n\
         calls_total{a=\"1\"} 1\n",
    );
}

#[test]
fn the_bounds_of_the_presets_are_canonical() {
    let cases = [
        (Bounds::seconds(), "0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 30.0 60.0 120.0 300.0 600.0 +Inf"),
        (Bounds::tokens(), "1.0 4.0 16.0 64.0 256.0 1024.0 4096.0 16384.0 65536.0 262144.0 1.048576e+06 +Inf"),
        (
            Bounds::bytes(),
            "1024.0 4096.0 16384.0 65536.0 262144.0 1.048576e+06 4.194304e+06 1.6777216e+07 6.7108864e+07 \
             2.68435456e+08 1.073741824e+09 4.294967296e+09 1.7179869184e+10 +Inf",
        ),
        (Bounds::ratio(), "0.01 0.05 0.1 0.25 0.5 0.75 1.0 2.0 4.0 8.0 16.0 +Inf"),
        (
            Bounds::new(&[0.0, 5e-324, 1e-7, 0.00001, 0.0001, 0.1, 1e5, 1e6, 1e15, 1e21]).unwrap(),
            "0.0 5e-324 1e-07 1e-05 0.0001 0.1 100000.0 1e+06 1e+15 1e+21 +Inf",
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
fn values_are_spelled_as_in_text() {
    let cases = [
        (0.0, "0"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (1_234_567.5, "1234567.5"),
        (9_007_199_254_740_992.0, "9007199254740992"),
        (1.5e300, "1.5e300"),
        (-1e-7, "-1e-7"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (f64::NAN, "NaN"),
    ];
    for (value, written) in cases {
        let registry = registry();
        registry.gauge("x", "").register().unwrap().set(value);
        registry.snapshot("y", "", MetricKind::Gauge).register().unwrap().replace([([], value)]);
        assert_text(&registry, &format!("# TYPE x gauge\nx {written}\n# TYPE y gauge\ny {written}\n"));
    }
    let registry = registry();
    let counter = registry.counter("x_total", "").register().unwrap();
    (0..2).for_each(|_| counter.add(1 << 53));
    counter.inc();
    assert_text(&registry, "# TYPE x counter\nx_total 18014398509481985\n");
}

#[test]
fn a_family_without_series_is_its_metadata() {
    let registry = registry();
    registry.gauge("a_unset", "Never set.").register().unwrap();
    registry.counter("b_total", "").labels(["x"]).register().unwrap();
    registry.snapshot("c", "Empty.", MetricKind::Gauge).labels(["x"]).register().unwrap();
    assert_text(
        &registry,
        "# TYPE a_unset gauge\n\
         # HELP a_unset Never set.\n\
         # TYPE b counter\n\
         # TYPE c gauge\n\
         # HELP c Empty.\n",
    );
}

#[test]
fn a_unit_is_a_base_unit_that_ends_the_name_or_the_one_declared() {
    use MetricKind::{Counter, Gauge, Histogram};
    let known = [
        ("wait_seconds", Gauge, Some("seconds")),
        ("wait_seconds", Histogram, Some("seconds")),
        ("cpu_seconds_total", Counter, Some("seconds")),
        ("cpu_seconds", Counter, Some("seconds")),
        ("start_timestamp_seconds", Gauge, Some("seconds")),
        ("sent_bytes_total", Counter, Some("bytes")),
        ("used_ratio", Gauge, Some("ratio")),
        ("room_celsius", Gauge, Some("celsius")),
        ("way_meters_total", Counter, Some("meters")),
        ("in_volts", Gauge, Some("volts")),
        ("in_amperes", Gauge, Some("amperes")),
        ("used_joules_total", Counter, Some("joules")),
        ("load_grams", Gauge, Some("grams")),
        ("clock_hertz", Gauge, Some("hertz")),
        // Not the end, not a word of its own, not a base unit, not a counter.
        ("seconds_total", Counter, None),
        ("seconds", Gauge, None),
        ("wait_seconds_max", Gauge, None),
        ("milliseconds", Gauge, None),
        ("wait_milliseconds", Gauge, None),
        ("wait_seconds_total", Gauge, None),
        ("tokens_total", Counter, None),
    ];
    for (name, kind, unit) in known {
        let registry = registry();
        match kind {
            Gauge => drop(registry.gauge(name, "H.").register().unwrap()),
            Counter => drop(registry.counter(name, "H.").labels(["a"]).register().unwrap()),
            _ => drop(registry.histogram(name, "H.", Bounds::seconds()).labels(["a"]).register().unwrap()),
        }
        let family = if kind == Counter { name.trim_end_matches("_total") } else { name };
        let unit = unit.map(|unit| format!("# UNIT {family} {unit}\n")).unwrap_or_default();
        assert_text(&registry, &format!("# TYPE {family} {}\n{unit}# HELP {family} H.\n", kind.type_name()));
        assert!(!encode::text(&registry).contains("UNIT"), "text has no units");
    }
}

#[test]
fn a_declared_unit_must_end_the_name() {
    openclaw_prometheus::label_enum! { enum Lane("lane") { Main = "main" } }
    let given = registry();
    given.counter("a_tokens_total", "").unit("tokens").register().unwrap();
    given.counter("b_tokens", "").labels(["x"]).unit("tokens").register().unwrap();
    given.gauge("c_tokens", "").closed::<Lane>().unit("tokens").register().unwrap();
    given.snapshot("d_usd_total", "", MetricKind::CounterF64).unit("usd").labels(["x"]).register().unwrap();
    given.snapshot("e_usd", "", MetricKind::Gauge).labels(["x"]).unit("usd").register().unwrap();
    // Before labels too, and more than one word.
    given
        .histogram("f_model_tokens", "", Bounds::new(&[1.0]).unwrap())
        .unit("model_tokens")
        .labels(["x"])
        .register()
        .unwrap();
    assert_text(
        &given,
        "# TYPE a_tokens counter\n\
         # UNIT a_tokens tokens\n\
         a_tokens_total 0\n\
         # TYPE b_tokens counter\n\
         # UNIT b_tokens tokens\n\
         # TYPE c_tokens gauge\n\
         # UNIT c_tokens tokens\n\
         # TYPE d_usd counter\n\
         # UNIT d_usd usd\n\
         # TYPE e_usd gauge\n\
         # UNIT e_usd usd\n\
         # TYPE f_model_tokens histogram\n\
         # UNIT f_model_tokens model_tokens\n",
    );
    let cases =
        [("a_total", "tokens"), ("a_tokens_total", "total"), ("tokens", "tokens"), ("a_xtokens", "tokens"), ("a_", "")];
    for (name, unit) in cases {
        let error = registry().counter(name, "").unit(unit).register().unwrap_err();
        assert_eq!(error, RegisterError::Unit { family: name.into(), unit: unit.into() });
        assert_eq!(
            error.to_string(),
            format!(
                "registry: family `{name}` does not end in its unit {unit:?}; end the name in `_`, the unit and, for a \
                 counter, `_total`"
            )
        );
    }
    // The same unit, said or known, is the same family; another is another.
    let registry = registry();
    registry.gauge("wait_seconds", "").register().unwrap();
    registry.gauge("wait_seconds", "").unit("seconds").register().unwrap();
    registry.gauge("x_tokens", "").register().unwrap();
    let error = registry.gauge("x_tokens", "").unit("tokens").register().unwrap_err();
    let message =
        "registry: family `x_tokens` was registered as Gauge{} (help \"\") and now as Gauge{} in tokens (help \"\")";
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_snapshots_counter_rejects_what_is_negative_or_not_a_number() {
    let registry = registry();
    let totals = registry.snapshot("done_total", "", MetricKind::CounterF64).labels(["a"]).register().unwrap();
    let levels = registry.snapshot("level", "", MetricKind::Gauge).labels(["a"]).register().unwrap();
    let rows = [
        (["good"], 1.5),
        (["infinite"], f64::INFINITY),
        (["nan"], f64::NAN),
        (["negative"], -1.0),
        (["tiny"], -5e-324),
        (["twice"], 2.0),
        (["twice"], -2.0),
        (["zero"], -0.0),
    ];
    assert_eq!(totals.replace(rows), 4);
    assert_eq!((totals.rejected(), levels.replace(rows)), (4, 0));
    let expected = "# TYPE done counter\n\
         done_total{a=\"good\"} 1.5\n\
         done_total{a=\"infinite\"} +Inf\n\
         done_total{a=\"twice\"} 2\n\
         done_total{a=\"zero\"} 0\n\
         # TYPE level gauge\n\
         level{a=\"good\"} 1.5\n\
         level{a=\"infinite\"} +Inf\n\
         level{a=\"nan\"} NaN\n\
         level{a=\"negative\"} -1\n\
         level{a=\"tiny\"} -5e-324\n\
         level{a=\"twice\"} -2\n\
         level{a=\"zero\"} -0\n";
    assert_text(&registry, expected);
}
