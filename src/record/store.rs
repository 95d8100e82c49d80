//! Everything that recording touches: the label table and the slabs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::slab::{SlabIndex, Slabs};
use crate::label::index::CellIndex;
use crate::label::{LabelEnum, RejectReason, Table};

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
    pub(super) has_prefault: OnceLock<()>,
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

    /// Touches the pages of the table and of the shared slab, and lets `warm_thread` touch all of a slab.
    #[cfg(not(loom))]
    pub(crate) fn prefault(&self) {
        self.table.prefault();
        self.slabs.prefault(SlabIndex(0), self.slabs.stride());
        let _ = self.has_prefault.set(());
    }
}
