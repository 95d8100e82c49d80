//! What `models.list` answers: models that can be chosen.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::YES_NO_UNKNOWN;
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Models;
    /// Models that can be chosen, by whether they can be used as things stand.
    #[zh = "可供选择的模型数,按当前是否可用。"]
    models: gauge = "openclaw_models" [available: YES_NO_UNKNOWN] replaces ["openclaw_model_total"],
    /// Models that can be chosen, by provider.
    #[zh = "可供选择的模型数,按提供方。"]
    by_provider: gauge = "openclaw_model_by_provider" [provider],
}
