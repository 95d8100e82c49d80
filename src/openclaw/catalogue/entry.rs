//! What the catalogue knows of a family, and which of its series exist from the start.

use super::super::event::EventType;
use super::super::host::Host;
use crate::{Family, Instrument, RegisterError};

pub use crate::section::Section;

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
    /// Answers of the Gateway's RPC.
    Rpc,
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
            Self::Rpc => "rpc",
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
    /// The section that it is shown, left out and asked for with.
    pub section: Section,
    /// The version that it came with.
    pub since: &'static str,
    /// Its labels, in the order in which they are written. None for families that are described where they are
    /// registered.
    pub labels: Option<&'static [Label]>,
    /// Names under which the exporters before this one told the same.
    pub replaces: &'static [&'static str],
    /// The events that feed it, if it may exist at 0 before one came.
    pub events: &'static [EventType],
    /// The newest Gateway that was looked at, where it does not tell this yet: the family is on the page once it was told, and
    /// no earlier.
    pub after: Option<&'static str>,
    /// What it tells, in Chinese.
    pub(super) chinese_help: &'static str,
    /// Combinations of label values that cannot be.
    pub(super) excepted: fn(&[&str]) -> bool,
    /// Whether it adds up, so that it may exist at 0.
    pub(super) adds_up: bool,
    /// Whether it bounds itself, and has a series for the rest.
    pub(super) has_overflow: bool,
}

/// Combinations of label values up to which a family has all its series from the start.
pub const SEEDED_BOUND: usize = 64;

impl Entry {
    /// What the family tells, in Chinese.
    pub fn chinese_help(&self) -> &'static str {
        self.chinese_help
    }

    /// Whether `host` tells anything that feeds it.
    pub(super) fn is_fed_by(&self, host: &Host) -> bool {
        self.events.is_empty() || self.events.iter().any(|event| host.tells(*event))
    }

    /// Whether it exists at 0 before anything feeds it, inside a Gateway that tells all of it.
    pub fn is_there_from_the_start(&self) -> bool {
        self.adds_up && self.after.is_none() && (self.labels == Some(&[]) || !self.seeds().is_empty())
    }

    /// The label values of all series that exist from the start: none if a label has no list of values, or there are
    /// too many.
    pub(super) fn seeds(&self) -> Vec<Vec<&'static str>> {
        let sets: Option<Vec<_>> = self.labels.unwrap_or_default().iter().map(|label| label.values).collect();
        let Some(sets) = sets.filter(|sets| self.adds_up && self.after.is_none() && !sets.is_empty()) else {
            return Vec::new();
        };
        let mut all = vec![Vec::new()];
        for set in sets {
            all = all.iter().flat_map(|some| set.iter().map(|value| [&some[..], &[*value]].concat())).collect();
        }
        all.retain(|labels| !(self.excepted)(labels));
        if all.len() > SEEDED_BOUND { Vec::new() } else { all }
    }
}

/// Nothing is excepted.
pub(super) fn nothing(_: &[&str]) -> bool {
    false
}

/// Makes the series that exist from the start.
pub(super) fn seed<K: Instrument, const N: usize>(family: &Family<K, N>, entry: &Entry) -> Result<(), RegisterError> {
    for labels in entry.seeds() {
        let labels: Result<[&str; N], _> = labels.try_into();
        if labels.is_ok_and(|labels| family.handle(labels).is_err()) {
            return Err(RegisterError::Full { family: entry.name.into(), what: "series" });
        }
    }
    Ok(())
}
