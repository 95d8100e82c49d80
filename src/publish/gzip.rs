//! The gzip form of a page or view (RFC 1952): made by the thread that made the text, into buffers that are used again.

#[cfg(feature = "gzip")]
pub(super) use with::Compressor;
#[cfg(not(feature = "gzip"))]
pub(super) use without::Compressor;

use crate::sync::OutOfMemory;

/// The gzip form of a text that never changes; none without the feature.
///
/// # Errors
/// [`OutOfMemory`].
#[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
pub(crate) fn packed(text: &[u8]) -> Result<Option<Vec<u8>>, OutOfMemory> {
    Compressor::new().compress([text].into_iter(), text.len())
}

#[cfg(feature = "gzip")]
mod with {
    use flate2::{Compress, Compression, FlushCompress, Status};

    use crate::foreign;
    use crate::sync::{OutOfMemory, try_reserve};

    /// Of the levels, the one that takes least time: an exposition repeats itself so much that it shrinks to a tenth
    /// already. Level 2 takes 1.4 times as long for a quarter less, level 3 2.5 times for a third, level 6 six times for two
    /// fifths, on pages of 90 KB to 9.5 MB (`scrape levels` in `benches`).
    const LEVEL: u32 = 1;
    /// 32 KiB, the largest: the same names come back at every line.
    const WINDOW_BITS: u8 = 15;
    /// What an exposition shrinks to, so that a first buffer is large enough.
    const RATIO: usize = 6;
    /// Bytes of the state of the compression, at most.
    const STATE_BYTES: usize = 300 << 10;
    /// Buffers that are kept.
    const SPARE: usize = 2;

    /// Packs texts. The state of the compression is made with the first page and kept.
    #[derive(Debug, Default)]
    pub(in crate::publish) struct Compressor {
        state: Option<Compress>,
        /// Buffers that pages gave back.
        spare: Vec<Vec<u8>>,
    }

    impl Compressor {
        pub(in crate::publish) fn new() -> Self {
            Self::default()
        }

        pub(in crate::publish) fn give_back(&mut self, buffer: Vec<u8>) {
            if self.spare.len() < SPARE {
                self.spare.push(buffer);
            }
        }

        /// The gzip form of a text of `bytes` bytes in pieces. None if the compressor fails, which it does not.
        ///
        /// # Errors
        /// [`OutOfMemory`].
        pub(in crate::publish) fn compress<'t>(
            &mut self,
            pieces: impl Iterator<Item = &'t [u8]>,
            bytes: usize,
        ) -> Result<Option<Vec<u8>>, OutOfMemory> {
            let state = match &mut self.state {
                Some(state) => state,
                none => none.insert(new_state()?),
            };
            state.reset();
            let mut compressed = self.spare.pop().unwrap_or_default();
            compressed.clear();
            try_reserve(&mut compressed, bytes / RATIO)?;
            for piece in pieces {
                if !feed(state, piece, FlushCompress::None, &mut compressed)? {
                    return Ok(None);
                }
            }
            Ok(feed(state, &[], FlushCompress::Finish, &mut compressed)?.then_some(compressed))
        }

        /// Gives memory back that no page in use needs.
        pub(in crate::publish) fn release(&mut self) {
            *self = Self::default();
        }
    }

    /// The library panics where it gets no memory: there is that much, or what it says is caught.
    fn new_state() -> Result<Compress, OutOfMemory> {
        try_reserve(&mut Vec::<u8>::new(), STATE_BYTES)?;
        let made = foreign::call(|| Compress::new_gzip(Compression::new(LEVEL), WINDOW_BITS));
        made.map_err(|_| OutOfMemory { bytes: STATE_BYTES })
    }

    /// Compresses all of `text`, and with `Finish` all that is left. False if the compressor fails, which it does not.
    fn feed(
        state: &mut Compress,
        mut text: &[u8],
        flush: FlushCompress,
        compressed: &mut Vec<u8>,
    ) -> Result<bool, OutOfMemory> {
        loop {
            let before = state.total_in();
            let Ok(status) = state.compress_vec(text, compressed, flush) else { return Ok(false) };
            text = text.get((state.total_in() - before) as usize..).unwrap_or(&[]);
            match (status, flush) {
                (Status::StreamEnd, _) => return Ok(true),
                (_, FlushCompress::None) if text.is_empty() => return Ok(true),
                // Out of room: half as much again.
                _ => {
                    let more = compressed.capacity() / 2 + 64;
                    try_reserve(compressed, more)?;
                }
            }
        }
    }
}

#[cfg(not(feature = "gzip"))]
mod without {
    use crate::sync::OutOfMemory;

    /// Packs nothing: texts have no gzip form.
    #[derive(Debug)]
    pub(in crate::publish) struct Compressor;

    impl Compressor {
        pub(in crate::publish) fn new() -> Self {
            Self
        }

        pub(in crate::publish) fn give_back(&mut self, _buffer: Vec<u8>) {}

        pub(in crate::publish) fn compress<'t>(
            &mut self,
            _pieces: impl Iterator<Item = &'t [u8]>,
            _bytes: usize,
        ) -> Result<Option<Vec<u8>>, OutOfMemory> {
            Ok(None)
        }

        pub(in crate::publish) fn release(&mut self) {}
    }
}
