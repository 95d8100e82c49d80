//! Adding a series to the label table.
//!
//! Lock-free, and in this order, so that what is rejected or lost in a race blocks nothing behind:
//!
//! ```text
//! check    nothing is reserved while the family, the table or the arena are visibly full
//! reserve  a place in the family, then a series with its cells (or a spare one of the family)
//! intern   the bytes of all values the table does not know, in one piece; each published by one exchange
//! write    the record
//! publish  one exchange in the index; a loser takes the winner's series and gives its own back
//! ready    readers that walk the records see it from here on
//! ```

use super::hash::KeyHash;
use super::index::{CellIndex, FamilyIndex, SeriesIndex};
use super::interner::{LabelId, LabelValue, MissingValues};
use super::limits::{MAX_LABELS, MAX_VALUE_BYTES};
use super::quota::FamilyQuota;
use super::records::Record;
use super::reject::RejectReason;
use super::table::{SeriesKey, Table};
use crate::sync::{Acquire, Relaxed, Release};

/// Searches for a key that somebody else may be adding, before its observation is rejected.
const SEARCHES: usize = if cfg!(loom) { 1 } else { 1000 };

impl Table {
    #[cold]
    #[inline(never)]
    pub(super) fn add_texts<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        texts: &[&str; N],
        hashes: &[u32; N],
    ) -> Result<CellIndex, RejectReason> {
        self.try_add_texts(family, hash, texts, hashes)
            .or_else(|reason| self.find_soon(family, reason, hash, texts).ok_or(reason))
    }

    fn try_add_texts<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        texts: &[&str; N],
        hashes: &[u32; N],
    ) -> Result<CellIndex, RejectReason> {
        // The check that costs least first: a family at its bound rejects without reading a byte.
        let quota = self.check_capacity(family)?;
        if texts.iter().any(|text| text.len() > MAX_VALUE_BYTES) {
            return Err(RejectReason::ValueTooLong);
        }
        // Values that are new beyond doubt, before any is looked up by its text: a rejection should cost little.
        let mut missing = MissingValues::default();
        for (text, hash) in texts.iter().zip(hashes) {
            if !self.interner.may_know(*hash) && !self.interner.fits_with(quota, &mut missing, text.len()) {
                return Err(RejectReason::LabelBytesFull);
            }
        }
        let mut values = [LabelValue { text: "", hash: 0, at: 0 }; N];
        for ((value, text), hash) in values.iter_mut().zip(texts).zip(hashes) {
            *value = LabelValue { text, hash: *hash, at: self.interner.find(text, *hash).unwrap_or(0) };
        }
        self.add(family, quota, hash, &mut values)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn add_ids<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        ids: &[LabelId; N],
    ) -> Result<CellIndex, RejectReason> {
        self.try_add_ids(family, hash, ids).or_else(|reason| self.find_soon(family, reason, hash, ids).ok_or(reason))
    }

    fn try_add_ids<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        ids: &[LabelId; N],
    ) -> Result<CellIndex, RejectReason> {
        let quota = self.check_capacity(family)?;
        let mut values = [LabelValue { text: "", hash: 0, at: 0 }; N];
        for (value, id) in values.iter_mut().zip(ids) {
            if !self.interner.knows(*id) {
                return Err(RejectReason::ForeignId);
            }
            *value = LabelValue { text: "", hash: id.hash, at: id.at };
        }
        self.add(family, quota, hash, &mut values)
    }

    /// Rejects, without writing anything, what is certain to be rejected.
    fn check_capacity(&self, family: FamilyIndex) -> Result<&FamilyQuota, RejectReason> {
        let Some(quota) = self.quotas.get(family) else { return Err(RejectReason::FamilyFull) };
        if quota.is_full() {
            return Err(RejectReason::FamilyFull);
        }
        match self.records.lacks(quota.width()) {
            Some(reason) if !quota.has_spare() => Err(reason),
            _ => Ok(quota),
        }
    }

    fn add(
        &self,
        family: FamilyIndex,
        quota: &FamilyQuota,
        hash: KeyHash,
        values: &mut [LabelValue<'_>],
    ) -> Result<CellIndex, RejectReason> {
        if !self.has_slot(hash) {
            return Err(RejectReason::ProbesExhausted);
        }
        quota.reserve_series()?;
        let Some(series) = self.records.take(family, quota) else {
            quota.give_back_series();
            return Err(self.records.lacks(quota.width()).unwrap_or(RejectReason::TableFull));
        };
        if let Err(reason) = self.interner.intern(quota, values) {
            self.records.give_back(quota, series);
            return Err(reason);
        }
        let (Some(record), true) = (self.records.get(series), values.len() <= MAX_LABELS) else {
            return Err(RejectReason::TableFull);
        };
        for (word, value) in self.records.key(record).iter().zip(values.iter()) {
            word.store(value.at, Relaxed);
        }
        self.publish(quota, hash, series, record)
    }

    /// Puts a written record into the index, or takes the one that was faster.
    fn publish(
        &self,
        quota: &FamilyQuota,
        hash: KeyHash,
        series: SeriesIndex,
        record: &Record,
    ) -> Result<CellIndex, RejectReason> {
        let word = u64::from(hash.tag) << 32 | u64::from(series.0 + 1);
        for slot in self.index.run(hash.slot) {
            // ORDERING: Release publishes record, key and values to the Acquire in `find`; Acquire on failure because
            // the winner's record is compared next.
            let seen = match slot.compare_exchange(0, word, Release, Acquire) {
                Ok(_) => {
                    record.set_ready();
                    quota.note_published();
                    return Ok(record.cell());
                }
                Err(seen) => seen,
            };
            // SAFETY: the exchange found another word than 0, and read it with Acquire.
            let winner = unsafe { self.record(seen) };
            if (seen >> 32) as u32 == hash.tag && winner.owner() == record.owner() {
                let (theirs, ours) = (self.records.key(winner), self.records.key(record));
                if theirs.iter().zip(ours).all(|(a, b)| a.load(Relaxed) == b.load(Relaxed)) {
                    self.records.give_back(quota, series);
                    return Ok(winner.cell());
                }
            }
        }
        self.records.give_back(quota, series);
        Err(RejectReason::ProbesExhausted)
    }

    /// Whether a search for `hash` ends at an empty slot.
    fn has_slot(&self, hash: KeyHash) -> bool {
        self.index.run(hash.slot).iter().any(|slot| slot.load(Relaxed) == 0)
    }

    /// Searches again while somebody is adding to the family: the last of its capacity may be reserved for this very key.
    ///
    /// A bounded number of times: an adder that was put to sleep is not waited for, and the observation is rejected.
    fn find_soon<const N: usize>(
        &self,
        family: FamilyIndex,
        reason: RejectReason,
        hash: KeyHash,
        key: &impl SeriesKey<N>,
    ) -> Option<CellIndex> {
        let quota = self.quotas.get(family)?;
        // Only these can be another thread's doing; the rest would be rejected alone too.
        if !matches!(reason, RejectReason::FamilyFull | RejectReason::TableFull | RejectReason::CellsFull) {
            return None;
        }
        for _ in 0..SEARCHES {
            let is_adding = quota.is_adding();
            let found = self.find(family, hash, key);
            if found.is_some() || !is_adding {
                return found;
            }
            crate::sync::spin_loop();
        }
        None
    }
}
