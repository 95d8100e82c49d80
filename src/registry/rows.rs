//! The rows of a snapshot family, as a reader takes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of one snapshot family.
#[derive(Debug)]
pub(crate) struct SnapshotRows {
    arity: usize,
    bound: usize,
    /// Whether the rows are counters, which are numbers and not negative.
    is_counter: bool,
    current: Mutex<Arc<[SnapshotRow]>>,
    /// Grows with each replacement.
    version: AtomicU64,
    /// SnapshotRows that did not fit, over all replacements.
    rejected: AtomicU64,
}

/// One series of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotRow {
    pub(crate) labels: Box<[Box<str>]>,
    pub(crate) value: f64,
}

impl SnapshotRow {
    pub(crate) fn new<const N: usize>(labels: [&str; N], value: f64) -> Self {
        Self { labels: labels.map(Box::from).into(), value }
    }
}

impl SnapshotRows {
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

    /// SnapshotRows that did not fit, over all replacements.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    pub(crate) fn current(&self) -> Arc<[SnapshotRow]> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace(&self, mut rows: Vec<SnapshotRow>) -> u64 {
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
