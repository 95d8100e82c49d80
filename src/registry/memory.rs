//! What a registry may take and has taken.

use super::created::CreatedTimes;
use super::shared::Registry;
use crate::record::Store;

impl Registry {
    /// Bounds and use, in bytes and in numbers.
    pub fn memory(&self) -> Memory {
        let families = self.families().len() as u32;
        let mut memory = Memory::of(&self.0.store, families, self.0.families_bound, self.created().is_some());
        memory.series_bound = memory.series_bound.saturating_sub(self.0.reserved);
        memory.series = memory.series.saturating_sub(self.0.reserved);
        memory
    }
}

/// What a registry may take, fixed when it was built, and what it has taken.
///
/// Bounds in bytes are address space; memory is what is in use, up to page granularity. Pages of the exposition are
/// counted by their publisher.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let memory = registry.memory();
/// assert!(memory.cell_bytes <= memory.cell_bytes_bound);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Bytes bound for cells, over all slabs.
    pub cell_bytes_bound: usize,
    /// Bytes of cells handed out, over the slabs in use.
    pub cell_bytes: usize,
    /// Bytes bound for the label table.
    pub table_bytes_bound: usize,
    /// Bytes of the label table in use.
    pub table_bytes: usize,
    /// Bytes bound for the creation times of series; 0 unless they are kept.
    pub created_bytes_bound: usize,
    /// Bytes of creation times in use.
    pub created_bytes: usize,
    /// Bytes bound for the text of label values.
    pub label_bytes_bound: usize,
    /// Bytes of label text in use.
    pub label_bytes: usize,
    /// Series with labels of an open set that there may be.
    pub series_bound: u32,
    /// Such series.
    pub series: u32,
    /// Cells there may be in one slab.
    pub cells_bound: u32,
    /// Cells handed out in each slab.
    pub cells: u32,
    /// Slabs there are, the shared one included.
    pub slabs_bound: u32,
    /// Slabs that were ever in use.
    pub slabs: u32,
    /// Families there may be.
    pub families_bound: u32,
    /// Families.
    pub families: u32,
}

impl Memory {
    pub(super) fn of(store: &Store, families: u32, families_bound: u32, has_created: bool) -> Self {
        let Store { table, slabs, .. } = store;
        let [table_bytes_bound, table_bytes, label_bytes_bound, label_bytes] = table.memory();
        let cells = table.cells_high();
        let created = |series| if has_created { CreatedTimes::bytes(series) } else { 0 };
        Self {
            cell_bytes_bound: slabs.bound_bytes(),
            cell_bytes: slabs.used_bytes(cells as usize),
            table_bytes_bound,
            table_bytes,
            created_bytes_bound: created(table.series_places()),
            created_bytes: created(table.series_high()),
            label_bytes_bound,
            label_bytes,
            series_bound: table.series_bound(),
            series: table.series(),
            cells_bound: slabs.stride() as u32,
            cells,
            slabs_bound: slabs.count(),
            slabs: slabs.in_use().count_ones(),
            families_bound,
            families,
        }
    }
}
