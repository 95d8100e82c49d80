//! The hot path: counters, gauges, in-flight counts and histograms over slabs of cells.
//!
//! Recording never allocates, locks, makes a system call, reads a clock, panics or waits, once a thread has recorded
//! once and a page of cells was touched once. It cannot fail: what cannot be taken is counted by family and reason.
//!
//! A thread must not record from a signal handler: it would interrupt itself between the load and the store of an
//! addition. After `fork` the child records into its own copy of the cells, which nobody reads; it may go on, and is
//! heard once it starts a publisher of its own.

// Tests may do what recording may not.
#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_macros, clippy::disallowed_methods))]

pub(crate) mod amount;
pub(crate) mod slab;

// Loom checks the slabs; the rest is built on them and needs std's thread-locals.
#[cfg(not(loom))]
mod addition;
#[cfg(not(loom))]
mod bounds;
#[cfg(not(loom))]
mod counter;
#[cfg(not(loom))]
mod family;
#[cfg(not(loom))]
mod gauge;
#[cfg(not(loom))]
mod histogram;
#[cfg(not(loom))]
mod in_flight;
#[cfg(not(loom))]
mod lease;
#[cfg(not(loom))]
mod signed;
#[cfg(not(loom))]
mod store;

#[cfg(not(loom))]
pub use {
    amount::MAX_AMOUNT,
    bounds::{Bounds, BoundsError, MAX_BOUNDS, SignedBounds},
    counter::{Amount, Counter, CounterRef, LocalCounter},
    family::{ClosedFamily, Family, Instrument, Rejected},
    gauge::{Gauge, GaugeRef},
    histogram::{Histogram, HistogramRef, LocalHistogram, Timer},
    in_flight::{InFlight, InFlightGuard, InFlightRef},
    signed::{SignedHistogram, SignedHistogramRef},
};

#[cfg(not(loom))]
pub(crate) use {
    bounds::SINK_CELLS,
    family::FamilyCore,
    gauge::{UNSET, gauge_value},
    store::{REJECTION_CELLS, SINK, Store},
};
