//! Counters spread over the slabs of their recording threads.
//!
//! An addition is a load, an add and a store in the calling thread's own slab: wait-free, no allocation, no panic.
//! Whole amounts are exact to the unit; fractional ones add up as doubles. A total that can take no more is told as
//! [`Saturated`](RejectReason::Saturated). Not for values that go down: see
//! [`Gauge`](super::Gauge).

use std::marker::PhantomData;
use std::sync::Arc;

use super::amount::{MAX_AMOUNT, add_bits, add_limited, valid_bits};
use super::family::{Instrument, SeriesCell, sealed::Sealed};
use super::lease::HeldSlab;
use super::slab::OwnedCell;
use super::store::Store;
use crate::label::RejectReason;
use crate::label::index::CellIndex;

/// What a counter counts in: `u64` (exact to the unit) or `f64` (fractional amounts, such as seconds or dollars).
pub trait Amount: Copy + Sealed {
    /// One.
    #[doc(hidden)]
    const ONE: Self;
    /// Whether the counter can take it.
    #[doc(hidden)]
    fn is_valid(self) -> bool;
    #[doc(hidden)]
    fn add_to(self, store: &Store, id: u64, cell: CellIndex);
    /// A cell's bits after this was added.
    #[doc(hidden)]
    fn added_to(self, bits: u64) -> u64;
}

impl Sealed for u64 {}
impl Sealed for f64 {}

impl Amount for u64 {
    const ONE: Self = 1;

    #[inline(always)]
    fn is_valid(self) -> bool {
        self <= MAX_AMOUNT
    }

    #[inline(always)]
    fn add_to(self, store: &Store, id: u64, cell: CellIndex) {
        store.add_whole(id, cell, self);
    }

    #[inline(always)]
    fn added_to(self, bits: u64) -> u64 {
        add_limited(bits, self)
    }
}

impl Amount for f64 {
    const ONE: Self = 1.0;

    #[inline(always)]
    fn is_valid(self) -> bool {
        valid_bits(self).is_some()
    }

    #[inline(always)]
    fn add_to(self, store: &Store, id: u64, cell: CellIndex) {
        store.add_fraction(id, cell, self);
    }

    #[inline(always)]
    fn added_to(self, bits: u64) -> u64 {
        add_bits(bits, self)
    }
}

/// A handle on one counter. Cheap to clone, `Send + Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let starts = registry.counter("starts_total", "Starts.").register()?;
/// starts.inc();
/// starts.add(2);
/// let dollars = registry.counter_f64("cost_dollars_total", "What calls cost.").register()?;
/// dollars.add(0.25);
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "starts_total", &[]), Some(3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Counter<V: Amount = u64> {
    store: Arc<Store>,
    /// The store's id, here so that an addition reads this handle and the thread's slot and nothing else.
    id: u64,
    cell: CellIndex,
    rejections: CellIndex,
    _amount: PhantomData<V>,
}

/// A counter on the spot, borrowed from its family.
#[derive(Debug, Clone, Copy)]
pub struct CounterRef<'a, V: Amount = u64> {
    store: &'a Arc<Store>,
    id: u64,
    cell: CellIndex,
    rejections: CellIndex,
    _amount: PhantomData<V>,
}

impl<V: Amount> Sealed for Counter<V> {}

impl<V: Amount> Instrument for Counter<V> {
    type Layout = ();
    type Ref<'a> = CounterRef<'a, V>;

    #[inline(always)]
    fn borrowed<'a>(series: SeriesCell<'a>, _layout: &'a ()) -> CounterRef<'a, V> {
        let SeriesCell { store, id, cell, rejections } = series;
        CounterRef { store, id, cell, rejections, _amount: PhantomData }
    }

    fn held(series: SeriesCell<'_>, _layout: &()) -> Self {
        let SeriesCell { store, id, cell, rejections } = series;
        Self { store: store.clone(), id, cell, rejections, _amount: PhantomData }
    }

    fn width(_layout: &()) -> u32 {
        1
    }
}

impl Counter<u64> {
    /// Adds one.
    #[inline]
    pub fn inc(&self) {
        self.store.increment(self.id, self.cell);
    }
}

impl Counter<f64> {
    /// Adds one.
    #[inline]
    pub fn inc(&self) {
        self.store.add_fraction(self.id, self.cell, 1.0);
    }
}

impl<V: Amount> Counter<V> {
    /// Adds `amount`. One that is negative, not finite or above 2^53 is rejected and counted.
    #[inline]
    pub fn add(&self, amount: V) {
        if amount.is_valid() {
            amount.add_to(&self.store, self.id, self.cell);
        } else {
            self.store.reject(self.rejections, RejectReason::BadAmount);
        }
    }

    /// A handle bound to the calling thread: an addition is a load, an add and two stores.
    pub fn local(&self) -> LocalCounter<V> {
        let bound = HeldSlab::new(self.store.clone());
        // SAFETY: the cell was handed out, so it is below the stride.
        let cell = bound.slab.and_then(|(_, own)| unsafe { own.at(self.cell) });
        LocalCounter { cell, counter: self.clone(), _bound: bound }
    }
}

impl CounterRef<'_, u64> {
    /// Adds one.
    #[inline]
    pub fn inc(self) {
        self.store.increment(self.id, self.cell);
    }
}

impl CounterRef<'_, f64> {
    /// Adds one.
    #[inline]
    pub fn inc(self) {
        self.store.add_fraction(self.id, self.cell, 1.0);
    }
}

impl<V: Amount> CounterRef<'_, V> {
    /// Adds `amount`. One that is negative, not finite or above 2^53 is rejected and counted.
    #[inline]
    pub fn add(self, amount: V) {
        if amount.is_valid() {
            amount.add_to(self.store, self.id, self.cell);
        } else {
            self.store.reject(self.rejections, RejectReason::BadAmount);
        }
    }
}

/// A counter handle bound to its thread, made by [`Counter::local`]. Neither `Send` nor `Sync`.
///
/// ```compile_fail
/// # let registry = openclaw_prometheus::Registry::builder().build().unwrap();
/// let local = registry.counter("calls_total", "Calls.").register().unwrap().local();
/// std::thread::spawn(move || local.inc());
/// ```
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let local = registry.counter("calls_total", "Calls.").register()?.local();
/// (0..100).for_each(|_| local.inc());
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "calls_total", &[]), Some(100.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalCounter<V: Amount = u64> {
    /// None in a thread without a slab.
    cell: Option<OwnedCell>,
    counter: Counter<V>,
    _bound: HeldSlab,
}

impl<V: Amount> LocalCounter<V> {
    /// Adds one.
    #[inline]
    pub fn inc(&self) {
        self.add_valid(V::ONE);
    }

    /// Adds `amount`. One that is negative, not finite or above 2^53 is rejected and counted.
    #[inline]
    pub fn add(&self, amount: V) {
        if amount.is_valid() {
            self.add_valid(amount);
        } else {
            self.counter.add(amount);
        }
    }

    #[inline(always)]
    fn add_valid(&self, amount: V) {
        match self.cell {
            // SAFETY: the lease is held, in this thread: a LocalCounter cannot leave it.
            Some(cell) => unsafe { cell.change(|bits| amount.added_to(bits)) },
            None => self.counter.add(amount),
        }
    }
}

impl<V: Amount> std::fmt::Debug for LocalCounter<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalCounter").field("cell", &self.counter.cell).finish_non_exhaustive()
    }
}
