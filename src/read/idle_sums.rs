//! Slabs at rest: threads come and go, and of those that ever recorded few do at a time.
//!
//! What such slabs add to the counters of whole amounts is summed once and kept, chunk by chunk, until somebody records
//! there again. Summing 63 slabs at each render would cost several times what writing the page does.

use crate::record::slab::{CHUNK_CELLS, Slabs};
use crate::sync::{OutOfMemory, zeroed};

/// Slabs of a chunk that are summed at each render, at rest or not.
pub(super) const FEW_SLABS: u32 = 4;

/// The sums of slabs at rest.
#[derive(Debug, Default)]
pub(super) struct IdleSums {
    /// For each chunk the slabs whose sums are in `sums`.
    slabs: Box<[u64]>,
    /// For each cell. Never touched where few slabs are.
    pub(super) sums: Box<[u64]>,
}

impl IdleSums {
    /// For so many cells; takes memory only where there are sums.
    pub(super) fn new(cells: usize) -> Result<Self, OutOfMemory> {
        Ok(Self { slabs: zeroed(cells.div_ceil(CHUNK_CELLS))?, sums: zeroed(cells)? })
    }

    /// Brings the sums of `chunk` up to date, in which the slabs `marked` changed of those `touched`, and tells which of
    /// them are not in the sums.
    pub(super) fn update(&mut self, slabs: &Slabs, chunk: usize, touched: u64, marked: u64) -> u64 {
        let Some(summed) = self.slabs.get_mut(chunk) else { return touched };
        if *summed == 0 && touched.count_ones() <= FEW_SLABS {
            return touched;
        }
        let first = chunk * CHUNK_CELLS;
        let end = self.sums.len().min(first + CHUNK_CELLS);
        let sums = &mut self.sums[first..end];
        if *summed & marked != 0 {
            sums.fill(0);
            *summed = 0;
        }
        let idle = touched & !marked & !*summed;
        if idle.count_ones() > FEW_SLABS / 2 {
            // Whoever adds to one of them from now on marks it afterwards, and then it is taken out again.
            slabs.add_chunk(idle, chunk, sums);
            *summed |= idle;
        }
        touched & !*summed
    }
}
