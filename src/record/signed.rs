//! Histograms of values that may be negative, such as changes.
//!
//! Recorded as other histograms are (see `histogram`), but for the search of the bucket, and the sum may fall: in OpenMetrics
//! it is not written. What is not finite or beyond 2^53 in either direction is rejected and counted.

use std::sync::Arc;

use super::amount::MAX_AMOUNT;
use super::family::{Instrument, SeriesCell, sealed::Sealed};
use super::store::Store;
use super::{Bounds, SignedBounds};
use crate::label::RejectReason;
use crate::label::index::CellIndex;

/// A handle on one histogram of values that may be negative. Cheap to clone, `Send + Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// use openclaw_prometheus::{SignedBounds, testing};
/// let growth = registry.signed_histogram("growth_bytes", "Growth of the heap.", SignedBounds::byte_changes()).register()?;
/// growth.observe(4096.0);
/// growth.observe(-1024.0);
/// assert_eq!(testing::sum(&registry, "growth_bytes", &[]), Some(3072.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SignedHistogram {
    store: Arc<Store>,
    bounds: SignedBounds,
    id: u64,
    cell: CellIndex,
    rejections: CellIndex,
}

/// A histogram of values that may be negative on the spot, borrowed from its family.
#[derive(Debug, Clone, Copy)]
pub struct SignedHistogramRef<'a> {
    store: &'a Arc<Store>,
    id: u64,
    bounds: &'a SignedBounds,
    cell: CellIndex,
    rejections: CellIndex,
}

impl Sealed for SignedHistogram {}

impl Instrument for SignedHistogram {
    type Layout = SignedBounds;
    type Ref<'a> = SignedHistogramRef<'a>;

    fn borrowed<'a>(series: SeriesCell<'a>, bounds: &'a SignedBounds) -> SignedHistogramRef<'a> {
        let SeriesCell { store, id, cell, rejections } = series;
        SignedHistogramRef { store, id, bounds, cell, rejections }
    }

    fn held(series: SeriesCell<'_>, bounds: &SignedBounds) -> Self {
        let SeriesCell { store, id, cell, rejections } = series;
        Self { store: store.clone(), bounds: bounds.clone(), id, cell, rejections }
    }

    fn width(bounds: &SignedBounds) -> u32 {
        bounds.as_bounds().width()
    }

    fn bounds(bounds: &SignedBounds) -> Option<Bounds> {
        Some(bounds.as_bounds().clone())
    }
}

impl SignedHistogram {
    /// Records a value in the family's base unit. One that is not finite, or beyond 2^53 in either direction, is rejected and
    /// counted.
    pub fn observe(&self, value: f64) {
        let Self { store, bounds, id, cell, rejections } = self;
        SignedHistogramRef { store, bounds, id: *id, cell: *cell, rejections: *rejections }.observe(value);
    }
}

impl SignedHistogramRef<'_> {
    /// Records a value in the family's base unit. One that is not finite, or beyond 2^53 in either direction, is rejected and
    /// counted.
    pub fn observe(self, value: f64) {
        let Self { store, bounds, id, cell, rejections } = self;
        // What is no number is not below the limit.
        if value.abs() <= MAX_AMOUNT as f64 {
            store.observe(id, cell, bounds.bucket(value), value);
        } else {
            store.reject(rejections, RejectReason::BadAmount);
        }
    }
}
