//! Everything that recording touches: the label table, the slabs, and which slab is the calling thread's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::lease;
use super::slab::{Own, Slabs};
use crate::label::index::CellIndex;
use crate::label::{LabelEnum, RejectReason, Table};

/// The largest amount that one addition may bring: above it a double no longer holds every whole number.
pub const MAX_AMOUNT: u64 = 1 << 53;

/// Cells set aside per family for rejections, one for each reason.
pub(crate) const REJECTION_CELLS: u32 = RejectReason::VALUES.len() as u32;

/// The sink: where recordings of rejected series go. Nobody reads it.
pub(crate) const SINK: CellIndex = CellIndex(0);

/// Everything that recording touches.
pub struct Store {
    /// Never used again in this process, so that a thread's memory of a slab cannot meet another store.
    pub(crate) id: u64,
    pub(crate) table: Table,
    pub(crate) slabs: Slabs,
    /// Itself, for the leases of threads.
    pub(super) weak: OnceLock<Weak<Store>>,
    /// Set if all pages were touched when the registry was built.
    has_prefault: OnceLock<()>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Store {
    pub(crate) fn new(table: Table, slabs: Slabs) -> Arc<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let store = Arc::new(Self { id, table, slabs, weak: OnceLock::new(), has_prefault: OnceLock::new() });
        let _ = store.weak.set(Arc::downgrade(&store));
        store
    }

    /// Adds `amount` to a cell of whole numbers. `cell` is one that this store handed out, and `id` is its id, which
    /// handles keep beside them.
    ///
    /// Like each addition below: in place if the thread remembers its slab of this store first, else by a call that
    /// is out of the way.
    #[inline(always)]
    pub(crate) fn add_whole(&self, id: u64, cell: CellIndex, amount: u64) {
        match lease::current(id) {
            // SAFETY: the slab is the thread's own, and cells that were handed out are below its stride.
            Some(own) => unsafe { own.add_whole(cell, amount) },
            None => self.add_whole_elsewhere(cell, amount),
        }
    }

    /// Adds where the thread's slab has to be looked for: claimed if need be, and the shared one if there is none.
    #[cold]
    #[inline(never)]
    fn add_whole_elsewhere(&self, cell: CellIndex, amount: u64) {
        match lease::find_or_claim(self) {
            // SAFETY: as in `add_whole`.
            Some(own) => unsafe { own.add_whole(cell, amount) },
            None => self.slabs.add_whole_shared(cell, amount),
        }
    }

    #[inline(always)]
    pub(crate) fn increment(&self, id: u64, cell: CellIndex) {
        match lease::current(id) {
            // SAFETY: as in `add_whole`.
            Some(own) => unsafe { own.increment(cell) },
            None => self.add_whole_elsewhere(cell, 1),
        }
    }

    #[inline(always)]
    pub(crate) fn step(&self, id: u64, first: CellIndex, cell: CellIndex) {
        match lease::current(id) {
            // SAFETY: as in `add_whole`; the two cells of an in-flight count are handed out together.
            Some(own) => unsafe { own.step(first, cell) },
            None => self.step_elsewhere(first, cell),
        }
    }

    #[cold]
    #[inline(never)]
    fn step_elsewhere(&self, first: CellIndex, cell: CellIndex) {
        match lease::find_or_claim(self) {
            // SAFETY: as in `step`.
            Some(own) => unsafe { own.step(first, cell) },
            None => self.slabs.step_shared(first, cell),
        }
    }

    #[inline(always)]
    pub(crate) fn add_fraction(&self, id: u64, cell: CellIndex, amount: f64) {
        match lease::current(id) {
            // SAFETY: as in `add_whole`.
            Some(own) => unsafe { own.add_fraction(cell, amount) },
            None => self.add_fraction_elsewhere(cell, amount),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_fraction_elsewhere(&self, cell: CellIndex, amount: f64) {
        match lease::find_or_claim(self) {
            // SAFETY: as in `add_whole`.
            Some(own) => unsafe { own.add_fraction(cell, amount) },
            None => self.slabs.add_fraction_shared(cell, amount),
        }
    }

    /// One observation of the histogram whose cells start at `first`, in its bucket number `bucket`.
    #[inline(always)]
    pub(crate) fn observe(&self, id: u64, first: CellIndex, bucket: usize, amount: f64) {
        match lease::current(id) {
            // SAFETY: as in `add_whole`; a histogram's cells are handed out together.
            Some(own) => unsafe { own.observe(first, bucket, amount) },
            None => self.observe_elsewhere(first, bucket, amount),
        }
    }

    #[cold]
    #[inline(never)]
    fn observe_elsewhere(&self, first: CellIndex, bucket: usize, amount: f64) {
        match lease::find_or_claim(self) {
            // SAFETY: as in `observe`.
            Some(own) => unsafe { own.observe(first, bucket, amount) },
            None => {
                self.slabs.add_whole_shared(first + 1 + bucket as u32, 1);
                self.slabs.add_fraction_shared(first, amount);
            }
        }
    }

    /// Counts a rejection in the cells that start at `rejections`.
    #[cold]
    pub(crate) fn reject(&self, rejections: CellIndex, reason: RejectReason) {
        self.increment(self.id, rejections + reason.index() as u32);
    }

    /// Touches the pages of the table and of the shared slab, and lets `warm_thread` touch all of a slab.
    #[cfg(not(loom))]
    pub(crate) fn prefault(&self) {
        self.table.prefault();
        self.slabs.prefault(0, self.slabs.stride());
        let _ = self.has_prefault.set(());
    }

    /// Lets the calling thread claim its slab now, and touches the slab's pages: up to the cells handed out so far or,
    /// in a registry that was touched when it was built, all of them.
    pub(crate) fn warm_thread(&self) {
        if let Some((slab, _)) = lease::hold(self) {
            let has_prefault = self.has_prefault.get().is_some();
            let cells = if has_prefault { self.slabs.stride() } else { self.table.cells_high() as usize };
            self.slabs.prefault(slab, cells);
            self.slabs.release(slab);
        }
    }
}

/// A lease of the calling thread's slab: what makes a thread-bound handle sound.
///
/// While it lives the slab stays this thread's, even after the thread-local that claimed it is gone.
pub(super) struct Bound {
    store: Arc<Store>,
    /// The slab and where it lies; none for a thread without one.
    pub(super) slab: Option<(u32, Own)>,
    /// Bound to the thread: the slab has one writer.
    _not_send: std::marker::PhantomData<*const ()>,
}

impl Bound {
    pub(super) fn new(store: Arc<Store>) -> Self {
        let slab = lease::hold(&store);
        Self { store, slab, _not_send: std::marker::PhantomData }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Some((slab, _)) = self.slab {
            self.store.slabs.release(slab);
        }
    }
}
