//! A declaration on its way into the registry: checked, compared with what is there, and added.

use std::sync::Arc;

use super::created::CreatedTime;
use super::error::RegisterError;
use super::family::{FamilyId, FamilyInfo, Source};
use super::kind::MetricKind;
use super::names;
use super::shared::Registry;
use crate::label::index::CellIndex;
use crate::label::{LabelName, MetricName, NameError};
use crate::record::{Bounds, REJECTION_CELLS, SINK};
use crate::sync::OutOfMemory;

/// What was declared, checked.
pub(super) struct Declaration {
    name: Arc<str>,
    help: Box<str>,
    unit: Option<Box<str>>,
    kind: MetricKind,
    labels: Box<[LabelName]>,
    bounds: Option<Bounds>,
    is_late: bool,
    is_listed_late: bool,
}

impl Declaration {
    pub(super) fn new(
        name: &str,
        help: &str,
        unit: Option<&str>,
        kind: MetricKind,
        labels: &[&str],
        bounds: Option<Bounds>,
    ) -> Result<Self, RegisterError> {
        let illegal = |error| RegisterError::Name { family: name.into(), error };
        let legal = MetricName::new(name).map_err(illegal)?;
        if names::base(name, kind).is_empty() {
            return Err(illegal(NameError::EndingAlone(name.into())));
        }
        let labels: Box<[LabelName]> =
            labels.iter().map(|label| LabelName::new(label)).collect::<Result<_, _>>().map_err(illegal)?;
        for (index, label) in labels.iter().enumerate() {
            if labels[..index].contains(label) {
                return Err(RegisterError::LabelTwice { family: name.into(), label: label.as_str().into() });
            }
        }
        let unit = names::unit(name, kind, unit)
            .map_err(|unit| RegisterError::Unit { family: name.into(), unit: unit.into() })?;
        let (name, help, unit) = (legal.as_str().into(), help.into(), unit.map(Box::from));
        Ok(Self { name, help, unit, kind, labels, bounds, is_late: false, is_listed_late: false })
    }

    /// Whether its series are shown from when they are used only.
    pub(super) fn shown_once_used(self, is_late: bool) -> Self {
        Self { is_late, ..self }
    }

    /// Whether it is on the page from its first series on only.
    pub(super) fn listed_once_used(self, is_listed_late: bool) -> Self {
        Self { is_listed_late, ..self }
    }

    fn is(&self, info: &FamilyInfo) -> bool {
        // When it is shown is no part of what it is.
        let Self { name: _, help, unit, kind, labels, bounds, is_late: _, is_listed_late: _ } = self;
        *kind == info.kind
            && *labels == info.labels
            && *bounds == info.bounds
            && *help == info.help
            && *unit == info.unit
    }

    fn describe(&self) -> Box<str> {
        describe(self.kind, &self.labels, self.bounds.as_ref(), &self.help, self.unit.as_deref())
    }
}

fn describe(
    kind: MetricKind,
    labels: &[LabelName],
    bounds: Option<&Bounds>,
    help: &str,
    unit: Option<&str>,
) -> Box<str> {
    let labels = labels.iter().map(LabelName::as_str).collect::<Vec<_>>().join(",");
    let bounds = bounds.map(|bounds| format!(" with bounds {:?}", bounds.as_slice())).unwrap_or_default();
    let unit = unit.map(|unit| format!(" in {unit}")).unwrap_or_default();
    format!("{kind:?}{{{labels}}}{bounds}{unit} (help {help:?})").into()
}

impl Registry {
    /// The family as declared: found, or made by `source` and added. With `cells` it gets cells for its rejections and
    /// that many more, whose first is what `source` is told: all of them, or an error and none.
    pub(super) fn declare(
        &self,
        declared: Declaration,
        cells: Option<u32>,
        source: impl FnOnce(CellIndex) -> Result<Source, &'static str>,
    ) -> Result<Arc<FamilyInfo>, RegisterError> {
        let name = declared.name.clone();
        self.change_families(|families| self.declare_among(families, declared, cells, source))
            .map_err(|OutOfMemory { bytes }| RegisterError::Memory { family: (&*name).into(), bytes: bytes as u64 })?
    }

    fn declare_among(
        &self,
        families: &mut Vec<Arc<FamilyInfo>>,
        declared: Declaration,
        cells: Option<u32>,
        source: impl FnOnce(CellIndex) -> Result<Source, &'static str>,
    ) -> Result<Arc<FamilyInfo>, RegisterError> {
        if let Some(info) = families.iter().find(|info| info.name == declared.name) {
            if declared.is(info) {
                return Ok(info.clone());
            }
            return Err(RegisterError::Different {
                family: (&*info.name).into(),
                was: describe(info.kind, &info.labels, info.bounds(), &info.help, info.unit()),
                now: declared.describe(),
            });
        }
        for info in families.iter() {
            let taken = names::all(&declared.name, declared.kind).find(|name| names::has(&info.name, info.kind, name));
            if let Some(name) = taken {
                let (family, other) = ((&*declared.name).into(), (&*info.name).into());
                return Err(RegisterError::Collides { family, other, name: name.into() });
            }
        }
        let full = |what| RegisterError::Full { family: (&*declared.name).into(), what };
        if families.len() >= self.0.families_bound as usize {
            return Err(full("families"));
        }
        let table = &self.store().table;
        let reserve = |cells| table.reserve_cells(REJECTION_CELLS + cells).ok_or_else(|| full("cells"));
        let rejections = cells.map(reserve).transpose()?;
        let source = source(rejections.unwrap_or(SINK) + REJECTION_CELLS).map_err(|what| {
            if let (Some(first), Some(cells)) = (rejections, cells) {
                table.give_back_cells(first, REJECTION_CELLS + cells);
            }
            full(what)
        })?;
        let Declaration { name, help, unit, kind, labels, bounds, is_late, is_listed_late } = declared;
        let (created, section) = (CreatedTime::default(), self.sections().of(&name));
        let info = Arc::new(FamilyInfo {
            id: FamilyId::next(),
            name,
            help,
            unit,
            kind,
            labels,
            bounds,
            source,
            rejections,
            created,
            is_late,
            is_listed_late,
            section,
        });
        families.push(info.clone());
        Ok(info)
    }
}
