//! Rows of a family, bounded in number, with labels that may be shown.

use std::collections::BTreeMap;

use crate::SnapshotFamily;
use crate::openclaw::catalogue::sets::OTHER;
use crate::openclaw::policy::{self, UNKNOWN};

/// Rows of a family at most.
pub(super) const MOST_ROWS: usize = 100;

/// Rows by their labels, those with the same added up.
#[derive(Debug)]
pub(super) struct Sums<const N: usize>(BTreeMap<[String; N], f64>);

impl<const N: usize> Default for Sums<N> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<const N: usize> Sums<N> {
    /// Adds to the row of these labels, each as far as it may be shown.
    pub(super) fn add(&mut self, labels: [&str; N], value: f64) {
        *self.0.entry(labels.map(|label| policy::value(label, UNKNOWN).into())).or_default() += value;
    }

    /// The same, if the value is known.
    pub(super) fn add_known(&mut self, labels: [&str; N], value: Option<f64>) {
        if let Some(value) = value {
            self.add(labels, value);
        }
    }

    /// Replaces the family. Of more than [`MOST_ROWS`] the smallest are added up in one whose labels are all `other`.
    pub(super) fn put(self, family: &SnapshotFamily<N>) {
        let mut rows: Vec<([String; N], f64)> = self.0.into_iter().collect();
        if rows.len() > MOST_ROWS {
            rows.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            let rest = rows.split_off(MOST_ROWS - 1).into_iter().map(|(_, value)| value).sum();
            let other = std::array::from_fn(|_| OTHER.to_owned());
            match rows.iter_mut().find(|(labels, _)| *labels == other) {
                Some((_, value)) => *value += rest,
                None => rows.push((other, rest)),
            }
        }
        put_rows(family, &rows);
    }
}

/// Replaces a family by these rows.
pub(super) fn put_rows<const N: usize>(family: &SnapshotFamily<N>, rows: &[([String; N], f64)]) {
    family.replace(rows.iter().map(|(labels, value)| (labels.each_ref().map(String::as_str), *value)));
}

/// Replaces a family whose label has a list of values, by those that are known.
pub(super) fn put_each(family: &SnapshotFamily<1>, values: impl IntoIterator<Item = (&'static str, Option<f64>)>) {
    family.replace(values.into_iter().filter_map(|(label, value)| Some(([label], value?))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetricKind, Registry, testing};

    #[test]
    fn the_smallest_rows_of_too_many_are_added_up() {
        let registry = Registry::builder().build().unwrap();
        let family = registry.snapshot("cost", "", MetricKind::Gauge).labels(["model"]).register().unwrap();
        let mut sums = Sums::default();
        for number in 0..250 {
            sums.add([&format!("m{number}")], f64::from(number));
            sums.add([&format!("m{number}")], 1.0);
        }
        sums.put(&family);
        let value = |model| testing::value(&registry, "cost", &[("model", model)]);
        assert_eq!((value("m249"), value("m0"), value("m151")), (Some(250.0), None, Some(152.0)));
        assert_eq!(value("other"), Some((1..=151).map(f64::from).sum()));
    }
}
