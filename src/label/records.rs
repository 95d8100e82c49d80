//! The records of series: of which family each is, where its cells are, and what its label values are.
//!
//! Series and cells are handed out from the start on, never twice. A record whose key somebody else was faster to add
//! becomes a spare one, for families of the same width, with the cells that it has. Once announced a record never changes.

use crossbeam_utils::CachePadded;

use super::index::{CellIndex, FamilyIndex, SeriesIndex};
use super::limits::MAX_LABELS;
use super::quota::FamilyQuota;
use super::reject::RejectReason;
use crate::sync::{AcqRel, Acquire, AtomicU32, AtomicU64, OutOfMemory, Relaxed, Release, Zeroed, zeroed};

/// Bits of `Record::owner` that name the family; a registry has 2^16 at most. The rest count labels.
const FAMILY_BITS: u32 = 24;
/// `Record::state` of a series that readers may show.
const READY: u32 = u32::MAX;

/// Records beyond the bound, for threads that have taken one and not announced it, and for spare ones.
pub(super) const UNANNOUNCED: u32 = if cfg!(loom) { 4 } else { 64 };

/// What the table knows of a series.
pub(super) struct Record {
    /// Its family and the number of its values; see `owner_of`.
    owner: AtomicU32,
    cell: AtomicU32,
    /// Where its values start in `Records::keys`. INVARIANT: all of them lie inside.
    key: AtomicU32,
    /// READY; while the record is announced, its family's series before it; while it is a spare one, the next spare, as
    /// series + 1.
    ///
    /// INVARIANT: once announced, no other field of the record changes again, and this one to READY and no more.
    state: AtomicU32,
}

// SAFETY: a struct of integer atomics.
unsafe impl Zeroed for Record {
    #[cfg(loom)]
    fn zero() -> Self {
        let zero = || AtomicU32::new(0);
        Self { owner: zero(), cell: zero(), key: zero(), state: zero() }
    }
}

impl Record {
    /// What names a family and its labels in a record, so that one comparison tells both.
    #[inline(always)]
    pub(super) fn owner_of(family: FamilyIndex, labels: usize) -> u32 {
        (labels as u32) << FAMILY_BITS | family.0
    }

    #[inline(always)]
    pub(super) fn owner(&self) -> u32 {
        self.owner.load(Relaxed)
    }

    #[inline(always)]
    pub(super) fn cell(&self) -> CellIndex {
        CellIndex(self.cell.load(Relaxed))
    }

    pub(super) fn family(&self) -> FamilyIndex {
        FamilyIndex(self.owner.load(Relaxed) & ((1 << FAMILY_BITS) - 1))
    }

    fn labels(&self) -> usize {
        (self.owner.load(Relaxed) >> FAMILY_BITS) as usize
    }

    /// Notes before the record is announced how many series its family has.
    pub(super) fn set_ordinal(&self, ordinal: u32) {
        // ORDERING: Relaxed; the announcement publishes.
        self.state.store(ordinal, Relaxed);
    }

    /// What `set_ordinal` noted of an announced record; none once it is READY.
    pub(super) fn ordinal(&self) -> Option<u32> {
        // ORDERING: Acquire pairs with the Release in `set_ready`: the family's count, which came before, is passed on.
        let state = self.state.load(Acquire);
        (state != READY).then_some(state)
    }

    /// Lets readers that walk the records see this one, which is complete.
    pub(super) fn set_ready(&self) {
        // ORDERING: Release pairs with the Acquire in `Records::ready`: a walker sees the complete record.
        self.state.store(READY, Release);
    }
}

/// All records, their label values, and how many series and cells were handed out.
pub(super) struct Records {
    records: Box<[Record]>,
    /// The values of each series, as places in the arena.
    keys: Box<[AtomicU32]>,
    next_key: AtomicU32,
    /// `series << 32 | cells`, so that one exchange reserves both.
    next: CachePadded<AtomicU64>,
    /// Cells of series that are there and of what is not a series: what counts against the bound. It may lag behind by the
    /// series that are being completed.
    cells: AtomicU32,
    cells_bound: u32,
    /// Cells there are, those of records that are not announced included.
    cells_there: u32,
}

impl Records {
    /// For so many series and cells, and besides for UNANNOUNCED records with `spare_cells` between them.
    pub(super) fn new(series: u32, cells: u32, spare_cells: u32) -> Result<Self, OutOfMemory> {
        let series = series + UNANNOUNCED;
        Ok(Self {
            records: zeroed(series as usize)?,
            keys: zeroed(series as usize * MAX_LABELS)?,
            next_key: AtomicU32::new(0),
            next: CachePadded::new(AtomicU64::new(0)),
            cells: AtomicU32::new(0),
            cells_bound: cells,
            cells_there: cells + spare_cells,
        })
    }

    pub(super) fn get(&self, series: SeriesIndex) -> Option<&Record> {
        self.records.get(series.as_usize())
    }

    /// # Safety
    /// There is such a series.
    #[inline(always)]
    pub(super) unsafe fn get_unchecked(&self, series: SeriesIndex) -> &Record {
        // SAFETY: the contract above.
        unsafe { self.records.get_unchecked(series.as_usize()) }
    }

    /// The words of a record's key.
    pub(super) fn key(&self, record: &Record) -> &[AtomicU32] {
        let start = record.key.load(Relaxed) as usize;
        self.keys.get(start..).and_then(|keys| keys.get(..record.labels())).unwrap_or(&[])
    }

    /// The words of the key of a record with N values.
    ///
    /// # Safety
    /// The record's owner says N, and was written before by this thread or read from a record of the index.
    #[inline(always)]
    pub(super) unsafe fn key_of<const N: usize>(&self, record: &Record) -> &[AtomicU32; N] {
        // SAFETY: the INVARIANT of `Record::key`.
        let first = unsafe { self.keys.as_ptr().add(record.key.load(Relaxed) as usize) };
        // SAFETY: as above; the record has N values.
        unsafe { &*first.cast() }
    }

    /// Family and first cell of a series, once its record is complete.
    pub(super) fn ready(&self, series: SeriesIndex) -> Option<(FamilyIndex, CellIndex)> {
        let record = self.get(series)?;
        // ORDERING: Acquire pairs with the Release in `set_ready`.
        (record.state.load(Acquire) == READY).then(|| (record.family(), record.cell()))
    }

    // --- handing out

    fn reserve(&self, series: u32, cells: u32) -> Option<(SeriesIndex, CellIndex)> {
        let mut next = self.next.load(Relaxed);
        loop {
            let (used_series, used_cells) = unpack(next);
            let fits =
                used_series as usize + series as usize <= self.records.len() && self.cells_there - used_cells >= cells;
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

    /// Cells for something that is not a series of the table.
    pub(super) fn reserve_cells(&self, cells: u32) -> Option<CellIndex> {
        if self.lacks_cells(cells) {
            return None;
        }
        let (_, first) = self.reserve(0, cells)?;
        self.note_cells(cells);
        Some(first)
    }

    /// Takes cells back that were not used, unless others were handed out meanwhile.
    #[cfg(not(loom))]
    pub(super) fn give_back_cells(&self, first: CellIndex, cells: u32) {
        let next = self.next.load(Relaxed);
        if unpack(next).1 == (first + cells).0
            && self.next.compare_exchange(next, next - u64::from(cells), Relaxed, Relaxed).is_ok()
        {
            self.cells.fetch_sub(cells, Relaxed);
        }
    }

    /// A record for `family` that nobody else has: a spare one, or a new one with its cells.
    pub(super) fn take(
        &self,
        family: FamilyIndex,
        quota: &FamilyQuota,
        spare: &AtomicU64,
    ) -> Option<(SeriesIndex, &Record)> {
        let series = self.take_spare(spare).or_else(|| self.take_new(quota))?;
        let record = self.get(series)?;
        record.owner.store(Record::owner_of(family, quota.labels() as usize), Relaxed);
        Some((series, record))
    }

    fn take_new(&self, quota: &FamilyQuota) -> Option<SeriesIndex> {
        let (series, cell) = self.reserve(1, quota.width())?;
        let record = self.get(series)?;
        let labels = quota.labels();
        let key = self.next_key.fetch_add(labels, Relaxed);
        // Cannot run out: `keys` has MAX_LABELS words for each series.
        self.keys.get(key as usize..)?.get(..labels as usize)?;
        record.cell.store(cell.0, Relaxed);
        record.key.store(key, Relaxed);
        Some(series)
    }

    fn take_spare(&self, spare: &AtomicU64) -> Option<SeriesIndex> {
        // ORDERING: Acquire pairs with the Release in `give_back`: the record's link and fields are written.
        let mut head = spare.load(Acquire);
        loop {
            let series = SeriesIndex((head as u32).checked_sub(1)?);
            let next = self.get(series)?.state.load(Relaxed);
            let after = next_version(head) | u64::from(next);
            match spare.compare_exchange_weak(head, after, AcqRel, Acquire) {
                Ok(_) => return Some(series),
                Err(seen) => head = seen,
            }
        }
    }

    /// Returns a record that was never announced, with its cells.
    pub(super) fn give_back(&self, spare: &AtomicU64, series: SeriesIndex, record: &Record) {
        let mut head = spare.load(Relaxed);
        loop {
            record.state.store(head as u32, Relaxed);
            // The version makes an old exchange fail.
            let after = next_version(head) | u64::from(series.0 + 1);
            // ORDERING: Release pairs with the Acquire in `take_spare`.
            match spare.compare_exchange_weak(head, after, AcqRel, Relaxed) {
                Ok(_) => return,
                Err(seen) => head = seen,
            }
        }
    }

    /// Counts the cells of a series that is there now.
    pub(super) fn note_cells(&self, cells: u32) {
        // ORDERING: Release pairs with the Acquire in `lacks_cells`: the series, which is in the index, is found afterwards.
        self.cells.fetch_add(cells, Release);
    }

    // --- how much there is

    /// Series and cells handed out so far.
    pub(super) fn used(&self) -> (u32, u32) {
        unpack(self.next.load(Relaxed))
    }

    /// Why no record could be taken.
    pub(super) fn exhausted(&self) -> RejectReason {
        if self.used().0 >= self.places() { RejectReason::TableFull } else { RejectReason::CellsFull }
    }

    /// Numbers of series that may be handed out.
    pub(super) fn places(&self) -> u32 {
        self.records.len() as u32
    }

    /// Whether there is no room for `cells` more cells at this moment.
    #[inline(always)]
    pub(super) fn lacks_cells(&self, cells: u32) -> bool {
        // ORDERING: Acquire pairs with the Release in `note_cells`.
        self.cells_bound.saturating_sub(self.cells.load(Acquire)) < cells
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.records) + size_of_val(&*self.keys)
    }

    pub(super) fn used_bytes(&self) -> usize {
        self.used().0 as usize * size_of::<Record>() + self.next_key.load(Relaxed) as usize * size_of::<u32>()
    }

    /// Touches every page.
    #[cfg(not(loom))]
    pub(super) fn prefault(&self) {
        // 256 records are 4 KiB, as are 1024 words. Adding 0 by read-modify-write is right whoever else is at work.
        for record in self.records.iter().step_by(256) {
            record.owner.fetch_add(0, Relaxed);
        }
        for word in self.keys.iter().step_by(1024) {
            word.fetch_add(0, Relaxed);
        }
    }
}

fn unpack(next: u64) -> (u32, u32) {
    ((next >> 32) as u32, next as u32)
}

fn next_version(head: u64) -> u64 {
    ((head >> 32).wrapping_add(1)) << 32
}
