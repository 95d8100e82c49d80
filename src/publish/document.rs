//! A finished view: JSON in chunks, and its gzip form once somebody asked for it.

use std::sync::OnceLock;
use std::time::Duration;

use super::page::{TINY, next_version};

/// A finished view of one reading.
#[derive(Debug)]
pub struct Document {
    chunks: Vec<Vec<u8>>,
    bytes: usize,
    read_at: Duration,
    made_in: Duration,
    version: u64,
    /// INVARIANT: the gzip form of exactly these chunks.
    gzip: OnceLock<Vec<u8>>,
}

impl Document {
    pub(super) fn new(chunks: Vec<Vec<u8>>, read_at: Duration, made_in: Duration) -> Self {
        let bytes = chunks.iter().map(Vec::len).sum();
        Self { chunks, bytes, read_at, made_in, version: next_version(), gzip: OnceLock::new() }
    }

    /// The pieces of the text, in order. None is empty.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    /// Piece number `index` of the text; empty beyond the last.
    pub fn chunk(&self, index: usize) -> &[u8] {
        self.chunks.get(index).map_or(&[], Vec::as_slice)
    }

    /// How many pieces there are.
    pub fn chunk_count(&self) -> usize {
        self.chunks.len()
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

    /// How long it took to read and write it.
    pub fn made_in(&self) -> Duration {
        self.made_in
    }

    /// A number for this text: no other page or view of the process has it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The gzip form, if it was asked for and is made.
    pub fn gzip(&self) -> Option<&[u8]> {
        self.gzip.get().map(Vec::as_slice)
    }

    /// Whether there is, or will be when asked for, a gzip form: not of a tiny one, nor without the feature `gzip`.
    pub fn has_gzip(&self) -> bool {
        cfg!(feature = "gzip") && self.bytes >= TINY
    }

    /// The text in one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// Bytes of memory that it holds.
    pub fn memory_bytes(&self) -> usize {
        self.chunks.iter().map(Vec::capacity).sum::<usize>() + self.gzip.get().map_or(0, Vec::capacity)
    }

    /// Keeps the gzip form.
    pub(super) fn keep_gzip(&self, gzip: Vec<u8>) {
        let _ = self.gzip.set(gzip);
    }
}
