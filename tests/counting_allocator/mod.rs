//! The system's allocator, counting per thread.
//!
//! The counts are const thread-locals without a destructor: reading them neither allocates nor registers anything, and
//! what the test harness allocates in its own threads is not seen.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
}

fn note(bytes: i64) {
    CALLS.with(|calls| calls.set(calls.get() + 1));
    LIVE_BYTES.with(|live| live.set(live.get() + bytes));
}

// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        // SAFETY: the caller's contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(-(layout.size() as i64));
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as i64 - layout.size() as i64);
        // SAFETY: the caller's contract.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// How often `work` called the allocator in this thread, frees included.
#[allow(dead_code, reason = "each test file uses what it needs")]
pub(crate) fn allocator_calls(work: impl FnOnce()) -> u64 {
    let before = CALLS.with(Cell::get);
    work();
    CALLS.with(Cell::get) - before
}

/// Bytes this thread has allocated and not freed.
#[allow(dead_code, reason = "each test file uses what it needs")]
pub(crate) fn live_bytes() -> i64 {
    LIVE_BYTES.with(Cell::get)
}
