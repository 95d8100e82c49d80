//! The blocks of all families, in the order in which they are written.
//!
//! A block that grows too long is split in two, so that a new series costs the text of one block and not the page.

use std::cmp::Ordering::Less;

use super::block::{BLOCK_BYTES, BLOCK_SERIES, Block, BlockIndex, FamilySlot};
use super::families::Families;
use super::position::SeriesPosition;
use crate::label::index::{CellIndex, SeriesIndex};
use crate::registry::SectionSet;
use crate::registry::family::{FamilyInfo, Source};
use crate::sync::{OutOfMemory, try_push, try_reserve};

/// Where the labels and the value of a series are.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockSeries {
    pub(super) family: FamilySlot,
    pub(super) index: SeriesIndex,
    /// Its first cell; unused in a snapshot.
    pub(super) cell: CellIndex,
}

/// The blocks, and what changed in them when.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) list: Vec<Block>,
    /// Of each family, in order; never empty while the family exists.
    of_families: Vec<Vec<BlockIndex>>,
    /// INVARIANT: there is room for all blocks here, as in `moved`, so that taking series out needs no memory.
    free: Vec<BlockIndex>,
    /// Blocks whose series moved in this render.
    moved: Vec<BlockIndex>,
    /// Blocks as they are written: families by name, series by labels; the section of each, and those of hidden sections.
    pub(super) order: Vec<BlockIndex>,
    pub(super) sections: Vec<u8>,
    pub(super) hidden: Vec<BlockIndex>,
    hidden_sections: SectionSet,
    is_order_stale: bool,
    /// The number of this render.
    pub(super) render: u64,
    /// The render that last found anything changed.
    pub(super) last_change: u64,
}

impl Blocks {
    pub(super) fn begin_render(&mut self) {
        self.render += 1;
    }

    /// None yet, in the render that follows this one's: what is written of them is not taken for what was before.
    pub(super) fn anew(&self) -> Self {
        Self { render: self.render, last_change: self.last_change, ..Self::default() }
    }

    pub(super) fn get(&self, block: BlockIndex) -> &Block {
        &self.list[block.as_usize()]
    }

    fn get_mut(&mut self, block: BlockIndex) -> &mut Block {
        &mut self.list[block.as_usize()]
    }

    /// Notes that the value of the series at `position` changed.
    #[inline(always)]
    pub(super) fn note_change(&mut self, position: SeriesPosition) {
        let (block, place) = position.block_and_place();
        if let Some(block) = self.list.get_mut(block.as_usize()) {
            block.note_change(place, self.render);
        }
        self.last_change = self.render;
    }

    /// Makes the first block of a family.
    pub(super) fn add_family(&mut self, family: FamilySlot, info: &FamilyInfo) -> Result<(), OutOfMemory> {
        let block = self.new_block(family, info)?;
        self.get_mut(block).is_first = true;
        let count = self.of_families.len().max(family.as_usize() + 1);
        let more = count - self.of_families.len();
        try_reserve(&mut self.of_families, more)?;
        self.of_families.resize(count, Vec::new());
        let blocks = &mut self.of_families[family.as_usize()];
        blocks.clear();
        try_push(blocks, block)?;
        self.is_order_stale = true;
        Ok(())
    }

    /// Takes a family out, with its series.
    pub(super) fn remove_family(&mut self, family: FamilySlot) {
        self.remove_series(family);
        self.free.append(&mut self.of_families[family.as_usize()]);
        self.is_order_stale = true;
    }

    /// Takes all series of a family out of its blocks and keeps the first block, empty.
    pub(super) fn remove_series(&mut self, family: FamilySlot) {
        let mut blocks = std::mem::take(&mut self.of_families[family.as_usize()]);
        for block in &blocks {
            self.get_mut(*block).clear();
            self.note_moved(*block);
        }
        self.is_order_stale |= blocks.len() > 1;
        self.free.extend(blocks.drain(1..));
        self.of_families[family.as_usize()] = blocks;
    }

    /// Puts a series into the block it belongs to.
    pub(super) fn place(&mut self, families: &Families, series: BlockSeries) -> Result<(), OutOfMemory> {
        let BlockSeries { family, index: new, cell } = series;
        let is_before = |other: &SeriesIndex| families.compare(family, *other, new) == Less;
        let blocks = &self.of_families[family.as_usize()];
        let index = blocks.partition_point(|block| self.get(*block).series.first().is_some_and(is_before));
        let index = index.saturating_sub(1);
        let block = blocks[index];
        let target = self.get_mut(block);
        let place = target.series.partition_point(is_before);
        target.insert(place, new, cell, families.series_bytes(family, new))?;
        let is_full = target.len() > BLOCK_SERIES || target.bytes > BLOCK_BYTES && target.len() > 1;
        self.note_moved(block);
        if is_full && self.list.len() < SeriesPosition::MAX_BLOCKS {
            self.split(families, block, index)?;
        }
        Ok(())
    }

    /// Moves the upper half of a block, which is number `index` of its family's, into one of its own.
    fn split(&mut self, families: &Families, block: BlockIndex, index: usize) -> Result<(), OutOfMemory> {
        let family = self.get(block).family;
        let upper = self.new_block(family, &families.get(family).info)?;
        let (series, cells) = self.get_mut(block).split_off()?;
        let bytes = series.iter().map(|series| families.series_bytes(family, *series)).sum();
        self.get_mut(block).bytes -= bytes;
        let target = self.get_mut(upper);
        (target.series, target.cells, target.bytes) = (series, cells, bytes);
        self.note_moved(upper);
        let blocks = &mut self.of_families[family.as_usize()];
        try_reserve(blocks, 1)?;
        blocks.insert(index + 1, upper);
        self.is_order_stale = true;
        Ok(())
    }

    fn new_block(&mut self, family: FamilySlot, info: &FamilyInfo) -> Result<BlockIndex, OutOfMemory> {
        let block = Block::new(family, info.kind, info.width() as u32, self.render);
        Ok(match self.free.pop() {
            Some(free) => {
                *self.get_mut(free) = block;
                free
            }
            None => {
                try_push(&mut self.list, block)?;
                let (count, free, moved) = (self.list.len(), self.free.len(), self.moved.len());
                try_reserve(&mut self.free, count - free)?;
                try_reserve(&mut self.moved, count - moved)?;
                BlockIndex(count as u32 - 1)
            }
        })
    }

    fn note_moved(&mut self, block: BlockIndex) {
        self.last_change = self.render;
        let target = self.get_mut(block);
        if !target.is_moved {
            target.is_moved = true;
            self.moved.push(block);
        }
    }

    /// Settles the blocks whose series moved, and calls `each` with those that lie in cells.
    pub(super) fn settle_moved(
        &mut self,
        families: &Families,
        mut each: impl FnMut(BlockIndex, &Block),
    ) -> Result<(), OutOfMemory> {
        for index in self.moved.drain(..) {
            let block = &mut self.list[index.as_usize()];
            block.is_moved = false;
            block.note_shape(self.render)?;
            if !matches!(families.get(block.family).info.source, Source::Snapshot(_)) {
                each(index, block);
            }
        }
        Ok(())
    }

    /// Puts the blocks in order, if that or what is hidden changed.
    pub(super) fn sort(&mut self, families: &Families) -> Result<(), OutOfMemory> {
        let hidden_sections = families.registry.sections().hidden();
        if !self.is_order_stale && hidden_sections == self.hidden_sections {
            return Ok(());
        }
        // Stale until all of it is done.
        self.is_order_stale = true;
        let Self { order, sections, hidden, .. } = self;
        order.clear();
        sections.clear();
        hidden.clear();
        try_reserve(order, self.list.len())?;
        try_reserve(sections, self.list.len())?;
        for family in families.by_name()? {
            let blocks = &self.of_families[family.as_usize()];
            let section = families.get(family).info.section;
            if hidden_sections.contains(section.into()) {
                try_reserve(hidden, blocks.len())?;
                hidden.extend_from_slice(blocks);
            } else {
                order.extend_from_slice(blocks);
                sections.resize(order.len(), section);
            }
        }
        self.hidden_sections = hidden_sections;
        self.is_order_stale = false;
        self.last_change = self.render;
        Ok(())
    }
}
