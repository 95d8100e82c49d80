//! A page: the finished text of one look, in segments of up to 16 KiB.
//!
//! A segment is the text of one leaf. Segments without a change are left alone, in others the numbers that changed are
//! written over the old ones; one whose leaf has other series is made anew.

use std::time::Duration;

use crate::encode::{Encoder, Segment};
use crate::registry::Reading;
use crate::sync::prefetch;

/// Bytes of text from which on a page lies outside of the nearer caches, while what changed on it is scattered: then the
/// memory of a leaf is asked for before its turn.
const LARGE: usize = 1 << 20;
/// Leaves between asking for the memory of one and using it.
const AHEAD: usize = 3;

/// A finished exposition.
#[derive(Debug, Default)]
pub struct Page {
    /// By leaf number.
    segments: Vec<Segment>,
    order: Vec<u32>,
    bytes: usize,
    read_at: Duration,
    content_type: &'static str,
}

impl Page {
    /// An empty page of a format.
    pub(crate) fn empty(content_type: &'static str) -> Self {
        Self { content_type, ..Self::default() }
    }

    /// The pieces of the text, in order. None is empty.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.order.len()).map(|index| self.segment(index)).filter(|text| !text.is_empty())
    }

    /// Piece number `index` of the text; empty beyond the last, and for a piece without text.
    pub fn segment(&self, index: usize) -> &[u8] {
        let segment = self.order.get(index).and_then(|leaf| self.segments.get(*leaf as usize));
        segment.map_or(&[], Segment::text)
    }

    /// How many pieces there are.
    pub fn segment_count(&self) -> usize {
        self.order.len()
    }

    /// Bytes of text.
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// When the values were read, by the publisher's clock.
    pub fn read_at(&self) -> Duration {
        self.read_at
    }

    /// The Content-Type of the text.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Copies the text to the start of `target` and tells how many bytes that were; nothing if it does not fit.
    pub fn copy_to(&self, target: &mut [u8]) -> Option<usize> {
        let mut rest = target.get_mut(..self.bytes)?;
        for segment in self.segments() {
            let (here, behind) = rest.split_at_mut_checked(segment.len())?;
            here.copy_from_slice(segment);
            rest = behind;
        }
        Some(self.bytes)
    }

    /// The text in one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.bytes);
        self.segments().for_each(|segment| text.extend_from_slice(segment));
        text
    }

    /// Bytes of memory that the page holds.
    pub fn memory_bytes(&self) -> usize {
        let segments: usize = self.segments.iter().map(Segment::memory_bytes).sum();
        segments + self.segments.capacity() * size_of::<Segment>() + self.order.capacity() * 4
    }

    /// Brings the page to the state of `reading`.
    pub(crate) fn update(&mut self, reading: &Reading<'_>, encoder: &mut Encoder, read_at: Duration) {
        let Self { segments, order, bytes, .. } = self;
        segments.resize_with(segments.len().max(reading.leaf_count()), Segment::default);
        order.clear();
        order.extend_from_slice(reading.order());
        let is_large = *bytes >= LARGE;
        *bytes = 0;
        for (index, leaf) in reading.order().iter().enumerate() {
            if is_large {
                ask_for_later(reading, &reading.order()[index..], segments);
            }
            let segment = &mut segments[*leaf as usize];
            encoder.update(reading, *leaf, segment);
            *bytes += segment.text().len();
        }
        self.read_at = read_at;
    }
}

/// Asks for the memory of leaves that come after the first of `order`: step by step, as each says where the next lies.
fn ask_for_later(reading: &Reading<'_>, order: &[u32], segments: &[Segment]) {
    if let Some(far) = order.get(2 * AHEAD) {
        reading.prefetch(*far);
        prefetch(&raw const segments[*far as usize]);
    }
    if let Some(near) = order.get(AHEAD) {
        reading.leaf(*near).prefetch();
    }
    if let Some(next) = order.get(1) {
        Encoder::prefetch(reading, *next, &segments[*next as usize]);
    }
}
