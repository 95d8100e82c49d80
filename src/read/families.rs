//! The families that a reader knows, and what the labels of their series say.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use super::block::FamilySlot;
use crate::label::index::SeriesIndex;
use crate::registry::Registry;
use crate::registry::family::{FamilyInfo, Source};
use crate::registry::rows::SnapshotRow;
use crate::sync::{OutOfMemory, try_push, try_reserve};

/// Bytes estimated per line beside name and labels.
const LINE_BYTES: usize = 24;

/// The families of a registry, as a reader last found them.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) registry: Registry,
    list: Vec<ReadFamily>,
}

#[derive(Debug)]
pub(super) struct ReadFamily {
    pub(super) info: Arc<FamilyInfo>,
    /// A snapshot's version and rows.
    pub(super) rows_version: Option<u64>,
    pub(super) rows: Arc<Vec<SnapshotRow>>,
    pub(super) is_gone: bool,
}

impl Families {
    pub(super) fn new(registry: Registry) -> Self {
        Self { registry, list: Vec::new() }
    }

    #[inline(always)]
    pub(super) fn get(&self, family: FamilySlot) -> &ReadFamily {
        &self.list[family.as_usize()]
    }

    pub(super) fn get_mut(&mut self, family: FamilySlot) -> &mut ReadFamily {
        &mut self.list[family.as_usize()]
    }

    /// All slots there are, those of families that are gone included.
    pub(super) fn slots(&self) -> impl Iterator<Item = FamilySlot> + use<> {
        (0..self.list.len() as u32).map(FamilySlot)
    }

    /// The families there are, by name.
    pub(super) fn by_name(&self) -> Result<Vec<FamilySlot>, OutOfMemory> {
        let mut slots = Vec::new();
        try_reserve(&mut slots, self.list.len())?;
        slots.extend(self.slots().filter(|slot| !self.get(*slot).is_gone));
        // In place. No two have the same name.
        slots.sort_unstable_by(|a, b| self.get(*a).info.name.cmp(&self.get(*b).info.name));
        Ok(slots)
    }

    pub(super) fn has(&self, info: &Arc<FamilyInfo>) -> bool {
        self.list.iter().any(|family| Arc::ptr_eq(&family.info, info))
    }

    /// Takes a family in, in the slot of one that is gone if there is any.
    pub(super) fn add(&mut self, info: Arc<FamilyInfo>) -> Result<FamilySlot, OutOfMemory> {
        let family = ReadFamily { info, rows_version: None, rows: Arc::default(), is_gone: false };
        let gone = self.list.iter().position(|family| family.is_gone);
        match gone {
            Some(index) => self.list[index] = family,
            None => try_push(&mut self.list, family)?,
        }
        Ok(FamilySlot(gone.unwrap_or(self.list.len() - 1) as u32))
    }

    /// A label value of a series.
    pub(super) fn label(&self, family: FamilySlot, series: SeriesIndex, label: usize) -> &str {
        let family = self.get(family);
        match &family.info.source {
            Source::Table { .. } => self.registry.store().table.series_values(series).nth(label).unwrap_or_default(),
            Source::Closed { value, .. } => value(series.as_usize(), label),
            Source::Snapshot(_) => {
                family.rows.get(series.as_usize()).and_then(|row| row.labels.get(label)).map_or("", |text| text)
            }
        }
    }

    /// The order in which two series of a family are written.
    pub(super) fn compare(&self, family: FamilySlot, a: SeriesIndex, b: SeriesIndex) -> Ordering {
        let labels = self.get(family).info.labels.len();
        (0..labels)
            .map(|label| self.label(family, a, label).cmp(self.label(family, b, label)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Bytes of text that a series takes, estimated.
    pub(super) fn series_bytes(&self, family: FamilySlot, series: SeriesIndex) -> usize {
        let info = &self.get(family).info;
        let labels: usize = (0..info.labels.len())
            .map(|label| info.labels[label].as_str().len() + 4 + self.label(family, series, label).len())
            .sum();
        let created = usize::from(self.registry.created().is_some() && info.has_created());
        let lines = created + info.bounds.as_ref().map_or(1, |bounds| bounds.as_slice().len() + 3);
        lines * (info.name.len() + labels + LINE_BYTES)
    }

    /// When a series was created.
    pub(super) fn created(&self, family: FamilySlot, series: SeriesIndex) -> Option<Duration> {
        let created = self.registry.created()?;
        let info = &self.get(family).info;
        match info.source {
            _ if !info.has_created() => None,
            Source::Table { .. } => created.series(series),
            Source::Closed { .. } => info.created.get(),
            Source::Snapshot(_) => None,
        }
    }
}
