//! `measured`: label values become small ids, ids a place in a dense array or a sharded map.
//!
//! Twice: with values declared up front, the way its documentation shows and again with a faster hash; and with
//! values interned as they come.

use std::hint::black_box;

use lasso::{Rodeo, RodeoReader, Spur, ThreadedRodeo};
use measured::metric::MetricFamilyEncoding;
use measured::metric::group::Encoding;
use measured::metric::histogram::Thresholds;
use measured::metric::name::MetricName;
use measured::text::TextEncoder;
use measured::{Counter, CounterVec, FloatGauge, Histogram, HistogramVec, LabelGroup};
use rustc_hash::FxBuildHasher;

use super::{Case, Growing, Render, in_turn};
use crate::repeat;
use crate::work::{self, BOUNDS, Grid, LOOKUP};

const PEER: &str = "measured";
const DECLARED: &str = "measured(declared)";
const DECLARED_FX: &str = "measured(declared,fx)";

#[derive(Clone, Copy, LabelGroup)]
#[label(set = DeclaredSet)]
struct Declared<'a> {
    #[label(fixed_with = RodeoReader)]
    provider: &'a str,
    #[label(fixed_with = RodeoReader)]
    model: &'a str,
    #[label(fixed_with = RodeoReader)]
    outcome: &'a str,
}

type FxReader = RodeoReader<Spur, FxBuildHasher>;

#[derive(Clone, Copy, LabelGroup)]
#[label(set = DeclaredFxSet)]
struct DeclaredFx<'a> {
    #[label(fixed_with = FxReader)]
    provider: &'a str,
    #[label(fixed_with = FxReader)]
    model: &'a str,
    #[label(fixed_with = FxReader)]
    outcome: &'a str,
}

type FxRodeo = ThreadedRodeo<Spur, FxBuildHasher>;

#[derive(Clone, Copy, LabelGroup)]
#[label(set = OpenSet)]
struct Open<'a> {
    #[label(dynamic_with = FxRodeo)]
    provider: &'a str,
    #[label(dynamic_with = FxRodeo)]
    model: &'a str,
    #[label(dynamic_with = FxRodeo)]
    outcome: &'a str,
}

fn declared(grid: Grid) -> DeclaredSet {
    let reader = |label| grid.values(label).collect::<Rodeo>().into_reader();
    DeclaredSet::new(reader(0), reader(1), reader(2))
}

fn declared_fx(grid: Grid) -> DeclaredFxSet {
    let reader = |label| {
        let mut rodeo = Rodeo::with_hasher(FxBuildHasher);
        rodeo.extend(grid.values(label));
        rodeo.into_reader()
    };
    DeclaredFxSet::new(reader(0), reader(1), reader(2))
}

fn open() -> OpenSet {
    let rodeo = || ThreadedRodeo::with_hasher(FxBuildHasher);
    OpenSet::new(rodeo(), rodeo(), rodeo())
}

macro_rules! group {
    ($kind:ident, $values:expr) => {{
        let [provider, model, outcome] = $values;
        $kind { provider, model, outcome }
    }};
}

pub fn counter() -> Case {
    let counter = Counter::new();
    Case::new(PEER, repeat!(black_box(&counter).inc()))
}

pub fn counter_in_turn() -> Case {
    in_turn(PEER, |_| Counter::new(), |counter, _, _| counter.inc())
}

pub fn counter_by_declared() -> Case {
    let counters = CounterVec::dense_with_label_set(declared(LOOKUP));
    Case::new(DECLARED, repeat!(|at, work| counters.inc(group!(Declared, black_box(work.key(at))))))
}

pub fn counter_by_declared_fx() -> Case {
    let counters = CounterVec::dense_with_label_set(declared_fx(LOOKUP));
    Case::new(DECLARED_FX, repeat!(|at, work| counters.inc(group!(DeclaredFx, black_box(work.key(at))))))
}

pub fn counter_by_strings() -> Case {
    let counters = CounterVec::with_label_set(open());
    Case::new(PEER, repeat!(|at, work| counters.inc(group!(Open, black_box(work.key(at))))))
}

pub fn histogram() -> Case {
    let histogram = Histogram::<16>::with_metadata(Thresholds::with_buckets(BOUNDS));
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).observe(work.seconds(at))))
}

pub fn histogram_in_turn() -> Case {
    let make = |_| Histogram::<16>::with_metadata(Thresholds::with_buckets(BOUNDS));
    in_turn(PEER, make, |histogram, at, work| histogram.observe(work.seconds(at)))
}

pub fn histogram_by_declared() -> Case {
    let histograms: HistogramVec<DeclaredSet, 16> =
        HistogramVec::dense_with_label_set_and_metadata(declared(LOOKUP), Thresholds::with_buckets(BOUNDS));
    Case::new(
        DECLARED,
        repeat!(|at, work| { histograms.observe(group!(Declared, black_box(work.key(at))), work.seconds(at)) }),
    )
}

pub fn histogram_by_strings() -> Case {
    let histograms: HistogramVec<OpenSet, 16> =
        HistogramVec::with_label_set_and_metadata(open(), Thresholds::with_buckets(BOUNDS));
    Case::new(PEER, repeat!(|at, work| { histograms.observe(group!(Open, black_box(work.key(at))), work.seconds(at)) }))
}

pub fn gauge() -> Case {
    let gauge = FloatGauge::new();
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

/// Writes one family, help and all.
macro_rules! render {
    ($family:expr, $name:literal, $help:literal) => {{
        let family = $family;
        Box::new(move |out: &mut Vec<u8>| {
            let name = MetricName::from_str($name);
            let mut encoder = TextEncoder::new(out);
            encoder.write_help(name, $help).expect("memory");
            family.collect_family_into(name, &mut encoder).expect("memory");
        })
    }};
}

pub fn counter_page_declared(grid: Grid) -> Render {
    let counters = CounterVec::dense_with_label_set(declared(grid));
    for (index, labels) in grid.all().enumerate() {
        counters.inc_by(group!(Declared, labels.each_ref()), work::start(index));
    }
    render!(counters, "calls_total", "Calls.")
}

pub fn counter_page(grid: Grid) -> Render {
    let counters = CounterVec::with_label_set(open());
    for (index, labels) in grid.all().enumerate() {
        counters.inc_by(group!(Open, labels.each_ref()), work::start(index));
    }
    render!(counters, "calls_total", "Calls.")
}

pub fn histogram_page(grid: Grid) -> Render {
    let histograms: HistogramVec<OpenSet, 16> =
        HistogramVec::with_label_set_and_metadata(open(), Thresholds::with_buckets(BOUNDS));
    for (index, labels) in grid.all().enumerate() {
        for value in super::observations(index) {
            histograms.observe(group!(Open, labels.each_ref()), value as f64 / 1000.0);
        }
    }
    render!(histograms, "call_seconds", "Length.")
}

pub fn growing() -> Growing {
    let counters = std::sync::Arc::new(CounterVec::with_label_set(open()));
    let rendered = counters.clone();
    Growing {
        peer: PEER,
        record: Box::new(move |labels| counters.inc(group!(Open, labels))),
        render: render!(rendered, "calls_total", "Calls."),
    }
}
