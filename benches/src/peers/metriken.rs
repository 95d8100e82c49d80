//! `metriken`: plain and sharded counters and histograms. Histograms index by bits and keep no sum; nothing renders.

use std::hint::black_box;

use metriken::{AtomicCounterHistogram, Counter, Gauge, ShardedCounterGroup, ShardedCounterHistogram};

use super::{Case, IN_TURN, in_turn};
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

pub fn counter_in_turn() -> Case {
    in_turn(PEER, |_| Counter::new(), |counter, _, _| _ = counter.increment())
}

/// All counters of a group.
pub fn counter_sharded_in_turn() -> Case {
    let counters = ShardedCounterGroup::new(IN_TURN);
    Case::new(SHARDED, repeat!(|at, _work| black_box(&counters).increment(black_box(at as usize % IN_TURN))))
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

pub fn histogram_in_turn() -> Case {
    let make = |_| AtomicCounterHistogram::new(1, 24);
    in_turn(PEER, make, |histogram, at, work| _ = histogram.increment(work.millis(at)))
}

pub fn histogram_sharded_in_turn() -> Case {
    let make = |_| ShardedCounterHistogram::new(1, 24);
    in_turn(SHARDED, make, |histogram, at, work| _ = histogram.increment(work.millis(at)))
}

pub fn gauge() -> Case {
    let gauge = Gauge::new();
    Case::new(PEER, repeat!(|at, _work| black_box(&gauge).set(at as i64)))
}
