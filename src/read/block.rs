//! Blocks: sorted runs of one family's series, and which of their series changed of late.

use crate::label::index::{CellIndex, SeriesIndex, index_type};
use crate::registry::MetricKind;
use crate::sync::{OutOfMemory, prefetch};

/// Series of a block at most, so that a place in it is a byte.
pub(super) const BLOCK_SERIES: usize = 256;
/// Text that a block should hold at most, estimated.
pub(super) const BLOCK_BYTES: usize = 16 << 10;
/// Capacity that a block's lists grow by: their series come one by one, and twice as much would lie idle.
const GROWTH: usize = 16;

index_type! {
    /// A block of a reader. Given again when the block is gone.
    pub BlockIndex
}
index_type! {
    /// A family of a reader. Given again when the family is gone.
    pub FamilySlot
}

/// A sorted run of one family's series, small enough that the text of one can be made anew.
#[derive(Debug)]
pub struct Block {
    pub(super) family: FamilySlot,
    pub(super) kind: MetricKind,
    /// Cells of each series.
    pub(super) width: u32,
    /// In the order in which they are written.
    pub(super) series: Vec<SeriesIndex>,
    /// The first cell of each.
    pub(super) cells: Vec<CellIndex>,
    /// Estimated bytes of text.
    pub(super) bytes: usize,
    /// The render at which the set of series last changed.
    pub(super) shape: u64,
    /// Whether it comes first in its family.
    pub(super) is_first: bool,
    /// Whether series moved to other places in this render.
    pub(super) is_moved: bool,
    /// The render at which a value last changed.
    changed: u64,
    /// The same of each series, without the upper bits: a series whose change is forgotten may seem changed again, which
    /// costs its line and no more.
    changed_at: Vec<u16>,
}

/// Which series of a block changed of late.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangedSeries<'a> {
    /// The renders at which each series last changed, without their upper bits.
    changed_at: &'a [u16],
    /// This render, and how many renders ago the first was that counts, without their upper bits.
    now: u16,
    back: u16,
}

/// Series that are compared at once.
const STRIDE: usize = 16;

impl ChangedSeries<'_> {
    /// Calls `each` with the places of the series that changed, ascending.
    #[inline(always)]
    pub(crate) fn for_each(self, mut each: impl FnMut(usize)) {
        let Self { changed_at, now, back } = self;
        let is_changed = |at: u16| now.wrapping_sub(at) <= back;
        let (strides, rest) = changed_at.as_chunks::<STRIDE>();
        for (stride, changed_at) in strides.iter().enumerate() {
            // Most strides of most blocks are at rest: one test of all of them, without a branch.
            if changed_at.iter().fold(false, |any, at| any | is_changed(*at)) {
                for (place, at) in changed_at.iter().enumerate() {
                    if is_changed(*at) {
                        each(stride * STRIDE + place);
                    }
                }
            }
        }
        for (place, at) in rest.iter().enumerate() {
            if is_changed(*at) {
                each(strides.len() * STRIDE + place);
            }
        }
    }
}

impl Block {
    pub(super) fn new(family: FamilySlot, kind: MetricKind, width: u32, render: u64) -> Self {
        Self {
            family,
            kind,
            width,
            series: Vec::new(),
            cells: Vec::new(),
            bytes: 0,
            shape: render,
            is_first: false,
            is_moved: false,
            changed: render,
            changed_at: Vec::new(),
        }
    }

    /// Series in it.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether it has no series: a family without any.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The render at which a value last changed.
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// The render at which the set of series last changed.
    pub fn shape(&self) -> u64 {
        self.shape
    }

    /// Whether the family's HELP and TYPE belong before it.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// Asks for the memory that `changed_since` reads.
    pub(crate) fn prefetch(&self) {
        for changed_at in self.changed_at.chunks(32) {
            prefetch(changed_at.as_ptr());
        }
    }

    /// Every series that changed after render number `since`, as of render number `now`, and seldom more.
    pub(crate) fn changed_since(&self, since: u64, now: u64) -> ChangedSeries<'_> {
        let changed_at = if since < now { &self.changed_at[..] } else { &[] };
        // All of them if it is too long ago.
        let back = u16::try_from(now.saturating_sub(since + 1)).unwrap_or(u16::MAX);
        ChangedSeries { changed_at, now: now as u16, back }
    }

    /// Notes that the series at `place` changed in render number `render`.
    #[inline(always)]
    pub(super) fn note_change(&mut self, place: u8, render: u64) {
        self.changed = render;
        if let Some(changed_at) = self.changed_at.get_mut(usize::from(place)) {
            *changed_at = render as u16;
        }
    }

    /// Notes that the set of series changed in render number `render`, and with it the places.
    pub(super) fn note_shape(&mut self, render: u64) -> Result<(), OutOfMemory> {
        self.shape = render;
        self.changed = render;
        if self.changed_at.capacity() < self.len() {
            let more = self.series.capacity() - self.changed_at.len();
            self.changed_at.try_reserve_exact(more).map_err(|_| OutOfMemory::of::<u16>(more))?;
        }
        self.changed_at.clear();
        self.changed_at.resize(self.len(), render as u16);
        Ok(())
    }

    pub(super) fn insert(
        &mut self,
        place: usize,
        series: SeriesIndex,
        cell: CellIndex,
        bytes: usize,
    ) -> Result<(), OutOfMemory> {
        insert(&mut self.series, place, series)?;
        insert(&mut self.cells, place, cell)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Takes the upper half of the series out: their numbers and cells.
    pub(super) fn split_off(&mut self) -> Result<(Vec<SeriesIndex>, Vec<CellIndex>), OutOfMemory> {
        let half = self.len() / 2;
        Ok((split_off(&mut self.series, half)?, split_off(&mut self.cells, half)?))
    }

    /// Takes all series out.
    pub(super) fn clear(&mut self) {
        self.series.clear();
        self.cells.clear();
        self.bytes = 0;
    }
}

fn insert<T>(list: &mut Vec<T>, place: usize, item: T) -> Result<(), OutOfMemory> {
    if list.len() == list.capacity() {
        list.try_reserve_exact(GROWTH).map_err(|_| OutOfMemory::of::<T>(list.len() + GROWTH))?;
    }
    list.insert(place, item);
    Ok(())
}

fn split_off<T: Copy>(list: &mut Vec<T>, at: usize) -> Result<Vec<T>, OutOfMemory> {
    let upper = list.get(at..).unwrap_or(&[]);
    let mut taken = Vec::new();
    taken.try_reserve_exact(upper.len()).map_err(|_| OutOfMemory::of::<T>(upper.len()))?;
    taken.extend_from_slice(upper);
    list.truncate(at);
    list.shrink_to_fit();
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list of all changes ever noted.
        #[test]
        fn nothing_that_changed_since_a_render_is_left_out(
            first in prop_oneof![1u64..10, 65_530u64..65_540],
            count in 1usize..=256,
            renders in proptest::collection::vec((1u64..3, proptest::collection::btree_set(any::<u8>(), 0..4)), 1..12),
            pause in prop_oneof![Just(0u64), 0u64..200_000],
        ) {
            let mut block = Block::new(FamilySlot(0), MetricKind::Counter, 1, first);
            (0..count).for_each(|number| {
                block.insert(number, SeriesIndex(number as u32), CellIndex(number as u32), 90).unwrap();
            });
            block.note_shape(first).unwrap();
            let mut noted: Vec<(u64, usize)> = Vec::new();
            let mut now = first;
            for (number, (step, places)) in renders.iter().enumerate() {
                now += step + if number == 3 { pause } else { 0 };
                for place in places.iter().filter(|place| usize::from(**place) < count) {
                    block.note_change(*place, now);
                    noted.push((now, usize::from(*place)));
                }
                for since in noted.iter().map(|(at, _)| *at).chain([first, now]) {
                    let mut told = Vec::new();
                    block.changed_since(since, now).for_each(|place| told.push(place));
                    prop_assert!(told.is_sorted());
                    let mut changed: Vec<usize> =
                        noted.iter().filter(|(at, _)| *at > since).map(|(_, place)| *place).collect();
                    changed.sort_unstable();
                    changed.dedup();
                    prop_assert!(changed.iter().all(|place| told.contains(place)), "{changed:?} {told:?}");
                    // Nothing more unless renders were forgotten.
                    prop_assert!(now - first > 30_000 || told == changed, "since {since} of {now}: {changed:?} {told:?}");
                }
            }
        }
    }
}
