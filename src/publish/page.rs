//! A page: the finished text of one render, in segments of up to 16 KiB, and its gzip form once somebody asked for it.
//!
//! A segment is the text of one block. Segments without a change are left alone, in others the numbers that changed are
//! written over the old ones; one whose block has other series is made anew.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::encode::{Encoder, Format, Segment};
use crate::read::{BlockIndex, Reading};
use crate::registry::SectionSet;
use crate::sync::{OutOfMemory, prefetch, try_reserve};

/// Bytes of text from which on a page lies outside of the nearer caches, while what changed on it is scattered: then the
/// memory of a block is asked for before its turn.
const LARGE: usize = 1 << 20;
/// Blocks between asking for the memory of one and using it.
const AHEAD: usize = 3;
/// Bytes of text below which a page fits a few packets anyway, and compressing it is not worth the reader's time.
pub(super) const TINY: usize = 1024;

/// How the bytes of a page are coded on the wire (HTTP's Content-Encoding).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Coding {
    /// As they are.
    #[default]
    Identity,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// Every coding.
    pub const ALL: [Self; 2] = [Self::Identity, Self::Gzip];

    /// Its name in HTTP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
        }
    }
}

/// The number of the page or view that was made last in this process.
static LAST_VERSION: AtomicU64 = AtomicU64::new(0);

/// A number that no other page or view of this process has, from 1.
pub(super) fn next_version() -> u64 {
    LAST_VERSION.fetch_add(1, Ordering::Relaxed) + 1
}

/// A finished exposition.
#[derive(Debug)]
pub struct Page {
    format: Format,
    /// By block number.
    segments: Vec<Segment>,
    order: Vec<BlockIndex>,
    /// The section of each piece, by its place.
    sections: Vec<u8>,
    bytes: usize,
    /// Bytes of memory of the text, as of its last change.
    memory: usize,
    read_at: Duration,
    /// INVARIANT: another one each time that the text changes.
    version: u64,
    /// INVARIANT: the gzip form of exactly this text; set once while the page is published, taken out before the text is
    /// written again.
    gzip: OnceLock<Vec<u8>>,
    is_absent: bool,
}

impl Page {
    /// The page of a format that nobody asks for.
    pub(crate) fn absent(format: Format) -> Self {
        let (segments, order, sections) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            format,
            segments,
            order,
            sections,
            bytes: 0,
            memory: 0,
            read_at: Duration::ZERO,
            version: 0,
            gzip: OnceLock::new(),
            is_absent: true,
        }
    }

    /// Whether this stands for a page that was not made, as nobody asked for its format of late.
    pub fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// The pieces of the text, in order. None is empty.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.segment_count()).map(|index| self.segment(index)).filter(|text| !text.is_empty())
    }

    /// Piece number `index` of the text; empty beyond the last, and for a piece without text.
    pub fn segment(&self, index: usize) -> &[u8] {
        match self.order.get(index) {
            Some(block) => self.segments.get(block.as_usize()).map_or(&[], Segment::text),
            None if index == self.order.len() && !self.is_absent => self.format.tail(),
            None => &[],
        }
    }

    /// The same of a page with these sections alone: empty for a piece of another one. What ends the text is always there.
    pub(super) fn segment_within(&self, index: usize, sections: SectionSet) -> &[u8] {
        match self.sections.get(index) {
            Some(section) if !sections.contains(usize::from(*section)) => &[],
            _ => self.segment(index),
        }
    }

    /// How many pieces there are.
    pub fn segment_count(&self) -> usize {
        self.order.len() + 1
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

    /// A number for this text: no other page or view of the process has it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What the text is written in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The gzip form, if it was asked for and is made.
    pub fn gzip(&self) -> Option<&[u8]> {
        self.gzip.get().map(Vec::as_slice)
    }

    /// Whether there is, or will be when asked for, a gzip form: not of a tiny page, nor without the feature `gzip`.
    pub fn has_gzip(&self) -> bool {
        cfg!(feature = "gzip") && self.bytes >= TINY
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
        self.memory + self.gzip.get().map_or(0, Vec::capacity)
    }

    /// Brings the page to the state of `reading`. What the old text was compressed into is given back, to be used again.
    ///
    /// # Errors
    /// [`OutOfMemory`]: neither page nor encoder are to be used any more.
    pub(crate) fn update(
        &mut self,
        reading: &Reading<'_>,
        encoder: &mut Encoder,
        read_at: Duration,
    ) -> Result<Option<Vec<u8>>, OutOfMemory> {
        let Self { segments, order, sections, bytes, memory, .. } = self;
        let count = segments.len().max(reading.block_count());
        let more = count - segments.len();
        try_reserve(segments, more)?;
        segments.resize_with(count, Segment::default);
        order.clear();
        try_reserve(order, reading.order().len())?;
        order.extend_from_slice(reading.order());
        sections.clear();
        try_reserve(sections, reading.sections().len())?;
        sections.extend_from_slice(reading.sections());
        let is_large = *bytes >= LARGE;
        *bytes = self.format.tail().len();
        *memory = segments.capacity() * size_of::<Segment>() + order.capacity() * size_of::<BlockIndex>();
        *memory += sections.capacity();
        for block in reading.hidden() {
            // What was written before it was hidden.
            segments[block.as_usize()].release();
        }
        for (index, block) in reading.order().iter().enumerate() {
            if is_large {
                ask_for_later(reading, &reading.order()[index..], segments);
            }
            let segment = &mut segments[block.as_usize()];
            encoder.update(reading, *block, segment)?;
            *bytes += segment.text().len();
            *memory += segment.memory_bytes();
        }
        self.read_at = read_at;
        self.version = next_version();
        self.is_absent = false;
        Ok(self.gzip.take())
    }

    /// Keeps the gzip form. The text is not written again while others hold the page.
    pub(super) fn keep_gzip(&self, gzip: Vec<u8>) {
        let _ = self.gzip.set(gzip);
    }
}

/// Asks for the memory of blocks that come after the first of `order`: step by step, as each says where the next lies.
fn ask_for_later(reading: &Reading<'_>, order: &[BlockIndex], segments: &[Segment]) {
    if let Some(far) = order.get(2 * AHEAD) {
        reading.prefetch(*far);
        prefetch(&raw const segments[far.as_usize()]);
    }
    if let Some(near) = order.get(AHEAD) {
        reading.block(*near).prefetch();
    }
    if let Some(next) = order.get(1) {
        Encoder::prefetch(reading, *next, &segments[next.as_usize()]);
    }
}
