//! What the Gateway answers about usage: tokens, cost, messages, latency, tools; by day and by what used it.

use super::entry::{Entry, Label, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {}
