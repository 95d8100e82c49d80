//! Which sessions have begun of late, so that a first run that is tried again begins none.
//!
//! Each id has one place, which it takes from another: lock-free, of fixed size. Two sessions that take turns at a place and
//! whose first runs are tried again at the same time would be counted again.

use super::super::field::Id;
use crate::sync::{AtomicU64, Relaxed};

const PLACES: usize = 256;

#[derive(Debug)]
pub(super) struct Begun(Box<[AtomicU64]>);

impl Begun {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| AtomicU64::new(0)).collect())
    }

    /// Whether this id was not seen before, as far as is remembered.
    pub(super) fn is_new(&self, id: Id) -> bool {
        let place = (id.bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % PLACES;
        // Relaxed: the id is all there is, and of two threads one has taken it from the other.
        self.0.get(place).is_none_or(|seen| seen.swap(id.bits(), Relaxed) != id.bits())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_session_begins_once() {
        let begun = Begun::new();
        let all = || (0..5).map(|session| Id::of(&format!("session-{session}"))).filter(|id| begun.is_new(*id)).count();
        assert_eq!((all(), all()), (5, 0));
    }
}
