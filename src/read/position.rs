//! Where the reader put a series, in one word.

use super::block::BlockIndex;
use crate::registry::MetricKind;

/// The block of a series and its place there, and whether it is a counter of whole amounts, of which there are the
/// most. 0 for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeriesPosition(pub(super) u32);

impl SeriesPosition {
    const COUNTER: u32 = 1 << 31;
    /// Blocks at most: as many as there can be series and families in a registry, and more.
    pub(super) const MAX_BLOCKS: usize = (1 << 23) - 1;

    pub(super) fn new(block: BlockIndex, place: usize, kind: MetricKind) -> Self {
        let counter = if kind == MetricKind::Counter { Self::COUNTER } else { 0 };
        Self(counter | ((block.0 << 8 | place as u32) + 1))
    }

    #[inline(always)]
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    pub(super) fn is_counter(self) -> bool {
        self.0 & Self::COUNTER != 0
    }

    /// The block and the place there; for a position that is one.
    #[inline(always)]
    pub(super) fn block_and_place(self) -> (BlockIndex, u8) {
        let position = (self.0 & !Self::COUNTER) - 1;
        (BlockIndex(position >> 8), position as u8)
    }
}
