//! `fast-telemetry`: one padded shard per CPU, and a cache of 64 label sets per thread. Whole units only.

use std::hint::black_box;
use std::sync::Arc;

use fast_telemetry::{Counter, DynamicCounter, DynamicHistogram, GaugeF64, Histogram, PrometheusExport};

use super::{Case, Growing, Render, as_string, in_turn};
use crate::repeat;
use crate::work::{self, BOUNDS_MS, Grid, LABELS};

const PEER: &str = "fast-telemetry";
/// Series are bounded at 2,000 unless more are asked for.
const SERIES: usize = 1 << 20;

fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}

fn pairs(values: [&str; 3]) -> [(&str, &str); 3] {
    let [a, b, c] = values;
    [(LABELS[0], a), (LABELS[1], b), (LABELS[2], c)]
}

fn counters() -> DynamicCounter {
    DynamicCounter::with_max_series(shards(), SERIES)
}

fn histograms() -> DynamicHistogram {
    DynamicHistogram::with_limits(&BOUNDS_MS, shards(), SERIES)
}

pub fn counter() -> Case {
    let counter = Counter::new(shards());
    Case::new(PEER, repeat!(black_box(&counter).inc()))
}

pub fn counter_in_turn() -> Case {
    in_turn(PEER, |_| Counter::new(shards()), |counter, _, _| counter.inc())
}

pub fn counter_by_strings() -> Case {
    let counters = counters();
    Case::new(PEER, repeat!(|at, work| counters.inc(&pairs(black_box(work.key(at))))))
}

pub fn histogram() -> Case {
    let histogram = Histogram::new(&BOUNDS_MS, shards());
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).record(work.millis(at))))
}

pub fn histogram_in_turn() -> Case {
    let make = |_| Histogram::new(&BOUNDS_MS, shards());
    in_turn(PEER, make, |histogram, at, work| histogram.record(work.millis(at)))
}

pub fn histogram_by_strings() -> Case {
    let histograms = histograms();
    Case::new(PEER, repeat!(|at, work| histograms.record(&pairs(black_box(work.key(at))), work.millis(at))))
}

pub fn gauge() -> Case {
    let gauge = GaugeF64::new();
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

pub fn counter_page(grid: Grid) -> Render {
    let counters = counters();
    for (index, labels) in grid.all().enumerate() {
        counters.add(&pairs(labels.each_ref().map(|value| &**value)), work::start(index) as isize);
    }
    Box::new(move |out| as_string(out, |text| counters.export_prometheus(text, "calls_total", "Calls.")))
}

pub fn histogram_page(grid: Grid) -> Render {
    let histograms = histograms();
    for (index, labels) in grid.all().enumerate() {
        for value in super::observations(index) {
            histograms.record(&pairs(labels.each_ref().map(|value| &**value)), value);
        }
    }
    Box::new(move |out| as_string(out, |text| histograms.export_prometheus(text, "call_millis", "Length.")))
}

pub fn growing() -> Growing {
    let counters = Arc::new(counters());
    let rendered = counters.clone();
    Growing {
        peer: PEER,
        record: Box::new(move |labels| counters.inc(&pairs(labels))),
        render: Box::new(move |out| as_string(out, |text| rendered.export_prometheus(text, "calls_total", "Calls."))),
    }
}
