//! The label table: label values to series, with room fixed when it is built.
//!
//! Looking a series up is wait-free: hash, probe, compare the whole key. Adding one is lock-free and happens in this
//! order, so that what is rejected or lost in a race blocks nothing behind:
//!
//! ```text
//! look     nothing is reserved while the family, the table or the arena are visibly full
//! reserve  a place in the family, then a series with its cells (or a spare one of the family)
//! intern   the bytes of all values the table does not know, in one piece; each published by one exchange
//! write    the record
//! publish  one exchange in the index; a loser takes the winner's series and gives its own back
//! ready    readers that walk the records see it from here on
//! ```
//!
//! Records are never removed: an index slot goes from 0 to its record once.

use crossbeam_utils::CachePadded;

use super::arena::{Arena, MAX_VALUE_BYTES, Piece, piece_bytes};
use super::hash::{Hasher, KeyHash};
use super::index::{CellIndex, FamilyIndex, SeriesIndex};
use super::{LabelId, MAX_LABELS, RejectReason};
use crate::sync::{AcqRel, Acquire, AtomicU32, AtomicU64, Relaxed, Release, zeroed};

/// Slots looked at before a search gives up. At a load of one half a run this long does not happen by chance.
const PROBES: usize = 128;
/// Looks for a key that somebody else may be adding, before its observation is rejected.
const LOOKS: usize = if cfg!(loom) { 1 } else { 1000 };
/// Slots for four entries of an index: 18 bytes an entry.
const SLOTS_PER_4_ENTRIES: usize = 9;
/// Entries up to which an index is small.
const SMALL: usize = 4096;
/// What the system hands out memory in.
const PAGE_BYTES: usize = 4096;
/// Bits of `Record::owner` that name the family; a registry has 2^16 at most. The rest count labels.
const FAMILY_BITS: u32 = 24;
/// `Record::state` of a series that readers may show.
const READY: u32 = u32::MAX;
/// The family that interned ids without a series are charged to.
const IDS: FamilyIndex = FamilyIndex(0);

/// How much room a table has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableRoom {
    pub(crate) series: u32,
    pub(crate) cells: u32,
    pub(crate) values: u32,
    pub(crate) label_bytes: u32,
    pub(crate) families: u32,
}

/// What a family takes and may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FamilyRoom {
    /// Cells per series.
    pub(crate) width: u32,
    pub(crate) arity: u32,
    pub(crate) series: u32,
    pub(crate) label_bytes: u32,
}

pub(crate) struct Table {
    hasher: Hasher,
    arena: Arena,
    /// Values: `hash << 32 | place in the arena`, 0 for empty.
    values: Index,
    values_used: CachePadded<AtomicU32>,
    values_bound: u32,
    /// What a value is charged to its family at least, in bytes, so that a family's share of the label bytes bounds its
    /// share of the values too.
    value_charge: u32,
    /// Series: `tag << 32 | series + 1`, 0 for empty. INVARIANT: a word that is not 0 names one of `records`, whose
    /// owner and key were written before and do not change again.
    series: Index,
    records: Box<[Record]>,
    /// The values of each series, as places in the arena.
    keys: Box<[AtomicU32]>,
    next_key: AtomicU32,
    /// `series << 32 | cells`, so that one exchange reserves both.
    next: CachePadded<AtomicU64>,
    cells_bound: u32,
    families: Box<[Family]>,
    next_family: AtomicU32,
}

struct Record {
    /// Its family and the number of its values; see `owner`.
    owner: AtomicU32,
    cell: AtomicU32,
    /// Where its values start in `Table::keys`. INVARIANT: all of them lie inside.
    key: AtomicU32,
    /// READY, or while the record is a spare one: the next spare of its family, as series + 1.
    ///
    /// INVARIANT: once READY, no field of the record changes again.
    state: AtomicU32,
}

struct Family {
    width: AtomicU32,
    arity: AtomicU32,
    series_bound: AtomicU32,
    label_bytes_bound: AtomicU32,
    /// Series reserved. INVARIANT: never above `series_bound`.
    series: AtomicU32,
    /// Series published; behind `series` while somebody is adding.
    published: AtomicU32,
    /// What was charged for values that this family was the first to use, in bytes.
    label_bytes: AtomicU32,
    /// Records given back by losers: `version << 32 | series + 1`; the version makes an old exchange fail.
    spare: AtomicU64,
}

impl Record {
    /// What names a family and its labels in a record, so that one comparison tells both.
    #[inline(always)]
    fn owner(family: FamilyIndex, labels: usize) -> u32 {
        (labels as u32) << FAMILY_BITS | family.0
    }

    fn family(&self) -> FamilyIndex {
        FamilyIndex(self.owner.load(Relaxed) & ((1 << FAMILY_BITS) - 1))
    }

    #[inline(always)]
    fn cell(&self) -> CellIndex {
        CellIndex(self.cell.load(Relaxed))
    }

    fn labels(&self) -> usize {
        (self.owner.load(Relaxed) >> FAMILY_BITS) as usize
    }
}

/// Open addressing over words that are written once.
struct Index {
    /// INVARIANT: PROBES more than `starts`, so that a search never has to turn round.
    slots: Box<[AtomicU64]>,
    /// Slots at which a search may start.
    starts: usize,
}

impl Index {
    /// At most 4/9 full with `entries` in it: a search for what is not there ends soon, in a full table too. A small
    /// index has twice the slots, as they cost next to nothing: most searches end at once.
    fn new(entries: u32) -> Self {
        let entries = entries as usize + (entries as usize).min(SMALL);
        let starts = (entries * SLOTS_PER_4_ENTRIES).div_ceil(4);
        Self { slots: zeroed(starts + PROBES), starts }
    }

    /// The slots that a search for `hash` looks at, up to an empty one.
    #[inline(always)]
    fn run(&self, hash: u32) -> &[AtomicU64; PROBES] {
        // The product's high half: below `starts`, and as evenly spread as the hash.
        let start = (u64::from(hash) * self.starts as u64) >> 32;
        // SAFETY: `start` is below `starts`, so inside.
        let first = unsafe { self.slots.as_ptr().add(start as usize) };
        // SAFETY: PROBES slots follow each start (INVARIANT of `slots`).
        unsafe { &*first.cast() }
    }

    fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }

    /// Bytes that `entries` entries have made resident at most: their places are random, so each may take a page.
    fn used_bytes(&self, entries: u32) -> usize {
        (entries as usize * PAGE_BYTES).min(self.bytes())
    }
}

/// One label value on its way into the table.
#[derive(Clone, Copy)]
struct Value<'a> {
    text: &'a str,
    hash: u32,
    /// Its place in the arena, 0 while unknown.
    at: u32,
}

/// What the values that the table does not know will take.
#[derive(Debug, Clone, Copy, Default)]
struct Missing {
    values: u32,
    /// Bytes of the arena.
    bytes: u32,
    /// Bytes charged to the family.
    charge: u32,
}

impl Missing {
    /// Counts one more.
    fn with(&mut self, len: usize, least_charge: u32) -> Self {
        let bytes = piece_bytes(len);
        self.values += 1;
        self.bytes += bytes;
        self.charge += bytes.max(least_charge);
        *self
    }
}

/// A series that was found or added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) cell: CellIndex,
}

impl Table {
    pub(crate) fn new(seed: u64, room: TableRoom) -> Self {
        let records = (0..room.series)
            .map(|_| Record {
                owner: AtomicU32::new(0),
                cell: AtomicU32::new(0),
                key: AtomicU32::new(0),
                state: AtomicU32::new(0),
            })
            .collect();
        let families = (0..=room.families)
            .map(|_| Family {
                width: AtomicU32::new(0),
                arity: AtomicU32::new(0),
                series_bound: AtomicU32::new(0),
                label_bytes_bound: AtomicU32::new(0),
                series: AtomicU32::new(0),
                published: AtomicU32::new(0),
                label_bytes: AtomicU32::new(0),
                spare: AtomicU64::new(0),
            })
            .collect();
        let table = Self {
            hasher: Hasher::new(seed),
            arena: Arena::new(room.label_bytes),
            values: Index::new(room.values),
            values_used: CachePadded::new(AtomicU32::new(0)),
            values_bound: room.values,
            value_charge: room.label_bytes / room.values.max(1),
            series: Index::new(room.series),
            records,
            keys: zeroed(room.series as usize * MAX_LABELS),
            next_key: AtomicU32::new(0),
            next: CachePadded::new(AtomicU64::new(0)),
            cells_bound: room.cells,
            families,
            next_family: AtomicU32::new(IDS.0 + 1),
        };
        // Ids without a series may take half of the arena and no more: the other half is for values in use.
        let ids = FamilyRoom { width: 0, arity: 0, series: 0, label_bytes: room.label_bytes / 2 };
        table.set_room(IDS, ids);
        table
    }

    /// Touches every page, so that adding a series meets no fresh one. The records were written when they were made.
    #[cfg(not(loom))]
    pub(crate) fn prefault(&self) {
        // A page is 4 KiB. Adding 0 by read-modify-write is right whoever else is at work.
        for slot in self.series.slots.iter().chain(&self.values.slots).step_by(512) {
            slot.fetch_add(0, Relaxed);
        }
        for word in self.keys.iter().step_by(1024) {
            word.fetch_add(0, Relaxed);
        }
    }

    /// A new family that may take `room`.
    pub(crate) fn next_family(&self, room: FamilyRoom) -> Option<FamilyIndex> {
        let family = FamilyIndex(self.next_family.load(Relaxed));
        // The registry declares one family at a time, under its lock.
        self.next_family.store(family.0 + 1, Relaxed);
        self.set_room(family, room).then_some(family)
    }

    fn set_room(&self, family: FamilyIndex, room: FamilyRoom) -> bool {
        let Some(slot) = self.families.get(family.as_usize()) else { return false };
        // ORDERING: Relaxed; the family's handle, and with it all use, reaches other threads afterwards.
        slot.width.store(room.width, Relaxed);
        slot.arity.store(room.arity, Relaxed);
        slot.series_bound.store(room.series, Relaxed);
        slot.label_bytes_bound.store(room.label_bytes, Relaxed);
        true
    }

    /// Cells for something that is not a series of the table: sinks, rejections, closed label sets.
    pub(crate) fn reserve_cells(&self, cells: u32) -> Option<CellIndex> {
        self.reserve(0, cells).map(|(_, cell)| cell)
    }

    /// Takes cells back that were not used, unless others were handed out meanwhile.
    #[cfg(not(loom))]
    pub(crate) fn give_back_cells(&self, first: CellIndex, cells: u32) {
        let next = self.next.load(Relaxed);
        if unpack(next).1 == (first + cells).0 {
            let _ = self.next.compare_exchange(next, next - u64::from(cells), Relaxed, Relaxed);
        }
    }

    /// The hash that all series of a family start from.
    pub(crate) fn family_hash(&self, family: FamilyIndex) -> u64 {
        self.hasher.family(family)
    }

    /// The series of `family` with these label values, added if it is new.
    ///
    /// One function for all that record by text, so that what comes before and behind it is done in registers.
    #[inline(never)]
    pub(crate) fn find_or_add<const N: usize>(
        &self,
        family: FamilyIndex,
        family_hash: u64,
        texts: &[&str; N],
    ) -> Result<Found, RejectReason> {
        let mut hashes = [0; N];
        let mut sum = family_hash;
        for label in 0..N {
            hashes[label] = self.hasher.value(texts[label].as_bytes());
            sum = sum.wrapping_add(self.hasher.part(label, hashes[label]));
        }
        let hash = Hasher::finish(sum);
        match self.find(family, hash, texts) {
            Some(found) => Ok(found),
            None => self.add_texts(family, hash, texts, &hashes),
        }
    }

    /// The same by interned ids.
    #[inline(always)]
    pub(crate) fn find_or_add_ids<const N: usize>(
        &self,
        family: FamilyIndex,
        family_hash: u64,
        ids: &[LabelId; N],
    ) -> Result<Found, RejectReason> {
        let mut sum = family_hash;
        for (label, id) in ids.iter().enumerate() {
            sum = sum.wrapping_add(self.hasher.part(label, id.hash));
        }
        let hash = Hasher::finish(sum);
        match self.find(family, hash, ids) {
            Some(found) => Ok(found),
            None => self.add_ids(family, hash, ids),
        }
    }

    /// Searches for a published record.
    #[inline(always)]
    fn find<const N: usize>(&self, family: FamilyIndex, hash: KeyHash, key: &impl Key<N>) -> Option<Found> {
        let owner = Record::owner(family, N);
        for slot in self.series.run(hash.slot) {
            // ORDERING: Acquire pairs with the Release of `publish`: the record and its values are complete.
            let word = slot.load(Acquire);
            if word == 0 {
                return None;
            }
            if (word >> 32) as u32 != hash.tag {
                continue;
            }
            // SAFETY: the word is not 0 and was read with Acquire.
            let record = unsafe { self.record(word) };
            if record.owner.load(Relaxed) != owner {
                continue;
            }
            // SAFETY: the record's owner says that it has N values.
            let words = unsafe { self.key_of(record) };
            // SAFETY: the words of a published record's key are places of published values.
            if unsafe { key.is(&self.arena, words) } {
                return Some(Found { cell: record.cell() });
            }
        }
        None
    }

    /// The record that a word of the index names.
    ///
    /// # Safety
    /// The word was read from `series` with Acquire, and is not 0.
    #[inline(always)]
    unsafe fn record(&self, word: u64) -> &Record {
        let series = (word as u32 as usize).wrapping_sub(1);
        // SAFETY: the INVARIANT of `series`.
        unsafe { self.records.get_unchecked(series) }
    }

    /// The words of the key of a record with N values.
    ///
    /// # Safety
    /// The record's owner says N, and was written before by this thread or read from a record of the index.
    #[inline(always)]
    unsafe fn key_of<const N: usize>(&self, record: &Record) -> &[AtomicU32; N] {
        // SAFETY: the INVARIANT of `Record::key`.
        let first = unsafe { self.keys.as_ptr().add(record.key.load(Relaxed) as usize) };
        // SAFETY: as above; the record has N values.
        unsafe { &*first.cast() }
    }

    /// Searches again while somebody is adding to the family: the last room may be reserved for this very key.
    ///
    /// A bounded number of times: an adder that was put to sleep is not waited for, and the observation is rejected.
    fn find_soon<const N: usize>(
        &self,
        family: FamilyIndex,
        reason: RejectReason,
        hash: KeyHash,
        key: &impl Key<N>,
    ) -> Option<Found> {
        let slot = self.families.get(family.as_usize())?;
        // Only these can be another thread's doing; the rest would be rejected alone too.
        if !matches!(reason, RejectReason::FamilyFull | RejectReason::TableFull) {
            return None;
        }
        for _ in 0..LOOKS {
            // ORDERING: Acquire pairs with the Release in `publish`: what was published is found below.
            let is_adding = slot.published.load(Acquire) < slot.series.load(Relaxed);
            let found = self.find(family, hash, key);
            if found.is_some() || !is_adding {
                return found;
            }
            crate::sync::spin_loop();
        }
        None
    }

    /// The words of a record's key.
    fn key(&self, record: &Record) -> &[AtomicU32] {
        let start = record.key.load(Relaxed) as usize;
        self.keys.get(start..).and_then(|keys| keys.get(..record.labels())).unwrap_or(&[])
    }

    #[cold]
    #[inline(never)]
    fn add_texts<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        texts: &[&str; N],
        hashes: &[u32; N],
    ) -> Result<Found, RejectReason> {
        self.try_add_texts(family, hash, texts, hashes)
            .or_else(|reason| self.find_soon(family, reason, hash, texts).ok_or(reason))
    }

    fn try_add_texts<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        texts: &[&str; N],
        hashes: &[u32; N],
    ) -> Result<Found, RejectReason> {
        // The check that costs least first: a family at its bound rejects without looking at a byte.
        let slot = self.check_room(family)?;
        if texts.iter().any(|text| text.len() > MAX_VALUE_BYTES) {
            return Err(RejectReason::ValueTooLong);
        }
        // Values that are new beyond doubt, before any is looked up by its text: a rejection should cost little.
        let mut missing = Missing::default();
        for (text, hash) in texts.iter().zip(hashes) {
            if !self.may_know(*hash) && !self.has_label_room(slot, missing.with(text.len(), self.value_charge)) {
                return Err(RejectReason::LabelBytesFull);
            }
        }
        let mut values = [Value { text: "", hash: 0, at: 0 }; N];
        for ((value, text), hash) in values.iter_mut().zip(texts).zip(hashes) {
            *value = Value { text, hash: *hash, at: self.find_value(text, *hash).unwrap_or(0) };
        }
        self.add(family, slot, hash, &mut values)
    }

    #[cold]
    #[inline(never)]
    fn add_ids<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        ids: &[LabelId; N],
    ) -> Result<Found, RejectReason> {
        self.try_add_ids(family, hash, ids).or_else(|reason| self.find_soon(family, reason, hash, ids).ok_or(reason))
    }

    fn try_add_ids<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        ids: &[LabelId; N],
    ) -> Result<Found, RejectReason> {
        let slot = self.check_room(family)?;
        let mut values = [Value { text: "", hash: 0, at: 0 }; N];
        for (value, id) in values.iter_mut().zip(ids) {
            if !self.knows(*id) {
                return Err(RejectReason::ForeignId);
            }
            *value = Value { text: "", hash: id.hash, at: id.at };
        }
        self.add(family, slot, hash, &mut values)
    }

    /// Rejects, without writing anything, what is certain to be rejected.
    fn check_room(&self, family: FamilyIndex) -> Result<&Family, RejectReason> {
        let Some(slot) = self.families.get(family.as_usize()) else { return Err(RejectReason::FamilyFull) };
        if slot.series.load(Relaxed) >= slot.series_bound.load(Relaxed) {
            return Err(RejectReason::FamilyFull);
        }
        let (series, cells) = unpack(self.next.load(Relaxed));
        let is_full = series as usize >= self.records.len() || self.cells_bound - cells < slot.width.load(Relaxed);
        if is_full && slot.spare.load(Relaxed) as u32 == 0 {
            return Err(RejectReason::TableFull);
        }
        Ok(slot)
    }

    fn add(
        &self,
        family: FamilyIndex,
        slot: &Family,
        hash: KeyHash,
        values: &mut [Value<'_>],
    ) -> Result<Found, RejectReason> {
        if !self.has_slot(hash) {
            return Err(RejectReason::ProbesExhausted);
        }
        reserve_below(&slot.series, 1, slot.series_bound.load(Relaxed)).ok_or(RejectReason::FamilyFull)?;
        let Some(series) = self.take_spare(slot).or_else(|| self.take_series(family, slot)) else {
            slot.series.fetch_sub(1, Relaxed);
            return Err(RejectReason::TableFull);
        };
        if let Err(reason) = self.intern(slot, values) {
            self.give_back(slot, series);
            return Err(reason);
        }
        let (Some(record), true) = (self.records.get(series.as_usize()), values.len() <= MAX_LABELS) else {
            return Err(RejectReason::TableFull);
        };
        for (word, value) in self.key(record).iter().zip(values.iter()) {
            word.store(value.at, Relaxed);
        }
        self.publish(slot, hash, series, record)
    }

    /// Puts a written record into the index, or takes the one that was faster.
    fn publish(
        &self,
        slot: &Family,
        hash: KeyHash,
        series: SeriesIndex,
        record: &Record,
    ) -> Result<Found, RejectReason> {
        let word = u64::from(hash.tag) << 32 | u64::from(series.0 + 1);
        for target in self.series.run(hash.slot) {
            // ORDERING: Release publishes record, key and values to the Acquire in `find`; Acquire on failure because
            // the winner's record is compared next.
            let seen = match target.compare_exchange(0, word, Release, Acquire) {
                Ok(_) => {
                    // ORDERING: Release pairs with the Acquire in `series`: a walker sees the complete record.
                    record.state.store(READY, Release);
                    // ORDERING: Release pairs with the Acquire in `find_soon`.
                    slot.published.fetch_add(1, Release);
                    return Ok(Found { cell: record.cell() });
                }
                Err(seen) => seen,
            };
            // SAFETY: the exchange found another word than 0, and read it with Acquire.
            let winner = unsafe { self.record(seen) };
            if (seen >> 32) as u32 == hash.tag && winner.owner.load(Relaxed) == record.owner.load(Relaxed) {
                let (theirs, ours) = (self.key(winner), self.key(record));
                if theirs.iter().zip(ours).all(|(a, b)| a.load(Relaxed) == b.load(Relaxed)) {
                    self.give_back(slot, series);
                    return Ok(Found { cell: winner.cell() });
                }
            }
        }
        self.give_back(slot, series);
        Err(RejectReason::ProbesExhausted)
    }

    /// Whether a search for `hash` ends at an empty slot.
    fn has_slot(&self, hash: KeyHash) -> bool {
        self.series.run(hash.slot).iter().any(|slot| slot.load(Relaxed) == 0)
    }

    // --- series and their cells

    fn reserve(&self, series: u32, cells: u32) -> Option<(SeriesIndex, CellIndex)> {
        let mut next = self.next.load(Relaxed);
        loop {
            let (used_series, used_cells) = unpack(next);
            let fits =
                used_series as usize + series as usize <= self.records.len() && self.cells_bound - used_cells >= cells;
            if !fits {
                return None;
            }
            let after = next + (u64::from(series) << 32) + u64::from(cells);
            // ORDERING: Relaxed; the numbers are handed out once each, what they stand for is published by the index.
            match self.next.compare_exchange_weak(next, after, Relaxed, Relaxed) {
                Ok(_) => return Some((SeriesIndex(used_series), CellIndex(used_cells))),
                Err(seen) => next = seen,
            }
        }
    }

    fn take_series(&self, family: FamilyIndex, slot: &Family) -> Option<SeriesIndex> {
        let (series, cell) = self.reserve(1, slot.width.load(Relaxed))?;
        let record = self.records.get(series.as_usize())?;
        let labels = slot.arity.load(Relaxed);
        let key = self.next_key.fetch_add(labels, Relaxed);
        // Cannot run out: `keys` has MAX_LABELS words for each series.
        self.keys.get(key as usize..)?.get(..labels as usize)?;
        record.owner.store(Record::owner(family, labels as usize), Relaxed);
        record.cell.store(cell.0, Relaxed);
        record.key.store(key, Relaxed);
        Some(series)
    }

    fn take_spare(&self, slot: &Family) -> Option<SeriesIndex> {
        // ORDERING: Acquire pairs with the Release in `give_back`: the record's link and fields are written.
        let mut head = slot.spare.load(Acquire);
        loop {
            let series = SeriesIndex((head as u32).checked_sub(1)?);
            let next = self.records.get(series.as_usize())?.state.load(Relaxed);
            let after = next_version(head) | u64::from(next);
            match slot.spare.compare_exchange_weak(head, after, AcqRel, Acquire) {
                Ok(_) => return Some(series),
                Err(seen) => head = seen,
            }
        }
    }

    /// Returns a record that was never published, with its cells and its place in the family.
    fn give_back(&self, slot: &Family, series: SeriesIndex) {
        let Some(record) = self.records.get(series.as_usize()) else { return };
        let mut head = slot.spare.load(Relaxed);
        loop {
            record.state.store(head as u32, Relaxed);
            let after = next_version(head) | u64::from(series.0 + 1);
            // ORDERING: Release pairs with the Acquire in `take_spare`.
            match slot.spare.compare_exchange_weak(head, after, AcqRel, Relaxed) {
                Ok(_) => break,
                Err(seen) => head = seen,
            }
        }
        slot.series.fetch_sub(1, Relaxed);
    }

    // --- values

    /// The id of `text`, interned if it is new. Ids without a series have half of the arena at most.
    pub(crate) fn id(&self, text: &str) -> Result<LabelId, RejectReason> {
        let hash = self.hasher.value(text.as_bytes());
        if let Some(at) = self.find_value(text, hash) {
            return Ok(LabelId { at, hash });
        }
        if text.len() > MAX_VALUE_BYTES {
            return Err(RejectReason::ValueTooLong);
        }
        let Some(slot) = self.families.get(IDS.as_usize()) else { return Err(RejectReason::LabelBytesFull) };
        let mut values = [Value { text, hash, at: 0 }];
        self.intern(slot, &mut values)?;
        let [Value { at, .. }] = values;
        Ok(LabelId { at, hash })
    }

    /// The id of `text` if some series has it, or it was interned.
    #[cfg(not(loom))]
    pub(crate) fn known_id(&self, text: &str) -> Option<LabelId> {
        let hash = self.hasher.value(text.as_bytes());
        self.find_value(text, hash).map(|at| LabelId { at, hash })
    }

    /// Whether `id` is one of this table's.
    fn knows(&self, id: LabelId) -> bool {
        let word = u64::from(id.hash) << 32 | u64::from(id.at);
        // ORDERING: Acquire pairs with the Release in `publish_value`, for whoever reads the text later.
        let words = self.values.run(id.hash).iter().map(|slot| slot.load(Acquire));
        words.take_while(|seen| *seen != 0).any(|seen| seen == word)
    }

    /// Whether there is a value of this hash; a value without one is new.
    #[inline(always)]
    fn may_know(&self, hash: u32) -> bool {
        let words = self.values.run(hash).iter().map(|slot| slot.load(Relaxed));
        words.take_while(|word| *word != 0).any(|word| (word >> 32) as u32 == hash)
    }

    fn find_value(&self, text: &str, hash: u32) -> Option<u32> {
        for slot in self.values.run(hash) {
            // ORDERING: Acquire pairs with the Release in `publish_value`: the text is written.
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

    /// Whether the missing values would fit at this moment.
    fn has_label_room(&self, slot: &Family, missing: Missing) -> bool {
        let left = slot.label_bytes_bound.load(Relaxed).saturating_sub(slot.label_bytes.load(Relaxed));
        let values_left = self.values_bound.saturating_sub(self.values_used.load(Relaxed));
        left >= missing.charge && values_left >= missing.values && self.arena.has_room(missing.bytes)
    }

    /// Gives every value without a place one. All of them or, if they do not fit, none.
    fn intern(&self, slot: &Family, values: &mut [Value<'_>]) -> Result<(), RejectReason> {
        let mut missing = Missing::default();
        for value in values.iter().filter(|value| value.at == 0) {
            missing.with(value.text.len(), self.value_charge);
        }
        if missing.values == 0 {
            return Ok(());
        }
        if !self.has_label_room(slot, missing) {
            return Err(RejectReason::LabelBytesFull);
        }
        reserve_below(&self.values_used, missing.values, self.values_bound).ok_or(RejectReason::LabelBytesFull)?;
        let charged = reserve_below(&slot.label_bytes, missing.charge, slot.label_bytes_bound.load(Relaxed));
        let piece = charged.and_then(|()| self.arena.take(missing.bytes));
        let Some(piece) = piece else {
            self.values_used.fetch_sub(missing.values, Relaxed);
            if charged.is_some() {
                slot.label_bytes.fetch_sub(missing.charge, Relaxed);
            }
            return Err(RejectReason::LabelBytesFull);
        };
        self.intern_into(slot, values, piece)
    }

    fn intern_into(&self, slot: &Family, values: &mut [Value<'_>], piece: Piece) -> Result<(), RejectReason> {
        let mut at = piece.at;
        let mut outcome = Ok(());
        for value in values.iter_mut().filter(|value| value.at == 0) {
            let own = Piece { at, bytes: piece_bytes(value.text.len()) };
            // SAFETY: `own` is the next part of `piece`, which is ours and not published; the parts add up to it.
            at = unsafe { self.arena.write(at, value.text) };
            let published = self.publish_value(value, own);
            if published != Some(own.at) {
                self.arena.give_back(own);
                self.values_used.fetch_sub(1, Relaxed);
                slot.label_bytes.fetch_sub(own.bytes.max(self.value_charge), Relaxed);
            }
            match published {
                Some(place) => value.at = place,
                None => outcome = Err(RejectReason::ProbesExhausted),
            }
        }
        outcome
    }

    /// The place under which the table knows the value: its own, or that of whoever was faster.
    fn publish_value(&self, value: &Value<'_>, own: Piece) -> Option<u32> {
        let word = u64::from(value.hash) << 32 | u64::from(own.at);
        for slot in self.values.run(value.hash) {
            // ORDERING: Release publishes the text to the Acquire in `find_value` and `knows`; Acquire on failure
            // because the winner's text is compared next.
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

    // --- reading

    /// Series numbers handed out so far; `series` tells for each whether it may be shown.
    pub(crate) fn series_high(&self) -> u32 {
        unpack(self.next.load(Relaxed)).0
    }

    /// Cells handed out so far.
    pub(crate) fn cells_high(&self) -> u32 {
        unpack(self.next.load(Relaxed)).1
    }

    /// Family and first cell of a series, once its record is complete.
    pub(crate) fn series(&self, series: SeriesIndex) -> Option<(FamilyIndex, CellIndex)> {
        let record = self.records.get(series.as_usize())?;
        // ORDERING: Acquire pairs with the Release in `publish`.
        (record.state.load(Acquire) == READY).then(|| (record.family(), record.cell()))
    }

    /// The label values of a series that `series` has returned.
    #[cfg(not(loom))]
    pub(crate) fn series_values(&self, series: SeriesIndex) -> impl Iterator<Item = &str> {
        let key = match (self.series(series), self.records.get(series.as_usize())) {
            (Some(_), Some(record)) => self.key(record),
            _ => &[],
        };
        key.iter().map(|word| {
            // SAFETY: the record is ready, so its words are places of published values.
            let bytes = unsafe { self.arena.read(word.load(Relaxed)) };
            std::str::from_utf8(bytes).unwrap_or_default()
        })
    }

    /// One label value of a series that `series` has returned.
    #[cfg(loom)]
    pub(crate) fn series_value(&self, series: SeriesIndex, label: usize) -> Box<[u8]> {
        assert!(self.series(series).is_some());
        let key = self.key(&self.records[series.as_usize()]);
        unsafe { self.arena.read(key[label].load(Relaxed)) }
    }

    /// Whether a series of `cells` cells would fit at this moment, and a value of `bytes` bytes.
    #[cfg(not(loom))]
    pub(crate) fn has_room(&self, cells: u32, bytes: usize) -> Result<(), &'static str> {
        let (series, used) = unpack(self.next.load(Relaxed));
        if series as usize >= self.records.len() {
            Err("series")
        } else if self.cells_bound - used < cells {
            Err("cells")
        } else if !self.arena.has_room(piece_bytes(bytes)) {
            Err("label bytes")
        } else {
            Ok(())
        }
    }

    /// Series there may be.
    pub(crate) fn series_bound(&self) -> u32 {
        self.records.len() as u32
    }

    /// Bytes bound and used by the table itself, and label text apart: `(table, table_used, text, text_used)`.
    ///
    /// Used is what was handed out: records and keys, and of an index a page for each entry until it has no more pages.
    pub(crate) fn memory(&self) -> [usize; 4] {
        let (series, _) = unpack(self.next.load(Relaxed));
        let bound = self.values.bytes()
            + self.series.bytes()
            + size_of_val(&*self.records)
            + size_of_val(&*self.keys)
            + size_of_val(&*self.families);
        let used = self.values.used_bytes(self.values_used.load(Relaxed))
            + self.series.used_bytes(series)
            + series as usize * size_of::<Record>()
            + self.next_key.load(Relaxed) as usize * size_of::<u32>()
            + size_of_val(&*self.families);
        [bound, used, self.arena.bound_bytes() as usize, self.arena.used_bytes() as usize]
    }
}

/// What a series is searched for by.
trait Key<const N: usize> {
    /// Whether these are the words of its record's key.
    ///
    /// # Safety
    /// The words are those of a published record in the table of this arena.
    unsafe fn is(&self, arena: &Arena, words: &[AtomicU32; N]) -> bool;
}

impl<const N: usize> Key<N> for [&str; N] {
    #[inline(always)]
    unsafe fn is(&self, arena: &Arena, words: &[AtomicU32; N]) -> bool {
        // SAFETY: the words of a published record's key are places of published values.
        words.iter().zip(self).all(|(word, text)| unsafe { arena.is(word.load(Relaxed), text.as_bytes()) })
    }
}

impl<const N: usize> Key<N> for [LabelId; N] {
    #[inline(always)]
    unsafe fn is(&self, _arena: &Arena, words: &[AtomicU32; N]) -> bool {
        words.iter().zip(self).all(|(word, id)| word.load(Relaxed) == id.at)
    }
}

fn unpack(next: u64) -> (u32, u32) {
    ((next >> 32) as u32, next as u32)
}

fn next_version(head: u64) -> u64 {
    ((head >> 32).wrapping_add(1)) << 32
}

/// Adds `amount` to `counter` unless that would pass `bound`.
fn reserve_below(counter: &AtomicU32, amount: u32, bound: u32) -> Option<()> {
    let mut used = counter.load(Relaxed);
    loop {
        let after = used.checked_add(amount).filter(|after| *after <= bound)?;
        // ORDERING: Relaxed; a number that bounds, it publishes nothing.
        match counter.compare_exchange_weak(used, after, Relaxed, Relaxed) {
            Ok(_) => return Some(()),
            Err(seen) => used = seen,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// The table's naive twin: a map from the whole key, and the bounds as plain numbers.
    struct Naive {
        cells: HashMap<(FamilyIndex, [String; 2]), CellIndex>,
        bounds: [usize; 3],
    }

    impl Naive {
        fn family_series(&self, family: FamilyIndex) -> usize {
            self.cells.keys().filter(|(of, _)| *of == family).count()
        }

        /// What the table should answer for a key that is not there.
        fn rejection(&self, family: FamilyIndex) -> Option<RejectReason> {
            if self.family_series(family) >= self.bounds[family.as_usize()] {
                Some(RejectReason::FamilyFull)
            } else if self.cells.len() >= self.bounds[0] {
                Some(RejectReason::TableFull)
            } else {
                None
            }
        }
    }

    proptest! {
        #[test]
        fn the_table_agrees_with_a_map(
            seed: u64,
            series in 1u32..40,
            family_bounds in [1u32..40, 1u32..40],
            steps in proptest::collection::vec((1u32..=2, "[ab]{0,3}", "[ab]{0,3}", any::<bool>()), 0..200),
        ) {
            let room = TableRoom { series, cells: 1000, values: 100, label_bytes: 4096, families: 2 };
            let table = Table::new(seed, room);
            for bound in family_bounds {
                table.next_family(FamilyRoom { width: 3, arity: 2, series: bound, label_bytes: 4096 });
            }
            let bounds = [series as usize, family_bounds[0] as usize, family_bounds[1] as usize];
            let mut naive = Naive { cells: HashMap::new(), bounds };
            for (family, a, b, has_ids) in steps {
                let family = FamilyIndex(family);
                let hash = table.family_hash(family);
                let found = if has_ids {
                    let ids = [table.id(&a).unwrap(), table.id(&b).unwrap()];
                    table.find_or_add_ids(family, hash, &ids)
                } else {
                    table.find_or_add(family, hash, &[&a, &b])
                };
                let key = (family, [a, b]);
                match (naive.cells.get(&key), found) {
                    (Some(cell), found) => prop_assert_eq!(found, Ok(Found { cell: *cell })),
                    (None, Err(reason)) => prop_assert_eq!(Some(reason), naive.rejection(family)),
                    (None, Ok(Found { cell })) => {
                        prop_assert_eq!(naive.rejection(family), None);
                        prop_assert!(naive.cells.values().all(|other| other.0.abs_diff(cell.0) >= 3), "cells overlap");
                        naive.cells.insert(key, cell);
                    }
                }
            }
            let walked = (0..table.series_high()).map(SeriesIndex).filter(|series| {
                let (family, cell) = table.series(*series).unwrap();
                let values: Vec<String> = table.series_values(*series).map(String::from).collect();
                naive.cells.get(&(family, values.try_into().unwrap())) == Some(&cell)
            });
            prop_assert_eq!(walked.count(), naive.cells.len());
        }
    }

    #[test]
    fn values_that_run_together_are_different_series() {
        let table = Table::new(1, TableRoom { series: 8, cells: 8, values: 8, label_bytes: 256, families: 1 });
        let family = table.next_family(FamilyRoom { width: 1, arity: 2, series: 8, label_bytes: 256 }).unwrap();
        let hash = table.family_hash(family);
        let first = table.find_or_add(family, hash, &["ab", "c"]).unwrap();
        let second = table.find_or_add(family, hash, &["a", "bc"]).unwrap();
        assert_ne!(first, second);
    }
}
