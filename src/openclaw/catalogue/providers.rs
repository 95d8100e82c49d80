//! What the Gateway answers about model providers: models, authentication, quotas.

use super::entry::{Entry, Label, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {}
