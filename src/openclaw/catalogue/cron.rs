//! What the Gateway answers about scheduled jobs.

use super::entry::{Entry, Label, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {}
