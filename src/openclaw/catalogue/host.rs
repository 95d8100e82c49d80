//! What the Gateway answers about itself and its host: health, lanes, deliveries, system, skills.

use super::entry::{Entry, Label, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {}
