//! Which collector replaced a snapshot family, and whether it still may.
//!
//! Nobody registers anything: while a thread runs a collector it carries the call with it, and each snapshot family that is
//! replaced there is the collector's from then on. Once the call is over, or was given up, what is still replaced in it is
//! discarded; and the collector's families can be emptied together.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::rows::{OriginId, SnapshotRow, SnapshotRows};

thread_local! {
    /// The call that the thread is in.
    static CURRENT: RefCell<Option<Call>> = const { RefCell::new(None) };
}

/// A collector, as the snapshot families see it that it replaces.
#[derive(Debug)]
pub(crate) struct SnapshotOrigin {
    id: OriginId,
    state: Mutex<OriginState>,
}

#[derive(Debug, Default)]
struct OriginState {
    /// The call that may replace; none once it is over or was given up.
    open: Option<u64>,
    /// INVARIANT: each family that was replaced in an open call and still exists is here.
    families: Vec<Weak<SnapshotRows>>,
}

/// One call of a collector.
#[derive(Debug, Clone)]
struct Call {
    origin: Arc<SnapshotOrigin>,
    number: u64,
}

/// What the calling thread replaces while this exists belongs to one call.
#[derive(Debug)]
pub(crate) struct CallGuard(u64);

impl SnapshotOrigin {
    pub(crate) fn new() -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = OriginId(NEXT.fetch_add(1, Ordering::Relaxed));
        Arc::new(Self { id, state: Mutex::default() })
    }

    /// Lets the call of this number replace families, and no other. No number is used twice.
    pub(crate) fn open(&self, number: u64) {
        self.lock().open = Some(number);
    }

    /// Says that this thread is in the call of this number until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, number: u64) -> CallGuard {
        CURRENT.set(Some(Call { origin: self.clone(), number }));
        CallGuard(number)
    }

    /// Discards what any call still replaces.
    pub(crate) fn close(&self) {
        self.lock().open = None;
    }

    /// Takes away the series of all its families that nobody else has replaced since.
    pub(crate) fn clear(&self) {
        let state = self.lock();
        state.families.iter().filter_map(Weak::upgrade).for_each(|rows| rows.clear_of(self.id));
    }

    fn lock(&self) -> MutexGuard<'_, OriginState> {
        // Numbers and a list that is pushed to: a panic leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        let Some(call) = CURRENT.take() else { return };
        let mut state = call.origin.lock();
        if state.open == Some(self.0) {
            state.open = None;
        }
    }
}

/// Replaces `rows` for the calling thread; how many rows were rejected: all of them if the call that it is in is over.
pub(super) fn replace(rows: &Arc<SnapshotRows>, new: Vec<SnapshotRow>) -> u64 {
    let Some(Call { origin, number }) = CURRENT.with_borrow(Clone::clone) else {
        return rows.replace(new);
    };
    let (new, rejected) = rows.fitting(new);
    // Held until the rows are there, so that they are replaced before the call is closed, or not at all.
    let mut state = origin.lock();
    if state.open != Some(number) {
        return rows.reject(rejected + new.len() as u64);
    }
    if !state.families.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(rows))) {
        state.families.retain(|family| family.strong_count() > 0);
        state.families.push(Arc::downgrade(rows));
    }
    let old = rows.put(new, origin.id);
    drop(state);
    drop(old);
    rows.reject(rejected)
}
