//! Gauges: one shared cell each, the last value wins.
//!
//! `set` is a store; `add` and `sub` are read-modify-writes. A gauge that was never set is not shown.

use std::ptr::NonNull;
use std::sync::Arc;

use super::Store;
use super::family::{Instrument, SeriesCell, sealed::Sealed};
use crate::sync::{AtomicU64, Relaxed};

/// The bits of a gauge that was never set, as they are kept: zero, like fresh memory.
pub(crate) const UNSET: u64 = 0;
/// Kept bits are the value's bits exclusive-or this NaN, which no computation produces, so that zero means unset.
const MASK: u64 = 0x7FF8_6F63_7067_7561;

/// The value of a gauge's kept bits, if it was ever set.
pub(crate) fn gauge_value(kept: u64) -> Option<f64> {
    (kept != UNSET).then(|| f64::from_bits(kept ^ MASK))
}

fn kept(value: f64) -> u64 {
    let kept = value.to_bits() ^ MASK;
    // The one NaN that would read as unset becomes another NaN.
    if kept == UNSET { f64::NAN.to_bits() ^ MASK } else { kept }
}

/// A handle on one gauge. Cheap to clone, `Send + Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let depth = registry.gauge("queue_depth", "Messages that wait.").register()?;
/// depth.set(5.0);
/// depth.sub(2.0);
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "queue_depth", &[]), Some(3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gauge {
    /// INVARIANT: a cell of `_store`, which is alive as long as this handle and does not move its cells.
    cell: NonNull<AtomicU64>,
    _store: Arc<Store>,
}

// SAFETY: the store is Send, and any thread may use the cell: it is atomic.
unsafe impl Send for Gauge {}

// SAFETY: as for Send.
unsafe impl Sync for Gauge {}

/// A gauge on the spot, borrowed from its family.
#[derive(Debug, Clone, Copy)]
pub struct GaugeRef<'a> {
    cell: &'a AtomicU64,
}

impl Sealed for Gauge {}

impl Instrument for Gauge {
    type Layout = ();
    type Ref<'a> = GaugeRef<'a>;

    #[inline(always)]
    fn borrowed<'a>(series: SeriesCell<'a>, _layout: &'a ()) -> GaugeRef<'a> {
        GaugeRef { cell: series.store.slabs.shared(series.cell) }
    }

    fn held(series: SeriesCell<'_>, _layout: &()) -> Self {
        Self { cell: series.store.slabs.shared(series.cell).into(), _store: series.store.clone() }
    }

    fn width(_layout: &()) -> u32 {
        1
    }
}

impl Gauge {
    /// Sets the value. Any double is taken, NaN and the infinities included.
    #[inline]
    pub fn set(&self, value: f64) {
        self.borrow().set(value);
    }

    /// Adds to the value; an unset gauge starts at 0.
    #[inline]
    pub fn add(&self, amount: f64) {
        self.borrow().add(amount);
    }

    /// Subtracts from the value; an unset gauge starts at 0.
    #[inline]
    pub fn sub(&self, amount: f64) {
        self.borrow().add(-amount);
    }

    #[inline(always)]
    fn borrow(&self) -> GaugeRef<'_> {
        // SAFETY: the INVARIANT of `cell`, for as long as `self` is borrowed.
        GaugeRef { cell: unsafe { self.cell.as_ref() } }
    }
}

impl GaugeRef<'_> {
    /// Sets the value. Any double is taken, NaN and the infinities included.
    #[inline]
    pub fn set(self, value: f64) {
        // ORDERING: Relaxed; a reader reads every gauge each time, so there is no mark to publish it.
        self.cell.store(kept(value), Relaxed);
    }

    /// Adds to the value; an unset gauge starts at 0.
    #[inline]
    pub fn add(self, amount: f64) {
        let mut old = self.cell.load(Relaxed);
        let sum = |old| kept(gauge_value(old).unwrap_or(0.0) + amount);
        while let Err(seen) = self.cell.compare_exchange_weak(old, sum(old), Relaxed, Relaxed) {
            old = seen;
        }
    }

    /// Subtracts from the value; an unset gauge starts at 0.
    #[inline]
    pub fn sub(self, amount: f64) {
        self.add(-amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_double_survives_being_kept_and_none_reads_as_unset() {
        for value in [0.0, -0.0, 1.0, -1.5, f64::MAX, 5e-324, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(gauge_value(kept(value)).map(f64::to_bits), Some(value.to_bits()));
        }
        for nan in [f64::NAN, f64::from_bits(MASK), f64::from_bits(u64::MAX)] {
            assert!(gauge_value(kept(nan)).is_some_and(f64::is_nan));
        }
        assert_eq!(gauge_value(UNSET), None);
    }
}
