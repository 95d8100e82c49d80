//! The system's allocator, counting by thread and for the whole process.
//!
//! The counts of a thread are const thread-locals without a destructor: reading them neither allocates nor registers
//! anything, and what the test harness allocates in threads of its own is not seen.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// The allocator; a test binary that counts declares it:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;
///
/// assert!(support::allocator::calls(|| drop(vec![1])) >= 2);
/// ```
#[derive(Debug)]
pub struct Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

static PROCESS_LIVE: AtomicI64 = AtomicI64::new(0);
static PROCESS_PEAK: AtomicI64 = AtomicI64::new(0);

fn note(bytes: i64) {
    CALLS.with(|calls| calls.set(calls.get() + 1));
    LIVE.with(|live| live.set(live.get() + bytes));
    let live = PROCESS_LIVE.fetch_add(bytes, Relaxed) + bytes;
    if bytes > 0 {
        PROCESS_PEAK.fetch_max(live, Relaxed);
    }
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
pub fn calls(work: impl FnOnce()) -> u64 {
    let before = CALLS.with(Cell::get);
    work();
    CALLS.with(Cell::get) - before
}

/// Bytes that this thread has allocated and not freed.
pub fn live_bytes() -> i64 {
    LIVE.with(Cell::get)
}

/// Bytes that the process has allocated and not freed.
pub fn process_live_bytes() -> i64 {
    PROCESS_LIVE.load(Relaxed)
}

/// The most bytes that lived at once in the process while `work` ran, beyond those before.
pub fn process_peak_of(work: impl FnOnce()) -> i64 {
    let before = process_live_bytes();
    PROCESS_PEAK.store(before, Relaxed);
    work();
    PROCESS_PEAK.load(Relaxed) - before
}
