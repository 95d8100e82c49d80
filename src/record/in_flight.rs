//! What is going on right now: starts and ends are counted apart, and the difference is shown.
//!
//! Both are whole-number slab cells, so entering and leaving cost what a counter costs and scale like one. Ends are
//! read before starts: an end is published after its start, so the difference never shows below 0.

use std::sync::Arc;

use super::Store;
use super::family::{Instrument, SeriesCell, sealed::Sealed};
use crate::label::index::CellIndex;

/// Cells per series: the starts, then the ends.
const WIDTH: u32 = 2;

/// A handle on one in-flight count. Cheap to clone, `Send + Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let requests = registry.in_flight("requests_in_flight", "Requests being answered.").register()?;
/// {
///     let _answering = requests.enter();
///     assert_eq!(openclaw_prometheus::testing::value(&registry, "requests_in_flight", &[]), Some(1.0));
/// }
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "requests_in_flight", &[]), Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct InFlight {
    store: Arc<Store>,
    id: u64,
    cell: CellIndex,
}

/// An in-flight count on the spot, borrowed from its family.
#[derive(Debug, Clone, Copy)]
pub struct InFlightRef<'a> {
    store: &'a Arc<Store>,
    id: u64,
    cell: CellIndex,
}

/// Counts as one in flight until it is dropped, in whichever thread that happens.
#[derive(Debug)]
#[must_use = "the count goes down when the guard is dropped"]
pub struct InFlightGuard<'a>(InFlightRef<'a>);

impl Sealed for InFlight {}

impl Instrument for InFlight {
    type Layout = ();
    type Ref<'a> = InFlightRef<'a>;

    #[inline(always)]
    fn borrowed<'a>(series: SeriesCell<'a>, _layout: &'a ()) -> InFlightRef<'a> {
        InFlightRef { store: series.store, id: series.id, cell: series.cell }
    }

    fn held(series: SeriesCell<'_>, _layout: &()) -> Self {
        Self { store: series.store.clone(), id: series.id, cell: series.cell }
    }

    fn width(_layout: &()) -> u32 {
        WIDTH
    }
}

impl InFlight {
    /// One more, until the guard is dropped.
    #[inline]
    pub fn enter(&self) -> InFlightGuard<'_> {
        InFlightRef { store: &self.store, id: self.id, cell: self.cell }.enter()
    }

    /// One more. Pair it with [`end`](Self::end), or use [`enter`](Self::enter).
    #[inline]
    pub fn start(&self) {
        self.store.step(self.id, self.cell, self.cell);
    }

    /// One less. More ends than starts show as 0.
    #[inline]
    pub fn end(&self) {
        self.store.step(self.id, self.cell, self.cell + 1);
    }
}

impl<'a> InFlightRef<'a> {
    /// One more, until the guard is dropped.
    #[inline]
    pub fn enter(self) -> InFlightGuard<'a> {
        self.start();
        InFlightGuard(self)
    }

    /// One more. Pair it with [`end`](Self::end), or use [`enter`](Self::enter).
    #[inline]
    pub fn start(self) {
        self.store.step(self.id, self.cell, self.cell);
    }

    /// One less. More ends than starts show as 0.
    #[inline]
    pub fn end(self) {
        self.store.step(self.id, self.cell, self.cell + 1);
    }
}

impl Drop for InFlightGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.end();
    }
}
