//! `prometheus-client`: a hash map of label structs behind a read lock. Looking one up takes owned strings.

use std::hint::black_box;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Case, Growing, Render, as_string, in_turn};
use crate::repeat;
use crate::work::{self, BOUNDS, Grid};

const PEER: &str = "prometheus-client";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    provider: String,
    model: String,
    outcome: String,
}

impl From<[&str; 3]> for Labels {
    fn from(values: [&str; 3]) -> Self {
        let [provider, model, outcome] = values.map(String::from);
        Self { provider, model, outcome }
    }
}

fn labels(values: &[String; 3]) -> Labels {
    values.each_ref().map(|value| &**value).into()
}

fn histograms() -> Family<Labels, Histogram> {
    Family::new_with_constructor(|| Histogram::new(BOUNDS))
}

pub fn counter() -> Case {
    let counter = Counter::<u64>::default();
    Case::new(PEER, repeat!(black_box(&counter).inc()))
}

pub fn counter_in_turn() -> Case {
    in_turn(PEER, |_| Counter::<u64>::default(), |counter, _, _| _ = counter.inc())
}

pub fn counter_by_strings() -> Case {
    let counters = Family::<Labels, Counter>::default();
    Case::new(PEER, repeat!(|at, work| counters.get_or_create(&black_box(work.key(at)).into()).inc()))
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
        repeat!(|at, work| { histograms.get_or_create(&black_box(work.key(at)).into()).observe(work.seconds(at)) }),
    )
}

pub fn gauge() -> Case {
    let gauge = Gauge::<f64, AtomicU64>::default();
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

pub fn counter_page(grid: Grid) -> Render {
    let (mut registry, counters) = (Registry::default(), Family::<Labels, Counter>::default());
    // The crate writes `_total` itself.
    registry.register("calls", "Calls", counters.clone());
    for (index, values) in grid.all().enumerate() {
        counters.get_or_create(&labels(&values)).inc_by(work::start(index));
    }
    Box::new(move |out| as_string(out, |text| encode(text, &registry).expect("memory")))
}

pub fn histogram_page(grid: Grid) -> Render {
    let (mut registry, histograms) = (Registry::default(), histograms());
    registry.register("call_seconds", "Length", histograms.clone());
    for (index, values) in grid.all().enumerate() {
        let histogram = histograms.get_or_create(&labels(&values));
        super::observations(index).for_each(|value| histogram.observe(value as f64 / 1000.0));
    }
    Box::new(move |out| as_string(out, |text| encode(text, &registry).expect("memory")))
}

pub fn growing() -> Growing {
    let (mut registry, counters) = (Registry::default(), Family::<Labels, Counter>::default());
    registry.register("calls", "Calls", counters.clone());
    Growing {
        peer: PEER,
        record: Box::new(move |values| {
            counters.get_or_create(&values.into()).inc();
        }),
        render: Box::new(move |out| as_string(out, |text| encode(text, &registry).expect("memory"))),
    }
}
