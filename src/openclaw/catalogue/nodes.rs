//! What `node.list` answers: nodes that are paired or connected.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{NODE_APPROVAL, PLATFORM, YES_NO_UNKNOWN};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Nodes;
    /// Nodes that are paired or connected, by whether they are connected.
    #[zh = "已配对或已连接的节点数,按是否已连接。"]
    nodes: gauge = "openclaw_nodes" [connected: YES_NO_UNKNOWN] replaces ["openclaw_node_total"],
    /// Nodes that are paired or connected, by platform.
    #[zh = "已配对或已连接的节点数,按平台。"]
    by_platform: gauge = "openclaw_node_by_platform" [platform: PLATFORM],
    /// Nodes that are connected, by platform.
    #[zh = "已连接的节点数,按平台。"]
    connected: gauge = "openclaw_node_connected" [platform: PLATFORM],
    /// Nodes by whether somebody has approved what they may do.
    #[zh = "节点数,按其权限是否已获批准。"]
    approvals: gauge = "openclaw_node_approvals" [state: NODE_APPROVAL],
}
