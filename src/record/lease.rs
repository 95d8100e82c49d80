//! Which slab the calling thread owns: a thread-local slot per registry, filled at the first recording.
//!
//! A lookup is one thread-local read and one comparison. The slot has no destructor, so it can be read at any point of
//! a thread's life; a second thread-local with one hands the slabs back when the thread ends, and empties the slot.
//! Recording after that, or with more registries than the slot has places, goes to the shared slab.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use super::slab::Own;
use super::store::Store;

/// Registries whose slab a thread remembers. More of them share.
const PLACES: usize = 4;

#[derive(Clone, Copy)]
struct Place {
    /// INVARIANT: 0, or the id of a store that the thread owns a slab of. Ids are never used again, so a place that
    /// outlives its store matches nobody.
    store: u64,
    own: Own,
}

const EMPTY: Place = Place { store: 0, own: Own { cells: std::ptr::null(), marks: std::ptr::null() } };

struct Slot {
    places: [Cell<Place>; PLACES],
    /// Set when the thread's leases are gone for good.
    is_over: Cell<bool>,
}

struct Lease {
    store: Weak<Store>,
    id: u64,
    slab: u32,
}

struct Leases(RefCell<[Option<Lease>; PLACES]>);

thread_local! {
    static SLOT: Slot = const { Slot { places: [const { Cell::new(EMPTY) }; PLACES], is_over: Cell::new(false) } };
    static LEASES: Leases = const { Leases(RefCell::new([const { None }; PLACES])) };
}

/// The slab that the calling thread owns in store `id`, if it is the first it remembers.
#[cfg(not(feature = "may"))]
#[inline(always)]
pub(crate) fn current(id: u64) -> Option<Own> {
    let place = SLOT.with(|slot| slot.places[0].get());
    (place.store == id).then_some(place.own)
}

/// With coroutines the slot's address may not be kept across a switch, and a coroutine may go on in another thread
/// between the load and the store of an addition: it has no slab. Never inlined, so the address is taken anew.
#[cfg(feature = "may")]
#[inline(never)]
pub(crate) fn current(id: u64) -> Option<Own> {
    if may::coroutine::is_coroutine() {
        return None;
    }
    let place = SLOT.with(|slot| slot.places[0].get());
    (place.store == id).then_some(place.own)
}

/// The same for the other places, claiming a slab if the thread has none of this store and there is one.
#[cold]
#[inline(never)]
pub(crate) fn find_or_claim(store: &Store) -> Option<Own> {
    #[cfg(feature = "may")]
    if may::coroutine::is_coroutine() {
        return None;
    }
    let places = SLOT.with(|slot| slot.places.each_ref().map(Cell::get));
    if let Some(place) = places.iter().find(|place| place.store == store.id) {
        return Some(place.own);
    }
    if SLOT.with(|slot| slot.is_over.get()) || !store.slabs.has_free() {
        return None;
    }
    claim(store).map(|(_, own)| own)
}

/// Claims a slab for the calling thread and remembers it.
fn claim(store: &Store) -> Option<(u32, Own)> {
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
    SLOT.with(|slot| slot.places[place].set(Place { store: store.id, own }));
    Some((slab, own))
}

/// The slab of the calling thread in `store`, held by one lease more. None means: share.
fn hold(store: &Store) -> Option<(u32, Own)> {
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
        let Some(slot) = leases.get_mut(place) else { return false };
        *slot = Some(lease);
        true
    }

    fn slab_of(&self, id: u64) -> Option<u32> {
        let leases = self.0.try_borrow().ok()?;
        leases.iter().flatten().find(|lease| lease.id == id).map(|lease| lease.slab)
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        SLOT.with(|slot| {
            slot.is_over.set(true);
            slot.places.iter().for_each(|place| place.set(EMPTY));
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
pub(super) struct Bound {
    store: Arc<Store>,
    /// The slab and where it lies; none for a thread without one.
    pub(super) slab: Option<(u32, Own)>,
    /// Bound to the thread: the slab has one writer.
    _not_send: std::marker::PhantomData<*const ()>,
}

impl Bound {
    pub(super) fn new(store: Arc<Store>) -> Self {
        let slab = hold(&store);
        Self { store, slab, _not_send: std::marker::PhantomData }
    }
}

impl Drop for Bound {
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
