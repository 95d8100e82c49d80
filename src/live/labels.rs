//! The labels of one series of a reading.

use crate::read::{Block, Reading};
use crate::registry::FamilyInfo;

/// The labels of one series.
#[derive(Clone, Copy)]
pub(super) struct Labels<'r> {
    pub(super) reading: Reading<'r>,
    pub(super) block: &'r Block,
    pub(super) info: &'r FamilyInfo,
    pub(super) place: usize,
}

impl<'r> Labels<'r> {
    /// The bounds of a histogram's buckets; none of another kind.
    pub(super) fn bounds(&self) -> &'r [f64] {
        self.info.bounds().map_or(&[], |bounds| bounds.as_slice())
    }

    /// The value of a label; empty if the family has none of that name.
    pub(super) fn get(&self, name: &str) -> &'r str {
        let label = self.info.labels().iter().position(|label| label.as_str() == name);
        label.map_or("", |label| self.reading.label(self.block, self.place, label))
    }
}
