//! The only door to atomics and to shared memory: std's, or loom's under `--cfg loom`.
//!
//! Everything here is made zeroed in one piece. With std the memory comes from the system untouched, so a page of
//! it costs nothing until somebody writes there; a bound of many megabytes is an address range, not memory.

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, fence};
#[cfg(not(loom))]
#[allow(unused_imports, reason = "not used by the engine alone")]
pub(crate) use std::sync::atomic::fence;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

pub(crate) use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

#[cfg(loom)]
pub(crate) use loom::sync::Arc;
#[cfg(not(loom))]
pub(crate) use std::sync::Arc;

/// Asks the processor for the memory at `place` ahead of its use. One instruction; reads nothing and changes nothing.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint: an address that is none is not an error.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// A shared value that is replaced as a whole. Readers take the newest and keep it as long as they like.
pub(crate) struct Published<T> {
    #[cfg(not(loom))]
    current: arc_swap::ArcSwap<T>,
    /// Loom cannot see into arc-swap; a lock has the same meaning.
    #[cfg(loom)]
    current: loom::sync::Mutex<Arc<T>>,
}

impl<T> Published<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        #[cfg(not(loom))]
        let current = arc_swap::ArcSwap::new(value);
        #[cfg(loom)]
        let current = loom::sync::Mutex::new(value);
        Self { current }
    }

    pub(crate) fn load(&self) -> Arc<T> {
        #[cfg(not(loom))]
        return self.current.load_full();
        #[cfg(loom)]
        return self.current.lock().unwrap().clone();
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        #[cfg(not(loom))]
        self.current.store(value);
        #[cfg(loom)]
        drop(std::mem::replace(&mut *self.current.lock().unwrap(), value));
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Published<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.load().fmt(f)
    }
}

/// Memory that could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfMemory {
    /// How many bytes were asked for at once.
    pub(crate) bytes: usize,
}

/// Makes room for `more` items, as much as a push would.
///
/// # Errors
/// [`OutOfMemory`] where a push would end the process.
#[inline]
pub(crate) fn try_reserve<T>(list: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    list.try_reserve(more).map_err(|_| OutOfMemory::of::<T>(list.len().saturating_add(more)))
}

impl OutOfMemory {
    /// For so many of T.
    pub(crate) fn of<T>(count: usize) -> Self {
        Self { bytes: count.saturating_mul(size_of::<T>()) }
    }
}

/// Adds an item to the end.
///
/// # Errors
/// [`OutOfMemory`], and the list is as it was.
#[inline]
pub(crate) fn try_push<T>(list: &mut Vec<T>, item: T) -> Result<(), OutOfMemory> {
    try_reserve(list, 1)?;
    list.push(item);
    Ok(())
}

/// What is made of zeroes alone: an atomic, or a struct of atomics.
///
/// # Safety
/// All-zero bytes are a valid value.
pub(crate) unsafe trait Zeroed: Sized {
    #[cfg(loom)]
    fn zero() -> Self;
}

macro_rules! zeroed {
    ($($atomic:ty),*) => {$(
        // SAFETY: an integer atomic has the bytes of its integer.
        unsafe impl Zeroed for $atomic {
            #[cfg(loom)]
            fn zero() -> Self {
                Self::new(0)
            }
        }
    )*};
}
zeroed!(AtomicU8, AtomicU32, AtomicU64);

// SAFETY: an integer.
#[cfg(not(loom))]
unsafe impl Zeroed for u32 {}

// SAFETY: an integer.
#[cfg(not(loom))]
unsafe impl Zeroed for u64 {}

// SAFETY: a cell has the bytes of what is in it.
#[cfg(not(loom))]
unsafe impl Zeroed for std::cell::UnsafeCell<u8> {}

/// `len` of them, all zero.
///
/// # Errors
/// [`OutOfMemory`] where std's own ways of making a slice would end the process.
#[cfg(not(loom))]
pub(crate) fn zeroed<T: Zeroed>(len: usize) -> Result<Box<[T]>, OutOfMemory> {
    let Ok(layout) = std::alloc::Layout::array::<T>(len) else {
        return Err(OutOfMemory::of::<T>(len));
    };
    if layout.size() == 0 {
        return Ok(Box::default());
    }
    // SAFETY: the layout is not of size 0.
    let memory = unsafe { std::alloc::alloc_zeroed(layout) };
    let Some(first) = std::ptr::NonNull::new(memory.cast::<T>()) else {
        return Err(OutOfMemory { bytes: layout.size() });
    };
    let slice = std::ptr::NonNull::slice_from_raw_parts(first, len);
    // SAFETY: the memory came from the global allocator with the layout of `len` of T, is nobody else's, and its zeroes
    // are values of T (contract of `Zeroed`).
    Ok(unsafe { Box::from_raw(slice.as_ptr()) })
}

#[cfg(loom)]
pub(crate) fn zeroed<T: Zeroed>(len: usize) -> Result<Box<[T]>, OutOfMemory> {
    Ok((0..len).map(|_| T::zero()).collect())
}

/// Bytes that are written once by the owner of a range and then read by everybody.
///
/// Publishing a range is the caller's business; loom stands in with one atomic a byte, so that a range read
/// without its publication shows as wrong text.
pub(crate) struct SharedBytes {
    #[cfg(not(loom))]
    bytes: Box<[std::cell::UnsafeCell<u8>]>,
    #[cfg(loom)]
    bytes: Box<[AtomicU8]>,
}

// SAFETY: ranges are written by their one owner before they are published and never afterwards (contract of `write`).
#[cfg(not(loom))]
unsafe impl Sync for SharedBytes {}

impl SharedBytes {
    pub(crate) fn new(len: usize) -> Result<Self, OutOfMemory> {
        Ok(Self { bytes: zeroed(len)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Writes `text` at `at`; what does not fit is cut, which the callers' own checks exclude.
    ///
    /// # Safety
    /// The caller alone owns `at .. at + text.len()`, and nobody was told of the range yet.
    #[cfg(not(loom))]
    pub(crate) unsafe fn write(&self, at: usize, text: &[u8]) {
        if let Some(range) = self.bytes.get(at..).filter(|range| range.len() >= text.len()) {
            let target = std::cell::UnsafeCell::raw_get(range.as_ptr());
            // SAFETY: the range is inside the allocation (checked above) and the caller's alone.
            unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), target, text.len()) };
        }
    }

    #[cfg(loom)]
    pub(crate) unsafe fn write(&self, at: usize, text: &[u8]) {
        for (cell, byte) in self.bytes[at..].iter().zip(text) {
            cell.store(*byte, Relaxed);
        }
    }

    /// The bytes at `at .. at + len`.
    ///
    /// # Safety
    /// The range is inside, was written and then published to this thread (Release, seen by Acquire).
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) unsafe fn read(&self, at: usize, len: usize) -> &[u8] {
        // SAFETY: in range (contract above).
        let start = unsafe { self.bytes.as_ptr().add(at) };
        // SAFETY: in range, and never written again (contract of `write`).
        unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) }
    }

    #[cfg(loom)]
    pub(crate) unsafe fn read(&self, at: usize, len: usize) -> Box<[u8]> {
        self.bytes[at..at + len].iter().map(|byte| byte.load(Relaxed)).collect()
    }
}
