//! The text of one leaf, kept up to date with the least writing: left alone, patched, or made anew.

use super::text::Encoder;
use crate::registry::Reading;

/// The text of one leaf.
#[derive(Debug, Default)]
pub struct Segment {
    pub(super) text: Vec<u8>,
    /// Where the first series starts, and where each ends.
    pub(super) ends: Vec<u32>,
    /// For a leaf of whole numbers, the numbers as they are written.
    pub(super) wholes: Vec<u64>,
    /// The leaf's shape for which this was written; 0 for none.
    shape: u64,
    /// The look that was written last.
    pub(super) tick: u64,
}

impl Segment {
    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes of memory held.
    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>() + self.wholes.capacity() * size_of::<u64>()
    }

    /// Brings the text to the state of `reading`. `scratch` is used and left as it comes.
    pub(crate) fn update(&mut self, reading: &Reading<'_>, encoder: &mut Encoder, number: u32, scratch: &mut Vec<u8>) {
        let leaf = reading.leaf(number);
        let is_current = self.shape == leaf.shape() && self.shape != 0;
        if is_current && leaf.changed() <= self.tick {
            return;
        }
        let from = if is_current { encoder.patch(reading, number, self, scratch) } else { Some(0) };
        if let Some(from) = from {
            encoder.write(reading, number, self, from);
        }
        self.shape = leaf.shape();
        self.tick = reading.tick();
    }
}
