//! What is new in a registry: families, series of the label table, those that are shown once they are used, and rows of
//! snapshots.

use std::sync::Arc;

use super::block::FamilySlot;
use super::blocks::BlockSeries;
use super::state::ReadState;
use crate::label::index::{CellIndex, FamilyIndex, SeriesIndex};
use crate::record::UNSET;
use crate::registry::MetricKind;
use crate::registry::Registry;
use crate::registry::created::{CreatedTimes, ReadTimes};
use crate::registry::family::{FamilyInfo, Source};
use crate::sync::{OutOfMemory, Relaxed, try_push, try_reserve};

/// Creation times, where they are kept, and those of this render.
type Times<'a> = Option<(&'a CreatedTimes, ReadTimes)>;

/// How far a registry was searched.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// The registry's list of families that was searched last.
    version: Option<u64>,
    /// By family of the label table.
    by_table: Vec<Option<FamilySlot>>,
    /// Series of the label table seen so far, and those of them that were not complete.
    walked: u32,
    incomplete: Vec<SeriesIndex>,
    /// Gauges that were never set, and others that are shown once they are used; not in a block yet.
    unused: Vec<BlockSeries>,
}

impl Discovery {
    /// Brings `state` to the families and series that `registry` has now.
    ///
    /// # Errors
    /// [`OutOfMemory`], and it is not known how far it came.
    pub(super) fn find(&mut self, registry: &Registry, state: &mut ReadState) -> Result<(), OutOfMemory> {
        let times = registry.created().map(|created| (created, created.begin()));
        self.find_families(registry, times, state)?;
        self.find_series(registry, times, state)?;
        if let Some((created, times)) = times {
            created.end(times);
        }
        self.find_rows(state)?;
        self.find_used(registry, times, state)
    }

    fn find_families(
        &mut self,
        registry: &Registry,
        times: Times<'_>,
        state: &mut ReadState,
    ) -> Result<(), OutOfMemory> {
        let version = registry.version();
        if self.version == Some(version) {
            return Ok(());
        }
        self.version = Some(version);
        let infos = registry.families();
        for slot in state.families.slots() {
            let family = state.families.get_mut(slot);
            if !family.is_gone && !infos.iter().any(|info| Arc::ptr_eq(info, &family.info)) {
                family.is_gone = true;
                state.blocks.remove_family(slot);
            }
        }
        for info in infos.iter() {
            if !state.families.has(info) {
                self.add_family(info, times, state)?;
            }
        }
        Ok(())
    }

    fn add_family(
        &mut self,
        info: &Arc<FamilyInfo>,
        times: Times<'_>,
        state: &mut ReadState,
    ) -> Result<(), OutOfMemory> {
        let slot = state.families.add(info.clone())?;
        state.blocks.add_family(slot, info)?;
        match info.source {
            Source::Table { family, .. } => {
                let family = family.as_usize();
                let count = self.by_table.len().max(family + 1);
                let more = count - self.by_table.len();
                try_reserve(&mut self.by_table, more)?;
                self.by_table.resize(count, None);
                self.by_table[family] = Some(slot);
            }
            Source::Closed { first, count, .. } => {
                if let Some((_, times)) = times
                    && !info.is_shown_once_used()
                {
                    info.created.note(times);
                }
                for index in 0..count {
                    let cell = first + index * info.width() as u32;
                    self.add_series(BlockSeries { family: slot, index: SeriesIndex(index), cell }, state)?;
                }
            }
            Source::Snapshot(_) => {}
        }
        Ok(())
    }

    fn find_series(&mut self, registry: &Registry, times: Times<'_>, state: &mut ReadState) -> Result<(), OutOfMemory> {
        let table = &registry.store().table;
        let mut waiting = std::mem::take(&mut self.incomplete);
        let mut outcome = Ok(());
        waiting.retain(|series| match self.take_series(*series, table.shown(*series), times, state) {
            Ok(is_taken) => !is_taken,
            Err(error) => {
                outcome = Err(error);
                true
            }
        });
        self.incomplete = waiting;
        outcome?;
        let high = table.series_high();
        for series in (self.walked..high).map(SeriesIndex) {
            if !self.take_series(series, table.shown(series), times, state)? {
                try_push(&mut self.incomplete, series)?;
            }
        }
        self.walked = high;
        Ok(())
    }

    /// Adds a series of the label table. False while it, or what this reader knows of its family, is incomplete.
    fn take_series(
        &mut self,
        index: SeriesIndex,
        found: Option<(FamilyIndex, CellIndex)>,
        times: Times<'_>,
        state: &mut ReadState,
    ) -> Result<bool, OutOfMemory> {
        let Some((family, cell)) = found else { return Ok(false) };
        let Some(Some(family)) = self.by_table.get(family.as_usize()).copied() else { return Ok(false) };
        if let Some((created, times)) = times {
            created.note_series(index, times);
        }
        self.add_series(BlockSeries { family, index, cell }, state)?;
        Ok(true)
    }

    fn add_series(&mut self, series: BlockSeries, state: &mut ReadState) -> Result<(), OutOfMemory> {
        let info = &state.families.get(series.family).info;
        if info.kind == MetricKind::Gauge || info.is_shown_once_used() {
            try_push(&mut self.unused, series)
        } else {
            state.values.note_new(series.cell)?;
            state.blocks.place(&state.families, series)
        }
    }

    /// Snapshots that were replaced.
    pub(super) fn find_rows(&mut self, state: &mut ReadState) -> Result<(), OutOfMemory> {
        for slot in state.families.slots() {
            let family = state.families.get_mut(slot);
            let Source::Snapshot(rows) = &family.info.source else { continue };
            // The version first: rows that come in between are read now and once more, never missed.
            let version = rows.version();
            if family.is_gone || family.rows_version == Some(version) {
                continue;
            }
            let current = rows.current();
            debug_assert!(current.iter().all(|row| row.labels.len() == rows.arity()));
            let count = current.len() as u32;
            family.rows_version = Some(version);
            family.rows = current;
            state.blocks.remove_series(slot);
            for index in (0..count).map(SeriesIndex) {
                state.blocks.place(&state.families, BlockSeries { family: slot, index, cell: CellIndex(0) })?;
            }
        }
        Ok(())
    }

    /// Series that were used for the first time.
    fn find_used(&mut self, registry: &Registry, times: Times<'_>, state: &mut ReadState) -> Result<(), OutOfMemory> {
        let slabs = &registry.store().slabs;
        let mut outcome = Ok(());
        self.unused.retain(|series| {
            let info = &state.families.get(series.family).info;
            let is_gauge = info.kind == MetricKind::Gauge;
            let is_used = if is_gauge {
                slabs.shared(series.cell).load(Relaxed) != UNSET
            } else {
                slabs.is_any_set(series.cell, info.width())
            };
            if is_used && outcome.is_ok() {
                if let (Some((_, times)), Source::Closed { .. }, false) = (times, &info.source, is_gauge) {
                    info.created.note(times);
                }
                let cell = series.cell;
                let noted = if is_gauge { state.values.note_gauge(cell) } else { state.values.note_new(cell) };
                outcome = noted.and_then(|()| state.blocks.place(&state.families, *series));
            }
            !is_used
        });
        outcome
    }
}
