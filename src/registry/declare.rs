//! Declaring families: names and labels are checked once, here, and a family's handle is valid from then on.
//!
//! Declaring the same family again in the same way gives another handle on it.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use super::declared::Declaration;
use super::error::RegisterError;
use super::family::{FamilyInfo, Source};
use super::kind::MetricKind;
use super::rows::SnapshotRows;
use super::shared::Registry;
use super::snapshot::SnapshotFamily;
use crate::label::index::{CellIndex, FamilyIndex};
use crate::label::{ClosedLabels, FamilyCapacity, MAX_LABELS, RejectReason};
use crate::record::{
    Bounds, ClosedFamily, Counter, Family, FamilyCore, Gauge, Histogram, InFlight, Instrument, SINK, SignedBounds,
    SignedHistogram,
};
use crate::sync::OutOfMemory;

/// Every label of an overflow series.
const OVERFLOW: &str = "overflow";

/// A family about to be declared: give it labels, or [`register`](FamilyBuilder::register) it without.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let tokens = registry.counter("prompt_tokens_total", "Tokens of prompts.").unit("tokens").register()?;
/// tokens.add(512);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is declared before `register`"]
pub struct FamilyBuilder<K: Instrument> {
    registry: Registry,
    name: Box<str>,
    help: Box<str>,
    unit: Option<Box<str>>,
    layout: K::Layout,
    kind: MetricKind,
    is_late: bool,
    is_listed_late: bool,
}

/// A family with labels of an open set, about to be declared.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let runs = registry.counter("runs_total", "Runs.").labels(["agent"]).series(2).overflow().register()?;
/// ["a", "b", "c"].iter().for_each(|agent| runs.with([agent]).inc());
/// assert_eq!(openclaw_prometheus::testing::value(&registry, "runs_total", &[("agent", "overflow")]), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is declared before `register`"]
pub struct LabelledFamilyBuilder<K: Instrument, const N: usize> {
    family: FamilyBuilder<K>,
    labels: [Box<str>; N],
    series: Option<u32>,
    has_overflow: bool,
}

/// A family with labels of a closed set, about to be declared.
///
/// ```
/// openclaw_prometheus::label_enum! {
///     /// Which way a message went.
///     pub enum Direction("direction") { In = "in", Out = "out" }
/// }
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let bytes = registry.counter("message_bytes_total", "Bytes.").closed::<Direction>().unit("bytes").register()?;
/// bytes.at(Direction::Out).add(1024);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is declared before `register`"]
pub struct ClosedFamilyBuilder<K: Instrument, L: ClosedLabels> {
    family: FamilyBuilder<K>,
    _labels: PhantomData<fn(L)>,
}

/// A snapshot family, about to be declared.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// use openclaw_prometheus::MetricKind;
/// let disks = registry.snapshot("disk_free_bytes", "Free bytes, by disk.", MetricKind::Gauge).labels(["disk"]).register()?;
/// disks.replace([(["a"], 4096.0), (["b"], 0.0)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is declared before `register`"]
pub struct SnapshotFamilyBuilder<const N: usize> {
    registry: Registry,
    name: Box<str>,
    help: Box<str>,
    unit: Option<Box<str>>,
    kind: MetricKind,
    labels: [Box<str>; N],
    /// SnapshotRows at most; none for the registry's bound.
    bound: Option<u32>,
    is_listed_late: bool,
}

impl Registry {
    /// Declares a counter of whole amounts, exact to the unit.
    pub fn counter(&self, name: &str, help: &str) -> FamilyBuilder<Counter<u64>> {
        FamilyBuilder::new(self, name, help, (), MetricKind::Counter)
    }

    /// Declares a counter of fractional amounts (seconds, dollars).
    pub fn counter_f64(&self, name: &str, help: &str) -> FamilyBuilder<Counter<f64>> {
        FamilyBuilder::new(self, name, help, (), MetricKind::CounterF64)
    }

    /// Declares a gauge. It is shown from when it is first set.
    pub fn gauge(&self, name: &str, help: &str) -> FamilyBuilder<Gauge> {
        FamilyBuilder::new(self, name, help, (), MetricKind::Gauge)
    }

    /// Declares a count of what is going on right now.
    pub fn in_flight(&self, name: &str, help: &str) -> FamilyBuilder<InFlight> {
        FamilyBuilder::new(self, name, help, (), MetricKind::InFlight)
    }

    /// Declares a histogram.
    pub fn histogram(&self, name: &str, help: &str, bounds: Bounds) -> FamilyBuilder<Histogram> {
        FamilyBuilder::new(self, name, help, bounds, MetricKind::Histogram)
    }

    /// Declares a histogram of values that may be negative. Of its sum OpenMetrics is not told.
    pub fn signed_histogram(&self, name: &str, help: &str, bounds: SignedBounds) -> FamilyBuilder<SignedHistogram> {
        FamilyBuilder::new(self, name, help, bounds, MetricKind::Histogram)
    }

    /// Declares a family whose series are replaced together by whoever collects them, so that one that is no longer
    /// reported disappears. `kind` is [`MetricKind::Gauge`] or [`MetricKind::CounterF64`].
    pub fn snapshot(&self, name: &str, help: &str, kind: MetricKind) -> SnapshotFamilyBuilder<0> {
        SnapshotFamilyBuilder::new(self, name, help, kind)
    }
}

impl<K: Instrument> FamilyBuilder<K> {
    pub(super) fn new(registry: &Registry, name: &str, help: &str, layout: K::Layout, kind: MetricKind) -> Self {
        Self {
            registry: registry.clone(),
            name: name.into(),
            help: help.into(),
            unit: None,
            layout,
            kind,
            is_late: false,
            is_listed_late: false,
        }
    }

    /// Names the unit, which must end the name: `tokens` for `prompt_tokens_total`. Base units (seconds, bytes, ratio and
    /// such) are known from the name without.
    pub fn unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Has a series be shown from when something was first recorded in it, as a gauge's is, and not as 0 from the start: for
    /// what may never be told. Concerns families without labels and of closed sets; other series come when they are used
    /// anyway.
    ///
    /// ```
    /// # use openclaw_prometheus::{Registry, encode};
    /// # let registry = Registry::builder().rejections_family(None).build()?;
    /// let pauses = registry.counter("pauses_total", "Pauses.").shown_once_used(true).register()?;
    /// assert!(!encode::text(&registry).contains("pauses_total 0"));
    /// pauses.inc();
    /// assert!(encode::text(&registry).contains("pauses_total 1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shown_once_used(mut self, is_late: bool) -> Self {
        self.is_late = is_late;
        self
    }

    /// Has the family be on the page, with its metadata, from its first series on only: for what most hosts never tell.
    ///
    /// ```
    /// # use openclaw_prometheus::{Registry, encode};
    /// # let registry = Registry::builder().rejections_family(None).build()?;
    /// let pauses = registry.counter("pauses_total", "Pauses.").listed_once_used(true).labels(["kind"]).register()?;
    /// assert!(!encode::text(&registry).contains("pauses_total"));
    /// pauses.with(["tea"]).inc();
    /// assert!(encode::text(&registry).contains("# HELP pauses_total Pauses.\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listed_once_used(mut self, is_listed_late: bool) -> Self {
        self.is_listed_late = is_listed_late;
        self
    }

    /// Gives the family labels. More than 16 do not compile.
    pub fn labels<const N: usize>(self, labels: [&str; N]) -> LabelledFamilyBuilder<K, N> {
        const { assert!(N <= MAX_LABELS, "a family has 16 labels at most") };
        LabelledFamilyBuilder { family: self, labels: labels.map(Box::from), series: None, has_overflow: false }
    }

    /// Gives the family labels of a closed set.
    pub fn closed<L: ClosedLabels>(self) -> ClosedFamilyBuilder<K, L> {
        ClosedFamilyBuilder { family: self, _labels: PhantomData }
    }

    /// Declares the family without labels and hands out its one series.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn register(self) -> Result<K, RegisterError> {
        let (core, first) = self.declare_cells(&[], 1, |_, _| "")?;
        Ok(K::held(core.series_at(first), &self.layout))
    }

    /// Declares a family whose `count` series lie side by side.
    fn declare_cells(
        &self,
        labels: &[&str],
        count: usize,
        value: fn(usize, usize) -> &'static str,
    ) -> Result<(FamilyCore, CellIndex), RegisterError> {
        let declared = self.check(labels)?;
        let full = || RegisterError::Full { family: self.name.clone(), what: "cells" };
        let cells = u32::try_from(count).ok().and_then(|count| count.checked_mul(K::width(&self.layout)));
        let cells = cells.filter(|cells| *cells as usize <= self.registry.store().slabs.stride()).ok_or_else(full)?;
        if let Some(series) = series_twice(labels, count, value)
            .map_err(|OutOfMemory { bytes }| RegisterError::Memory { family: self.name.clone(), bytes: bytes as u64 })?
        {
            return Err(RegisterError::SeriesTwice { family: self.name.clone(), series });
        }
        let source = |first| Ok(Source::Closed { first, count: count as u32, value });
        let info = self.registry.declare(declared, Some(cells), source)?;
        let Source::Closed { first, count: was, value: had } = info.source else {
            return Err(different(&info, "closed"));
        };
        let mut pairs = (0..count).flat_map(|index| (0..labels.len()).map(move |label| (index, label)));
        if was as usize != count || !pairs.all(|(index, label)| had(index, label) == value(index, label)) {
            return Err(different(&info, "another closed set"));
        }
        Ok((self.core(&info, FamilyIndex::default(), 0, None), first))
    }

    fn check(&self, labels: &[&str]) -> Result<Declaration, RegisterError> {
        let bounds = K::bounds(&self.layout);
        let declared = Declaration::new(&self.name, &self.help, self.unit.as_deref(), self.kind, labels, bounds)?;
        Ok(declared.shown_once_used(self.is_late).listed_once_used(self.is_listed_late))
    }

    fn core(&self, info: &FamilyInfo, family: FamilyIndex, hash: u64, overflow: Option<CellIndex>) -> FamilyCore {
        FamilyCore {
            store: self.registry.store().clone(),
            name: info.name.clone(),
            family,
            hash,
            rejections: info.rejections.unwrap_or(SINK),
            overflow: overflow.unwrap_or(SINK),
        }
    }
}

impl<K: Instrument, const N: usize> LabelledFamilyBuilder<K, N> {
    /// As [`FamilyBuilder::unit`].
    pub fn unit(mut self, unit: &str) -> Self {
        self.family = self.family.unit(unit);
        self
    }

    /// Bounds the family's series; never above the registry's bound for a family.
    pub fn series(mut self, series: u32) -> Self {
        self.series = Some(series);
        self
    }

    /// Gives the family an overflow series, every label of which says `overflow`: rejected observations go there
    /// (and are still counted as rejected), so that the family's sum stays right.
    pub fn overflow(mut self) -> Self {
        self.has_overflow = true;
        self
    }

    /// Declares the family.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn register(self) -> Result<Family<K, N>, RegisterError> {
        let Self { family: declare, labels, series, has_overflow } = &self;
        let labels = labels.each_ref().map(|label| &**label);
        let width = K::width(&declare.layout);
        let registry = &declare.registry;
        let info = registry.declare(declare.check(&labels)?, Some(0), |_| {
            let table = &registry.store().table;
            let mut capacity = FamilyCapacity {
                width,
                labels: N as u32,
                series: series.unwrap_or(u32::MAX).min(registry.0.family_series),
                label_bytes: registry.0.family_label_bytes,
            };
            if !has_overflow {
                let family = table.next_family(capacity).ok_or("families")?;
                return Ok(Source::Table { family, hash: table.family_hash(family), overflow: None });
            }
            // A series like any other, so that a client's value `overflow` means it and not a second of its name.
            table.has_capacity(width, OVERFLOW.len()).map_err(|reason| match reason {
                RejectReason::CellsFull => "cells",
                RejectReason::LabelBytesFull => "label bytes",
                _ => "series",
            })?;
            capacity.series = capacity.series.saturating_add(1);
            let family = table.next_family(capacity).ok_or("families")?;
            let hash = table.family_hash(family);
            let cell = table.find_or_add(family, hash, &[OVERFLOW; N]).map_err(|_| "label bytes")?;
            Ok(Source::Table { family, hash, overflow: Some(cell) })
        })?;
        let Source::Table { family, hash, overflow } = info.source else { return Err(different(&info, "open labels")) };
        Ok(Family::new(declare.core(&info, family, hash, overflow), self.family.layout.clone()))
    }
}

impl<K: Instrument, L: ClosedLabels> ClosedFamilyBuilder<K, L> {
    /// As [`FamilyBuilder::unit`].
    pub fn unit(mut self, unit: &str) -> Self {
        self.family = self.family.unit(unit);
        self
    }

    /// Declares the family. All its series exist from now on, and do not count towards the registry's series.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn register(self) -> Result<ClosedFamily<K, L>, RegisterError> {
        let (core, first) = self.family.declare_cells(L::NAMES, L::COUNT, L::value)?;
        Ok(ClosedFamily::new(core, self.family.layout, first))
    }
}

impl SnapshotFamilyBuilder<0> {
    pub(super) fn new(registry: &Registry, name: &str, help: &str, kind: MetricKind) -> Self {
        Self {
            registry: registry.clone(),
            name: name.into(),
            help: help.into(),
            unit: None,
            kind,
            labels: [],
            bound: None,
            is_listed_late: false,
        }
    }
}

impl<const M: usize> SnapshotFamilyBuilder<M> {
    /// Gives the family labels.
    pub fn labels<const N: usize>(self, labels: [&str; N]) -> SnapshotFamilyBuilder<N> {
        const { assert!(N <= MAX_LABELS, "a family has 16 labels at most") };
        let Self { registry, name, help, unit, kind, bound, is_listed_late, .. } = self;
        SnapshotFamilyBuilder { registry, name, help, unit, kind, labels: labels.map(Box::from), bound, is_listed_late }
    }

    /// As [`FamilyBuilder::unit`].
    pub fn unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// As [`FamilyBuilder::listed_once_used`]: while there are no rows, the family is not on the page.
    pub fn listed_once_used(mut self, is_listed_late: bool) -> Self {
        self.is_listed_late = is_listed_late;
        self
    }

    /// Bounds the rows, whatever the registry's bounds are.
    pub(super) fn rows(mut self, bound: u32) -> Self {
        self.bound = Some(bound);
        self
    }

    /// Declares the family. It has no series until it is first replaced.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn register(self) -> Result<SnapshotFamily<M>, RegisterError> {
        let Self { registry, name, help, unit, kind, labels, bound, is_listed_late } = self;
        if !matches!(kind, MetricKind::Gauge | MetricKind::CounterF64) {
            return Err(RegisterError::NotASnapshotKind { family: name, kind });
        }
        let labels = labels.each_ref().map(|label| &**label);
        let declared = Declaration::new(&name, &help, unit.as_deref(), kind, &labels, None)?;
        let declared = declared.listed_once_used(is_listed_late);
        let bound = bound.unwrap_or(registry.0.family_series.min(registry.0.series)) as usize;
        let info = registry.declare(declared, None, |_| {
            Ok(Source::Snapshot(Arc::new(SnapshotRows::new(M, bound, kind == MetricKind::CounterF64))))
        })?;
        let Source::Snapshot(rows) = &info.source else { return Err(different(&info, "snapshot")) };
        Ok(SnapshotFamily::new(registry.clone(), rows.clone()))
    }
}

/// The labels of the first series that closed labels written by hand have twice.
fn series_twice(
    labels: &[&str],
    count: usize,
    value: fn(usize, usize) -> &'static str,
) -> Result<Option<Box<str>>, OutOfMemory> {
    let mut known = HashSet::new();
    known.try_reserve(count).map_err(|_| OutOfMemory::of::<Box<[&str]>>(count))?;
    Ok((0..count).find_map(|index| {
        let values: Box<[&str]> = (0..labels.len()).map(|label| value(index, label)).collect();
        let text = || labels.iter().zip(&values).map(|(label, value)| format!("{label}={value:?}")).collect::<Vec<_>>();
        let text = if known.contains(&values) { Some(text().join(",").into()) } else { None };
        known.insert(values);
        text
    }))
}

fn different(info: &FamilyInfo, now: &str) -> RegisterError {
    let was = match info.source {
        Source::Table { .. } => "open labels",
        Source::Closed { .. } => "closed",
        Source::Snapshot(_) => "snapshot",
    };
    RegisterError::Different { family: (&*info.name).into(), was: was.into(), now: now.into() }
}
