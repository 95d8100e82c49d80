//! Today and yesterday, as the Gateway has them.

use super::super::rows::Sums;
use crate::SnapshotFamily;
use crate::openclaw::catalogue::usage::DAY;
use crate::openclaw::rpc::loose::Loose;

/// The days that are shown: today as the Gateway has it, and the day before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    /// Its [`day_number`].
    pub(super) today: Option<i64>,
}

impl Days {
    /// `today` if that is a day on which, somewhere on earth, the answer can have been made.
    pub(super) fn new(today: Option<i64>, made_at_ms: &Loose<f64>) -> Self {
        let made_on = made_at_ms.seconds().map(|seconds| (seconds / 86_400.0).floor() as i64);
        Self { today: today.filter(|today| made_on.is_none_or(|made_on| (today - made_on).abs() <= 1)) }
    }

    /// The rows of both days, each with the labels for its day.
    pub(super) fn of<'a, R: 'a>(
        self,
        rows: impl Iterator<Item = &'a R>,
        date: fn(&R) -> &Loose<String>,
    ) -> impl Iterator<Item = (&'a R, [&'a str; 2])> {
        rows.filter_map(move |row| {
            let date = date(row).text();
            let age = usize::try_from(self.today? - day_number(date)?).ok()?;
            Some((row, [*DAY.get(age)?, date]))
        })
    }

    /// Replaces a family that has a row for each day.
    pub(super) fn put<R>(
        self,
        family: &SnapshotFamily<2>,
        rows: &[R],
        date: fn(&R) -> &Loose<String>,
        value: impl Fn(&R) -> Option<f64>,
    ) {
        let mut sums = Sums::default();
        for (row, labels) in self.of(rows.iter(), date) {
            sums.add_known(labels, value(row));
        }
        sums.put(family);
    }
}

/// Days from 1970-01-01 to a date of the form `2026-11-22`.
pub(super) fn day_number(date: &str) -> Option<i64> {
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // A year begins with March, so that a leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468)
}
