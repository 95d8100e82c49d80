//! What the registry knows of a family: what a reader and an encoder need, and where its cells are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::created::CreatedTime;
use super::kind::MetricKind;
use super::names;
use super::rows::SnapshotRows;
use crate::label::LabelName;
use crate::label::index::{CellIndex, FamilyIndex};
use crate::record::Bounds;

/// Names one family of this process: never given again, not even to one of the same name later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FamilyId(u64);

impl FamilyId {
    /// The next family's.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A family as it was declared.
///
/// ```
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// registry.counter("calls_total", "Calls.").labels(["model"]).register()?;
/// let declared = registry.declared();
/// let calls = declared.iter().find(|family| family.name() == "calls_total").ok_or("not declared")?;
/// assert_eq!((calls.base_name(), calls.labels()[0].as_str()), ("calls", "model"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FamilyInfo {
    /// Its own in this process: a name may be given again.
    pub(crate) id: FamilyId,
    pub(crate) name: Arc<str>,
    pub(crate) help: Box<str>,
    pub(crate) unit: Option<Box<str>>,
    pub(crate) kind: MetricKind,
    pub(crate) labels: Box<[LabelName]>,
    pub(crate) bounds: Option<Bounds>,
    pub(crate) source: Source,
    /// Where rejections are counted; snapshot families reject nothing in cells.
    pub(crate) rejections: Option<CellIndex>,
    /// When a closed set's series were created.
    pub(crate) created: CreatedTime,
    /// As declared; see [`is_shown_once_used`](Self::is_shown_once_used).
    pub(super) is_late: bool,
    /// Whether its metadata are written from its first series on only.
    pub(crate) is_listed_late: bool,
    /// The number of its section.
    pub(crate) section: u8,
}

/// Where the series of a family come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The label table: `family` is its number there, `overflow` the cell of its overflow series.
    Table { family: FamilyIndex, hash: u64, overflow: Option<CellIndex> },
    /// Cells side by side, one series for each combination.
    Closed { first: CellIndex, count: u32, value: fn(usize, usize) -> &'static str },
    /// SnapshotRows that a collector replaces.
    Snapshot(Arc<SnapshotRows>),
}

impl FamilyInfo {
    /// A number that no other family of this process has, not even one of the same name later.
    pub fn id(&self) -> FamilyId {
        self.id
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without a counter's `_total`: what OpenMetrics calls the family.
    pub fn base_name(&self) -> &str {
        names::base(&self.name, self.kind)
    }

    /// The help text, unescaped.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The unit: the one declared or, if the name ends in a base unit (before a counter's `_total`), that.
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The kind.
    pub fn kind(&self) -> MetricKind {
        self.kind
    }

    /// The label names, in the order in which they are written.
    pub fn labels(&self) -> &[LabelName] {
        &self.labels
    }

    /// The bucket bounds of a histogram.
    pub fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// Whether its series have creation times: what adds up in cells has.
    pub(crate) fn has_created(&self) -> bool {
        let adds_up = matches!(self.kind, MetricKind::Counter | MetricKind::CounterF64 | MetricKind::Histogram);
        adds_up && !matches!(self.source, Source::Snapshot(_))
    }

    /// Whether its series, which are there from the start, are shown from when they are used only.
    pub(crate) fn is_shown_once_used(&self) -> bool {
        self.is_late && matches!(self.source, Source::Closed { .. })
    }

    /// Whether what it observes may be negative, and its sum fall.
    pub fn is_signed(&self) -> bool {
        self.bounds().and_then(|bounds| bounds.as_slice().first()).is_some_and(|first| *first < 0.0)
    }

    /// Cells per series.
    pub(crate) fn width(&self) -> usize {
        match self.kind {
            MetricKind::Counter | MetricKind::CounterF64 | MetricKind::Gauge => 1,
            MetricKind::InFlight => 2,
            MetricKind::Histogram => self.bounds.as_ref().map_or(1, |bounds| bounds.width() as usize),
        }
    }
}
