//! Where the text of label values lies: one byte range per distinct value, taken once and never moved.
//!
//! Space is taken from the end, or from pieces that losers of a race gave back. Nothing is ever freed while the
//! registry lives; a request that does not fit takes nothing.

#[cfg(not(loom))]
use super::hash::short_words;
use crate::sync::{Acquire, AtomicU32, AtomicU64, OutOfMemory, Relaxed, Release, SharedBytes, zeroed};

/// Bytes before a value's text: its length, little endian.
const HEADER_BYTES: usize = 2;
/// Pieces are multiples of this, so that returned ones are worth keeping.
const GRAIN_BYTES: usize = 4;
/// Returned pieces kept at most; more can only be out at once if more threads lost races in that moment.
const RETURNED: usize = if cfg!(loom) { 2 } else { 64 };
/// Offset 0 is no value, so that a zero word can mean an empty slot.
const FIRST: u32 = GRAIN_BYTES as u32;

/// What a value of `len` bytes takes.
pub(crate) const fn piece_bytes(len: usize) -> u32 {
    ((HEADER_BYTES + len).next_multiple_of(GRAIN_BYTES)) as u32
}

/// A range that one caller owns until it publishes or returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArenaRange {
    pub(crate) at: u32,
    pub(crate) bytes: u32,
}

pub(crate) struct Arena {
    bytes: SharedBytes,
    /// INVARIANT: never above `bytes.len()`; ranges below it are owned, published or returned.
    next: AtomicU32,
    /// Pieces given back: `at << 32 | bytes`, 0 for none. Whoever swaps a word out owns the piece.
    returned: Box<[AtomicU64]>,
    /// Bytes of pieces that found no place among the returned ones.
    lost: AtomicU32,
}

impl Arena {
    /// An arena of `bytes` bytes; one grain more is allotted because offset 0 is not used.
    pub(crate) fn new(bytes: u32) -> Result<Self, OutOfMemory> {
        Ok(Self {
            bytes: SharedBytes::new(bytes as usize + FIRST as usize)?,
            next: AtomicU32::new(FIRST),
            returned: zeroed(RETURNED)?,
            lost: AtomicU32::new(0),
        })
    }

    /// A piece of at least `bytes` bytes, or none.
    pub(crate) fn take(&self, bytes: u32) -> Option<ArenaRange> {
        self.take_returned(bytes).or_else(|| self.take_fresh(bytes))
    }

    fn take_fresh(&self, bytes: u32) -> Option<ArenaRange> {
        let mut next = self.next.load(Relaxed);
        loop {
            let end = next.checked_add(bytes).filter(|end| *end as usize <= self.bytes.len())?;
            // ORDERING: Acquire pairs with the Release in `give_back`: if the range had an owner, its writes are over.
            match self.next.compare_exchange_weak(next, end, Acquire, Relaxed) {
                Ok(at) => return Some(ArenaRange { at, bytes }),
                Err(seen) => next = seen,
            }
        }
    }

    fn take_returned(&self, bytes: u32) -> Option<ArenaRange> {
        for slot in &self.returned {
            let word = slot.load(Relaxed);
            // ORDERING: Acquire pairs with the Release in `give_back`: the former owner's writes are over.
            if word != 0 && word as u32 >= bytes && slot.compare_exchange(word, 0, Acquire, Relaxed).is_ok() {
                let piece = ArenaRange { at: (word >> 32) as u32, bytes: word as u32 };
                self.give_back(ArenaRange { at: piece.at + bytes, bytes: piece.bytes - bytes });
                return Some(ArenaRange { at: piece.at, bytes });
            }
        }
        None
    }

    /// Takes back a piece that was never published. The end of the arena shrinks if the piece lies there.
    pub(crate) fn give_back(&self, piece: ArenaRange) {
        if piece.bytes == 0 {
            return;
        }
        // ORDERING: Release on both ways back pairs with the Acquire with which the next owner takes the range.
        if self.next.compare_exchange(piece.at + piece.bytes, piece.at, Release, Relaxed).is_ok() {
            return;
        }
        let word = u64::from(piece.at) << 32 | u64::from(piece.bytes);
        for slot in &self.returned {
            if slot.compare_exchange(0, word, Release, Relaxed).is_ok() {
                return;
            }
        }
        self.lost.fetch_add(piece.bytes, Relaxed);
    }

    /// Whether `bytes` could be taken at this moment. Cheap: it is asked before anything is reserved.
    pub(crate) fn has_capacity(&self, bytes: u32) -> bool {
        let end = self.next.load(Relaxed) as usize;
        self.bytes.len() - end >= bytes as usize || self.returned.iter().any(|slot| slot.load(Relaxed) as u32 >= bytes)
    }

    /// Writes one value at `at` and tells where the next one of the same piece goes.
    ///
    /// # Safety
    /// The caller owns `piece_bytes(text.len())` bytes at `at` and has not published them.
    pub(crate) unsafe fn write(&self, at: u32, text: &str) -> u32 {
        let length = (text.len() as u16).to_le_bytes();
        // SAFETY: owned by the caller, not published.
        unsafe { self.bytes.write(at as usize, &length) };
        // SAFETY: as above.
        unsafe { self.bytes.write(at as usize + HEADER_BYTES, text.as_bytes()) };
        at + piece_bytes(text.len())
    }

    /// Whether the value at `at` is `text`.
    ///
    /// # Safety
    /// `at` was published to this thread as the place of a value.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) unsafe fn is(&self, at: u32, text: &[u8]) -> bool {
        // SAFETY: the contract above.
        if usize::from(unsafe { self.length(at) }) != text.len() {
            return false;
        }
        // SAFETY: the contract above; the value is as long as the text.
        is_same(unsafe { self.bytes.read(at as usize + HEADER_BYTES, text.len()) }, text)
    }

    #[cfg(loom)]
    pub(crate) unsafe fn is(&self, at: u32, text: &[u8]) -> bool {
        *unsafe { self.read(at) } == *text
    }

    /// The text of the value at `at`.
    ///
    /// # Safety
    /// `at` was published to this thread as the place of a value.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) unsafe fn read(&self, at: u32) -> &[u8] {
        // SAFETY: the contract above.
        let length = unsafe { self.length(at) };
        // SAFETY: the contract above; the header tells how far the value goes.
        unsafe { self.bytes.read(at as usize + HEADER_BYTES, length.into()) }
    }

    /// The length of the value at `at`.
    ///
    /// # Safety
    /// `at` was published to this thread as the place of a value.
    #[cfg(not(loom))]
    #[inline(always)]
    unsafe fn length(&self, at: u32) -> u16 {
        // SAFETY: the contract above; a value starts with its header.
        let header = unsafe { self.bytes.read(at as usize, HEADER_BYTES) };
        // SAFETY: it is as long as the array.
        u16::from_le_bytes(unsafe { *header.as_ptr().cast() })
    }

    #[cfg(loom)]
    pub(crate) unsafe fn read(&self, at: u32) -> Box<[u8]> {
        let header = unsafe { self.bytes.read(at as usize, HEADER_BYTES) };
        let len = u16::from_le_bytes([header[0], header[1]]) as usize;
        unsafe { self.bytes.read(at as usize + HEADER_BYTES, len) }
    }

    /// Bytes taken, returned pieces not counted.
    pub(crate) fn used_bytes(&self) -> u32 {
        let returned: u32 = self.returned.iter().map(|slot| slot.load(Relaxed) as u32).sum();
        (self.next.load(Relaxed) - FIRST).saturating_sub(returned)
    }

    /// Bytes that can be taken in all.
    pub(crate) fn bound_bytes(&self) -> u32 {
        self.bytes.len() as u32 - FIRST
    }

    /// Bytes that no place was found for when they came back.
    #[cfg(loom)]
    pub(crate) fn lost_bytes(&self) -> u32 {
        self.lost.load(Relaxed)
    }
}

/// Whether two texts of the same length are the same: most are short and take no call.
#[cfg(not(loom))]
#[inline(always)]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    match (short_words(a), short_words(b)) {
        (Some(a), Some(b)) => (a[0] ^ b[0]) | (a[1] ^ b[1]) == 0,
        _ => is_same_other(a, b),
    }
}

/// The same for texts that are not short: up to 32 bytes in two pieces that overlap.
#[cfg(not(loom))]
#[inline(never)]
fn is_same_other(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<16>(), b.first_chunk::<16>(), a.last_chunk::<16>(), b.last_chunk::<16>()) {
        (Some(a_start), Some(b_start), Some(a_end), Some(b_end)) if a.len() <= 32 => {
            a_start == b_start && a_end == b_end
        }
        (None, ..) => a.iter().eq(b),
        _ => a == b,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::is_same;

    proptest! {
        #[test]
        fn texts_are_the_same_if_all_their_bytes_are(a in "[ab]{0,70}", at: prop::sample::Index, b in "[ab]{0,70}") {
            prop_assert!(is_same(a.as_bytes(), a.clone().as_bytes()));
            let mut other = a.clone().into_bytes();
            if !other.is_empty() {
                other[at.index(a.len())] ^= 1;
                prop_assert!(!is_same(a.as_bytes(), &other));
            }
            let len = a.len().min(b.len());
            prop_assert_eq!(is_same(&a.as_bytes()[..len], &b.as_bytes()[..len]), a[..len] == b[..len]);
        }
    }
}
