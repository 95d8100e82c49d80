//! Which slab the calling thread owns: a thread-local cache of a few, filled at the first recording.
//!
//! A lookup is one thread-local read and one comparison. The cache has no destructor, so it can be read at any point of
//! a thread's life; a second thread-local with one hands the slabs back when the thread ends, and empties the cache.
//! Recording after that, or with more registries than the cache holds slabs of, goes to the shared slab.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use super::slab::{OwnedSlab, SlabIndex};
use super::store::Store;

/// Registries whose slab a thread remembers. More of them share.
const CACHED_SLABS: usize = 4;

#[derive(Clone, Copy)]
struct CachedSlab {
    /// INVARIANT: 0, or the id of a store that the thread owns a slab of. Ids are never used again, so an entry that
    /// outlives its store matches nobody.
    store: u64,
    own: OwnedSlab,
}

const EMPTY: CachedSlab = CachedSlab { store: 0, own: OwnedSlab { cells: std::ptr::null(), marks: std::ptr::null() } };

struct SlabCache {
    slabs: [Cell<CachedSlab>; CACHED_SLABS],
    /// Set when the thread's leases are gone for good.
    is_over: Cell<bool>,
}

struct Lease {
    store: Weak<Store>,
    id: u64,
    slab: SlabIndex,
}

struct Leases(RefCell<[Option<Lease>; CACHED_SLABS]>);

thread_local! {
    static CACHE: SlabCache = const { SlabCache { slabs: [const { Cell::new(EMPTY) }; CACHED_SLABS], is_over: Cell::new(false) } };
    static LEASES: Leases = const { Leases(RefCell::new([const { None }; CACHED_SLABS])) };
}

/// The slab that the calling thread owns in store `id`, if it is the first it remembers.
#[cfg(not(feature = "may"))]
#[inline(always)]
pub(crate) fn current(id: u64) -> Option<OwnedSlab> {
    let cached = CACHE.with(|cache| cache.slabs[0].get());
    (cached.store == id).then_some(cached.own)
}

/// With coroutines the cache's address may not be kept across a switch, and a coroutine may go on in another thread
/// between the load and the store of an addition: it has no slab. Never inlined, so the address is taken anew.
#[cfg(feature = "may")]
#[inline(never)]
pub(crate) fn current(id: u64) -> Option<OwnedSlab> {
    if may::coroutine::is_coroutine() {
        return None;
    }
    let cached = CACHE.with(|cache| cache.slabs[0].get());
    (cached.store == id).then_some(cached.own)
}

/// The same for the other slabs it remembers, claiming a slab if the thread has none of this store and there is one.
#[cold]
#[inline(never)]
pub(crate) fn find_or_claim(store: &Store) -> Option<OwnedSlab> {
    #[cfg(feature = "may")]
    if may::coroutine::is_coroutine() {
        return None;
    }
    let cached = CACHE.with(|cache| cache.slabs.each_ref().map(Cell::get));
    if let Some(cached) = cached.iter().find(|cached| cached.store == store.id) {
        return Some(cached.own);
    }
    if CACHE.with(|cache| cache.is_over.get()) || !store.slabs.has_free() {
        return None;
    }
    claim(store).map(|(_, own)| own)
}

/// Claims a slab for the calling thread and remembers it.
fn claim(store: &Store) -> Option<(SlabIndex, OwnedSlab)> {
    let place = LEASES.try_with(|leases| leases.free_place()).ok().flatten()?;
    let weak = store.weak.get()?.clone();
    let slab = store.slabs.claim()?;
    let own = store.slabs.own(slab);
    let lease = Lease { store: weak, id: store.id, slab };
    let is_kept = LEASES.try_with(|leases| leases.keep(place, lease)).unwrap_or(false);
    if !is_kept {
        store.slabs.release(slab);
        return None;
    }
    CACHE.with(|cache| cache.slabs[place].set(CachedSlab { store: store.id, own }));
    Some((slab, own))
}

/// The slab of the calling thread in `store`, held by one lease more. None means: share.
fn hold(store: &Store) -> Option<(SlabIndex, OwnedSlab)> {
    let own = current(store.id).or_else(|| find_or_claim(store))?;
    let slab = LEASES.try_with(|leases| leases.slab_of(store.id)).ok().flatten()?;
    store.slabs.hold(slab);
    Some((slab, own))
}

impl Leases {
    /// A place that is empty or whose registry is gone.
    fn free_place(&self) -> Option<usize> {
        let leases = self.0.try_borrow().ok()?;
        leases.iter().position(|lease| lease.as_ref().is_none_or(|lease| lease.store.strong_count() == 0))
    }

    fn keep(&self, place: usize, lease: Lease) -> bool {
        let Ok(mut leases) = self.0.try_borrow_mut() else { return false };
        let Some(kept) = leases.get_mut(place) else { return false };
        *kept = Some(lease);
        true
    }

    fn slab_of(&self, id: u64) -> Option<SlabIndex> {
        let leases = self.0.try_borrow().ok()?;
        leases.iter().flatten().find(|lease| lease.id == id).map(|lease| lease.slab)
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        CACHE.with(|cache| {
            cache.is_over.set(true);
            cache.slabs.iter().for_each(|slab| slab.set(EMPTY));
        });
        for lease in self.0.get_mut().iter_mut().filter_map(Option::take) {
            if let Some(store) = Weak::upgrade(&lease.store) {
                store.slabs.release(lease.slab);
                // If the registry went away meanwhile, this was its last owner and frees it here.
                drop::<Arc<Store>>(store);
            }
        }
    }
}

/// A lease of the calling thread's slab: what makes a thread-bound handle sound.
///
/// While it lives the slab stays this thread's, even after the thread-local that claimed it is gone.
pub(super) struct HeldSlab {
    store: Arc<Store>,
    /// The slab and where it lies; none for a thread without one.
    pub(super) slab: Option<(SlabIndex, OwnedSlab)>,
    /// Bound to the thread: the slab has one writer.
    _not_send: std::marker::PhantomData<*const ()>,
}

impl HeldSlab {
    pub(super) fn new(store: Arc<Store>) -> Self {
        let slab = hold(&store);
        Self { store, slab, _not_send: std::marker::PhantomData }
    }
}

impl Drop for HeldSlab {
    fn drop(&mut self) {
        if let Some((slab, _)) = self.slab {
            self.store.slabs.release(slab);
        }
    }
}

impl Store {
    /// Lets the calling thread claim its slab now, and touches the slab's pages: up to the cells handed out so far or,
    /// in a registry that was touched when it was built, all of them.
    pub(crate) fn warm_thread(&self) {
        if let Some((slab, _)) = hold(self) {
            let has_prefault = self.has_prefault.get().is_some();
            let cells = if has_prefault { self.slabs.stride() } else { self.table.cells_high() as usize };
            self.slabs.prefault(slab, cells);
            self.slabs.release(slab);
        }
    }
}
