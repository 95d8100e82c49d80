//! The label table: label values to series, its capacity fixed when it is built.
//!
//! Finding a series is wait-free: hash, probe, compare the whole key. What is not found is added, lock-free: see
//! `insertion`. Records are never removed: a slot of the index goes from 0 to its record once.

use super::announcement::Announcement;
use super::hash::{KeyHash, KeyHasher};
use super::hash_index::HashIndex;
use super::index::{CellIndex, FamilyIndex, SeriesIndex};
use super::interner::{Interner, LabelId, LabelValue};
use super::limits::MAX_VALUE_BYTES;
use super::quota::{FamilyCapacity, Quotas};
use super::records::{Record, Records, UNANNOUNCED};
use super::reject::RejectReason;
use crate::sync::{Acquire, AtomicU32, OutOfMemory, Relaxed};

/// How much a table holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableCapacity {
    pub(crate) series: u32,
    pub(crate) cells: u32,
    /// Cells of the widest series.
    pub(crate) widest: u32,
    pub(crate) values: u32,
    pub(crate) label_bytes: u32,
    pub(crate) families: u32,
}

impl TableCapacity {
    /// Cells for records that threads take before they announce them.
    fn spare_cells(self) -> u32 {
        UNANNOUNCED * self.widest
    }

    /// Cells that the table hands out in all.
    #[cfg(not(loom))]
    pub(crate) fn all_cells(self) -> u32 {
        self.cells + self.spare_cells()
    }
}

pub(crate) struct Table {
    pub(super) hasher: KeyHasher,
    pub(super) interner: Interner,
    /// Series: `tag << 32 | series + 1`, 0 for empty. INVARIANT: a word that is not 0 names one of `records`, whose
    /// owner and key were written before and do not change again.
    pub(super) index: HashIndex,
    pub(super) records: Records,
    pub(super) quotas: Quotas,
    pub(super) announcement: Announcement,
    pub(super) series_bound: u32,
}

impl Table {
    pub(crate) fn new(seed: u64, capacity: TableCapacity) -> Result<Self, OutOfMemory> {
        let TableCapacity { series, cells, widest: _, values, label_bytes, families } = capacity;
        // Ids without a series may take half of the arena and no more: the other half is for values in use.
        let ids = FamilyCapacity { width: 0, labels: 0, series: 0, label_bytes: label_bytes / 2 };
        Ok(Self {
            hasher: KeyHasher::new(seed),
            interner: Interner::new(values, label_bytes)?,
            index: HashIndex::new(series)?,
            records: Records::new(series, cells, capacity.spare_cells())?,
            quotas: Quotas::new(families, ids)?,
            announcement: Announcement::new(),
            series_bound: series,
        })
    }

    /// Touches every page, so that adding a series meets no fresh one.
    #[cfg(not(loom))]
    pub(crate) fn prefault(&self) {
        self.index.prefault();
        self.interner.prefault();
        self.records.prefault();
    }

    /// A new family of this capacity.
    pub(crate) fn next_family(&self, capacity: FamilyCapacity) -> Option<FamilyIndex> {
        self.quotas.next_family(capacity)
    }

    /// Cells for something that is not a series of the table: sinks, rejections, closed label sets.
    pub(crate) fn reserve_cells(&self, cells: u32) -> Option<CellIndex> {
        self.records.reserve_cells(cells)
    }

    /// Takes cells back that were not used, unless others were handed out meanwhile.
    #[cfg(not(loom))]
    pub(crate) fn give_back_cells(&self, first: CellIndex, cells: u32) {
        self.records.give_back_cells(first, cells);
    }

    // --- finding

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
    ) -> Result<CellIndex, RejectReason> {
        let mut hashes = [0; N];
        let mut sum = family_hash;
        for label in 0..N {
            hashes[label] = self.hasher.value(texts[label].as_bytes());
            sum = sum.wrapping_add(self.hasher.part(label, hashes[label]));
        }
        let hash = KeyHasher::finish(sum);
        match self.find(family, hash, texts) {
            Some(cell) => Ok(cell),
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
    ) -> Result<CellIndex, RejectReason> {
        let mut sum = family_hash;
        for (label, id) in ids.iter().enumerate() {
            sum = sum.wrapping_add(self.hasher.part(label, id.hash));
        }
        let hash = KeyHasher::finish(sum);
        match self.find(family, hash, ids) {
            Some(cell) => Ok(cell),
            None => self.add_ids(family, hash, ids),
        }
    }

    /// Searches for a published record.
    #[inline(always)]
    pub(super) fn find<const N: usize>(
        &self,
        family: FamilyIndex,
        hash: KeyHash,
        key: &impl SeriesKey<N>,
    ) -> Option<CellIndex> {
        let owner = Record::owner_of(family, N);
        for slot in self.index.run(hash.slot) {
            // ORDERING: Acquire pairs with the Release of `place`: the record and its values are complete.
            let word = slot.load(Acquire);
            if word == 0 {
                return None;
            }
            if (word >> 32) as u32 != hash.tag {
                continue;
            }
            // SAFETY: the word is not 0 and was read with Acquire.
            let record = unsafe { self.record(word) };
            if record.owner() != owner {
                continue;
            }
            // SAFETY: the record's owner says that it has N values.
            let words = unsafe { self.records.key_of(record) };
            // SAFETY: the words of a published record's key are places of published values.
            if unsafe { key.is(&self.interner, words) } {
                return Some(record.cell());
            }
        }
        None
    }

    /// The record that a word of the index names.
    ///
    /// # Safety
    /// The word was read from `index` with Acquire, and is not 0.
    #[inline(always)]
    pub(super) unsafe fn record(&self, word: u64) -> &Record {
        let series = SeriesIndex((word as u32).wrapping_sub(1));
        // SAFETY: the INVARIANT of `index`.
        unsafe { self.records.get_unchecked(series) }
    }

    // --- ids

    /// The id of `text`, interned if it is new. Ids without a series have half of the arena at most.
    pub(crate) fn id(&self, text: &str) -> Result<LabelId, RejectReason> {
        let hash = self.hasher.value(text.as_bytes());
        if let Some(at) = self.interner.find(text, hash) {
            return Ok(LabelId { at, hash });
        }
        if text.len() > MAX_VALUE_BYTES {
            return Err(RejectReason::ValueTooLong);
        }
        let Some(quota) = self.quotas.get(Quotas::IDS) else { return Err(RejectReason::LabelBytesFull) };
        let mut values = [LabelValue { text, hash, at: 0 }];
        self.interner.intern(quota, &mut values)?;
        let [LabelValue { at, .. }] = values;
        Ok(LabelId { at, hash })
    }

    /// The id of `text` if some series has it, or it was interned.
    #[cfg(not(loom))]
    pub(crate) fn known_id(&self, text: &str) -> Option<LabelId> {
        let hash = self.hasher.value(text.as_bytes());
        self.interner.find(text, hash).map(|at| LabelId { at, hash })
    }

    // --- reading

    /// The text of an id of this table.
    #[cfg(not(loom))]
    #[allow(dead_code, reason = "the engine alone does not ask")]
    pub(crate) fn text(&self, id: LabelId) -> Option<&str> {
        if !self.interner.knows(id) {
            return None;
        }
        // SAFETY: `knows` has found the id published.
        let bytes = unsafe { self.interner.read(id.at) };
        std::str::from_utf8(bytes).ok()
    }

    /// Series numbers handed out so far; `shown` tells for each whether it may be shown.
    pub(crate) fn series_high(&self) -> u32 {
        self.records.used().0
    }

    /// Cells handed out so far.
    pub(crate) fn cells_high(&self) -> u32 {
        self.records.used().1
    }

    /// Family and first cell of a series, once its record is complete.
    pub(crate) fn shown(&self, series: SeriesIndex) -> Option<(FamilyIndex, CellIndex)> {
        self.records.ready(series)
    }

    /// The label values of a series that `shown` has returned.
    #[cfg(not(loom))]
    pub(crate) fn series_values(&self, series: SeriesIndex) -> impl Iterator<Item = &str> {
        let key = match (self.shown(series), self.records.get(series)) {
            (Some(_), Some(record)) => self.records.key(record),
            _ => &[],
        };
        key.iter().map(|word| {
            // SAFETY: the record is ready, so its words are places of published values.
            let bytes = unsafe { self.interner.read(word.load(Relaxed)) };
            std::str::from_utf8(bytes).unwrap_or_default()
        })
    }

    /// One label value of a series that `shown` has returned.
    #[cfg(loom)]
    pub(crate) fn series_value(&self, series: SeriesIndex, label: usize) -> Box<[u8]> {
        assert!(self.shown(series).is_some());
        let key = self.records.key(self.records.get(series).unwrap());
        unsafe { self.interner.read(key[label].load(Relaxed)) }
    }

    // --- how much there is

    /// Whether a series of `cells` cells would fit at this moment, and a value of `bytes` bytes.
    #[cfg(not(loom))]
    pub(crate) fn has_capacity(&self, cells: u32, bytes: usize) -> Result<(), RejectReason> {
        if self.series() >= self.series_bound {
            Err(RejectReason::TableFull)
        } else if self.records.lacks_cells(cells) {
            Err(RejectReason::CellsFull)
        } else if !self.interner.has_capacity(bytes) {
            Err(RejectReason::LabelBytesFull)
        } else {
            Ok(())
        }
    }

    /// Series there may be.
    pub(crate) fn series_bound(&self) -> u32 {
        self.series_bound
    }

    /// Series there are.
    pub(crate) fn series(&self) -> u32 {
        self.announcement.load().added()
    }

    /// Numbers of series that may be handed out: more than there may be series, as not each becomes one.
    pub(crate) fn series_places(&self) -> u32 {
        self.records.places()
    }

    /// Bytes bound and used by the table itself, and label text apart: `[table, table_used, text, text_used]`.
    ///
    /// Used is what was handed out: records and keys, and of an index a page for each entry until it has no more pages.
    pub(crate) fn memory(&self) -> [usize; 4] {
        let [values_bound, values_used] = self.interner.index_bytes();
        let [text_bound, text_used] = self.interner.text_bytes();
        let bound = values_bound + self.index.bytes() + self.records.bytes() + self.quotas.bytes();
        let used =
            values_used + self.index.used_bytes(self.series_high()) + self.records.used_bytes() + self.quotas.bytes();
        [bound, used, text_bound, text_used]
    }
}

/// What a series is searched for by.
pub(super) trait SeriesKey<const N: usize> {
    /// Whether these are the words of its record's key.
    ///
    /// # Safety
    /// The words are those of a published record in the table of this interner.
    unsafe fn is(&self, interner: &Interner, words: &[AtomicU32; N]) -> bool;
}

impl<const N: usize> SeriesKey<N> for [&str; N] {
    #[inline(always)]
    unsafe fn is(&self, interner: &Interner, words: &[AtomicU32; N]) -> bool {
        // SAFETY: the words of a published record's key are places of published values.
        words.iter().zip(self).all(|(word, text)| unsafe { interner.is(word.load(Relaxed), text) })
    }
}

impl<const N: usize> SeriesKey<N> for [LabelId; N] {
    #[inline(always)]
    unsafe fn is(&self, _interner: &Interner, words: &[AtomicU32; N]) -> bool {
        words.iter().zip(self).all(|(word, id)| word.load(Relaxed) == id.at)
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
            let capacity = TableCapacity { series, cells: 1000, widest: 3, values: 100, label_bytes: 4096, families: 2 };
            let table = Table::new(seed, capacity).unwrap();
            for bound in family_bounds {
                table.next_family(FamilyCapacity { width: 3, labels: 2, series: bound, label_bytes: 4096 });
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
                    (Some(cell), found) => prop_assert_eq!(found, Ok(*cell)),
                    (None, Err(reason)) => prop_assert_eq!(Some(reason), naive.rejection(family)),
                    (None, Ok(cell)) => {
                        prop_assert_eq!(naive.rejection(family), None);
                        prop_assert!(naive.cells.values().all(|other| other.0.abs_diff(cell.0) >= 3), "cells overlap");
                        naive.cells.insert(key, cell);
                    }
                }
            }
            let walked = (0..table.series_high()).map(SeriesIndex).filter(|series| {
                let (family, cell) = table.shown(*series).unwrap();
                let values: Vec<String> = table.series_values(*series).map(String::from).collect();
                naive.cells.get(&(family, values.try_into().unwrap())) == Some(&cell)
            });
            prop_assert_eq!(walked.count(), naive.cells.len());
        }
    }

    #[test]
    fn values_that_run_together_are_different_series() {
        let table =
            Table::new(1, TableCapacity { series: 8, cells: 8, widest: 1, values: 8, label_bytes: 256, families: 1 })
                .unwrap();
        let family = table.next_family(FamilyCapacity { width: 1, labels: 2, series: 8, label_bytes: 256 }).unwrap();
        let hash = table.family_hash(family);
        let first = table.find_or_add(family, hash, &["ab", "c"]).unwrap();
        let second = table.find_or_add(family, hash, &["a", "bc"]).unwrap();
        assert_ne!(first, second);
    }
}
