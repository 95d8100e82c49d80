//! An allocator that has nothing more to give, when a test says so.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use crate::allocator::Counting;

/// The allocator, which counts as [`Counting`] does; a test binary that runs out of memory declares it.
#[derive(Debug)]
pub struct Failing;

/// Which of a thread's requests are refused.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// Bytes that a request has at least to be one that counts.
    pub least: usize,
    /// The request that is refused, from 1.
    pub nth: u64,
    /// Whether all later ones are refused too.
    pub lasts: bool,
}

#[derive(Debug, Clone, Copy)]
struct Refusing {
    refusal: Refusal,
    seen: u64,
    refused: u64,
}

thread_local! {
    static REFUSING: Cell<Option<Refusing>> = const { Cell::new(None) };
}

fn is_refused(bytes: usize) -> bool {
    let Some(mut refusing) = REFUSING.with(Cell::get) else { return false };
    let Refusal { least, nth, lasts } = refusing.refusal;
    if bytes < least {
        return false;
    }
    refusing.seen += 1;
    let is_refused = refusing.seen == nth || lasts && refusing.seen > nth;
    refusing.refused += u64::from(is_refused);
    REFUSING.with(|slot| slot.set(Some(refusing)));
    is_refused
}

/// Runs `work` with some of the calling thread's requests refused, and tells how many were.
pub fn refusing<R>(refusal: Refusal, work: impl FnOnce() -> R) -> (R, u64) {
    REFUSING.with(|slot| slot.set(Some(Refusing { refusal, seen: 0, refused: 0 })));
    let outcome = work();
    let refused = REFUSING.with(Cell::take).map_or(0, |refusing| refusing.refused);
    (outcome, refused)
}

// SAFETY: a request is refused, as any may be, or goes to the counting allocator unchanged.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract.
        unsafe { Counting.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract.
        unsafe { Counting.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract.
        unsafe { Counting.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() && is_refused(size) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract.
        unsafe { Counting.realloc(place, layout, size) }
    }
}
