//! `fastmetrics`: a hash map of label structs behind a read lock, and a fast text encoder.

use std::hint::black_box;

use fastmetrics::encoder::{EncodeLabelSet, LabelSetEncoder};
use fastmetrics::error::Result;
use fastmetrics::format::text::{TextProfile, encode};
use fastmetrics::metrics::counter::Counter;
use fastmetrics::metrics::family::Family;
use fastmetrics::metrics::gauge::Gauge;
use fastmetrics::metrics::histogram::Histogram;
use fastmetrics::raw::LabelSetSchema;
use fastmetrics::registry::Registry;

use super::{Case, Growing, Render, RenderApart, as_string, in_turn};
use crate::repeat;
use crate::work::{self, BOUNDS, Grid, LABELS};

const PEER: &str = "fastmetrics";

#[derive(Clone, PartialEq, Eq, Hash)]
struct Labels([String; 3]);

impl LabelSetSchema for Labels {
    fn names() -> Option<&'static [&'static str]> {
        Some(&LABELS)
    }
}

impl EncodeLabelSet for Labels {
    fn encode(&self, encoder: &mut dyn LabelSetEncoder) -> Result<()> {
        for (name, value) in LABELS.iter().zip(&self.0) {
            encoder.encode(&(*name, value.as_str()))?;
        }
        Ok(())
    }
}

fn labels(values: [&str; 3]) -> Labels {
    Labels(values.map(String::from))
}

fn histograms() -> Family<Labels, Histogram> {
    Family::new(|| Histogram::new(BOUNDS))
}

pub fn counter() -> Case {
    let counter = <Counter>::default();
    Case::new(PEER, repeat!(black_box(&counter).inc()))
}

pub fn counter_in_turn() -> Case {
    in_turn(PEER, |_| <Counter>::default(), |counter, _, _| counter.inc())
}

pub fn counter_by_strings() -> Case {
    let counters = Family::<Labels, Counter>::default();
    Case::new(
        PEER,
        repeat!(|at, work| {
            counters.with_or_new(&labels(black_box(work.key(at))), |counter| {
                counter.inc();
            })
        }),
    )
}

pub fn histogram() -> Case {
    let histogram = Histogram::new(BOUNDS);
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).observe(work.seconds(at))))
}

pub fn histogram_in_turn() -> Case {
    in_turn(PEER, |_| Histogram::new(BOUNDS), |histogram, at, work| histogram.observe(work.seconds(at)))
}

pub fn histogram_by_strings() -> Case {
    let histograms = histograms();
    Case::new(
        PEER,
        repeat!(|at, work| {
            histograms.with_or_new(&labels(black_box(work.key(at))), |histogram| {
                histogram.observe(work.seconds(at));
            })
        }),
    )
}

pub fn gauge() -> Case {
    let gauge = Gauge::<f64>::default();
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

fn render(registry: Registry) -> RenderApart {
    Box::new(move |out| as_string(out, |text| encode(text, &registry, TextProfile::PrometheusV0_0_4).expect("memory")))
}

pub fn counter_page(grid: Grid) -> Render {
    let (mut registry, counters) = (Registry::default(), Family::<Labels, Counter>::default());
    registry.register("calls_total", "Calls", counters.clone()).expect("new");
    for (index, values) in grid.all().enumerate() {
        counters.with_or_new(&Labels(values), |counter| {
            counter.inc_by(work::start(index));
        });
    }
    render(registry)
}

pub fn histogram_page(grid: Grid) -> Render {
    let (mut registry, histograms) = (Registry::default(), histograms());
    registry.register("call_seconds", "Length", histograms.clone()).expect("new");
    for (index, values) in grid.all().enumerate() {
        histograms.with_or_new(&Labels(values), |histogram| {
            super::observations(index).for_each(|value| histogram.observe(value as f64 / 1000.0));
        });
    }
    render(registry)
}

pub fn growing() -> Growing {
    let (mut registry, counters) = (Registry::default(), Family::<Labels, Counter>::default());
    registry.register("calls_total", "Calls", counters.clone()).expect("new");
    Growing {
        peer: PEER,
        record: Box::new(move |values| {
            counters.with_or_new(&labels(values), |counter| {
                counter.inc();
            });
        }),
        render: render(registry),
    }
}
