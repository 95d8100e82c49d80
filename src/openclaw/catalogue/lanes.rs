//! What `diagnostics.lanes` answers: the queues that commands wait in.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Queues;
    /// Commands that wait in a lane when the Gateway is asked; lanes of sessions are added up as dynamic.
    #[zh = "询问 Gateway 时在通道中等待的命令数;会话通道合计为 dynamic。"]
    queued: gauge = "openclaw_command_lane_queued" [lane],
    /// Commands of a lane that are being carried out when the Gateway is asked; lanes of sessions are added up as dynamic.
    #[zh = "询问 Gateway 时通道中正在执行的命令数;会话通道合计为 dynamic。"]
    active: gauge = "openclaw_command_lane_active" [lane],
    /// Commands of a lane that may be carried out at the same time.
    #[zh = "通道可同时执行的命令数。"]
    limit: gauge = "openclaw_command_lane_limit" [lane],
    /// Lanes of sessions when the Gateway is asked; none while it has none.
    #[zh = "询问 Gateway 时的会话通道数;没有时无值。"]
    dynamic: gauge = "openclaw_command_dynamic_lanes" [],
}
