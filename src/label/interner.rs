//! The interner: each distinct label value is kept once, and known by its place in the arena.
//!
//! The bytes of all values that a series brings and nobody knew are taken in one piece, and each is then published by one
//! exchange in the index; a loser of that race takes the winner's place and gives its own bytes back. What does not fit
//! takes nothing.

use crossbeam_utils::CachePadded;

use super::arena::{Arena, ArenaRange, piece_bytes};
use super::hash_index::HashIndex;
use super::quota::{FamilyQuota, reserve_below};
use super::reject::RejectReason;
use crate::sync::{Acquire, AtomicU32, OutOfMemory, Relaxed, Release};

/// A label value that was interned once, so that later lookups neither hash nor compare text.
///
/// Valid in the registry that made it; another registry rejects it with [`RejectReason::ForeignId`].
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register()?;
/// let model = registry.intern("gpt-5").map_err(|reason| reason.as_str())?;
/// calls.with_ids([model]).inc();
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "calls_total", &[("model", "gpt-5")]), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelId {
    pub(crate) at: u32,
    pub(crate) hash: u32,
}

impl LabelId {
    /// All of it in one word, which is never 0: no value is at the beginning of the arena.
    #[inline]
    pub(crate) fn word(self) -> u64 {
        u64::from(self.hash) << 32 | u64::from(self.at)
    }

    /// The id of a word that is not 0.
    #[allow(dead_code, reason = "the engine alone keeps no words")]
    pub(crate) fn of_word(word: u64) -> Self {
        Self { at: word as u32, hash: (word >> 32) as u32 }
    }
}

/// One label value on its way into the table.
#[derive(Clone, Copy)]
pub(super) struct LabelValue<'a> {
    pub(super) text: &'a str,
    pub(super) hash: u32,
    /// Its place in the arena, 0 while unknown.
    pub(super) at: u32,
}

/// What the values that the interner does not know will take.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MissingValues {
    values: u32,
    /// Bytes of the arena.
    bytes: u32,
    /// Bytes charged to the family.
    charge: u32,
}

pub(super) struct Interner {
    arena: Arena,
    /// Values: `hash << 32 | place in the arena`, 0 for empty.
    index: HashIndex,
    used: CachePadded<AtomicU32>,
    bound: u32,
    /// What a value is charged to its family at least, in bytes, so that a family's share of the label bytes bounds its
    /// share of the values too.
    least_charge: u32,
}

impl Interner {
    /// For so many values with so many bytes in all.
    pub(super) fn new(values: u32, bytes: u32) -> Result<Self, OutOfMemory> {
        Ok(Self {
            arena: Arena::new(bytes)?,
            index: HashIndex::new(values)?,
            used: CachePadded::new(AtomicU32::new(0)),
            bound: values,
            least_charge: bytes / values.max(1),
        })
    }

    // --- finding

    /// The place of `text`, which has this hash.
    pub(super) fn find(&self, text: &str, hash: u32) -> Option<u32> {
        for slot in self.index.run(hash) {
            // ORDERING: Acquire pairs with the Release in `publish`: the text is written.
            let word = slot.load(Acquire);
            if word == 0 {
                return None;
            }
            // SAFETY: the word was published, so it is the place of a value.
            if (word >> 32) as u32 == hash && unsafe { self.arena.is(word as u32, text.as_bytes()) } {
                return Some(word as u32);
            }
        }
        None
    }

    /// Whether `id` is one of this interner's.
    pub(super) fn knows(&self, id: LabelId) -> bool {
        let word = id.word();
        // ORDERING: Acquire pairs with the Release in `publish`, for whoever reads the text later.
        let words = self.index.run(id.hash).iter().map(|slot| slot.load(Acquire));
        words.take_while(|seen| *seen != 0).any(|seen| seen == word)
    }

    /// Whether there is a value of this hash; a value without one is new.
    #[inline(always)]
    pub(super) fn may_know(&self, hash: u32) -> bool {
        let words = self.index.run(hash).iter().map(|slot| slot.load(Relaxed));
        words.take_while(|word| *word != 0).any(|word| (word >> 32) as u32 == hash)
    }

    /// Whether the value at `at` is `text`.
    ///
    /// # Safety
    /// `at` was published to this thread as the place of a value.
    #[inline(always)]
    pub(super) unsafe fn is(&self, at: u32, text: &str) -> bool {
        // SAFETY: the contract above.
        unsafe { self.arena.is(at, text.as_bytes()) }
    }

    /// The text of the value at `at`.
    ///
    /// # Safety
    /// `at` was published to this thread as the place of a value.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(super) unsafe fn read(&self, at: u32) -> &[u8] {
        // SAFETY: the contract above.
        unsafe { self.arena.read(at) }
    }

    #[cfg(loom)]
    pub(super) unsafe fn read(&self, at: u32) -> Box<[u8]> {
        unsafe { self.arena.read(at) }
    }

    // --- adding

    /// Counts one more value of `len` bytes that is missing, and tells whether all of them would fit at this moment.
    pub(super) fn fits_with(&self, quota: &FamilyQuota, missing: &mut MissingValues, len: usize) -> bool {
        self.count(missing, len);
        self.fits(quota, *missing)
    }

    fn count(&self, missing: &mut MissingValues, len: usize) {
        let bytes = piece_bytes(len);
        missing.values += 1;
        missing.bytes += bytes;
        missing.charge += bytes.max(self.least_charge);
    }

    fn fits(&self, quota: &FamilyQuota, missing: MissingValues) -> bool {
        let values_left = self.bound.saturating_sub(self.used.load(Relaxed));
        let is_within_bounds = quota.label_bytes_left() >= missing.charge && values_left >= missing.values;
        is_within_bounds && self.arena.has_capacity(missing.bytes)
    }

    /// Gives every value without a place one. All of them or, if they do not fit, none.
    pub(super) fn intern(&self, quota: &FamilyQuota, values: &mut [LabelValue<'_>]) -> Result<(), RejectReason> {
        let mut missing = MissingValues::default();
        for value in values.iter().filter(|value| value.at == 0) {
            self.count(&mut missing, value.text.len());
        }
        if missing.values == 0 {
            return Ok(());
        }
        if !self.fits(quota, missing) {
            return Err(RejectReason::LabelBytesFull);
        }
        reserve_below(&self.used, missing.values, self.bound).ok_or(RejectReason::LabelBytesFull)?;
        let charged = quota.reserve_label_bytes(missing.charge);
        let piece = charged.and_then(|()| self.arena.take(missing.bytes));
        let Some(piece) = piece else {
            self.used.fetch_sub(missing.values, Relaxed);
            if charged.is_some() {
                quota.give_back_label_bytes(missing.charge);
            }
            return Err(RejectReason::LabelBytesFull);
        };
        self.intern_into(quota, values, piece)
    }

    fn intern_into(
        &self,
        quota: &FamilyQuota,
        values: &mut [LabelValue<'_>],
        piece: ArenaRange,
    ) -> Result<(), RejectReason> {
        let mut at = piece.at;
        let mut outcome = Ok(());
        for value in values.iter_mut().filter(|value| value.at == 0) {
            let own = ArenaRange { at, bytes: piece_bytes(value.text.len()) };
            // SAFETY: `own` is the next part of `piece`, which is ours and not published; the parts add up to it.
            at = unsafe { self.arena.write(at, value.text) };
            let published = self.publish(value, own);
            if published != Some(own.at) {
                self.arena.give_back(own);
                self.used.fetch_sub(1, Relaxed);
                quota.give_back_label_bytes(own.bytes.max(self.least_charge));
            }
            match published {
                Some(place) => value.at = place,
                None => outcome = Err(RejectReason::ProbesExhausted),
            }
        }
        outcome
    }

    /// The place under which the value is known: its own, or that of whoever was faster.
    fn publish(&self, value: &LabelValue<'_>, own: ArenaRange) -> Option<u32> {
        let word = u64::from(value.hash) << 32 | u64::from(own.at);
        for slot in self.index.run(value.hash) {
            // ORDERING: Release publishes the text to the Acquire in `find` and `knows`; Acquire on failure because the
            // winner's text is compared next.
            let Err(seen) = slot.compare_exchange(0, word, Release, Acquire) else {
                return Some(own.at);
            };
            // SAFETY: a word in the index is the place of a published value.
            if (seen >> 32) as u32 == value.hash && unsafe { self.arena.is(seen as u32, value.text.as_bytes()) } {
                return Some(seen as u32);
            }
        }
        None
    }

    // --- how much there is

    /// Whether a value of `bytes` bytes would fit into the arena at this moment.
    #[cfg(not(loom))]
    pub(super) fn has_capacity(&self, bytes: usize) -> bool {
        self.arena.has_capacity(piece_bytes(bytes))
    }

    /// Bytes of the index: bound and used.
    pub(super) fn index_bytes(&self) -> [usize; 2] {
        [self.index.bytes(), self.index.used_bytes(self.used.load(Relaxed))]
    }

    /// Bytes of label text: bound and used.
    pub(super) fn text_bytes(&self) -> [usize; 2] {
        [self.arena.bound_bytes() as usize, self.arena.used_bytes() as usize]
    }

    #[cfg(not(loom))]
    pub(super) fn prefault(&self) {
        self.index.prefault();
    }
}
