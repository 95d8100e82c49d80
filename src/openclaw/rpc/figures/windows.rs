//! Windows of quotas, as both `usage.status` and `models.authStatus` tell them.
//!
//! A window is shown by its name and that of its group: `5h`, `Opus-Week`. Of two of one provider with the same name the
//! fuller one is shown.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::loose::Loose;
use super::series::Series;
use super::{moment, words};
use crate::SnapshotFamily;
use crate::openclaw::policy::UNKNOWN;

/// A window as it is told. How much is used is told in percent.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Window {
    label: Loose<String>,
    group_label: Loose<String>,
    used_percent: Loose<f64>,
    reset_at: Loose<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Quota {
    /// From 0 to 1, and above if more was used than there was.
    used: Option<f64>,
    /// When it begins anew, in seconds since 1970.
    reset: Option<f64>,
}

/// Windows of quotas by provider and name.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<[String; 2], Quota>);

impl Windows {
    pub(super) fn add(&mut self, provider: &str, window: &Window) {
        let name = words::name(&format!("{} {}", window.group_label.text(), window.label.text()));
        let used = window.used_percent.amount().map(|percent| percent / 100.0);
        let quota = Quota { used, reset: moment(&window.reset_at) };
        let labels = [provider.to_owned(), name.unwrap_or_else(|| UNKNOWN.into())];
        let shown = self.0.entry(labels).or_insert(quota);
        if shown.used < quota.used {
            *shown = quota;
        }
    }

    pub(super) fn put(&self, used: &SnapshotFamily<2>, left: &SnapshotFamily<2>, reset: &SnapshotFamily<2>) {
        self.put_one(used, |quota| quota.used);
        self.put_one(left, |quota| quota.used.map(|used| (1.0 - used).max(0.0)));
        self.put_one(reset, |quota| quota.reset);
    }

    /// Replaces a family by the time from `now` until each window begins anew.
    pub(super) fn put_until_reset(&self, family: &SnapshotFamily<2>, now: f64) {
        self.put_one(family, |quota| quota.reset.map(|reset| (reset - now).max(0.0)));
    }

    fn put_one(&self, family: &SnapshotFamily<2>, value: impl Fn(&Quota) -> Option<f64>) {
        let mut rows = Series::default();
        self.0.iter().for_each(|([provider, name], quota)| rows.add([provider, name], value(quota)));
        rows.put(family);
    }
}
