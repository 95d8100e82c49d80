//! What may be declared and built, and what the error says otherwise.

use openclaw_prometheus::{
    Bounds, BuildError, MetricKind, NameError, RegisterError, Registry, RejectReason, encode, testing,
};

use super::rejected;

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
        (("__total", Counter), ("__created", Gauge), "__created"),
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
