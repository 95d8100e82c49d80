//! The catalogue: each family that events and reports feed, once: help, name, labels and their values, buckets.
//!
//! Counters and histograms whose labels all have fixed lists of values, [`SEEDED_BOUND`] combinations at most, exist at 0
//! from the start, so that a rate sees the first event. Gauges appear when they are known.

mod declare;
mod entry;
mod families;
mod rest;
pub(super) mod sets;

use families::EVENTS;

pub use entry::{Entry, Label, SEEDED_BOUND, Source};
pub use families::Families;
pub use sets::Operation;

/// Every family that the exporter shows, in the order of the catalogue.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    EVENTS.iter().chain(rest::ENTRIES)
}

/// How many series exist from the start that count as series of the registry: room for them goes on top of what is
/// configured.
pub fn seeded_series() -> u32 {
    EVENTS.iter().map(|entry| entry.seeds().len() as u32 + u32::from(entry.has_overflow)).sum()
}
