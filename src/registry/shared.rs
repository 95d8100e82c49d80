//! The registry itself: what all its clones share, and what readers ask it for.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use super::created::CreatedTimes;
use super::family::{FamilyInfo, Source};
use super::rows::SnapshotRows;
use super::sections::Sections;
use crate::label::index::CellIndex;
use crate::label::{LabelId, RejectReason};
use crate::record::Store;
use crate::sync::{OutOfMemory, Published, try_reserve};
use crate::thread::Process;

/// A set of metric families with fixed capacities. Cheap to clone: all clones are the same registry.
///
/// ```
/// use openclaw_prometheus::{Bounds, Registry, encode};
///
/// let registry = Registry::builder().series(1000).build()?;
/// let calls = registry.counter("calls_total", "Calls to a model.").labels(["model", "outcome"]).register()?;
/// let seconds = registry.histogram("call_seconds", "Length of a call.", Bounds::seconds()).register()?;
/// calls.with(["gpt-5", "ok"]).inc();
/// seconds.observe(1.87);
/// assert!(encode::text(&registry).contains("calls_total{model=\"gpt-5\",outcome=\"ok\"} 1\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A process-wide registry is a `LazyLock`:
///
/// ```
/// use std::sync::LazyLock;
/// use openclaw_prometheus::{Counter, Registry};
///
/// static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::builder().build().expect("default capacities"));
/// static STARTS: LazyLock<Counter> =
///     LazyLock::new(|| REGISTRY.counter("starts_total", "Starts.").register().expect("a legal, new name"));
///
/// STARTS.inc();
/// ```
#[derive(Clone)]
pub struct Registry(pub(super) Arc<RegistryState>);

/// What all clones of a registry share.
pub(super) struct RegistryState {
    pub(super) store: Arc<Store>,
    /// Read without a lock, so that a child may read it that was forked at any moment.
    pub(super) families: Published<Vec<Arc<FamilyInfo>>>,
    /// Held while `families` is replaced.
    pub(super) declaring: Mutex<()>,
    /// Grows with each change of `families`, so that a reader searches only then.
    pub(super) version: AtomicU64,
    /// The process in which a publisher's reader exists, 0 for none: marks can be taken away by one reader only. A reader that
    /// a child inherits is its parent's.
    pub(super) reader_process: AtomicU32,
    pub(super) series: u32,
    /// Series that there is capacity for besides, and that are not told.
    pub(super) reserved: u32,
    /// What a family may take unless it is declared with less.
    pub(super) family_series: u32,
    pub(super) family_label_bytes: u32,
    pub(super) families_bound: u32,
    pub(super) rejections: RejectionRows,
    /// The first cells of series that were counted as saturated.
    pub(super) saturated: Mutex<HashSet<CellIndex>>,
    /// The creation times of series, if they are kept.
    pub(super) created: Option<CreatedTimes>,
    pub(super) sections: Arc<Sections>,
}

/// What shows rejections, and the total that is shown now.
#[derive(Default)]
pub(super) struct RejectionRows {
    /// The snapshot family that shows them by family and reason.
    pub(super) rows: OnceLock<Arc<SnapshotRows>>,
    /// The one that shows how many observations were rejected because there was no capacity for their series.
    pub(super) dropped: OnceLock<Arc<SnapshotRows>>,
    /// Held while reading and showing, so that of two readers at once the later one's figures stay.
    shown: Mutex<u64>,
    /// The process whose thread held `shown` last. Relaxed: it is asked only by who cannot have the lock.
    shown_in: AtomicU32,
}

impl RejectionRows {
    /// The total that is shown, to be held while reading and showing. None in a child whose parent held it when it forked:
    /// nobody gives it back there.
    pub(super) fn showing(&self) -> Option<MutexGuard<'_, u64>> {
        let here = Process::current().number();
        let shown = match self.shown.try_lock() {
            Ok(shown) => shown,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => match self.shown_in.load(Ordering::Relaxed) {
                there if there != 0 && there != here => return None,
                _ => self.shown.lock().unwrap_or_else(PoisonError::into_inner),
            },
        };
        self.shown_in.store(here, Ordering::Relaxed);
        Some(shown)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("families", &self.families().len()).finish_non_exhaustive()
    }
}

impl Registry {
    /// Interns a label value once, for [`Family::with_ids`](crate::Family::with_ids).
    ///
    /// # Errors
    /// [`RejectReason::ValueTooLong`], or [`RejectReason::LabelBytesFull`] when ids have used half of the label bytes.
    pub fn intern(&self, value: &str) -> Result<LabelId, RejectReason> {
        self.0.store.table.id(value)
    }

    /// The id of a label value that some series has, or that was interned. Adds nothing.
    #[inline]
    pub fn known(&self, value: &str) -> Option<LabelId> {
        self.0.store.table.known_id(value)
    }

    /// The label value of an id of this registry.
    #[allow(dead_code, reason = "the engine alone does not ask")]
    pub(crate) fn text(&self, id: LabelId) -> Option<&str> {
        self.0.store.table.text(id)
    }

    /// How its families are cut into sections, and which of these are hidden.
    pub fn sections(&self) -> &Arc<Sections> {
        &self.0.sections
    }

    /// Claims the calling thread's slab and touches its memory, so that its first recording costs what all others do.
    pub fn warm_thread(&self) {
        self.0.store.warm_thread();
    }

    /// The families that are declared now, by name.
    pub fn declared(&self) -> Vec<Arc<FamilyInfo>> {
        let mut all = Vec::clone(&self.families());
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    pub(crate) fn families(&self) -> Arc<Vec<Arc<FamilyInfo>>> {
        self.0.families.load()
    }

    /// Lets `change` work on the list of families, one at a time, with room for one more.
    ///
    /// # Errors
    /// [`OutOfMemory`], and nothing is changed.
    pub(super) fn change_families<T>(
        &self,
        change: impl FnOnce(&mut Vec<Arc<FamilyInfo>>) -> T,
    ) -> Result<T, OutOfMemory> {
        // A panic leaves the list as it was.
        let alone = self.0.declaring.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.families();
        let mut families = Vec::new();
        try_reserve(&mut families, known.len() + 1)?;
        families.extend_from_slice(&known);
        let outcome = change(&mut families);
        if families.len() != known.len() {
            self.0.families.store(Arc::new(families));
            // ORDERING: Release pairs with the Acquire in `version`.
            self.0.version.fetch_add(1, Ordering::Release);
        }
        drop(alone);
        Ok(outcome)
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.0.store
    }

    /// The creation times of series, if they are kept.
    pub(crate) fn created(&self) -> Option<&CreatedTimes> {
        self.0.created.as_ref()
    }

    pub(crate) fn version(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `change_families`: who sees the new number finds the new list.
        self.0.version.load(Ordering::Acquire)
    }

    /// This process if the marks that recording leaves are the caller's to take from now on, until it gives them back.
    pub(crate) fn take_marks(&self) -> Option<Process> {
        let (here, reader) = (Process::current(), &self.0.reader_process);
        let there = reader.load(Ordering::Relaxed);
        if there == here.number() {
            return None;
        }
        // ORDERING: Acquire pairs with the Release in `give_marks_back`: what that reader took is in `touched`.
        reader.compare_exchange(there, here.number(), Ordering::Acquire, Ordering::Relaxed).ok()?;
        if there != 0 {
            // The parent's reader may have been between taking marks and noting whose they were.
            self.0.store.slabs.touch_all();
        }
        Some(here)
    }

    /// Lets another reader take the marks, if they are still those that `process` has.
    pub(crate) fn give_marks_back(&self, process: Process) {
        // ORDERING: Release pairs with the Acquire in `take_marks`.
        let _ = self.0.reader_process.compare_exchange(process.number(), 0, Ordering::Release, Ordering::Relaxed);
    }

    /// Takes the snapshot family of these rows out again. Without memory for the list it only loses its rows.
    pub(super) fn remove(&self, rows: &Arc<SnapshotRows>) {
        let removed = self.change_families(|families| {
            families.retain(|family| !matches!(&family.source, Source::Snapshot(theirs) if Arc::ptr_eq(theirs, rows)));
        });
        if removed.is_err() {
            rows.replace(Vec::new());
        }
    }
}
