//! What `system-presence` answers: who is, or a moment ago was, connected to the Gateway.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{CLIENT_MODE, PLATFORM, PRESENCE};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Presence;
    /// Clients and nodes that the Gateway knows to be there, itself among them; who has gone is told for some minutes.
    #[zh = "Gateway 所知在场的客户端与节点数(含其自身);离开者仍会显示数分钟。"]
    presence: gauge = "openclaw_presence" [mode: CLIENT_MODE, platform: PLATFORM, state: PRESENCE]
        replaces ["openclaw_presence_total", "openclaw_presence_by_channel"],
}
