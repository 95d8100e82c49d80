//! What `last-heartbeat` answers: how an agent's last heartbeat went.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::HEARTBEAT;
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Heartbeat;
    /// When an agent's last heartbeat was, in seconds since 1970; none since the Gateway's start if there was none.
    #[zh = "代理最近一次心跳的时间(Unix 秒);Gateway 启动以来没有心跳则没有值。"]
    at: gauge = "openclaw_agent_heartbeat_last_timestamp_seconds" [],
    /// Always 1: how an agent's last heartbeat ended.
    #[zh = "值恒为 1:代理最近一次心跳的结果。"]
    status: gauge = "openclaw_agent_heartbeat_last_status" [status: HEARTBEAT],
    /// Time an agent's last heartbeat took, in seconds; only one that ran.
    #[zh = "代理最近一次心跳的耗时(秒);仅限实际运行的心跳。"]
    duration: gauge = "openclaw_agent_heartbeat_last_duration_seconds" [],
}
