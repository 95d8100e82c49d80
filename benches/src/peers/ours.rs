//! Ours. One registry for all recording rows: a thread finds the slab of the first registry it meets fastest, and a
//! program has one.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, Counter, CounterFamily, LabelEnum, LabelId, ManualClock, Registry};

use super::{Case, Growing, IN_TURN, in_turn};
use crate::repeat;
use crate::work::{self, Grid, KEYS, LABELS};

const PEER: &str = "ours";

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| registry(1024));

/// A registry with room for so many series with labels.
pub fn registry(series: usize) -> Registry {
    let builder = Registry::builder().seed(1).series(series as u32).label_bytes(64 << 20);
    builder.build().expect("within bounds")
}

/// The counters of the 256 series.
pub fn counters(registry: &Registry) -> CounterFamily<3> {
    registry.counter("calls_total", "Calls.").labels(LABELS).register().expect("legal")
}

pub fn borrowed(labels: &[String; 3]) -> [&str; 3] {
    labels.each_ref().map(|value| &**value)
}

pub fn counter() -> Case {
    let counter = REGISTRY.counter("held_total", "Calls.").register().expect("legal");
    Case::new(PEER, repeat!(black_box(&counter).inc()))
}

/// The handle is made in the thread that records, once for each batch of operations.
pub fn counter_local() -> Case {
    let counter = REGISTRY.counter("held_total", "Calls.").register().expect("legal");
    Case::new("ours(local)", move |count, _thread| {
        let local = counter.local();
        for _ in 0..count {
            black_box(&local).inc();
        }
    })
}

/// Counters of one family, held.
fn held_in_turn() -> impl Fn(usize) -> Counter {
    let family = REGISTRY.counter("in_turn_total", "Calls.").labels(["number"]).register().expect("legal");
    move |number| family.handle([&*number.to_string()]).expect("room")
}

pub fn counter_in_turn() -> Case {
    in_turn(PEER, held_in_turn(), |counter, _, _| counter.inc())
}

pub fn counter_local_in_turn() -> Case {
    let held: [Counter; IN_TURN] = std::array::from_fn(held_in_turn());
    Case::new("ours(local)", move |count, _thread| {
        let locals = held.each_ref().map(Counter::local);
        for at in 0..count {
            black_box(&locals[at as usize % IN_TURN]).inc();
        }
    })
}

pub fn counter_by_strings() -> Case {
    let counters = counters(&REGISTRY);
    Case::new(PEER, repeat!(|at, work| counters.with(black_box(work.key(at))).inc()))
}

pub fn counter_by_ids() -> Case {
    let counters = counters(&REGISTRY);
    let ids: Vec<[LabelId; 3]> =
        KEYS.iter().map(|key| key.each_ref().map(|value| REGISTRY.intern(value).expect("room"))).collect();
    Case::new("ours(ids)", repeat!(|at, work| counters.with_ids(black_box(ids[work.number(at)])).inc()))
}

/// A label of so many values, as `label_enum!` makes them; written by hand because it takes 26 of them.
macro_rules! label {
    ($type:ident, $name:literal, $($value:literal),*) => {
        #[derive(Debug, Clone, Copy)]
        pub struct $type(pub u8);

        impl LabelEnum for $type {
            const NAME: &'static str = $name;
            const VALUES: &'static [&'static str] = &[$(concat!($name, "-", $value)),*];

            #[inline(always)]
            fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    };
}
label!(Provider, "provider", 0, 1, 2, 3, 4, 5, 6, 7);
label!(Model, "model", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
label!(Outcome, "outcome", 0, 1);

/// The three closed labels of each of the 256 series.
pub fn closed() -> Vec<(Provider, Model, Outcome)> {
    (0..256u16)
        .map(|index| (Provider(index as u8 % 8), Model(index as u8 / 8 % 16), Outcome((index / 128) as u8)))
        .collect()
}

pub fn counter_closed() -> Case {
    let family = REGISTRY.counter("closed_total", "Calls.").closed::<(Provider, Model, Outcome)>();
    let (counters, keys) = (family.register().expect("legal"), closed());
    Case::new("ours(closed)", repeat!(|at, work| counters.at(black_box(keys[work.number(at)])).inc()))
}

pub fn histogram() -> Case {
    let histogram = REGISTRY.histogram("held_seconds", "Length.", Bounds::seconds()).register().expect("legal");
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).observe(work.seconds(at))))
}

pub fn histogram_in_turn() -> Case {
    let declared = REGISTRY.histogram("in_turn_seconds", "Length.", Bounds::seconds()).labels(["number"]);
    let family = declared.register().expect("legal");
    let held = |number: usize| family.handle([&*number.to_string()]).expect("room");
    in_turn(PEER, held, |histogram, at, work| histogram.observe(work.seconds(at)))
}

pub fn histogram_by_strings() -> Case {
    let declared = REGISTRY.histogram("call_seconds", "Length.", Bounds::seconds()).labels(LABELS);
    let histograms = declared.register().expect("legal");
    Case::new(PEER, repeat!(|at, work| histograms.with(black_box(work.key(at))).observe(work.seconds(at))))
}

pub fn gauge() -> Case {
    let gauge = REGISTRY.gauge("load", "Load.").register().expect("legal");
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as f64)))
}

/// A page of counters, and handles on them.
pub struct CounterPage {
    pub registry: Registry,
    pub counters: Vec<Counter>,
    pub publisher: Publisher,
}

impl CounterPage {
    /// All series at their start, and both page buffers made.
    pub fn new(grid: Grid) -> Self {
        let registry = registry(grid.count());
        let family = counters(&registry);
        let counters = grid.all().map(|labels| family.handle(borrowed(&labels)).expect("room")).collect::<Vec<_>>();
        for (index, counter) in counters.iter().enumerate() {
            counter.add(work::start(index));
        }
        let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
        Self { registry, counters, publisher }
    }

    /// Records in every series from `threads` threads at once, so that a look has that many slabs to sum.
    pub fn touch(&self, threads: usize) {
        let (barrier, counters) = (std::sync::Barrier::new(threads), &self.counters);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    counters.iter().for_each(|counter| counter.add(1));
                    // No thread ends, and hands its slab on, before the last has claimed one.
                    barrier.wait();
                });
            }
        });
    }
}

/// Histograms of a page: their handles and the publisher.
pub fn histogram_page(grid: Grid) -> (Vec<openclaw_prometheus::Histogram>, Publisher, Registry) {
    let registry = registry(grid.count());
    let declared = registry.histogram("call_seconds", "Length.", Bounds::seconds()).labels(LABELS);
    let family = declared.register().expect("legal");
    let histograms: Vec<_> = grid.all().map(|labels| family.handle(borrowed(&labels)).expect("room")).collect();
    for (index, histogram) in histograms.iter().enumerate() {
        super::observations(index).for_each(|value| histogram.observe(value as f64 / 1000.0));
    }
    let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
    (histograms, publisher, registry)
}

/// As an operator has it who cares for the slowest call: with all memory touched before.
pub fn growing_prefaulted(series: usize) -> Growing {
    let builder = Registry::builder().seed(1).series(series as u32).cells(series as u32);
    let registry = builder.prefault().build().expect("within bounds");
    registry.warm_thread();
    Growing { peer: "ours(prefaulted)", ..growing_in(registry) }
}

pub fn growing(series: usize) -> Growing {
    growing_in(registry(series))
}

fn growing_in(registry: Registry) -> Growing {
    let counters = counters(&registry);
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
    Growing {
        peer: PEER,
        record: Box::new(move |labels| counters.with(labels).inc()),
        render: Box::new(move |_| publisher.tick()),
    }
}
