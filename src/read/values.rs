//! The values of series: cells folded over the slabs.
//!
//! Of the cells that recording marked, whole groups are folded again, and each series whose value changed is noted in
//! its block. Gauges leave no mark and are read each time.

use super::block::{Block, BlockIndex, FamilySlot};
use super::blocks::Blocks;
use super::idle_sums::{FEW_SLABS, IdleSums};
use super::position::SeriesPosition;
use crate::label::index::CellIndex;
use crate::record::Store;
use crate::record::amount::{FRACTION_LIMIT, WHOLE_LIMIT};
use crate::record::slab::{ALL_GROUPS, CHUNK_CELLS, GROUP_CELLS, Slabs, bits};
use crate::registry::MetricKind;
use crate::sync::{OutOfMemory, Relaxed, try_push, zeroed};

/// Groups of a chunk from which on all of it is summed, slab by slab.
const MANY_GROUPS: u32 = 8;
/// New series of a render that capacity is kept for.
const USUAL: usize = 1024;

/// Cells folded into values.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// For each cell the bits of the position of the series that starts there. Plain words, so that pages of cells
    /// without a series are never touched.
    positions: Box<[u32]>,
    /// For each cell its value, folded.
    pub(super) folded: Box<[u64]>,
    idle: IdleSums,
    /// First cells of series that are new in this render.
    new: Vec<CellIndex>,
    /// Cells of gauges, read each time: setting one leaves no mark.
    gauges: Vec<CellIndex>,
    /// Series that changed in this render though their totals can take no more: the family and the first cell of each.
    pub(super) saturated: Vec<(FamilySlot, CellIndex)>,
}

impl Values {
    /// For so many cells; takes memory only where there are series.
    pub(super) fn new(cells: usize) -> Result<Self, OutOfMemory> {
        let (positions, folded, idle) = (zeroed(cells)?, zeroed(cells)?, IdleSums::new(cells)?);
        Ok(Self { positions, folded, idle, ..Self::default() })
    }

    /// Notes a series whose cells have to be read whether they are marked or not.
    pub(super) fn note_new(&mut self, cell: CellIndex) -> Result<(), OutOfMemory> {
        try_push(&mut self.new, cell)
    }

    pub(super) fn note_gauge(&mut self, cell: CellIndex) -> Result<(), OutOfMemory> {
        try_push(&mut self.gauges, cell)
    }

    /// Notes where the series of a block are.
    pub(super) fn note_positions(&mut self, index: BlockIndex, block: &Block) {
        for (place, cell) in block.cells.iter().enumerate() {
            self.positions[cell.as_usize()] = SeriesPosition::new(index, place, block.kind).0;
        }
    }

    /// Reads what changed, or everything for a reader that takes no marks.
    pub(super) fn read(&mut self, store: &Store, takes_marks: bool, blocks: &mut Blocks) {
        self.read_gauges(&store.slabs, blocks);
        let in_use = store.slabs.in_use();
        let chunks = (store.table.cells_high() as usize).div_ceil(CHUNK_CELLS);
        for chunk in 0..chunks {
            if !takes_marks {
                self.read_chunk(&store.slabs, blocks, chunk, ALL_GROUPS, in_use, in_use);
                continue;
            }
            let (groups, marked) = store.slabs.take_marks(in_use, chunk);
            if groups != 0 {
                let touched = store.slabs.touched(chunk);
                let busy = self.idle.update(&store.slabs, chunk, touched, marked);
                self.read_chunk(&store.slabs, blocks, chunk, groups, touched, busy);
            }
        }
        // The mark of a new series may have gone to an earlier render. Only slabs whose marks were taken are folded here
        // too: a slab that is counted once must be counted ever after.
        let mut new = std::mem::take(&mut self.new);
        for cell in new.drain(..) {
            let touched = if takes_marks { store.slabs.touched(cell.as_usize() / CHUNK_CELLS) } else { in_use };
            self.fold(&store.slabs, blocks, cell, touched);
        }
        // The first render finds many, later ones few.
        new.shrink_to(USUAL);
        self.new = new;
    }

    fn read_gauges(&mut self, slabs: &Slabs, blocks: &mut Blocks) {
        for cell in &self.gauges {
            if replace(&mut self.folded[cell.as_usize()], slabs.shared(*cell).load(Relaxed)) {
                blocks.note_change(SeriesPosition(self.positions[cell.as_usize()]));
            }
        }
    }

    /// Reads `groups` of a chunk that slabs have `touched`; of those the `busy` are added to the sums of the idle.
    fn read_chunk(&mut self, slabs: &Slabs, blocks: &mut Blocks, chunk: usize, groups: u64, touched: u64, busy: u64) {
        let first = chunk * CHUNK_CELLS;
        let has_idle = busy != touched;
        if busy.count_ones() > FEW_SLABS && groups.count_ones() >= MANY_GROUPS {
            let mut sums = [0; CHUNK_CELLS];
            slabs.add_chunk(busy, chunk, &mut sums);
            for group in bits(groups) {
                let start = group as usize * GROUP_CELLS;
                if let Some(sums) = sums.get(start..).and_then(|sums| sums.first_chunk()) {
                    self.read_group(slabs, blocks, first + start, *sums, has_idle, touched);
                }
            }
        } else {
            for group in bits(groups) {
                let start = first + group as usize * GROUP_CELLS;
                let sums = slabs.fold_wholes(busy, CellIndex(start as u32));
                self.read_group(slabs, blocks, start, sums, has_idle, touched);
            }
        }
    }

    /// Reads the series that start in the group of cells from `first` on, whose busy slabs come to `sums`.
    #[inline(always)]
    fn read_group(
        &mut self,
        slabs: &Slabs,
        blocks: &mut Blocks,
        first: usize,
        mut sums: [u64; GROUP_CELLS],
        has_idle: bool,
        touched: u64,
    ) {
        let positions = self.positions.get(first..).and_then(|positions| positions.first_chunk::<GROUP_CELLS>());
        let Some(positions) = positions else { return };
        let folded = self.folded.get_mut(first..).and_then(|folded| folded.first_chunk_mut::<GROUP_CELLS>());
        let Some(folded) = folded else { return };
        if has_idle && let Some(idle) = self.idle.sums.get(first..) {
            sums.iter_mut().zip(idle).for_each(|(sum, idle)| *sum = sum.wrapping_add(*idle));
        }
        // Counters of whole amounts are the most there are, and ready in the sums.
        let (mut others, mut changed) = (0u64, 0u64);
        for offset in 0..GROUP_CELLS {
            let position = SeriesPosition(positions[offset]);
            if position.is_counter() {
                if replace(&mut folded[offset], sums[offset]) {
                    blocks.note_change(position);
                    changed |= sums[offset];
                }
            } else if !position.is_none() {
                others |= 1 << offset;
            }
        }
        if changed >= WHOLE_LIMIT {
            self.note_saturated_counters(slabs, blocks, first, sums, touched);
        }
        for cell in bits(others).map(|offset| first + offset as usize) {
            if self.fold(slabs, blocks, CellIndex(cell as u32), touched) {
                blocks.note_change(SeriesPosition(self.positions[cell]));
            }
        }
    }

    /// Folds the cells of the series that starts at `cell` over `touched` slabs and tells whether anything changed.
    fn fold(&mut self, slabs: &Slabs, blocks: &Blocks, cell: CellIndex, touched: u64) -> bool {
        let (block, _) = SeriesPosition(self.positions[cell.as_usize()]).block_and_place();
        let Block { kind, width, .. } = *blocks.get(block);
        let values = &mut self.folded[cell.as_usize()..][..width as usize];
        let is_changed = match kind {
            MetricKind::Counter => replace(&mut values[0], slabs.fold_whole(touched, cell)),
            MetricKind::CounterF64 => replace(&mut values[0], slabs.fold_fraction(touched, cell)),
            MetricKind::InFlight => replace(&mut values[0], slabs.fold_in_flight(cell)),
            MetricKind::Histogram => {
                let (sum, buckets) = values.split_at_mut(1);
                let mut is_changed = replace(&mut sum[0], slabs.fold_fraction(touched, cell));
                for (from, buckets) in (cell.0 + 1..).step_by(GROUP_CELLS).zip(buckets.chunks_mut(GROUP_CELLS)) {
                    for (bucket, now) in buckets.iter_mut().zip(slabs.fold_wholes(touched, CellIndex(from))) {
                        is_changed |= replace(bucket, now);
                    }
                }
                is_changed
            }
            MetricKind::Gauge => replace(&mut values[0], slabs.shared(cell).load(Relaxed)),
        };
        let limit = match kind {
            MetricKind::Counter => WHOLE_LIMIT,
            MetricKind::CounterF64 | MetricKind::Histogram => FRACTION_LIMIT,
            MetricKind::InFlight | MetricKind::Gauge => return is_changed,
        };
        // The sum is not below any of its parts, but where they may be negative. Then it never comes near the limit: what is
        // measured so are changes.
        if is_changed && values[0] >= limit {
            self.note_saturated(slabs, blocks, cell, touched, limit);
        }
        is_changed
    }

    /// Notes those counters of whole amounts in the group of cells from `first` on, with these `sums`, that are saturated.
    #[cold]
    fn note_saturated_counters(
        &mut self,
        slabs: &Slabs,
        blocks: &Blocks,
        first: usize,
        sums: [u64; GROUP_CELLS],
        touched: u64,
    ) {
        for (cell, _) in (first..).zip(sums).filter(|(_, sum)| *sum >= WHOLE_LIMIT) {
            if SeriesPosition(self.positions[cell]).is_counter() {
                self.note_saturated(slabs, blocks, CellIndex(cell as u32), touched, WHOLE_LIMIT);
            }
        }
    }

    /// Notes the series that starts at `cell` if its total is at `limit` in a slab.
    #[cold]
    fn note_saturated(&mut self, slabs: &Slabs, blocks: &Blocks, cell: CellIndex, touched: u64, limit: u64) {
        if slabs.is_at(touched, cell, limit) {
            let (block, _) = SeriesPosition(self.positions[cell.as_usize()]).block_and_place();
            // Without memory for it the series is told when it changes again.
            let _ = try_push(&mut self.saturated, (blocks.get(block).family, cell));
        }
    }
}

fn replace(value: &mut u64, new: u64) -> bool {
    std::mem::replace(value, new) != new
}
