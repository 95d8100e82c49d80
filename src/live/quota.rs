//! Whether a quota lasts until it is reset, at the rate at which it was used of late.
//!
//! The rate is that of as long a time before as there is until the reset: a busy hour says little of a week. It is that of a day
//! at most, for no more is kept, and of the time since the last reset. Nothing is said while less than a quarter of that time is
//! known, or than half an hour.

use super::layout::{Gauge, Table};
use super::picture::Picture;
use super::places::Row;

/// What of a day is kept, and what says something at least, in seconds.
const DAY: f64 = 86_400.0;
const LEAST: f64 = 1_800.0;
/// What is left grows by more only at a reset: providers round.
const ROUNDED: f64 = 0.005;

/// How a quota goes on, if it is used as it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlook {
    /// When nothing is left, since 1970; none if nothing was used.
    pub(super) empty: Option<f64>,
    /// When it is reset.
    pub(super) resets: f64,
}

impl Outlook {
    /// Whether something is left at the reset.
    pub(super) fn lasts(&self) -> bool {
        self.empty.is_none_or(|empty| empty >= self.resets)
    }
}

/// The outlook of a row of [`Table::Quotas`]; none if too little is known.
pub(super) fn outlook(picture: &Picture, row: &Row) -> Option<Outlook> {
    let (left, resets) = (row.gauge(Gauge::Left)?, row.gauge(Gauge::Resets)?);
    let ahead = resets - picture.unix;
    if ahead <= 0.0 {
        return None;
    }
    // As exact as what is kept.
    let left = f64::from(left as f32);
    let span = ahead.clamp(LEAST, DAY);
    // Back from now to the last reset, or as far as it counts.
    let (mut age, mut before) = (0.0, left);
    for (its_age, its_left) in picture.kept(Table::Quotas, row, Gauge::Left) {
        if its_age > span || its_left < before - ROUNDED {
            break;
        }
        (age, before) = (its_age, its_left);
    }
    if age < LEAST.max(span / 4.0) {
        return None;
    }
    let used = (before - left).max(0.0);
    Some(Outlook { empty: (used > 0.0).then(|| picture.unix + age * left / used), resets })
}
