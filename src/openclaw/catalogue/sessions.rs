//! What the Gateway answers about sessions.

use super::entry::{Entry, Label, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {}
