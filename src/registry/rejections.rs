//! Rejections as users see them: by family and reason, and in families of their own.

use std::sync::{Arc, PoisonError};

use super::error::RegisterError;
use super::family::FamilyInfo;
use super::kind::MetricKind;
use super::rows::SnapshotRow;
use super::shared::{Registry, RejectionRows};
use crate::label::index::CellIndex;
use crate::label::{LabelEnum, RejectReason};
use crate::record::REJECTION_CELLS;
use crate::sync::{OutOfMemory, try_push};

impl Registry {
    /// Observations rejected so far, by family and reason; pairs at 0 are left out.
    ///
    /// Of [`RejectReason::Saturated`] it is the series that a reading found so, not their observations.
    pub fn rejected(&self) -> Vec<(Arc<str>, RejectReason, u64)> {
        let mut all = Vec::new();
        self.each_rejected(|family, reason, count| all.push((family.name.clone(), reason, count)));
        all
    }

    fn each_rejected(&self, mut each: impl FnMut(&FamilyInfo, RejectReason, u64)) {
        for family in self.families().iter() {
            self.rejected_of(family).into_iter().for_each(|(reason, count)| each(family, reason, count));
        }
    }

    /// The same of one family.
    pub(crate) fn rejected_of(&self, family: &FamilyInfo) -> Vec<(RejectReason, u64)> {
        let Some(first) = family.rejections else { return Vec::new() };
        let count = |reason: &RejectReason| (*reason, self.sum_whole(first + reason.index() as u32));
        RejectReason::ALL.iter().map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// Declares the family that shows rejections.
    pub(super) fn show_rejections(&self, name: &str) -> Result<(), RegisterError> {
        let help = "Observations that were rejected, by family and reason.";
        let rows = self.0.families_bound * REJECTION_CELLS;
        let family =
            self.snapshot(name, help, MetricKind::CounterF64).labels(["family", "reason"]).rows(rows).register()?;
        let _ = self.0.rejections.rows.set(family.rows());
        Ok(())
    }

    /// Declares a counter of all observations that were rejected because there was no capacity for their series, over all
    /// families. It is there from the start, and always up to date.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn dropped_total(&self, name: &str, help: &str) -> Result<(), RegisterError> {
        let family = self.snapshot(name, help, MetricKind::CounterF64).rows(1).register()?;
        let rows = self.0.rejections.dropped.get_or_init(|| family.rows());
        // Twice the same is one; another name beside the first shows the same only while it is the first.
        let shown = self.0.rejections.showing();
        rows.replace(vec![SnapshotRow::new([], self.dropped() as f64)]);
        drop(shown);
        Ok(())
    }

    /// Observations that were rejected because there was no capacity for their series.
    fn dropped(&self) -> u64 {
        let mut dropped: u64 = 0;
        self.each_rejected(|_, reason, count| {
            if reason.is_dropped_series() {
                dropped = dropped.saturating_add(count);
            }
        });
        dropped
    }

    /// Brings what shows rejections up to date; costs a few loads a family while nothing new was rejected.
    ///
    /// # Errors
    /// [`OutOfMemory`]: they are shown at a later reading.
    pub(crate) fn read_rejections(&self) -> Result<(), OutOfMemory> {
        let RejectionRows { rows, dropped, .. } = &self.0.rejections;
        if rows.get().is_none() && dropped.get().is_none() {
            return Ok(());
        }
        let mut shown = self.0.rejections.showing();
        let cells = self.families().iter().filter_map(|family| family.rejections).fold(0, |total: u64, first| {
            (0..REJECTION_CELLS).map(|reason| self.sum_whole(first + reason)).fold(total, u64::saturating_add)
        });
        if shown.as_ref().is_some_and(|shown| **shown == cells) {
            return Ok(());
        }
        if let Some(rows) = rows.get() {
            let (mut rejected, mut outcome) = (Vec::new(), Ok(()));
            self.each_rejected(|family, reason, count| {
                let row = SnapshotRow::new([&*family.name, reason.as_str()], count as f64);
                outcome = outcome.and_then(|()| try_push(&mut rejected, row));
            });
            outcome?;
            rows.replace(rejected);
        }
        if let Some(dropped) = dropped.get() {
            dropped.replace(vec![SnapshotRow::new([], self.dropped() as f64)]);
        }
        if let Some(shown) = &mut shown {
            **shown = cells;
        }
        Ok(())
    }

    /// Counts the series of `family` that starts at `cell` as saturated. False if it was counted before, by any reader.
    pub(crate) fn note_saturated(&self, family: &FamilyInfo, cell: CellIndex) -> bool {
        let Some(rejections) = family.rejections else { return false };
        let mut known = self.0.saturated.lock().unwrap_or_else(PoisonError::into_inner);
        // Without memory for it the series is told at a later reading.
        if known.try_reserve(1).is_err() || !known.insert(cell) {
            return false;
        }
        let reason = RejectReason::Saturated.index() as u32;
        self.0.store.slabs.add_whole_shared(rejections + reason, 1);
        true
    }

    /// The sum of one cell of whole numbers over all slabs.
    fn sum_whole(&self, cell: CellIndex) -> u64 {
        let slabs = &self.0.store.slabs;
        slabs.fold_whole(slabs.in_use(), cell)
    }
}
