//! What recording costs its caller: `cargo bench --bench record`. The comparison with other crates is the package in
//! this folder; see README.md beside it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use openclaw_prometheus::{Bounds, LabelId, Registry, label_enum};

label_enum! {
    /// How a call ended.
    enum Outcome("outcome") {
        Ok = "ok",
        Error = "error",
    }
}

/// Label values of 256 series, in an order in which no two of a provider follow each other.
fn keys() -> Vec<[String; 3]> {
    let key = |number: usize| {
        [format!("provider-{}", number % 8), format!("model-{}", number / 8 % 16), format!("outcome-{}", number / 128)]
    };
    (0..256).map(key).collect()
}

/// Repeats a cycle of 256 keys.
fn in_turn<'a, T>(keys: &'a [T]) -> impl FnMut() -> &'a T {
    let mut keys = keys.iter().cycle();
    move || keys.next().expect("there are some")
}

fn counters(criterion: &mut Criterion) {
    let registry = Registry::builder().build().expect("the defaults are within bounds");
    let mut group = criterion.benchmark_group("counter");

    let held = registry.counter("held_total", "Calls.").register().expect("legal");
    group.bench_function("held", |bencher| bencher.iter(|| black_box(&held).inc()));
    let local = held.local();
    group.bench_function("bound_to_its_thread", |bencher| bencher.iter(|| black_box(&local).inc()));

    let family = registry.counter("calls_total", "Calls.").labels(["provider", "model", "outcome"]);
    let family = family.register().expect("legal");
    let keys = keys();
    let mut next = in_turn(&keys);
    group.bench_function("by_3_strings", |bencher| {
        bencher.iter(|| family.with(black_box(next().each_ref().map(String::as_str))).inc());
    });
    let intern = |value: &String| registry.intern(value).expect("there is room for 26 texts");
    let ids: Vec<[LabelId; 3]> = keys.iter().map(|key| key.each_ref().map(intern)).collect();
    let mut next = in_turn(&ids);
    group.bench_function("by_3_ids", |bencher| bencher.iter(|| family.with_ids(*black_box(next())).inc()));

    let closed = registry.counter("closed_total", "Calls.").closed::<Outcome>().register().expect("legal");
    let mut next = in_turn(&[Outcome::Ok, Outcome::Error]);
    group.bench_function("by_a_closed_label", |bencher| bencher.iter(|| closed.at(*black_box(next())).inc()));
    group.finish();
}

fn others(criterion: &mut Criterion) {
    let registry = Registry::builder().build().expect("the defaults are within bounds");

    let seconds = registry.histogram("seconds", "Length.", Bounds::seconds()).register().expect("legal");
    let mut values = [0.0004, 0.02, 1.87, 0.3, 45.0, 0.009, 700.0, 5.0].iter().copied().cycle();
    criterion.bench_function("histogram/held", |bencher| {
        bencher.iter(|| black_box(&seconds).observe(values.next().expect("a cycle")));
    });
    let load = registry.gauge("load", "Load.").register().expect("legal");
    criterion.bench_function("gauge/set", |bencher| bencher.iter(|| black_box(&load).set(black_box(0.5))));
    let running = registry.in_flight("running", "Calls going on.").register().expect("legal");
    criterion.bench_function("in_flight/enter_and_leave", |bencher| bencher.iter(|| black_box(&running).enter()));

    let full = Registry::builder().series(1).build().expect("within bounds");
    let family = full.counter("calls_total", "Calls.").labels(["name"]).register().expect("legal");
    let names: Vec<String> = (0..256).map(|number| format!("name-{number}")).collect();
    names.iter().for_each(|name| family.with([name]).inc());
    let mut next = in_turn(&names[128..]);
    criterion.bench_function("rejected/no_capacity", |bencher| bencher.iter(|| family.with([black_box(next())]).inc()));
}

criterion_group!(record, counters, others);
criterion_main!(record);
