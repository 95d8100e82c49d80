//! The catalogue: each family that events and reports feed, once: help, name, labels and their values, buckets.
//!
//! Counters and histograms whose labels all have fixed lists of values, [`SEEDED_BOUND`] combinations at most, exist at 0
//! from the start, so that a rate sees the first event; unless the Gateway tells none of the events that feed them. Gauges
//! appear when they are known.

pub(super) mod auth;
pub(super) mod channels;
pub(super) mod cron;
mod declare;
mod entry;
mod families;
pub(super) mod health;
pub(super) mod heartbeat;
pub(super) mod jobs;
pub(super) mod lanes;
mod migration;
pub(super) mod models;
pub(super) mod nodes;
pub(super) mod presence;
pub(super) mod quotas;
mod rest;
pub(super) mod rpc;
pub(super) mod sessions;
pub(super) mod sets;
pub(super) mod skills;
pub(super) mod sli;
mod snapshots;
pub(super) mod system;
pub(super) mod usage;

use std::collections::HashMap;
use std::sync::OnceLock;

use families::EVENTS;

pub use entry::{Entry, Label, SEEDED_BOUND, Section, Source};
pub use families::Families;
pub use migration::{Migration, Successor, migrations, recording_rules};
pub use sets::{Flight, Operation};

/// The families that the Gateway's RPC feeds, by the module that declares them.
const RPC: &[&[Entry]] = &[
    channels::ENTRIES,
    presence::ENTRIES,
    nodes::ENTRIES,
    cron::ENTRIES,
    jobs::ENTRIES,
    models::ENTRIES,
    auth::ENTRIES,
    quotas::ENTRIES,
    sessions::ENTRIES,
    usage::cost::ENTRIES,
    usage::details::ENTRIES,
    skills::ENTRIES,
    heartbeat::ENTRIES,
    lanes::ENTRIES,
    health::ENTRIES,
    system::ENTRIES,
    rpc::ENTRIES,
];

/// Every family that the exporter shows, in the order of the catalogue.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    EVENTS.iter().chain(sli::ENTRIES).chain(RPC.iter().copied().flatten()).chain(rest::ENTRIES)
}

/// The number of the section that a family belongs to, as [`Section::NAMES`] counts them.
pub fn section_of(family: &str) -> usize {
    static KNOWN: OnceLock<HashMap<&str, Section>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| entries().map(|entry| (entry.name, entry.section)).collect());
    known.get(family).copied().unwrap_or(Section::Other) as usize
}

/// How many series exist from the start at most that count as series of the registry: room for them goes on top of what is
/// configured.
pub fn seeded_series() -> u32 {
    EVENTS.iter().map(|entry| entry.seeds().len() as u32 + u32::from(entry.has_overflow)).sum()
}
