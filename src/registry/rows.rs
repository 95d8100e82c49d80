//! The rows of a snapshot family, as a reader takes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The rows of one snapshot family.
#[derive(Debug)]
pub(crate) struct SnapshotRows {
    arity: usize,
    bound: usize,
    /// Whether the rows are counters, which are numbers and not negative.
    is_counter: bool,
    current: Mutex<CurrentRows>,
    /// Grows with each replacement.
    version: AtomicU64,
    /// SnapshotRows that did not fit, over all replacements.
    rejected: AtomicU64,
}

/// Names one collector of this process; 0 is nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct OriginId(pub(super) u64);

/// The rows, and the collector that put them there.
#[derive(Debug, Default)]
struct CurrentRows {
    rows: Arc<Vec<SnapshotRow>>,
    origin: OriginId,
}

/// One series of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotRow {
    pub(crate) labels: Box<[Box<str>]>,
    pub(crate) value: f64,
    /// Which of the rows that were given it was.
    given: u32,
}

impl SnapshotRow {
    pub(crate) fn new<const N: usize>(labels: [&str; N], value: f64) -> Self {
        Self { labels: labels.map(Box::from).into(), value, given: 0 }
    }

    /// The same without memory for long texts: none.
    pub(super) fn try_new<const N: usize>(labels: [&str; N], value: f64) -> Option<Self> {
        let mut texts: [Box<str>; N] = std::array::from_fn(|_| Box::default());
        for (text, label) in texts.iter_mut().zip(labels) {
            let mut copy = String::new();
            copy.try_reserve_exact(label.len()).ok()?;
            copy.push_str(label);
            *text = copy.into_boxed_str();
        }
        Some(Self { labels: texts.into(), value, given: 0 })
    }
}

impl SnapshotRows {
    pub(crate) fn new(arity: usize, bound: usize, is_counter: bool) -> Self {
        Self {
            arity,
            bound,
            is_counter,
            current: Mutex::default(),
            version: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
        }
    }

    pub(crate) fn arity(&self) -> usize {
        self.arity
    }

    pub(crate) fn version(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `put`; the rows are behind their lock.
        self.version.load(Ordering::Acquire)
    }

    /// SnapshotRows that did not fit, over all replacements.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    pub(crate) fn current(&self) -> Arc<Vec<SnapshotRow>> {
        self.lock().rows.clone()
    }

    /// Puts rows there for nobody in particular; how many were rejected.
    pub(crate) fn replace(&self, rows: Vec<SnapshotRow>) -> u64 {
        let (rows, rejected) = self.fitting(rows);
        drop(self.put(rows, OriginId::default()));
        self.reject(rejected)
    }

    /// The rows that there is room for, in order, and how many there is none for.
    pub(super) fn fitting(&self, mut rows: Vec<SnapshotRow>) -> (Vec<SnapshotRow>, u64) {
        let given = rows.len();
        if self.is_counter {
            rows.retain(|row| row.value >= 0.0);
            // -0.0 is 0.
            rows.iter_mut().for_each(|row| row.value = row.value.abs());
        }
        let mut rejected = given - rows.len();
        rows.iter_mut().zip(0..).for_each(|(row, given)| row.given = given);
        // Of rows with the same labels the one given last is the last of its run. In place, unlike a sort that is stable.
        rows.sort_unstable_by(|a, b| a.labels.cmp(&b.labels).then(a.given.cmp(&b.given)));
        rows.reverse();
        rows.dedup_by(|later, kept| later.labels == kept.labels);
        rows.reverse();
        rejected += rows.len().saturating_sub(self.bound);
        rows.truncate(self.bound);
        (rows, rejected as u64)
    }

    /// Puts rows that fit there; those that were there before, to be dropped where nobody waits for it.
    pub(super) fn put(&self, rows: Vec<SnapshotRow>, origin: OriginId) -> Arc<Vec<SnapshotRow>> {
        let new = CurrentRows { rows: Arc::new(rows), origin };
        let old = std::mem::replace(&mut *self.lock(), new);
        // ORDERING: Release pairs with the Acquire in `version`: who sees the new number finds the new rows.
        self.version.fetch_add(1, Ordering::Release);
        old.rows
    }

    /// Takes the rows away if `origin` put them there.
    pub(super) fn clear_of(&self, origin: OriginId) {
        let mut current = self.lock();
        if current.origin != origin || current.rows.is_empty() {
            return;
        }
        let old = std::mem::take(&mut *current);
        drop(current);
        // ORDERING: as in `put`.
        self.version.fetch_add(1, Ordering::Release);
        drop(old);
    }

    /// Counts rows as rejected; how many they were.
    pub(super) fn reject(&self, rejected: u64) -> u64 {
        self.rejected.fetch_add(rejected, Ordering::Relaxed);
        rejected
    }

    fn lock(&self) -> MutexGuard<'_, CurrentRows> {
        // Replaced whole: a panic leaves nothing half done.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
