//! Additions: in the calling thread's own slab, or in the shared one.
//!
//! Each is done in place if the thread remembers its slab of this store first, else by a call that is out of the way.

use super::lease;
use super::store::Store;
use crate::label::index::CellIndex;
use crate::label::{LabelEnum, RejectReason};

impl Store {
    /// Adds `amount` to a cell of whole numbers. `cell` is one that this store handed out, and `id` is its id, which
    /// handles keep beside them.
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
}
