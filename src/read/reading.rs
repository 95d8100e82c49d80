//! One look, as an encoder sees it: families in order, series in blocks, and their values.

use std::time::Duration;

use super::block::Block;
use super::reader::Reader;
use crate::label::RejectReason;
use crate::record::gauge_value;
use crate::registry::family::{FamilyInfo, MetricKind, Source};
use crate::sync::prefetch;

/// The value of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SampleValue<'a> {
    /// A counter of whole amounts, or an in-flight count.
    Whole(u64),
    /// A counter of fractional amounts, or a gauge.
    Fraction(f64),
    /// Observations per bucket, not cumulated, the last beyond all bounds; and their sum.
    Histogram {
        /// Observations per bucket.
        buckets: &'a [u64],
        /// Sum of the observed values.
        sum: f64,
    },
}

/// One look, in the order in which it is written: families by name, series by label values.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub(super) reader: &'a Reader,
}

impl<'a> Reading<'a> {
    /// The number of this look, from 1.
    pub fn tick(&self) -> u64 {
        self.reader.tick
    }

    /// The last look that found anything changed.
    pub fn last_change(&self) -> u64 {
        self.reader.last_change
    }

    /// The blocks in order, by number. A number names the same block until the block's shape changes.
    pub fn order(&self) -> &'a [u32] {
        &self.reader.order
    }

    /// One more than the largest block number.
    pub fn block_count(&self) -> usize {
        self.reader.blocks.len()
    }

    /// A block by number.
    pub fn block(&self, block: u32) -> &'a Block {
        &self.reader.blocks[block as usize]
    }

    /// Asks for a block ahead of its use.
    pub(crate) fn prefetch(&self, block: u32) {
        let place: *const Block = self.block(block);
        prefetch(place);
        prefetch(place.cast::<u8>().wrapping_add(64));
    }

    /// The number of a block's family, and the family.
    pub fn family(&self, block: &Block) -> (u32, &'a FamilyInfo) {
        (block.family, &self.reader.families[block.family as usize].info)
    }

    /// Observations of a family rejected by now, by reason; reasons at 0 are left out.
    pub fn rejected(&self, family: &FamilyInfo) -> Vec<(RejectReason, u64)> {
        self.reader.rejected(family)
    }

    /// The value of a label of the series at `place` in `block`.
    pub fn label(&self, block: &Block, place: usize, label: usize) -> &'a str {
        block.numbers.get(place).map_or("", |number| self.reader.label(block.family, *number, label))
    }

    /// When the series at `place` in `block` was created, since 1970: of counters and histograms, if the registry keeps
    /// [`created_times`](super::RegistryBuilder::created_times).
    pub fn created(&self, block: &Block, place: usize) -> Option<Duration> {
        block.numbers.get(place).and_then(|number| self.reader.created(block.family, *number))
    }

    /// The value of the series at `place` in `block`; none beyond the last.
    pub fn value(&self, block: &Block, place: usize) -> Option<SampleValue<'a>> {
        let (cell, number) = (*block.cells.get(place)?, *block.numbers.get(place)?);
        let family = &self.reader.families[block.family as usize];
        if let Source::Snapshot(_) = family.info.source {
            return Some(SampleValue::Fraction(family.rows.get(number as usize)?.value));
        }
        let values = self.reader.values.get(cell as usize..)?.get(..block.width as usize)?;
        let (first, buckets) = values.split_first()?;
        Some(match block.kind {
            MetricKind::Counter | MetricKind::InFlight => SampleValue::Whole(*first),
            MetricKind::CounterF64 => SampleValue::Fraction(f64::from_bits(*first)),
            MetricKind::Gauge => SampleValue::Fraction(gauge_value(*first).unwrap_or(f64::NAN)),
            MetricKind::Histogram => SampleValue::Histogram { buckets, sum: f64::from_bits(*first) },
        })
    }

    /// The values of all series in `block`, in order.
    pub fn values(&self, block: &'a Block) -> impl Iterator<Item = SampleValue<'a>> {
        let reading = *self;
        (0..block.len()).filter_map(move |place| reading.value(block, place))
    }

    /// For a block whose values are whole numbers: the cells of its series, and the values by cell.
    pub(crate) fn wholes(&self, block: &'a Block) -> Option<(&'a [u32], &'a [u64])> {
        let family = &self.reader.families[block.family as usize];
        let is_whole = matches!(block.kind, MetricKind::Counter | MetricKind::InFlight);
        let is_snapshot = matches!(family.info.source, Source::Snapshot(_));
        (is_whole && !is_snapshot).then_some((&block.cells, &self.reader.values))
    }
}
