//! `metrics` with `metrics-exporter-prometheus`: handles by virtual call; histogram samples wait in blocks for a drain.

use std::hint::black_box;

use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use super::{Case, Growing, Render, in_turn};
use crate::repeat;
use crate::work::{self, BOUNDS, Grid, LABELS};

const PEER: &str = "metrics";
pub const METADATA: Metadata<'static> = Metadata::new("benches", Level::INFO, None);

fn recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full("call_seconds".into()), &BOUNDS);
    builder.expect("bounds").build_recorder()
}

pub fn key_of(name: &'static str, values: [&str; 3]) -> Key {
    let [a, b, c] = values.map(String::from);
    Key::from_parts(name, vec![Label::new(LABELS[0], a), Label::new(LABELS[1], b), Label::new(LABELS[2], c)])
}

fn counter_of(recorder: &PrometheusRecorder, values: [&str; 3]) -> Counter {
    recorder.register_counter(&key_of("calls_total", values), &METADATA)
}

fn histogram_of(recorder: &PrometheusRecorder, values: [&str; 3]) -> Histogram {
    recorder.register_histogram(&key_of("call_seconds", values), &METADATA)
}

pub fn counter() -> Case {
    let counter = recorder().register_counter(&Key::from_name("calls_total"), &METADATA);
    Case::new(PEER, repeat!(black_box(&counter).increment(1)))
}

pub fn counter_in_turn() -> Case {
    let recorder = recorder();
    let make = |number: usize| counter_of(&recorder, [&*number.to_string(); 3]);
    in_turn(PEER, make, |counter, _, _| counter.increment(1))
}

pub fn counter_by_strings() -> Case {
    let recorder = recorder();
    Case::new(PEER, repeat!(|at, work| counter_of(&recorder, black_box(work.key(at))).increment(1)))
}

pub fn histogram() -> Case {
    let recorder = recorder();
    let handle = recorder.handle();
    let histogram = recorder.register_histogram(&Key::from_name("call_seconds"), &METADATA);
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).record(work.seconds(at))))
        .with_rest(move || handle.run_upkeep())
}

pub fn histogram_in_turn() -> Case {
    let recorder = recorder();
    let handle = recorder.handle();
    let make = |number: usize| histogram_of(&recorder, [&*number.to_string(); 3]);
    in_turn(PEER, make, |histogram, at, work| histogram.record(work.seconds(at))).with_rest(move || handle.run_upkeep())
}

pub fn histogram_by_strings() -> Case {
    let recorder = recorder();
    let handle = recorder.handle();
    let run = repeat!(|at, work| { histogram_of(&recorder, black_box(work.key(at))).record(work.seconds(at)) });
    Case::new(PEER, run).with_rest(move || handle.run_upkeep())
}

pub fn gauge() -> Case {
    let gauge = recorder().register_gauge(&Key::from_name("load"), &METADATA);
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

pub fn counter_page(grid: Grid) -> Render {
    let recorder = recorder();
    for (index, labels) in grid.all().enumerate() {
        counter_of(&recorder, labels.each_ref().map(|value| &**value)).increment(work::start(index));
    }
    let handle = recorder.handle();
    Box::new(move |out| handle.render_to_write(out).expect("memory"))
}

pub fn histogram_page(grid: Grid) -> Render {
    let recorder = recorder();
    for (index, labels) in grid.all().enumerate() {
        let histogram = histogram_of(&recorder, labels.each_ref().map(|value| &**value));
        super::observations(index).for_each(|value| histogram.record(value as f64 / 1000.0));
    }
    let handle = recorder.handle();
    Box::new(move |out| handle.render_to_write(out).expect("memory"))
}

pub fn growing() -> Growing {
    let recorder = recorder();
    let handle = recorder.handle();
    Growing {
        peer: PEER,
        record: Box::new(move |labels| counter_of(&recorder, labels).increment(1)),
        render: Box::new(move |out| handle.render_to_write(out).expect("memory")),
    }
}
