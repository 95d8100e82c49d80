//! One render's reading, as an encoder sees it: families in order, series in blocks, and their values.

use std::time::Duration;

use super::block::{Block, BlockIndex, FamilySlot};
use super::state::ReadState;
use crate::label::RejectReason;
use crate::label::index::CellIndex;
use crate::record::gauge_value;
use crate::registry::MetricKind;
use crate::registry::family::{FamilyInfo, Source};
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

/// What was read, in the order in which it is written: families by name, series by label values.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub(super) state: &'a ReadState,
}

impl<'a> Reading<'a> {
    /// The number of this render, from 1.
    pub fn render(&self) -> u64 {
        self.state.blocks.render
    }

    /// The last render that found anything changed.
    pub fn last_change(&self) -> u64 {
        self.state.blocks.last_change
    }

    /// The blocks that are shown, in order, by number. A number names the same block until the block's shape changes.
    pub fn order(&self) -> &'a [BlockIndex] {
        &self.state.blocks.order
    }

    /// The section of each of these, by its place.
    pub(crate) fn sections(&self) -> &'a [u8] {
        &self.state.blocks.sections
    }

    /// The blocks of hidden sections, for who looks at what is recorded and not at what is shown.
    pub(crate) fn hidden(&self) -> &'a [BlockIndex] {
        &self.state.blocks.hidden
    }

    /// One more than the largest block number.
    pub fn block_count(&self) -> usize {
        self.state.blocks.list.len()
    }

    /// A block by number.
    pub fn block(&self, block: BlockIndex) -> &'a Block {
        self.state.blocks.get(block)
    }

    /// Asks for a block ahead of its use.
    pub(crate) fn prefetch(&self, block: BlockIndex) {
        let place: *const Block = self.block(block);
        prefetch(place);
        prefetch(place.cast::<u8>().wrapping_add(64));
    }

    /// The number of a block's family, and the family.
    pub fn family(&self, block: &Block) -> (FamilySlot, &'a FamilyInfo) {
        (block.family, &self.state.families.get(block.family).info)
    }

    /// Observations of a family rejected by now, by reason; reasons at 0 are left out.
    pub fn rejected(&self, family: &FamilyInfo) -> Vec<(RejectReason, u64)> {
        self.state.families.registry.rejected_of(family)
    }

    /// The value of a label of the series at `place` in `block`.
    pub fn label(&self, block: &Block, place: usize, label: usize) -> &'a str {
        block.series.get(place).map_or("", |series| self.state.families.label(block.family, *series, label))
    }

    /// When the series at `place` in `block` was created, since 1970: of counters and histograms, if the registry keeps
    /// [`created_times`](super::RegistryBuilder::created_times).
    pub fn created(&self, block: &Block, place: usize) -> Option<Duration> {
        block.series.get(place).and_then(|series| self.state.families.created(block.family, *series))
    }

    /// The value of the series at `place` in `block`; none beyond the last.
    pub fn value(&self, block: &Block, place: usize) -> Option<SampleValue<'a>> {
        let (cell, series) = (*block.cells.get(place)?, *block.series.get(place)?);
        let family = self.state.families.get(block.family);
        if let Source::Snapshot(_) = family.info.source {
            return Some(SampleValue::Fraction(family.rows.get(series.as_usize())?.value));
        }
        let values = self.state.values.folded.get(cell.as_usize()..)?.get(..block.width as usize)?;
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
    pub(crate) fn wholes(&self, block: &'a Block) -> Option<(&'a [CellIndex], &'a [u64])> {
        let family = self.state.families.get(block.family);
        let is_whole = matches!(block.kind, MetricKind::Counter | MetricKind::InFlight);
        let is_snapshot = matches!(family.info.source, Source::Snapshot(_));
        (is_whole && !is_snapshot).then_some((&block.cells, &self.state.values.folded))
    }
}
