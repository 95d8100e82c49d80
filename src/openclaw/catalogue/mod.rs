//! The catalogue: each family that events and reports feed, once: help, name, labels and their values, buckets.
//!
//! Counters and histograms whose labels all have fixed lists of values, [`SEEDED_BOUND`] combinations at most, exist at 0
//! from the start, so that a rate sees the first event. Gauges appear when they are known.

mod chinese;
mod declare;
mod families;
mod rest;
pub(super) mod sets;

use crate::{Family, Instrument, RegisterError};
use families::EVENTS;

pub use families::Families;
pub use sets::Operation;

/// Where a family's figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Diagnostic events of the Gateway.
    Event,
    /// Hooks and runtime of the Gateway, which only a plugin inside it sees.
    Plugin,
    /// Node, as the plugin sees it.
    Node,
    /// The process that the exporter runs in.
    Process,
    /// The exporter itself.
    Own,
}

impl Source {
    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Plugin => "plugin",
            Self::Node => "node",
            Self::Process => "process",
            Self::Own => "self",
        }
    }
}

/// A label of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Its values, if there is a list of them.
    pub values: Option<&'static [&'static str]>,
}

/// What the catalogue knows of a family beside what is registered.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// The family's name.
    pub name: &'static str,
    /// Where its figures come from.
    pub source: Source,
    /// The version that it came with.
    pub since: &'static str,
    /// Its labels, in the order in which they are written. None for families that are described where they are
    /// registered.
    pub labels: Option<&'static [Label]>,
    /// Names under which the exporters before this one told the same.
    pub replaces: &'static [&'static str],
    /// Combinations of label values that cannot be.
    excepted: fn(&[&str]) -> bool,
    /// Whether it adds up, so that it may exist at 0.
    adds_up: bool,
    /// Whether it bounds itself, and has a series for the rest.
    has_overflow: bool,
}

/// Combinations of label values up to which a family has all its series from the start.
pub const SEEDED_BOUND: usize = 64;

impl Entry {
    /// What the family tells, in Chinese.
    pub fn chinese_help(&self) -> &'static str {
        chinese::help(self.name).unwrap_or_default()
    }

    /// The label values of all series that exist from the start: none if a label has no list of values, or there are
    /// too many.
    fn seeds(&self) -> Vec<Vec<&'static str>> {
        let sets: Option<Vec<_>> = self.labels.unwrap_or_default().iter().map(|label| label.values).collect();
        let Some(sets) = sets.filter(|sets| self.adds_up && !sets.is_empty()) else { return Vec::new() };
        let mut all = vec![Vec::new()];
        for set in sets {
            all = all.iter().flat_map(|some| set.iter().map(|value| [&some[..], &[*value]].concat())).collect();
        }
        all.retain(|labels| !(self.excepted)(labels));
        if all.len() > SEEDED_BOUND { Vec::new() } else { all }
    }
}

/// Every family that the exporter shows, in the order of the catalogue.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    EVENTS.iter().chain(rest::ENTRIES)
}

/// How many series exist from the start that count as series of the registry: room for them goes on top of what is
/// configured.
pub fn seeded_series() -> u32 {
    EVENTS.iter().map(|entry| entry.seeds().len() as u32 + u32::from(entry.has_overflow)).sum()
}

/// Nothing is excepted.
fn nothing(_: &[&str]) -> bool {
    false
}

/// Makes the series that exist from the start.
fn seed<K: Instrument, const N: usize>(family: &Family<K, N>, entry: &Entry) -> Result<(), RegisterError> {
    for labels in entry.seeds() {
        let labels: Result<[&str; N], _> = labels.try_into();
        if labels.is_ok_and(|labels| family.handle(labels).is_err()) {
            return Err(RegisterError::Full { family: entry.name.into(), what: "series" });
        }
    }
    Ok(())
}
