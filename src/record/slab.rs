//! Cells in slabs: one slab per recording thread, and one that all others share.
//!
//! A slab's owner is its only writer, so an addition is a relaxed load, add and store. Ownership is one bit of one
//! word: claimed with Acquire, handed back with Release, so the next owner continues from the sums it finds.
//! The shared slab (number 0) is written by atomic read-modify-writes.
//!
//! Each addition then marks its group of 16 cells. The store is unconditional and comes after the cell's: whoever
//! takes the mark away sees the addition, and an addition that comes later marks again, so a reader that reads
//! marked groups only misses nothing for longer than until its next render.

use crossbeam_utils::CachePadded;

use super::amount::{add_bits, add_limited};
use crate::label::index::{CellIndex, index_type};
use crate::sync::{AcqRel, Acquire, AtomicU32, AtomicU64, OutOfMemory, Relaxed, Release, zeroed};

/// Cells per mark. A mark is a word of four bytes: with one of one byte a held counter takes 2.0 ns on Zen 3, not 1.4.
pub(crate) const GROUP_CELLS: usize = if cfg!(loom) { 2 } else { 16 };
/// Groups whose marks are taken at once: no more than a word has bits.
const CHUNK_GROUPS: usize = 32;
/// All groups of a chunk, as bits.
pub(crate) const ALL_GROUPS: u64 = u64::MAX >> (64 - CHUNK_GROUPS);
/// Cells of a chunk: those of one page of memory in each slab.
pub(crate) const CHUNK_CELLS: usize = CHUNK_GROUPS * GROUP_CELLS;
/// Marks of two slabs lie a multiple of this apart, so that they do not share cache lines.
const MARK_SPACE: usize = if cfg!(loom) { 1 } else { 32 };
/// Slabs at most, the shared one included: ownership is one word.
pub(crate) const MAX_SLABS: u32 = 64;
/// The bit of a fraction's sign.
#[cfg(not(loom))]
const SIGN: u64 = 1 << 63;
/// Times that an in-flight count is read which changes all the time.
const IN_FLIGHT_READS: usize = if cfg!(loom) { 2 } else { 8 };

index_type! {
    /// A slab. The shared one is number 0.
    pub SlabIndex
}

pub(crate) struct Slabs {
    cells: Box<[AtomicU64]>,
    marks: Box<[AtomicU32]>,
    /// For each chunk the slabs of which a reader has ever taken a mark: the only ones worth folding. Readers write it.
    ///
    /// INVARIANT: bits are only ever set, so a folded value is a sum over a growing set and never falls.
    touched: Box<[AtomicU64]>,
    /// Cells per slab, a multiple of a group's.
    stride: usize,
    /// Marks per slab, padded.
    mark_stride: usize,
    /// A set bit is a slab that nobody owns. INVARIANT: bit 0, the shared slab, is never set.
    free: CachePadded<AtomicU64>,
    /// Slabs that were ever owned, and the shared one: what a reader has to read.
    ever: CachePadded<AtomicU64>,
    /// Leases alive per slab. Written by the owner only, so that the last of them can hand the slab back.
    holders: Box<[AtomicU32]>,
}

/// The cells and marks of a slab whose only writer is the holder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnedSlab {
    pub(crate) cells: *const AtomicU64,
    pub(crate) marks: *const AtomicU32,
}

impl Slabs {
    /// `slabs` of them, the shared one included, each of `cells` cells.
    pub(crate) fn new(slabs: u32, cells: usize) -> Result<Self, OutOfMemory> {
        let slabs = slabs.clamp(1, MAX_SLABS);
        let stride = cells.next_multiple_of(GROUP_CELLS);
        let mark_stride = (stride / GROUP_CELLS).next_multiple_of(MARK_SPACE);
        let all = if slabs == 64 { u64::MAX } else { (1 << slabs) - 1 };
        Ok(Self {
            cells: zeroed(stride * slabs as usize)?,
            marks: zeroed(mark_stride * slabs as usize)?,
            touched: zeroed(stride.div_ceil(CHUNK_CELLS))?,
            stride,
            mark_stride,
            free: CachePadded::new(AtomicU64::new(all & !1)),
            ever: CachePadded::new(AtomicU64::new(1)),
            holders: zeroed(slabs as usize)?,
        })
    }

    // --- ownership

    /// The lowest free slab, now the caller's. One word and no list: there is no ABA to fear.
    pub(crate) fn claim(&self) -> Option<SlabIndex> {
        let mut free = self.free.load(Relaxed);
        loop {
            if free == 0 {
                return None;
            }
            let slab = SlabIndex(free.trailing_zeros());
            // ORDERING: Acquire pairs with the Release in `release`: the last owner's additions are seen, and continued.
            match self.free.compare_exchange_weak(free, free & (free - 1), Acquire, Relaxed) {
                Ok(_) => {
                    self.hold(slab);
                    // ORDERING: Release pairs with the Acquire in `in_use`; a reader that misses the bit reads this
                    // slab at its next render, additions made before that included.
                    self.ever.fetch_or(1 << slab.0, Release);
                    return Some(slab);
                }
                Err(seen) => free = seen,
            }
        }
    }

    /// One lease more on a slab that the calling thread owns.
    pub(crate) fn hold(&self, slab: SlabIndex) {
        if let Some(holders) = self.holders.get(slab.as_usize()) {
            holders.store(holders.load(Relaxed) + 1, Relaxed);
        }
    }

    /// One lease less; the last one hands the slab back, sums and all.
    pub(crate) fn release(&self, slab: SlabIndex) {
        let Some(holders) = self.holders.get(slab.as_usize()) else { return };
        let left = holders.load(Relaxed) - 1;
        holders.store(left, Relaxed);
        if left == 0 {
            // ORDERING: Release pairs with the Acquire in `claim`.
            self.free.fetch_or(1 << slab.0, Release);
        }
    }

    /// Whether a claim could succeed at this moment.
    pub(crate) fn has_free(&self) -> bool {
        self.free.load(Relaxed) != 0
    }

    /// Where the cells and marks of `slab` start.
    pub(crate) fn own(&self, slab: SlabIndex) -> OwnedSlab {
        let (first, first_mark) = (slab.as_usize() * self.stride, slab.as_usize() * self.mark_stride);
        let cells = self.cells.get(first..first + self.stride).unwrap_or(&[]);
        let marks = self.marks.get(first_mark..first_mark + self.mark_stride).unwrap_or(&[]);
        OwnedSlab { cells: cells.as_ptr(), marks: marks.as_ptr() }
    }

    // --- the shared slab

    /// The shared cell, for gauges and for threads without a slab.
    #[inline(always)]
    pub(crate) fn shared(&self, cell: CellIndex) -> &AtomicU64 {
        // Slab 0 comes first, so a cell's number is its index.
        &self.cells[cell.as_usize()]
    }

    pub(crate) fn add_whole_shared(&self, cell: CellIndex, amount: u64) {
        let target = self.shared(cell);
        let mut old = target.load(Relaxed);
        // ORDERING: Relaxed; the mark publishes.
        while let Err(seen) = target.compare_exchange_weak(old, add_limited(old, amount), Relaxed, Relaxed) {
            old = seen;
        }
        self.mark_shared(cell);
    }

    /// One step of the in-flight count whose cells start at `first`, in `cell`: Release, so that a reader that sees an
    /// end sees its start.
    pub(crate) fn step_shared(&self, first: CellIndex, cell: CellIndex) {
        // ORDERING: Release pairs with the Acquire in `fold_in_flight`.
        self.shared(cell).fetch_add(1, Release);
        self.mark_shared(first);
    }

    pub(crate) fn add_fraction_shared(&self, cell: CellIndex, amount: f64) {
        let target = self.shared(cell);
        let mut old = target.load(Relaxed);
        while let Err(seen) = target.compare_exchange_weak(old, add_bits(old, amount), Relaxed, Relaxed) {
            old = seen;
        }
        self.mark_shared(cell);
    }

    pub(crate) fn mark_shared(&self, cell: CellIndex) {
        if let Some(mark) = self.marks.get(cell.as_usize() / GROUP_CELLS) {
            // ORDERING: a read-modify-write, so that marks of several threads form one release sequence: the reader
            // that takes the mark synchronises with all of them, not just with the last.
            mark.swap(1, Release);
        }
    }

    // --- reading

    /// Slabs to read, as bits.
    pub(crate) fn in_use(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `claim`.
        self.ever.load(Acquire)
    }

    /// Takes the marks of a chunk away, in all `slabs`: the groups of it that were marked in any of them, and the slabs
    /// in which any was, as bits.
    pub(crate) fn take_marks(&self, slabs: u64, chunk: usize) -> (u64, u64) {
        let first = chunk * CHUNK_GROUPS;
        let count = CHUNK_GROUPS.min((self.stride / GROUP_CELLS).saturating_sub(first));
        let (mut groups, mut marked) = (0, 0);
        for slab in bits(slabs) {
            let start = slab as usize * self.mark_stride + first;
            let marks = self.marks.get(start..).and_then(|marks| marks.get(..count)).unwrap_or(&[]);
            let mut taken = 0;
            for (group, mark) in marks.iter().enumerate() {
                // ORDERING: the swap's Acquire pairs with the Release of the marking store: the addition before it is seen.
                if mark.load(Relaxed) != 0 && mark.swap(0, AcqRel) != 0 {
                    taken |= 1 << group;
                }
            }
            groups |= taken;
            marked |= u64::from(taken != 0) << slab;
        }
        if let Some(touched) = self.touched.get(chunk)
            && marked & !touched.load(Relaxed) != 0
        {
            touched.fetch_or(marked, Relaxed);
        }
        (groups, marked)
    }

    /// Has all slabs that are in use folded for every cell from now on: for who cannot know whose marks were taken.
    pub(crate) fn touch_all(&self) {
        let in_use = self.in_use();
        for touched in &self.touched {
            touched.fetch_or(in_use, Relaxed);
        }
    }

    /// The slabs to fold for series that start in `chunk`.
    pub(crate) fn touched(&self, chunk: usize) -> u64 {
        self.touched.get(chunk).map_or(0, |touched| touched.load(Relaxed))
    }

    /// Adds the cells of `chunk`, as whole numbers, over `slabs` to `sums`: slab by slab, so that memory is read in
    /// stretches.
    #[cfg(not(loom))]
    pub(crate) fn add_chunk(&self, slabs: u64, chunk: usize, sums: &mut [u64]) {
        for slab in bits(slabs) {
            let start = slab as usize * self.stride + chunk * CHUNK_CELLS;
            add_cells(sums, self.cells.get(start..).unwrap_or(&[]));
        }
    }

    /// The sum of a cell of whole numbers over `touched` slabs.
    pub(crate) fn fold_whole(&self, touched: u64, cell: CellIndex) -> u64 {
        // A cell stops far below 2^64 / 64, so the sum of all slabs' cells cannot overflow.
        self.each(touched, cell).map(|cell| cell.load(Relaxed)).sum()
    }

    /// The sums of up to GROUP_CELLS cells from `cell` on, as whole numbers: what `fold_whole` gives for each. Cells of
    /// other kinds are summed too, for nobody.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) fn fold_wholes(&self, touched: u64, cell: CellIndex) -> [u64; GROUP_CELLS] {
        let mut sums = [0u64; GROUP_CELLS];
        for slab in bits(touched) {
            let start = slab as usize * self.stride + cell.as_usize();
            let cells = self.cells.get(start..).unwrap_or(&[]);
            match cells.first_chunk::<GROUP_CELLS>() {
                Some(cells) => add_cells(&mut sums, cells),
                // The end of the last slab.
                None => add_cells(&mut sums, cells),
            }
        }
        sums
    }

    /// The sum of a cell of fractional numbers, as bits.
    ///
    /// Always in the order of the slabs: rounding is monotone then, and a sum of growing parts never falls.
    pub(crate) fn fold_fraction(&self, touched: u64, cell: CellIndex) -> u64 {
        let sum = self.each(touched, cell).map(|cell| f64::from_bits(cell.load(Relaxed))).fold(0.0, |a, b| a + b);
        sum.to_bits()
    }

    /// Whether a cell is at `limit` or above it in any of `touched` slabs. A negative sum is not.
    #[cfg(not(loom))]
    pub(crate) fn is_at(&self, touched: u64, cell: CellIndex, limit: u64) -> bool {
        self.each(touched, cell).any(|cell| (limit..SIGN).contains(&cell.load(Relaxed)))
    }

    /// Whether any of `count` cells is not 0 in any slab in use.
    pub(crate) fn is_any_set(&self, first: CellIndex, count: usize) -> bool {
        let is_set = |slab| self.cells(SlabIndex(slab), first, count).iter().any(|cell| cell.load(Relaxed) != 0);
        bits(self.in_use()).any(is_set)
    }

    /// Starts less ends. Ends first, then starts, each over all slabs in use at that moment: an end that is seen
    /// brings its start along, so the difference is never below 0.
    ///
    /// Then ends again: if there are no more than before, the difference was right at one moment. While ends keep
    /// coming, it reads a few times and tells what was in flight for certain: starts less the ends that came after them.
    pub(crate) fn fold_in_flight(&self, cell: CellIndex) -> u64 {
        // ORDERING: Acquire pairs with the Release of a step: what is read after an end includes its start.
        let fold = |cell| -> u64 { self.each(self.in_use(), cell).map(|cell| cell.load(Acquire)).sum() };
        let mut ends = fold(cell + 1);
        let mut certain = 0;
        for _ in 0..IN_FLIGHT_READS {
            let starts = fold(cell);
            let ends_now = fold(cell + 1);
            certain = certain.max(starts.saturating_sub(ends_now));
            if ends_now == ends {
                break;
            }
            ends = ends_now;
        }
        certain
    }

    /// The same cell of several slabs, in the order of the slabs.
    fn each(&self, slabs: u64, cell: CellIndex) -> impl Iterator<Item = &AtomicU64> {
        bits(slabs).filter_map(move |slab| self.cells(SlabIndex(slab), cell, 1).first())
    }

    /// The cells of `slab` from number `cell` on, `count` of them.
    fn cells(&self, slab: SlabIndex, cell: CellIndex, count: usize) -> &[AtomicU64] {
        let start = slab.as_usize() * self.stride + cell.as_usize();
        self.cells.get(start..).and_then(|cells| cells.get(..count)).unwrap_or(&[])
    }

    /// Bytes bound for cells and marks.
    pub(crate) fn bound_bytes(&self) -> usize {
        size_of_val(&*self.cells) + size_of_val(&*self.marks)
    }

    /// Bytes of the cells handed out (`cells` of them) in the slabs that were ever owned.
    pub(crate) fn used_bytes(&self, cells: usize) -> usize {
        self.in_use().count_ones() as usize * (cells * size_of::<u64>() + cells / GROUP_CELLS * size_of::<AtomicU32>())
    }

    /// Touches every page of `slab` so that no later addition meets a fresh one.
    pub(crate) fn prefault(&self, slab: SlabIndex, cells: usize) {
        let cells = self.cells(slab, CellIndex(0), cells.min(self.stride));
        // 512 cells are 4 KiB. Adding 0 by read-modify-write is right whoever owns the slab.
        for cell in cells.iter().step_by(512) {
            cell.fetch_add(0, Relaxed);
        }
        let first_mark = slab.as_usize() * self.mark_stride;
        let marks = self.marks.get(first_mark..first_mark + self.mark_stride).unwrap_or(&[]);
        for mark in marks.iter().step_by(1024) {
            mark.fetch_or(0, Relaxed);
        }
    }

    /// Slabs in all.
    pub(crate) fn count(&self) -> u32 {
        self.holders.len() as u32
    }

    /// Cells per slab.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }
}

/// One cell of a slab whose only writer is the holder, and the mark of its group.
#[cfg(not(loom))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnedCell {
    cell: std::ptr::NonNull<AtomicU64>,
    mark: std::ptr::NonNull<AtomicU32>,
}

#[cfg(not(loom))]
impl OwnedCell {
    /// Changes the cell by a load and a store, and marks its group.
    ///
    /// # Safety
    /// The calling thread owns the slab, and the slab is alive.
    #[inline(always)]
    pub(crate) unsafe fn change(self, change: impl FnOnce(u64) -> u64) {
        // SAFETY: the contract above; `OwnedSlab::at` made the pointer from the slab's.
        let cell = unsafe { self.cell.as_ref() };
        // ORDERING: Relaxed; the mark publishes.
        cell.store(change(cell.load(Relaxed)), Relaxed);
        // SAFETY: as for the cell.
        let mark = unsafe { self.mark.as_ref() };
        // ORDERING: Release pairs with the Acquire in `take_marks`.
        mark.store(1, Release);
    }

    /// One observation of the histogram whose sum this cell is; see [`OwnedSlab::observe`].
    ///
    /// # Safety
    /// As for `change`, and the histogram has a bucket of this number.
    #[inline(always)]
    pub(crate) unsafe fn observe(self, bucket: usize, amount: f64) {
        // SAFETY: the contract above.
        unsafe { observe_at(self.cell.as_ptr(), bucket, amount) };
        // SAFETY: the contract of `change`.
        let mark = unsafe { self.mark.as_ref() };
        // ORDERING: Release pairs with the Acquire in `take_marks`.
        mark.store(1, Release);
    }
}

/// Adds one to bucket number `bucket`, whose cells follow the sum's, and `amount` to the sum. The mark is the caller's.
///
/// # Safety
/// `sum` points to a histogram's first cell in a slab that is alive and the calling thread's, and there is such a bucket.
#[cfg(not(loom))]
#[inline(always)]
unsafe fn observe_at(sum: *const AtomicU64, bucket: usize, amount: f64) {
    // SAFETY: the contract above.
    let count = unsafe { sum.add(1 + bucket) };
    // SAFETY: the contract above.
    let count = unsafe { &*count };
    // ORDERING: Relaxed; the mark publishes.
    count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
    // SAFETY: the contract above.
    let sum = unsafe { &*sum };
    sum.store(add_bits(sum.load(Relaxed), amount), Relaxed);
}

impl OwnedSlab {
    /// One cell of the slab, with its mark.
    ///
    /// # Safety
    /// `cell` is below the slab's stride.
    #[cfg(not(loom))]
    pub(crate) unsafe fn at(self, cell: CellIndex) -> Option<OwnedCell> {
        // SAFETY: the contract above.
        let place = unsafe { self.cells.add(cell.as_usize()) };
        // SAFETY: a slab has a mark for each group of its cells.
        let mark = unsafe { self.marks.add(cell.as_usize() / GROUP_CELLS) };
        Some(OwnedCell {
            cell: std::ptr::NonNull::new(place.cast_mut())?,
            mark: std::ptr::NonNull::new(mark.cast_mut())?,
        })
    }

    /// Adds to a cell of whole numbers.
    ///
    /// # Safety
    /// The calling thread owns the slab, and `cell` is below its stride.
    #[inline(always)]
    pub(crate) unsafe fn add_whole(self, cell: CellIndex, amount: u64) {
        // SAFETY: the contract above.
        let target = unsafe { self.cell(cell) };
        // ORDERING: Relaxed; the mark publishes.
        target.store(add_limited(target.load(Relaxed), amount), Relaxed);
        // SAFETY: the contract above.
        unsafe { self.mark(cell) };
    }

    /// Adds one.
    ///
    /// # Safety
    /// As for `add_whole`.
    #[inline(always)]
    pub(crate) unsafe fn increment(self, cell: CellIndex) {
        // SAFETY: the contract above.
        let target = unsafe { self.cell(cell) };
        target.store(target.load(Relaxed).wrapping_add(1), Relaxed);
        // SAFETY: the contract above.
        unsafe { self.mark(cell) };
    }

    /// One step of the in-flight count whose cells start at `first`, in `cell`: Release, so that a reader that sees an
    /// end sees its start. A series is read whole when the group of its first cell is marked.
    ///
    /// # Safety
    /// As for `add_whole`, for both cells.
    #[inline(always)]
    pub(crate) unsafe fn step(self, first: CellIndex, cell: CellIndex) {
        // SAFETY: the contract above.
        let target = unsafe { self.cell(cell) };
        // ORDERING: Release pairs with the Acquire in the reader's fold of in-flight ends.
        target.store(target.load(Relaxed).wrapping_add(1), Release);
        // SAFETY: the contract above.
        unsafe { self.mark(first) };
    }

    /// Adds to a cell of fractional numbers.
    ///
    /// # Safety
    /// As for `add_whole`.
    #[inline(always)]
    pub(crate) unsafe fn add_fraction(self, cell: CellIndex, amount: f64) {
        // SAFETY: the contract above.
        let target = unsafe { self.cell(cell) };
        target.store(add_bits(target.load(Relaxed), amount), Relaxed);
        // SAFETY: the contract above.
        unsafe { self.mark(cell) };
    }

    /// Adds one to bucket number `bucket` of the histogram whose cells start at `first`, and `amount` to its sum, with
    /// one mark for both: a series is read whole when the group of its first cell is marked.
    ///
    /// # Safety
    /// As for `add_whole`, for every cell from `first` to that of the bucket.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) unsafe fn observe(self, first: CellIndex, bucket: usize, amount: f64) {
        // SAFETY: the contract above.
        let sum = unsafe { self.cells.add(first.as_usize()) };
        // SAFETY: the contract above; the buckets follow the sum.
        unsafe { observe_at(sum, bucket, amount) };
        // SAFETY: the contract above.
        unsafe { self.mark(first) };
    }

    /// # Safety
    /// As for `add_whole`.
    #[inline(always)]
    unsafe fn cell<'a>(self, cell: CellIndex) -> &'a AtomicU64 {
        // SAFETY: `cell` is below the stride (contract of the callers), so the place is inside the slab.
        let place = unsafe { self.cells.add(cell.as_usize()) };
        // SAFETY: the slab lives as long as its store, which the caller's handle keeps alive.
        unsafe { &*place }
    }

    /// # Safety
    /// As for `add_whole`.
    #[inline(always)]
    unsafe fn mark(self, cell: CellIndex) {
        // SAFETY: a slab has a mark for each group of its cells.
        let place = unsafe { self.marks.add(cell.as_usize() / GROUP_CELLS) };
        // SAFETY: as for `cell`.
        let mark = unsafe { &*place };
        // ORDERING: Release pairs with the Acquire in `take_marks`; it comes after the cell's store and is never skipped.
        #[cfg(not(loom))]
        mark.store(1, Release);
        // Loom orders stores and swaps more loosely than the memory model does: see `loom_tests`.
        #[cfg(loom)]
        mark.swap(1, Release);
    }
}

/// Adds each cell to its sum, as far as both go. Of whole numbers, which cannot overflow, or for nobody.
#[cfg(not(loom))]
#[inline(always)]
fn add_cells(sums: &mut [u64], cells: &[AtomicU64]) {
    for (sum, cell) in sums.iter_mut().zip(cells) {
        *sum = sum.wrapping_add(cell.load(Relaxed));
    }
}

/// The numbers of the set bits, ascending.
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let bit = word.trailing_zeros();
            word &= word - 1;
            bit
        })
    })
}
