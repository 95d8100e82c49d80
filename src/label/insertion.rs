//! Adding a series to the label table.
//!
//! Lock-free, and nobody waits for a thread that was put to sleep in the middle: what it has begun is either its own
//! affair, or announced with all that another thread needs to finish it.
//!
//! ```text
//! settle    finish what is announced, whoever announced it; from here on one word tells how many series were added
//! check     is there room in the family and in the table, by that word; what is visibly full takes nothing
//! write     take a record that is nobody's, intern its values, write its key
//! settle    and check once more, by the word as it is now
//! find      somebody may have been faster; then his series is ours, and our record goes back
//! announce  exchange the word, from as many series to the same with our record; else go back to the second settle
//! complete  into the index, count it for its family, ready for readers, exchange the word for one more series
//! ```
//!
//! An exchange fails only because another thread's series was added, so a thread tries as often as others add in that
//! moment, and never more often than series fit. Because the word is what it was when the key was searched for, an
//! announced key is in no record yet, and its place in the family and in the table is free: no bound is ever passed,
//! and no key is rejected whose series is about to come up. What a thread takes before it announces, beyond the bounds,
//! is there for 64 of them.

use super::announcement::Announced;
use super::hash::{KeyHash, KeyHasher};
use super::index::{CellIndex, FamilyIndex, SeriesIndex};
use super::interner::{LabelId, LabelValue, MissingValues};
use super::limits::{MAX_LABELS, MAX_VALUE_BYTES};
use super::quota::FamilyQuota;
use super::records::Record;
use super::reject::RejectReason;
use super::table::{SeriesKey, Table};
use crate::sync::{Acquire, Relaxed, Release};

impl Table {
    /// Rejects first, without writing anything and with few steps, what is certain to be rejected.
    #[cold]
    #[inline(never)]
    pub(super) fn add_texts<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        texts: &[&str; N],
        hashes: &[u32; N],
    ) -> Result<CellIndex, RejectReason> {
        let Some(quota) = self.quotas.get(family) else { return Err(RejectReason::FamilyFull) };
        if let Some(reason) = self.lacks(quota, self.settle()) {
            return self.find(family, hash, texts).ok_or(reason);
        }
        if texts.iter().any(|text| text.len() > MAX_VALUE_BYTES) {
            return Err(RejectReason::ValueTooLong);
        }
        // Values that are new beyond doubt, before any is looked up by its text.
        let mut missing = MissingValues::default();
        for (text, hash) in texts.iter().zip(hashes) {
            if !self.interner.may_know(*hash) && !self.interner.fits_with(quota, &mut missing, text.len()) {
                return Err(RejectReason::LabelBytesFull);
            }
        }
        self.add_new_texts(family, quota, hash, texts, hashes)
    }

    #[inline(never)]
    fn add_new_texts<const N: usize>(
        &self,
        family: FamilyIndex,
        quota: &FamilyQuota,
        hash: KeyHash,
        texts: &[&str; N],
        hashes: &[u32; N],
    ) -> Result<CellIndex, RejectReason> {
        let mut values = [LabelValue { text: "", hash: 0, at: 0 }; N];
        for ((value, text), hash) in values.iter_mut().zip(texts).zip(hashes) {
            *value = LabelValue { text, hash: *hash, at: self.interner.find(text, *hash).unwrap_or(0) };
        }
        self.add(family, quota, hash, texts, values)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn add_ids<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        ids: &[LabelId; N],
    ) -> Result<CellIndex, RejectReason> {
        let Some(quota) = self.quotas.get(family) else { return Err(RejectReason::FamilyFull) };
        if let Some(reason) = self.lacks(quota, self.settle()) {
            return self.find(family, hash, ids).ok_or(reason);
        }
        let mut values = [LabelValue { text: "", hash: 0, at: 0 }; N];
        for (value, id) in values.iter_mut().zip(ids) {
            if !self.interner.knows(*id) {
                return Err(RejectReason::ForeignId);
            }
            *value = LabelValue { text: "", hash: id.hash, at: id.at };
        }
        self.add(family, quota, hash, ids, values)
    }

    /// The series of this key: added, or found where somebody was faster.
    #[inline(always)]
    fn add<const N: usize>(
        &self,
        family: FamilyIndex,
        quota: &FamilyQuota,
        hash: KeyHash,
        key: &impl SeriesKey<N>,
        values: [LabelValue<'_>; N],
    ) -> Result<CellIndex, RejectReason> {
        let (series, record) = match self.write(family, quota, hash, values) {
            Ok(written) => written,
            Err(reason) => {
                self.settle();
                return self.find(family, hash, key).ok_or(reason);
            }
        };
        let outcome = loop {
            let before = self.settle();
            let full = self.lacks(quota, before);
            if let Some(cell) = self.find(family, hash, key) {
                break Ok(cell);
            }
            if let Some(reason) = full {
                break Err(reason);
            }
            record.set_ordinal(quota.series());
            let announced = before.with(series);
            if self.announcement.exchange(before, announced) {
                let is_added = self.complete(announced, series, record, hash);
                return if is_added { Ok(record.cell()) } else { Err(RejectReason::ProbesExhausted) };
            }
        };
        if let Some(spare) = self.quotas.spare(quota) {
            self.records.give_back(spare, series, record);
        }
        outcome
    }

    /// The word while nothing is announced, after what was has been completed.
    #[inline(always)]
    fn settle(&self) -> Announced {
        loop {
            let seen = self.announcement.load();
            match seen.announced() {
                None => return seen,
                Some(series) => self.complete_another(seen, series),
            }
        }
    }

    /// Completes what another thread has announced.
    #[cold]
    #[inline(never)]
    fn complete_another(&self, announced: Announced, series: SeriesIndex) {
        if let Some(record) = self.records.get(series) {
            let mut sum = self.hasher.family(record.family());
            for (label, word) in self.records.key(record).iter().enumerate() {
                // SAFETY: the words of an announced record's key are places of published values.
                let text = unsafe { self.interner.read(word.load(Relaxed)) };
                sum = sum.wrapping_add(self.hasher.part(label, self.hasher.value(text.as_ref())));
            }
            self.complete(announced, series, record, KeyHasher::finish(sum));
        }
    }

    /// Brings an announced record into the index, to its family's count and to readers. Any number of threads may do so
    /// at once, and any of them as late as it likes: each step is taken once. False if the index has no slot for it.
    fn complete(&self, announced: Announced, series: SeriesIndex, record: &Record, hash: KeyHash) -> bool {
        let Some(quota) = self.quotas.get(record.family()) else { return false };
        let ordinal = record.ordinal();
        let is_added = self.place(hash, series);
        if let (true, Some(ordinal)) = (is_added, ordinal) {
            quota.note_added(ordinal);
            record.set_ready();
        }
        let is_first = self.announcement.exchange(announced, announced.completed());
        if is_added && is_first {
            self.records.note_cells(quota.width());
        }
        is_added
    }

    /// Puts an announced record into the first slot of its run that is empty, unless it is there.
    ///
    /// A slot is written once, so all who do this pass the same slots and come to the same one.
    fn place(&self, hash: KeyHash, series: SeriesIndex) -> bool {
        let word = u64::from(hash.tag) << 32 | u64::from(series.0 + 1);
        self.index.run(hash.slot).iter().any(|slot| {
            // ORDERING: Release publishes record, key and values to the Acquire in `find`; Acquire on failure, as what
            // is found there may be this very record, placed by another.
            match slot.compare_exchange(0, word, Release, Acquire) {
                Ok(_) => true,
                Err(seen) => seen == word,
            }
        })
    }

    /// Why the family cannot have one more series, or the table, by the word that was settled.
    #[inline(always)]
    fn lacks(&self, quota: &FamilyQuota, before: Announced) -> Option<RejectReason> {
        if quota.is_full() {
            return Some(RejectReason::FamilyFull);
        }
        if before.added() >= self.series_bound {
            return Some(RejectReason::TableFull);
        }
        self.records.lacks_cells(quota.width()).then_some(RejectReason::CellsFull)
    }

    /// A record of this key, complete and nobody else's.
    fn write<const N: usize>(
        &self,
        family: FamilyIndex,
        quota: &FamilyQuota,
        hash: KeyHash,
        mut values: [LabelValue<'_>; N],
    ) -> Result<(SeriesIndex, &Record), RejectReason> {
        if !self.has_slot(hash) {
            return Err(RejectReason::ProbesExhausted);
        }
        let Some(spare) = self.quotas.spare(quota) else { return Err(RejectReason::FamilyFull) };
        let taken = self.records.take(family, quota, spare);
        let (series, record) = taken.ok_or_else(|| self.records.exhausted())?;
        let interned = if N <= MAX_LABELS { self.interner.intern(quota, &mut values) } else { Ok(()) };
        if let Err(reason) = interned {
            self.records.give_back(spare, series, record);
            return Err(reason);
        }
        for (word, value) in self.records.key(record).iter().zip(values.iter()) {
            word.store(value.at, Relaxed);
        }
        Ok((series, record))
    }

    /// Whether a search for `hash` ends at an empty slot.
    fn has_slot(&self, hash: KeyHash) -> bool {
        self.index.run(hash.slot).iter().any(|slot| slot.load(Relaxed) == 0)
    }
}
