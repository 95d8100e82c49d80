//! The peers, and us: each row's operation as a loop, each page as a closure that writes it.

pub mod fast_telemetry;
pub mod fastmetrics;
pub mod floor;
pub mod measured;
pub mod metrics;
pub mod metriken;
pub mod ours;
pub mod prometheus;
pub mod prometheus_client;

use std::hint::black_box;
use std::sync::Arc;

use crate::work::{Grid, Work};

/// Does so many operations, in the thread of this number. One call of it is one indirect call, however many that are.
pub type Loop = Arc<dyn Fn(u64, usize) + Send + Sync>;

/// Writes a page into an empty buffer.
pub type Render = Box<dyn FnMut(&mut Vec<u8>)>;

/// The same, from a thread of its own.
pub type RenderApart = Box<dyn FnMut(&mut Vec<u8>) + Send>;

/// Records one value for three label values; a series that is new is added.
pub type Record = Box<dyn Fn([&str; 3]) + Send>;

/// One peer's part of a row.
pub struct Case {
    pub peer: &'static str,
    pub run: Loop,
    /// What the peer needs done from time to time, outside the time measured.
    pub rest: Option<Box<dyn Fn()>>,
}

impl Case {
    pub fn new(peer: &'static str, run: impl Fn(u64, usize) + Send + Sync + 'static) -> Self {
        Self { peer, run: Arc::new(run), rest: None }
    }

    pub fn with_rest(self, rest: impl Fn() + 'static) -> Self {
        Self { rest: Some(Box::new(rest)), ..self }
    }
}

/// The operation, so often; its parts go through `black_box` where it says so. The second form has the number of the
/// operation and the thread's view of the [`Work`](crate::work::Work).
#[macro_export]
macro_rules! repeat {
    (|$at:ident, $work:ident| $operation:expr) => {
        move |count: u64, thread: usize| {
            let $work = $crate::work::Work::of(thread);
            for $at in 0..count {
                let _ = $operation;
            }
        }
    };
    ($operation:expr) => {
        move |count: u64, _thread: usize| {
            for _ in 0..count {
                let _ = $operation;
            }
        }
    };
}

/// How many held metrics are met in turn.
pub const IN_TURN: usize = 16;

/// An operation on one held metric after the other, so that none waits for the store of the one before it.
pub fn in_turn<T: Send + Sync + 'static>(
    peer: &'static str,
    make: impl FnMut(usize) -> T,
    operation: impl Fn(&T, u64, &Work) + Send + Sync + 'static,
) -> Case {
    let held: [T; IN_TURN] = std::array::from_fn(make);
    Case::new(peer, repeat!(|at, work| operation(black_box(&held[at as usize % IN_TURN]), at, &work)))
}

/// Adds one to a held counter.
pub fn counters_held() -> Vec<Case> {
    vec![
        floor::counter(),
        ours::counter(),
        prometheus::counter(),
        prometheus_client::counter(),
        metrics::counter(),
        measured::counter(),
        metriken::counter(),
        metriken::counter_sharded(),
        fast_telemetry::counter(),
        fastmetrics::counter(),
    ]
}

/// Adds one to each of 16 held counters in turn.
pub fn counters_in_turn() -> Vec<Case> {
    vec![
        floor::counter_in_turn(),
        ours::counter_in_turn(),
        ours::counter_local_in_turn(),
        prometheus::counter_in_turn(),
        prometheus_client::counter_in_turn(),
        metrics::counter_in_turn(),
        measured::counter_in_turn(),
        metriken::counter_in_turn(),
        metriken::counter_sharded_in_turn(),
        fast_telemetry::counter_in_turn(),
        fastmetrics::counter_in_turn(),
    ]
}

/// Adds one to one of 256 counters, found by three label values.
pub fn counters_by_labels() -> Vec<Case> {
    vec![
        ours::counter_by_strings(),
        ours::counter_by_ids(),
        ours::counter_closed(),
        prometheus::counter_by_strings(),
        prometheus_client::counter_by_strings(),
        metrics::counter_by_strings(),
        measured::counter_by_declared(),
        measured::counter_by_declared_fx(),
        measured::counter_by_strings(),
        fast_telemetry::counter_by_strings(),
        fastmetrics::counter_by_strings(),
    ]
}

/// Observes a value in a held histogram of 16 bounds.
pub fn histograms_held() -> Vec<Case> {
    vec![
        ours::histogram(),
        prometheus::histogram(),
        prometheus_client::histogram(),
        metrics::histogram(),
        measured::histogram(),
        metriken::histogram(),
        metriken::histogram_sharded(),
        fast_telemetry::histogram(),
        fastmetrics::histogram(),
    ]
}

/// Observes a value in each of 16 held histograms of 16 bounds in turn.
pub fn histograms_in_turn() -> Vec<Case> {
    vec![
        ours::histogram_in_turn(),
        prometheus::histogram_in_turn(),
        prometheus_client::histogram_in_turn(),
        metrics::histogram_in_turn(),
        measured::histogram_in_turn(),
        metriken::histogram_in_turn(),
        metriken::histogram_sharded_in_turn(),
        fast_telemetry::histogram_in_turn(),
        fastmetrics::histogram_in_turn(),
    ]
}

/// Observes a value in one of 256 histograms, found by three label values.
pub fn histograms_by_labels() -> Vec<Case> {
    vec![
        ours::histogram_by_strings(),
        prometheus::histogram_by_strings(),
        prometheus_client::histogram_by_strings(),
        metrics::histogram_by_strings(),
        measured::histogram_by_declared(),
        measured::histogram_by_strings(),
        fast_telemetry::histogram_by_strings(),
        fastmetrics::histogram_by_strings(),
    ]
}

/// Sets a held gauge.
pub fn gauges_held() -> Vec<Case> {
    vec![
        floor::gauge(),
        ours::gauge(),
        prometheus::gauge(),
        prometheus_client::gauge(),
        metrics::gauge(),
        measured::gauge(),
        metriken::gauge(),
        fast_telemetry::gauge(),
        fastmetrics::gauge(),
    ]
}

/// Pages of counters. Series number n stands at `work::start(n)`.
pub fn counter_pages(grid: Grid) -> Vec<(&'static str, Render)> {
    vec![
        ("prometheus", prometheus::counter_page(grid)),
        ("prometheus-client", prometheus_client::counter_page(grid)),
        ("metrics", metrics::counter_page(grid)),
        ("measured(declared)", measured::counter_page_declared(grid)),
        ("measured", measured::counter_page(grid)),
        ("fast-telemetry", fast_telemetry::counter_page(grid)),
        ("fastmetrics", fastmetrics::counter_page(grid)),
    ]
}

/// Pages of histograms, each with `observations(n)`.
pub fn histogram_pages(grid: Grid) -> Vec<(&'static str, Render)> {
    vec![
        ("prometheus", prometheus::histogram_page(grid)),
        ("prometheus-client", prometheus_client::histogram_page(grid)),
        ("metrics", metrics::histogram_page(grid)),
        ("measured", measured::histogram_page(grid)),
        ("fast-telemetry", fast_telemetry::histogram_page(grid)),
        ("fastmetrics", fastmetrics::histogram_page(grid)),
    ]
}

/// A registry of counters that a thread adds series to while another renders.
pub struct Growing {
    pub peer: &'static str,
    pub record: Record,
    pub render: RenderApart,
}

/// What histogram number `index` of a page observed, in milliseconds.
pub fn observations(index: usize) -> impl Iterator<Item = u64> {
    (0..40).map(move |at| crate::work::MILLIS[(index * 97 + at) % crate::work::CYCLE])
}

/// Lets a peer that writes strings write into bytes.
fn as_string(out: &mut Vec<u8>, write: impl FnOnce(&mut String)) {
    let mut text = String::from_utf8(std::mem::take(out)).unwrap_or_default();
    write(&mut text);
    *out = text.into_bytes();
}
