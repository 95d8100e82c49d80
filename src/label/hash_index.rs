//! An index by hash: open addressing over words that are written once, from 0 to what they then stand for.

#[cfg(not(loom))]
use crate::sync::Relaxed;
use crate::sync::{AtomicU64, OutOfMemory, zeroed};

/// Slots that a search passes before it gives up. At a load of one half a run this long does not happen by chance.
pub(super) const PROBES: usize = 128;
/// Slots for four entries of an index: 18 bytes an entry.
const SLOTS_PER_4_ENTRIES: usize = 9;
/// Entries up to which an index is small.
const SMALL: usize = 4096;
/// What the system hands out memory in.
const PAGE_BYTES: usize = 4096;

/// Words by hash. The upper half of a word is for the caller to compare before what the word names.
pub(super) struct HashIndex {
    /// INVARIANT: PROBES more than `starts`, so that a search never has to turn round.
    slots: Box<[AtomicU64]>,
    /// Slots at which a search may start.
    starts: usize,
}

impl HashIndex {
    /// At most 4/9 full with `entries` in it: a search for what is not there ends soon, in a full table too. A small
    /// index has twice the slots, as they cost next to nothing: most searches end at once.
    pub(super) fn new(entries: u32) -> Result<Self, OutOfMemory> {
        let entries = entries as usize + (entries as usize).min(SMALL);
        let starts = (entries * SLOTS_PER_4_ENTRIES).div_ceil(4);
        Ok(Self { slots: zeroed(starts + PROBES)?, starts })
    }

    /// The slots that a search for `hash` passes, up to an empty one.
    #[inline(always)]
    pub(super) fn run(&self, hash: u32) -> &[AtomicU64; PROBES] {
        // The product's high half: below `starts`, and as evenly spread as the hash.
        let start = (u64::from(hash) * self.starts as u64) >> 32;
        // SAFETY: `start` is below `starts`, so inside.
        let first = unsafe { self.slots.as_ptr().add(start as usize) };
        // SAFETY: PROBES slots follow each start (INVARIANT of `slots`).
        unsafe { &*first.cast() }
    }

    /// Touches every page. Adding 0 by read-modify-write is right whoever else is at work.
    #[cfg(not(loom))]
    pub(super) fn prefault(&self) {
        for slot in self.slots.iter().step_by(PAGE_BYTES / size_of::<u64>()) {
            slot.fetch_add(0, Relaxed);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }

    /// Bytes that `entries` entries have made resident at most: their slots are random, so each may take a page.
    pub(super) fn used_bytes(&self, entries: u32) -> usize {
        (entries as usize * PAGE_BYTES).min(self.bytes())
    }
}
