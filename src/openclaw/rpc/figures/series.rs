//! Rows whose values are told, not added up.

use std::collections::BTreeSet;

use super::rows::{MOST_ROWS, put_rows};
use crate::SnapshotFamily;
use crate::openclaw::policy::{self, UNKNOWN};

/// Rows in the order in which they come: of those with the same labels the first counts, and what comes after
/// [`MOST_ROWS`] is left out.
#[derive(Debug)]
pub(super) struct Series<const N: usize> {
    rows: Vec<([String; N], f64)>,
    seen: BTreeSet<[String; N]>,
}

impl<const N: usize> Default for Series<N> {
    fn default() -> Self {
        Self { rows: Vec::new(), seen: BTreeSet::new() }
    }
}

impl<const N: usize> Series<N> {
    /// Adds a row, if there is a value, with each label as far as it may be shown.
    pub(super) fn add(&mut self, labels: [&str; N], value: Option<f64>) {
        let Some(value) = value.filter(|_| self.rows.len() < MOST_ROWS) else { return };
        let labels = labels.map(|label| policy::value(label, UNKNOWN).to_owned());
        if self.seen.insert(labels.clone()) {
            self.rows.push((labels, value));
        }
    }

    /// Replaces the family.
    pub(super) fn put(self, family: &SnapshotFamily<N>) {
        put_rows(family, &self.rows);
    }
}

/// Replaces a family without labels.
pub(super) fn put(family: &SnapshotFamily<0>, value: Option<f64>) {
    family.replace(value.map(|value| ([], value)));
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::rows;
    use super::*;
    use crate::{MetricKind, Registry};

    #[test]
    fn rows_are_unique_and_bounded_and_those_without_a_value_are_none() {
        let registry = Registry::builder().build().unwrap();
        let family = registry.snapshot("up", "", MetricKind::Gauge).labels(["job"]).register().unwrap();
        let mut series = Series::default();
        series.add(["a"], None);
        for number in 0..250 {
            series.add([&format!("j{number}")], Some(f64::from(number)));
            series.add(["j0"], Some(7.0));
        }
        series.put(&family);
        let rows = rows(&registry, "up");
        assert_eq!((rows.len(), rows.get("job=j0"), rows.get("job=j99")), (MOST_ROWS, Some(&0.0), Some(&99.0)));
    }
}
