//! `prometheus`: vectors of children behind a read lock, found by a 64-bit hash of the values alone.

use std::hint::black_box;

use prometheus::{
    Encoder, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};

use super::{Case, Growing, Render, in_turn};
use crate::repeat;
use crate::work::{self, BOUNDS, Grid, LABELS};

const PEER: &str = "prometheus";

pub fn counters() -> IntCounterVec {
    IntCounterVec::new(Opts::new("calls_total", "Calls."), &LABELS).expect("legal")
}

pub fn histograms() -> HistogramVec {
    let opts = HistogramOpts::new("call_seconds", "Length.").buckets(BOUNDS.to_vec());
    HistogramVec::new(opts, &LABELS).expect("legal")
}

pub fn counter() -> Case {
    let counter = IntCounter::new("calls_total", "Calls.").expect("legal");
    Case::new(PEER, repeat!(black_box(&counter).inc()))
}

pub fn counter_in_turn() -> Case {
    let make = |_| IntCounter::new("calls_total", "Calls.").expect("legal");
    in_turn(PEER, make, |counter, _, _| counter.inc())
}

pub fn counter_by_strings() -> Case {
    let counters = counters();
    Case::new(PEER, repeat!(|at, work| counters.with_label_values(&black_box(work.key(at))).inc()))
}

pub fn histogram() -> Case {
    let opts = HistogramOpts::new("call_seconds", "Length.").buckets(BOUNDS.to_vec());
    let histogram = Histogram::with_opts(opts).expect("legal");
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).observe(work.seconds(at))))
}

pub fn histogram_in_turn() -> Case {
    let opts = HistogramOpts::new("call_seconds", "Length.").buckets(BOUNDS.to_vec());
    let make = |_| Histogram::with_opts(opts.clone()).expect("legal");
    in_turn(PEER, make, |histogram, at, work| histogram.observe(work.seconds(at)))
}

pub fn histogram_by_strings() -> Case {
    let histograms = histograms();
    Case::new(
        PEER,
        repeat!(|at, work| { histograms.with_label_values(&black_box(work.key(at))).observe(work.seconds(at)) }),
    )
}

pub fn gauge() -> Case {
    let gauge = Gauge::new("load", "Load.").expect("legal");
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

pub fn counter_page(grid: Grid) -> Render {
    let (registry, counters) = (Registry::new(), counters());
    registry.register(Box::new(counters.clone())).expect("new");
    for (index, labels) in grid.all().enumerate() {
        counters.with_label_values(&labels).inc_by(work::start(index));
    }
    Box::new(move |out| TextEncoder::new().encode(&registry.gather(), out).expect("memory"))
}

pub fn histogram_page(grid: Grid) -> Render {
    let (registry, histograms) = (Registry::new(), histograms());
    registry.register(Box::new(histograms.clone())).expect("new");
    for (index, labels) in grid.all().enumerate() {
        let histogram = histograms.with_label_values(&labels);
        super::observations(index).for_each(|value| histogram.observe(value as f64 / 1000.0));
    }
    Box::new(move |out| TextEncoder::new().encode(&registry.gather(), out).expect("memory"))
}

pub fn growing() -> Growing {
    let (registry, counters) = (Registry::new(), counters());
    registry.register(Box::new(counters.clone())).expect("new");
    Growing {
        peer: PEER,
        record: Box::new(move |labels| counters.with_label_values(&labels).inc()),
        render: Box::new(move |out| TextEncoder::new().encode(&registry.gather(), out).expect("memory")),
    }
}
