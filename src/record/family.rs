//! Families: one name, one kind, and the series behind it, found by label values, by ids, or by arithmetic.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Bounds, SINK, Store};
use crate::label::index::{CellIndex, FamilyIndex};
use crate::label::{ClosedLabels, LabelId, RejectReason};

/// What every handle of a family knows.
#[derive(Debug, Clone)]
pub(crate) struct FamilyCore {
    pub(crate) store: Arc<Store>,
    pub(crate) name: Arc<str>,
    pub(crate) family: FamilyIndex,
    /// What the hashes of its series start from.
    pub(crate) hash: u64,
    /// Where its rejections are counted.
    pub(crate) rejections: CellIndex,
    /// Where rejected observations go: the overflow series, or the sink.
    pub(crate) overflow: CellIndex,
}

/// Where a series records. Made by families only.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct SeriesCell<'a> {
    pub(super) store: &'a Arc<Store>,
    /// The store's id.
    pub(super) id: u64,
    pub(super) cell: CellIndex,
    pub(super) rejections: CellIndex,
}

/// A kind of metric: [`Counter`](super::Counter), [`Gauge`](super::Gauge), [`InFlight`](super::InFlight),
/// [`Histogram`](super::Histogram) or [`SignedHistogram`](super::SignedHistogram).
pub trait Instrument: Sized + sealed::Sealed {
    /// What all series of a family share: bounds, or nothing.
    #[doc(hidden)]
    type Layout: Clone + fmt::Debug + Send + Sync;
    /// A series on the spot, borrowed from its family.
    type Ref<'a>;
    #[doc(hidden)]
    fn borrowed<'a>(series: SeriesCell<'a>, layout: &'a Self::Layout) -> Self::Ref<'a>;
    #[doc(hidden)]
    fn held(series: SeriesCell<'_>, layout: &Self::Layout) -> Self;
    /// Cells per series.
    #[doc(hidden)]
    fn width(layout: &Self::Layout) -> u32;
    /// The bucket bounds, for a kind that has them.
    #[doc(hidden)]
    fn bounds(_layout: &Self::Layout) -> Option<Bounds> {
        None
    }
}

pub(super) mod sealed {
    /// Kinds are this crate's: the reader knows each of them.
    pub trait Sealed {}
}

/// A series could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The family.
    pub family: Arc<str>,
    /// Why.
    pub reason: RejectReason,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.reason {
            RejectReason::FamilyFull => "raise the family's series bound, or use fewer label values",
            RejectReason::TableFull => "raise the registry's series bound, or use fewer label values",
            RejectReason::CellsFull => {
                "raise the registry's cells: a histogram takes 2 more than it has bounds, and 18 a series are the default"
            }
            RejectReason::LabelBytesFull => {
                "raise the registry's label bytes, of which one family has half, or use fewer or shorter label values"
            }
            RejectReason::ValueTooLong => "a label value may have 1024 bytes",
            RejectReason::ProbesExhausted => "the table is too crowded; raise the registry's series bound",
            RejectReason::ForeignId => "use an id of the same registry",
            RejectReason::BadAmount => "amounts are finite, not negative and at most 2^53",
            RejectReason::Saturated => "its total can take no more; count in a larger unit",
        };
        write!(f, "family `{}`: series rejected ({}): {advice}", self.family, self.reason.as_str())
    }
}

impl std::error::Error for Rejected {}

/// A family whose series are told apart by `N` label values. Cheap to clone, `Send + Sync`.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let calls = registry.counter("calls_total", "Calls.").labels(["model", "outcome"]).register()?;
/// calls.with(["gpt-5", "ok"]).inc();
/// // A handle to keep costs no lookup.
/// let errors = calls.handle(["gpt-5", "error"])?;
/// errors.add(2);
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "calls_total", &[("outcome", "error"), ("model", "gpt-5")]), Some(2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Family<K: Instrument, const N: usize> {
    core: FamilyCore,
    /// The store's id, here so that a recording does not read it from the store.
    id: u64,
    layout: K::Layout,
}

impl<K: Instrument, const N: usize> Family<K, N> {
    pub(crate) fn new(core: FamilyCore, layout: K::Layout) -> Self {
        Self { id: core.store.id, core, layout }
    }

    /// The family's name.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// The series with these label values, added if it is new. Wait-free for a series that exists.
    ///
    /// If the series is rejected the result records into the family's overflow series, or nowhere; the rejection is
    /// counted each time. Wrong arity does not compile:
    ///
    /// ```compile_fail
    /// # let registry = openclaw_prometheus::Registry::builder().build().unwrap();
    /// let calls = registry.counter("calls_total", "Calls.").labels(["model", "outcome"]).register().unwrap();
    /// calls.with(["gpt-5"]).inc();
    /// ```
    #[inline(always)]
    pub fn with(&self, values: [&str; N]) -> K::Ref<'_> {
        let found = self.core.store.table.find_or_add(self.core.family, self.core.hash, &values);
        K::borrowed(self.series(found), &self.layout)
    }

    /// The series with these interned label values; see [`Registry::intern`](crate::Registry::intern).
    #[inline]
    pub fn with_ids(&self, ids: [LabelId; N]) -> K::Ref<'_> {
        let found = self.core.store.table.find_or_add_ids(self.core.family, self.core.hash, &ids);
        K::borrowed(self.series(found), &self.layout)
    }

    /// A handle to keep on the series with these label values. It exists, at 0, from now on.
    ///
    /// # Errors
    /// [`Rejected`] if there is no capacity for the series and the family has no overflow series.
    pub fn handle(&self, values: [&str; N]) -> Result<K, Rejected> {
        let found = self.core.store.table.find_or_add(self.core.family, self.core.hash, &values);
        if let Err(reason) = found
            && self.core.overflow == SINK
        {
            self.core.store.reject(self.core.rejections, reason);
            return Err(Rejected { family: self.core.name.clone(), reason });
        }
        Ok(K::held(self.series(found), &self.layout))
    }

    #[inline(always)]
    fn series(&self, found: Result<CellIndex, RejectReason>) -> SeriesCell<'_> {
        let cell = match found {
            Ok(cell) => cell,
            Err(reason) => self.core.rejected(reason),
        };
        SeriesCell { id: self.id, ..self.core.series_at(cell) }
    }
}

impl<K: Instrument, const N: usize> Clone for Family<K, N> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), id: self.id, layout: self.layout.clone() }
    }
}

impl<K: Instrument, const N: usize> fmt::Debug for Family<K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("name", &self.core.name).field("labels", &N).finish_non_exhaustive()
    }
}

impl FamilyCore {
    #[inline(always)]
    pub(crate) fn series_at(&self, cell: CellIndex) -> SeriesCell<'_> {
        SeriesCell { store: &self.store, id: self.store.id, cell, rejections: self.rejections }
    }

    #[cold]
    fn rejected(&self, reason: RejectReason) -> CellIndex {
        self.store.reject(self.rejections, reason);
        self.overflow
    }
}

/// A family over closed label sets: every combination exists from the start and is found by arithmetic.
///
/// ```
/// openclaw_prometheus::label_enum! {
///     /// How a call ended.
///     pub enum Outcome("outcome") { Ok = "ok", Error = "error" }
/// }
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let calls = registry.counter("calls_total", "Calls.").closed::<Outcome>().register()?;
/// calls.at(Outcome::Ok).inc();
/// let value = |outcome| openclaw_prometheus::testing::value(&registry, "calls_total", &[("outcome", outcome)]);
/// assert_eq!((value("ok"), value("error")), (Some(1.0), Some(0.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClosedFamily<K: Instrument, L: ClosedLabels> {
    core: FamilyCore,
    /// The store's id, as in a [`Family`].
    id: u64,
    layout: K::Layout,
    first: CellIndex,
    width: u32,
    _labels: PhantomData<fn(L)>,
}

impl<K: Instrument, L: ClosedLabels> ClosedFamily<K, L> {
    pub(crate) fn new(core: FamilyCore, layout: K::Layout, first: CellIndex) -> Self {
        let width = K::width(&layout);
        Self { id: core.store.id, core, layout, first, width, _labels: PhantomData }
    }

    /// The family's name.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// The series of this combination of labels.
    #[inline]
    pub fn at(&self, labels: L) -> K::Ref<'_> {
        K::borrowed(self.series(labels), &self.layout)
    }

    /// A handle to keep on the series of this combination of labels.
    pub fn handle(&self, labels: L) -> K {
        K::held(self.series(labels), &self.layout)
    }

    #[inline(always)]
    fn series(&self, labels: L) -> SeriesCell<'_> {
        let index = labels.index();
        // A hand-written `LabelEnum` may be wrong about its index; the sink keeps that harmless.
        let cell = if index < L::COUNT { self.first + index as u32 * self.width } else { SINK };
        SeriesCell { id: self.id, ..self.core.series_at(cell) }
    }
}

impl<K: Instrument, L: ClosedLabels> Clone for ClosedFamily<K, L> {
    fn clone(&self) -> Self {
        let Self { core, id, layout, first, width, .. } = self;
        Self { core: core.clone(), id: *id, layout: layout.clone(), first: *first, width: *width, _labels: PhantomData }
    }
}

impl<K: Instrument, L: ClosedLabels> fmt::Debug for ClosedFamily<K, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFamily").field("name", &self.core.name).field("labels", &L::NAMES).finish_non_exhaustive()
    }
}
