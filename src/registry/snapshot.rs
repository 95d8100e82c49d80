//! Snapshot families: replaced whole by whoever collects them, so that what is no longer reported disappears.
//!
//! For data that is asked for rather than recorded: process figures, answers of a remote. Replacing allocates and
//! takes a lock that only the reader shares; it is not for hot paths.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Registry;

/// The rows of one snapshot family.
#[derive(Debug)]
pub(crate) struct Rows {
    arity: usize,
    bound: usize,
    /// Whether the rows are counters, which are numbers and not negative.
    is_counter: bool,
    current: Mutex<Arc<[Row]>>,
    /// Grows with each replacement.
    version: AtomicU64,
    /// Rows that did not fit, over all replacements.
    rejected: AtomicU64,
}

/// One series of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) labels: Box<[Box<str>]>,
    pub(crate) value: f64,
}

impl Row {
    pub(crate) fn new<const N: usize>(labels: [&str; N], value: f64) -> Self {
        Self { labels: labels.map(Box::from).into(), value }
    }
}

impl Rows {
    pub(crate) fn new(arity: usize, bound: usize, is_counter: bool) -> Self {
        Self {
            arity,
            bound,
            is_counter,
            current: Mutex::new(Arc::default()),
            version: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
        }
    }

    pub(crate) fn arity(&self) -> usize {
        self.arity
    }

    pub(crate) fn version(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `replace`; the rows are behind their lock.
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn current(&self) -> Arc<[Row]> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace(&self, mut rows: Vec<Row>) -> u64 {
        let given = rows.len();
        if self.is_counter {
            rows.retain(|row| row.value >= 0.0);
            // -0.0 is 0.
            rows.iter_mut().for_each(|row| row.value = row.value.abs());
        }
        let mut rejected = given - rows.len();
        // Stable, so that of rows with the same labels the one given last is the last of its run.
        rows.sort_by(|a, b| a.labels.cmp(&b.labels));
        rows.reverse();
        rows.dedup_by(|later, kept| later.labels == kept.labels);
        rows.reverse();
        rejected += rows.len().saturating_sub(self.bound);
        rows.truncate(self.bound);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = rows.into();
        // ORDERING: Release pairs with the Acquire in `version`: who sees the new number finds the new rows.
        self.version.fetch_add(1, Ordering::Release);
        self.rejected.fetch_add(rejected as u64, Ordering::Relaxed);
        rejected as u64
    }
}

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
    rows: Arc<Rows>,
}

impl<const N: usize> SnapshotFamily<N> {
    pub(crate) fn new(registry: Registry, rows: Arc<Rows>) -> Self {
        Self { registry, rows }
    }

    /// Makes these all the series there are. Of rows with the same labels the last counts. Returns how many rows were
    /// rejected: those beyond the registry's series bound, which holds here too, and those of a counter that are negative
    /// or NaN.
    pub fn replace<'a>(&self, rows: impl IntoIterator<Item = ([&'a str; N], f64)>) -> u64 {
        self.rows.replace(rows.into_iter().map(|(labels, value)| Row::new(labels, value)).collect())
    }

    pub(crate) fn rows(&self) -> Arc<Rows> {
        self.rows.clone()
    }

    /// Rows rejected so far.
    pub fn rejected(&self) -> u64 {
        self.rows.rejected.load(Ordering::Relaxed)
    }

    /// Takes the family, and what other clones of this handle still put in, off the exposition. The name is free again.
    pub fn unregister(self) {
        self.registry.remove(&self.rows);
    }
}
