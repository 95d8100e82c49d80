//! What each family may take of the label table, and what it has taken.

use super::index::FamilyIndex;
use crate::sync::{Acquire, AtomicU32, AtomicU64, OutOfMemory, Relaxed, Release, Zeroed, zeroed};

/// What a family may take of the label table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FamilyCapacity {
    /// Cells per series.
    pub(crate) width: u32,
    /// Labels of each series.
    pub(crate) labels: u32,
    pub(crate) series: u32,
    pub(crate) label_bytes: u32,
}

/// A family's capacity, and what it has taken of it.
pub(super) struct FamilyQuota {
    width: AtomicU32,
    labels: AtomicU32,
    series_bound: AtomicU32,
    label_bytes_bound: AtomicU32,
    /// Series added. INVARIANT: never above `series_bound`, and only growing.
    series: AtomicU32,
    /// What was charged for values that this family was the first to use, in bytes.
    label_bytes: AtomicU32,
    /// Records given back by whoever found that another was faster: `version << 32 | series + 1`. See `Records`. Of the
    /// first family of this width and so many labels; the others have theirs there too.
    spare: AtomicU64,
    /// That family.
    spare_of: AtomicU32,
}

// SAFETY: a struct of integer atomics.
unsafe impl Zeroed for FamilyQuota {
    #[cfg(loom)]
    fn zero() -> Self {
        Self {
            width: AtomicU32::new(0),
            labels: AtomicU32::new(0),
            series_bound: AtomicU32::new(0),
            label_bytes_bound: AtomicU32::new(0),
            series: AtomicU32::new(0),
            label_bytes: AtomicU32::new(0),
            spare: AtomicU64::new(0),
            spare_of: AtomicU32::new(0),
        }
    }
}

impl FamilyQuota {
    fn set(&self, capacity: FamilyCapacity) {
        // ORDERING: Relaxed; the family's handle, and with it all use, reaches other threads afterwards.
        self.width.store(capacity.width, Relaxed);
        self.labels.store(capacity.labels, Relaxed);
        self.series_bound.store(capacity.series, Relaxed);
        self.label_bytes_bound.store(capacity.label_bytes, Relaxed);
    }

    /// Cells per series.
    pub(super) fn width(&self) -> u32 {
        self.width.load(Relaxed)
    }

    /// Labels of each series.
    pub(super) fn labels(&self) -> u32 {
        self.labels.load(Relaxed)
    }

    fn has_records_like(&self, other: &Self) -> bool {
        (self.width(), self.labels()) == (other.width(), other.labels())
    }

    pub(super) fn is_full(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `note_added`: who is rejected has looked at all that there are.
        self.series.load(Acquire) >= self.series_bound.load(Relaxed)
    }

    /// Series added.
    pub(super) fn series(&self) -> u32 {
        self.series.load(Relaxed)
    }

    /// Counts one more than `ordinal` series, unless that was done.
    pub(super) fn note_added(&self, ordinal: u32) {
        // ORDERING: Release pairs with the Acquire in `is_full`: the series, which is in the index, is found afterwards.
        let _ = self.series.compare_exchange(ordinal, ordinal + 1, Release, Relaxed);
    }

    pub(super) fn label_bytes_left(&self) -> u32 {
        self.label_bytes_bound.load(Relaxed).saturating_sub(self.label_bytes.load(Relaxed))
    }

    pub(super) fn reserve_label_bytes(&self, bytes: u32) -> Option<()> {
        reserve_below(&self.label_bytes, bytes, self.label_bytes_bound.load(Relaxed))
    }

    pub(super) fn give_back_label_bytes(&self, bytes: u32) {
        self.label_bytes.fetch_sub(bytes, Relaxed);
    }
}

/// The quotas of all families.
pub(super) struct Quotas {
    families: Box<[FamilyQuota]>,
    next: AtomicU32,
}

impl Quotas {
    /// What interned ids without a series are charged to.
    pub(super) const IDS: FamilyIndex = FamilyIndex(0);

    /// For so many families, and for ids with their capacity.
    pub(super) fn new(families: u32, ids: FamilyCapacity) -> Result<Self, OutOfMemory> {
        let quotas = Self { families: zeroed(families as usize + 1)?, next: AtomicU32::new(Self::IDS.0 + 1) };
        if let Some(quota) = quotas.get(Self::IDS) {
            quota.set(ids);
        }
        Ok(quotas)
    }

    pub(super) fn get(&self, family: FamilyIndex) -> Option<&FamilyQuota> {
        self.families.get(family.as_usize())
    }

    /// A new family of this capacity.
    pub(super) fn next_family(&self, capacity: FamilyCapacity) -> Option<FamilyIndex> {
        let family = FamilyIndex(self.next.load(Relaxed));
        // The registry declares one family at a time, under its lock.
        self.next.store(family.0 + 1, Relaxed);
        let quota = self.get(family)?;
        quota.set(capacity);
        let of = self.families.iter().skip(1).position(|other| other.has_records_like(quota));
        quota.spare_of.store(of.map_or(family.0, |of| of as u32 + 1), Relaxed);
        Some(family)
    }

    /// Where the spare records are that a family may use: those that are as wide as its own.
    pub(super) fn spare(&self, quota: &FamilyQuota) -> Option<&AtomicU64> {
        Some(&self.get(FamilyIndex(quota.spare_of.load(Relaxed)))?.spare)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.families)
    }
}

/// Adds `amount` to `counter` unless that would pass `bound`.
pub(super) fn reserve_below(counter: &AtomicU32, amount: u32, bound: u32) -> Option<()> {
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
