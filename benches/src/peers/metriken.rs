//! `metriken`: plain and sharded counters and histograms. Histograms index by bits and keep no sum; nothing renders.

use std::hint::black_box;

use metriken::{AtomicCounterHistogram, Counter, Gauge, ShardedCounterGroup, ShardedCounterHistogram};

use super::Case;
use crate::repeat;

const PEER: &str = "metriken";
const SHARDED: &str = "metriken(sharded)";

pub fn counter() -> Case {
    let counter = Counter::new();
    Case::new(PEER, repeat!(black_box(&counter).increment()))
}

pub fn counter_sharded() -> Case {
    let counters = ShardedCounterGroup::new(16);
    Case::new(SHARDED, repeat!(black_box(&counters).increment(black_box(3))))
}

/// Two buckets an octave, up to 2^24 milliseconds: about as fine as the bounds of the others.
pub fn histogram() -> Case {
    let histogram = AtomicCounterHistogram::new(1, 24);
    Case::new(PEER, repeat!(|at, work| black_box(&histogram).increment(work.millis(at))))
}

pub fn histogram_sharded() -> Case {
    let histogram = ShardedCounterHistogram::new(1, 24);
    Case::new(SHARDED, repeat!(|at, work| black_box(&histogram).increment(work.millis(at))))
}

pub fn gauge() -> Case {
    let gauge = Gauge::new();
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as i64)))
}
