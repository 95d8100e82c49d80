//! The registry: what may be recorded, how much room there is, and how it is read.
//!
//! Room is fixed when a registry is built. Families are declared once, with a name, a help text and a kind, and their
//! handles record without the registry. Reading is one [`Reader`]'s business and disturbs no recording thread.
//!
//! Any number of registries may live in one process; none is global. For a `static` see [`Registry`].

mod capacity;
pub(crate) mod created;
mod declare;
mod declared;
mod error;
pub(crate) mod family;
mod names;
pub(crate) mod snapshot;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use capacity::{BuildError, Memory, RegistryBuilder};
pub use declare::{ClosedFamilyBuilder, FamilyBuilder, LabelledFamilyBuilder, SnapshotFamilyBuilder};
pub use error::RegisterError;
pub use family::{FamilyInfo, MetricKind};
pub use snapshot::SnapshotFamily;

use crate::label::index::CellIndex;
use crate::label::{LabelEnum, LabelId, RejectReason};
use crate::record::{Bounds, Counter, Gauge, Histogram, InFlight, REJECTION_CELLS, Store};
use created::Created;
use family::Source;
use snapshot::{Row, Rows};

/// A set of metric families with fixed room. Cheap to clone: all clones are the same registry.
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
pub struct Registry(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    families: Mutex<Vec<Arc<FamilyInfo>>>,
    /// Grows with each change of `families`, so that a reader looks only then.
    version: AtomicU64,
    /// Whether a publisher's reader exists: marks can be taken away by one reader only.
    has_reader: AtomicBool,
    series: u32,
    /// Series that there is room for besides, and that are not told.
    reserved: u32,
    /// What a family may take unless it is declared with less.
    family_series: u32,
    family_label_bytes: u32,
    families_bound: u32,
    rejections: Rejections,
    /// The creation times of series, if they are kept.
    created: Option<Created>,
}

/// What shows rejections, and the total that is shown now.
#[derive(Default)]
struct Rejections {
    /// The snapshot family that shows them by family and reason.
    rows: OnceLock<Arc<Rows>>,
    /// The one that shows how many observations were rejected for want of room.
    dropped: OnceLock<Arc<Rows>>,
    /// Held while reading and showing, so that of two readers at once the later one's figures stay.
    shown: Mutex<u64>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("families", &self.families().len()).finish_non_exhaustive()
    }
}

impl Registry {
    /// Starts a registry; see [`RegistryBuilder`] for its capacities.
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::default()
    }

    /// Declares a counter of whole amounts, exact to the unit.
    pub fn counter(&self, name: &str, help: &str) -> FamilyBuilder<Counter<u64>> {
        FamilyBuilder::new(self, name, help, (), MetricKind::Counter)
    }

    /// Declares a counter of fractional amounts (seconds, dollars).
    pub fn counter_f64(&self, name: &str, help: &str) -> FamilyBuilder<Counter<f64>> {
        FamilyBuilder::new(self, name, help, (), MetricKind::CounterF64)
    }

    /// Declares a gauge. It is shown from when it is first set.
    pub fn gauge(&self, name: &str, help: &str) -> FamilyBuilder<Gauge> {
        FamilyBuilder::new(self, name, help, (), MetricKind::Gauge)
    }

    /// Declares a count of what is going on right now.
    pub fn in_flight(&self, name: &str, help: &str) -> FamilyBuilder<InFlight> {
        FamilyBuilder::new(self, name, help, (), MetricKind::InFlight)
    }

    /// Declares a histogram.
    pub fn histogram(&self, name: &str, help: &str, bounds: Bounds) -> FamilyBuilder<Histogram> {
        FamilyBuilder::new(self, name, help, bounds, MetricKind::Histogram)
    }

    /// Declares a family whose series are replaced together by whoever collects them, so that one that is no longer
    /// reported disappears. `kind` is [`MetricKind::Gauge`] or [`MetricKind::CounterF64`].
    pub fn snapshot(&self, name: &str, help: &str, kind: MetricKind) -> SnapshotFamilyBuilder<0> {
        SnapshotFamilyBuilder::new(self, name, help, kind)
    }

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

    /// Claims the calling thread's slab and touches its memory, so that its first recording costs what all others do.
    pub fn warm_thread(&self) {
        self.0.store.warm_thread();
    }

    /// Bounds and use, in bytes and in numbers.
    pub fn memory(&self) -> Memory {
        let families = self.families().len() as u32;
        let mut memory = Memory::of(&self.0.store, families, self.0.families_bound, self.created().is_some());
        memory.series_bound = memory.series_bound.saturating_sub(self.0.reserved);
        memory.series = memory.series.saturating_sub(self.0.reserved);
        memory
    }

    /// The families that are declared now, by name.
    pub fn declared(&self) -> Vec<Arc<FamilyInfo>> {
        let mut all = self.families().clone();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Observations rejected so far, by family and reason; pairs at 0 are left out.
    pub fn rejected(&self) -> Vec<(Arc<str>, RejectReason, u64)> {
        let mut all = Vec::new();
        for family in self.families().iter() {
            all.extend(
                self.rejected_of(family).into_iter().map(|(reason, count)| (family.name.clone(), reason, count)),
            );
        }
        all
    }

    /// The same of one family.
    pub(crate) fn rejected_of(&self, family: &FamilyInfo) -> Vec<(RejectReason, u64)> {
        let Some(first) = family.rejections else { return Vec::new() };
        let count = |reason: &RejectReason| (*reason, self.sum_whole(first + reason.index() as u32));
        RejectReason::ALL.iter().map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// Declares the family that shows rejections.
    fn show_rejections(&self, name: &str) -> Result<(), RegisterError> {
        let help = "Observations that were rejected, by family and reason.";
        let rows = self.0.families_bound * REJECTION_CELLS;
        let family =
            self.snapshot(name, help, MetricKind::CounterF64).labels(["family", "reason"]).rows(rows).register()?;
        let _ = self.0.rejections.rows.set(family.rows());
        Ok(())
    }

    /// Declares a counter of all observations that were rejected for want of room for their series, over all families. It
    /// is there from the start, and always up to date.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn dropped_total(&self, name: &str, help: &str) -> Result<(), RegisterError> {
        let family = self.snapshot(name, help, MetricKind::CounterF64).rows(1).register()?;
        let rows = self.0.rejections.dropped.get_or_init(|| family.rows());
        // Twice the same is one; another name beside the first shows the same only while it is the first.
        let shown = self.0.rejections.shown.lock().unwrap_or_else(PoisonError::into_inner);
        rows.replace(vec![Row::new([], self.dropped() as f64)]);
        drop(shown);
        Ok(())
    }

    /// Observations that were rejected for want of room.
    fn dropped(&self) -> u64 {
        let rejected = self.rejected().into_iter().filter(|(_, reason, _)| reason.is_dropped_series());
        rejected.fold(0, |sum, (_, _, count)| sum.saturating_add(count))
    }

    /// Brings what shows rejections up to date; costs a few loads a family while nothing new was rejected.
    pub(crate) fn read_rejections(&self) {
        let Rejections { rows, dropped, shown } = &self.0.rejections;
        if rows.get().is_none() && dropped.get().is_none() {
            return;
        }
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = self.families().iter().filter_map(|family| family.rejections).fold(0, |total: u64, first| {
            (0..REJECTION_CELLS).map(|reason| self.sum_whole(first + reason)).fold(total, u64::saturating_add)
        });
        if *shown == cells {
            return;
        }
        *shown = cells;
        if let Some(rows) = rows.get() {
            let rejected = self.rejected();
            let row = |(family, reason, count): &(Arc<str>, RejectReason, u64)| {
                Row::new([&**family, reason.as_str()], *count as f64)
            };
            rows.replace(rejected.iter().map(row).collect());
        }
        if let Some(dropped) = dropped.get() {
            dropped.replace(vec![Row::new([], self.dropped() as f64)]);
        }
    }

    /// The sum of one cell of whole numbers over all slabs.
    fn sum_whole(&self, cell: CellIndex) -> u64 {
        let slabs = &self.0.store.slabs;
        slabs.fold_whole(slabs.in_use(), cell)
    }

    pub(crate) fn families(&self) -> MutexGuard<'_, Vec<Arc<FamilyInfo>>> {
        // A panic while the list was held cannot leave it half changed: it is pushed to and removed from, no more.
        self.0.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.0.store
    }

    /// The creation times of series, if they are kept.
    pub(crate) fn created(&self) -> Option<&Created> {
        self.0.created.as_ref()
    }

    pub(crate) fn version(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `changed`; the list itself is behind its lock.
        self.0.version.load(Ordering::Acquire)
    }

    /// Whether the marks that recording leaves are the caller's to take from now on, until it gives them back.
    pub(crate) fn take_marks(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `give_marks_back`: what that reader took is in `touched`.
        !self.0.has_reader.swap(true, Ordering::Acquire)
    }

    /// Lets another reader take the marks.
    pub(crate) fn give_marks_back(&self) {
        // ORDERING: Release pairs with the Acquire in `take_marks`.
        self.0.has_reader.store(false, Ordering::Release);
    }

    fn changed(&self) {
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// Takes the snapshot family of these rows out again.
    fn remove(&self, rows: &Arc<Rows>) {
        self.families()
            .retain(|family| !matches!(&family.source, Source::Snapshot(theirs) if Arc::ptr_eq(theirs, rows)));
        self.changed();
    }
}

const _: () = assert!(REJECTION_CELLS <= 8);
