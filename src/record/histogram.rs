//! Pre-bucketed histograms: one bucket cell and one sum cell per observation.
//!
//! The count is not kept: it is the sum of the buckets that were read, so `_count` equals `+Inf` in every scrape.
//! Observations are not negative and at most 2^53; others are rejected and counted.

use std::sync::Arc;
use std::time::Duration;

use super::Bounds;
use super::amount::valid_bits;
use super::family::{Instrument, SeriesCell, sealed::Sealed};
use super::lease::HeldSlab;
use super::slab::OwnedCell;
use super::store::Store;
use crate::clock::Clock;
use crate::label::RejectReason;
use crate::label::index::CellIndex;

/// A handle on one histogram. Cheap to clone, `Send + Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// use openclaw_prometheus::Bounds;
/// let seconds = registry.histogram("call_seconds", "Length of a call.", Bounds::seconds()).register()?;
/// seconds.observe(1.87);
/// assert_eq!(openclaw_prometheus::testing::sum(&registry, "call_seconds", &[]), Some(1.87));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Histogram {
    store: Arc<Store>,
    bounds: Bounds,
    id: u64,
    cell: CellIndex,
    rejections: CellIndex,
}

/// A histogram on the spot, borrowed from its family.
#[derive(Debug, Clone, Copy)]
pub struct HistogramRef<'a> {
    store: &'a Arc<Store>,
    id: u64,
    bounds: &'a Bounds,
    cell: CellIndex,
    rejections: CellIndex,
}

impl Sealed for Histogram {}

impl Instrument for Histogram {
    type Layout = Bounds;
    type Ref<'a> = HistogramRef<'a>;

    #[inline(always)]
    fn borrowed<'a>(series: SeriesCell<'a>, bounds: &'a Bounds) -> HistogramRef<'a> {
        let SeriesCell { store, id, cell, rejections } = series;
        HistogramRef { store, id, bounds, cell, rejections }
    }

    fn held(series: SeriesCell<'_>, bounds: &Bounds) -> Self {
        let SeriesCell { store, id, cell, rejections } = series;
        Self { store: store.clone(), bounds: bounds.clone(), id, cell, rejections }
    }

    fn width(bounds: &Bounds) -> u32 {
        bounds.width()
    }

    fn bounds(bounds: &Bounds) -> Option<Bounds> {
        Some(bounds.clone())
    }
}

impl Histogram {
    /// Records a value in the family's base unit (seconds, bytes, tokens, …). One that is negative, not finite or above
    /// 2^53 is rejected and counted.
    #[inline]
    pub fn observe(&self, value: f64) {
        observe(&self.store, self.id, &self.bounds, self.cell, self.rejections, value);
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Starts a timer that records, in seconds, when it is dropped. The clock is the caller's: reading it is the dear
    /// part of timing.
    #[inline]
    pub fn start_timer<C: Clock>(&self, clock: C) -> Timer<'_, C> {
        let Self { store, bounds, id, cell, rejections } = self;
        HistogramRef { store, id: *id, bounds, cell: *cell, rejections: *rejections }.start_timer(clock)
    }

    /// A handle bound to the calling thread.
    pub fn local(&self) -> LocalHistogram {
        let bound = HeldSlab::new(self.store.clone());
        // SAFETY: the cell was handed out, so it is below the stride.
        let sum = bound.slab.and_then(|(_, own)| unsafe { own.at(self.cell) });
        LocalHistogram { sum, histogram: self.clone(), _bound: bound }
    }
}

impl<'a> HistogramRef<'a> {
    /// Records a value in the family's base unit (seconds, bytes, tokens, …). One that is negative, not finite or above
    /// 2^53 is rejected and counted.
    #[inline]
    pub fn observe(self, value: f64) {
        observe(self.store, self.id, self.bounds, self.cell, self.rejections, value);
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Starts a timer that records, in seconds, when it is dropped.
    #[inline]
    pub fn start_timer<C: Clock>(self, clock: C) -> Timer<'a, C> {
        let start = clock.now();
        Timer { histogram: self, clock, start: Some(start) }
    }
}

#[inline(always)]
fn observe(store: &Store, id: u64, bounds: &Bounds, cell: CellIndex, rejections: CellIndex, value: f64) {
    match valid_bits(value) {
        Some(bits) => store.observe(id, cell, bounds.bucket(bits), value),
        None => store.reject(rejections, RejectReason::BadAmount),
    }
}

/// Records the time from its start to its end.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// use std::time::Duration;
/// use openclaw_prometheus::{Bounds, ManualClock};
/// let seconds = registry.histogram("call_seconds", "Length of a call.", Bounds::seconds()).register()?;
/// let clock = ManualClock::new();
/// let timer = seconds.start_timer(&clock);
/// clock.advance(Duration::from_millis(1500));
/// timer.stop();
/// assert_eq!(openclaw_prometheus::testing::sum(&registry, "call_seconds", &[]), Some(1.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the time is recorded when the timer is dropped"]
pub struct Timer<'a, C: Clock> {
    histogram: HistogramRef<'a>,
    clock: C,
    /// None once discarded.
    start: Option<Duration>,
}

impl<C: Clock> Timer<'_, C> {
    /// Records now instead of at the end of the scope.
    pub fn stop(self) {}

    /// Ends without recording.
    pub fn discard(mut self) {
        self.start = None;
    }
}

impl<C: Clock> Drop for Timer<'_, C> {
    fn drop(&mut self) {
        if let Some(start) = self.start {
            self.histogram.observe_duration(self.clock.now().saturating_sub(start));
        }
    }
}

/// A histogram handle bound to its thread, made by [`Histogram::local`]. Neither `Send` nor `Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// use openclaw_prometheus::Bounds;
/// let sizes = registry.histogram("reply_bytes", "Length of a reply.", Bounds::bytes()).register()?;
/// let local = sizes.local();
/// (1..=3).for_each(|kib| local.observe(1024.0 * f64::from(kib)));
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "reply_bytes", &[]), Some(3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalHistogram {
    /// The sum's cell; none in a thread without a slab.
    sum: Option<OwnedCell>,
    histogram: Histogram,
    _bound: HeldSlab,
}

impl LocalHistogram {
    /// Records a value in the family's base unit (seconds, bytes, tokens, …). One that is negative, not finite or above
    /// 2^53 is rejected and counted.
    #[inline]
    pub fn observe(&self, value: f64) {
        match (self.sum, valid_bits(value)) {
            // SAFETY: the lease is held, in this thread, and the bucket is one of the histogram's own.
            (Some(sum), Some(bits)) => unsafe { sum.observe(self.histogram.bounds.bucket(bits), value) },
            _ => self.histogram.observe(value),
        }
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }
}

impl std::fmt::Debug for LocalHistogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalHistogram").field("cell", &self.histogram.cell).finish_non_exhaustive()
    }
}
