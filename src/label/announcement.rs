//! The word that all insertions go through: how many series were added, and the record that is being added.

use crossbeam_utils::CachePadded;

use super::index::SeriesIndex;
use crate::sync::{Acquire, AtomicU64, Relaxed, Release};

/// The word: `series added << 32 | the announced record's series + 1`, which is 0 while none is announced.
///
/// INVARIANT: the number of series only grows, by one with each announcement that is completed, so that no value comes
/// twice and an exchange that was meant for an older one fails.
pub(super) struct Announcement(CachePadded<AtomicU64>);

/// A value of the word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Announced(u64);

impl Announcement {
    pub(super) fn new() -> Self {
        Self(CachePadded::new(AtomicU64::new(0)))
    }

    #[inline(always)]
    pub(super) fn load(&self) -> Announced {
        // ORDERING: Acquire pairs with the Release in `exchange`: of an announced record everything is read, and a series
        // that was completed is found, and its family's count.
        Announced(self.0.load(Acquire))
    }

    /// Goes from one value to the next; false if another thread has.
    pub(super) fn exchange(&self, from: Announced, to: Announced) -> bool {
        // ORDERING: Release pairs with the Acquire in `load`.
        self.0.compare_exchange(from.0, to.0, Release, Relaxed).is_ok()
    }
}

impl Announced {
    /// Series added before.
    pub(super) fn added(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The announced record.
    pub(super) fn announced(self) -> Option<SeriesIndex> {
        (self.0 as u32).checked_sub(1).map(SeriesIndex)
    }

    /// The same with this record announced, where none is.
    pub(super) fn with(self, series: SeriesIndex) -> Self {
        Self(self.0 | u64::from(series.0 + 1))
    }

    /// One series more, and none announced.
    pub(super) fn completed(self) -> Self {
        Self(u64::from(self.added() + 1) << 32)
    }
}
