//! Snapshot families: replaced whole by whoever collects them, so that what is no longer reported disappears.
//!
//! For data that is asked for rather than recorded: process figures, answers of a remote. Replacing allocates and
//! takes a lock that only the reader shares; it is not for hot paths.

use std::sync::Arc;

use super::origin;
use super::rows::{SnapshotRow, SnapshotRows};
use super::shared::Registry;
use crate::sync::try_reserve;

/// A family that is replaced whole. Cheap to clone, `Send + Sync`.
///
/// ```
/// use openclaw_prometheus::{MetricKind, Registry, testing};
/// let registry = Registry::builder().build()?;
/// let agents = registry.snapshot("agents", "Agents, by state.", MetricKind::Gauge).labels(["state"]).register()?;
/// agents.replace([(["busy"], 2.0), (["idle"], 5.0)]);
/// agents.replace([(["idle"], 7.0)]);
/// assert_eq!(testing::value(&registry, "agents", &[("state", "idle")]), Some(7.0));
/// assert_eq!(testing::value(&registry, "agents", &[("state", "busy")]), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SnapshotFamily<const N: usize> {
    registry: Registry,
    rows: Arc<SnapshotRows>,
}

impl<const N: usize> SnapshotFamily<N> {
    pub(crate) fn new(registry: Registry, rows: Arc<SnapshotRows>) -> Self {
        Self { registry, rows }
    }

    /// Makes these all the series there are. Of rows with the same labels the last counts. Returns how many rows were
    /// rejected: those beyond the registry's series bound, which holds here too, those of a counter that are negative
    /// or NaN, and those that there is no memory for.
    ///
    /// Within a [`Collect::collect`](crate::publish::Collect::collect), on the thread that it is called on, this also says
    /// that the family is the collector's: if that does not come back in time the series go, and rows that it brings too
    /// late are all rejected. Costs an allocation for each label and row, a sort, and a lock that is held for a store.
    pub fn replace<'a>(&self, rows: impl IntoIterator<Item = ([&'a str; N], f64)>) -> u64 {
        // Collected first: the iterator is the caller's and may take its time.
        let (mut all, mut lost) = (Vec::new(), 0);
        for (labels, value) in rows {
            match SnapshotRow::try_new(labels, value).filter(|_| try_reserve(&mut all, 1).is_ok()) {
                Some(row) => all.push(row),
                None => lost += 1,
            }
        }
        origin::replace(&self.rows, all) + self.rows.reject(lost)
    }

    pub(crate) fn rows(&self) -> Arc<SnapshotRows> {
        self.rows.clone()
    }

    /// Rows rejected so far.
    pub fn rejected(&self) -> u64 {
        self.rows.rejected()
    }

    /// Takes the family, and what other clones of this handle still put in, off the exposition. The name is free again.
    pub fn unregister(self) {
        self.registry.remove(&self.rows);
    }
}
