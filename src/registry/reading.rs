//! One look, as an encoder sees it: families in order, series in leaves, and their values.

use std::time::Duration;

use super::family::{FamilyInfo, Kind, Source};
use super::leaf::Leaf;
use super::reader::Reader;
use crate::label::Reason;
use crate::record::gauge_value;
use crate::sync::prefetch;

/// The value of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
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

    /// The leaves in order, by number. A number names the same leaf until the leaf's shape changes.
    pub fn order(&self) -> &'a [u32] {
        &self.reader.order
    }

    /// One more than the largest leaf number.
    pub fn leaf_count(&self) -> usize {
        self.reader.leaves.len()
    }

    /// A leaf by number.
    pub fn leaf(&self, leaf: u32) -> &'a Leaf {
        &self.reader.leaves[leaf as usize]
    }

    /// Asks for a leaf ahead of its use.
    pub(crate) fn prefetch(&self, leaf: u32) {
        let place: *const Leaf = self.leaf(leaf);
        prefetch(place);
        prefetch(place.cast::<u8>().wrapping_add(64));
    }

    /// The number of a leaf's family, and the family.
    pub fn family(&self, leaf: &Leaf) -> (u32, &'a FamilyInfo) {
        (leaf.family, &self.reader.families[leaf.family as usize].info)
    }

    /// Observations of a family refused by now, by reason; reasons at 0 are left out.
    pub fn refused(&self, family: &FamilyInfo) -> Vec<(Reason, u64)> {
        self.reader.refused(family)
    }

    /// The value of a label of the series at `place` in `leaf`.
    pub fn label(&self, leaf: &Leaf, place: usize, label: usize) -> &'a str {
        leaf.numbers.get(place).map_or("", |number| self.reader.label(leaf.family, *number, label))
    }

    /// When the series at `place` in `leaf` was created, since 1970: of counters and histograms, if the registry keeps
    /// [`created_times`](super::RegistryBuilder::created_times).
    pub fn created(&self, leaf: &Leaf, place: usize) -> Option<Duration> {
        leaf.numbers.get(place).and_then(|number| self.reader.created(leaf.family, *number))
    }

    /// The value of the series at `place` in `leaf`; none beyond the last.
    pub fn value(&self, leaf: &Leaf, place: usize) -> Option<Value<'a>> {
        let (cell, number) = (*leaf.cells.get(place)?, *leaf.numbers.get(place)?);
        let family = &self.reader.families[leaf.family as usize];
        if let Source::Snapshot(_) = family.info.source {
            return Some(Value::Fraction(family.rows.get(number as usize)?.value));
        }
        let values = self.reader.values.get(cell as usize..)?.get(..leaf.width as usize)?;
        let (first, buckets) = values.split_first()?;
        Some(match leaf.kind {
            Kind::Counter | Kind::InFlight => Value::Whole(*first),
            Kind::CounterF64 => Value::Fraction(f64::from_bits(*first)),
            Kind::Gauge => Value::Fraction(gauge_value(*first).unwrap_or(f64::NAN)),
            Kind::Histogram => Value::Histogram { buckets, sum: f64::from_bits(*first) },
        })
    }

    /// The values of all series in `leaf`, in order.
    pub fn values(&self, leaf: &'a Leaf) -> impl Iterator<Item = Value<'a>> {
        let reading = *self;
        (0..leaf.len()).filter_map(move |place| reading.value(leaf, place))
    }

    /// For a leaf whose values are whole numbers: the cells of its series, and the values by cell.
    pub(crate) fn wholes(&self, leaf: &'a Leaf) -> Option<(&'a [u32], &'a [u64])> {
        let family = &self.reader.families[leaf.family as usize];
        let is_whole = matches!(leaf.kind, Kind::Counter | Kind::InFlight);
        let is_snapshot = matches!(family.info.source, Source::Snapshot(_));
        (is_whole && !is_snapshot).then_some((&leaf.cells, &self.reader.values))
    }
}
