//! Text that is being written, and may run out of memory.
//!
//! Whoever appends need not ask each time: what there is no memory for is dropped, and whoever takes the text is told.

use std::ops::Deref;

use crate::sync::{OutOfMemory, try_reserve};

/// Text that is being written.
#[derive(Debug, Default)]
pub(crate) struct TextBuffer {
    bytes: Vec<u8>,
    /// INVARIANT: set while something is missing in `bytes`.
    missing: Option<OutOfMemory>,
}

impl TextBuffer {
    /// One that has room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut buffer = Self::default();
        buffer.reserve(bytes);
        buffer
    }

    /// Makes room for so many more; false if there is none.
    #[inline]
    pub(crate) fn reserve(&mut self, more: usize) -> bool {
        self.bytes.capacity() - self.bytes.len() >= more || self.grow(more)
    }

    #[cold]
    fn grow(&mut self, more: usize) -> bool {
        let outcome = try_reserve(&mut self.bytes, more);
        self.missing = self.missing.or(outcome.err());
        outcome.is_ok()
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        if self.reserve(1) {
            self.bytes.push(byte);
        }
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        if self.reserve(bytes.len()) {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Takes what comes after the first `len` bytes away.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.missing = None;
    }

    /// Whether all of the text is there.
    pub(crate) fn check(&self) -> Result<(), OutOfMemory> {
        self.missing.map_or(Ok(()), Err)
    }

    /// The text, if all of it is there.
    pub(crate) fn finish(self) -> Result<Vec<u8>, OutOfMemory> {
        self.check()?;
        Ok(self.bytes)
    }
}

impl Deref for TextBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
impl From<TextBuffer> for String {
    fn from(text: TextBuffer) -> Self {
        Self::from_utf8(text.finish().unwrap()).unwrap()
    }
}
