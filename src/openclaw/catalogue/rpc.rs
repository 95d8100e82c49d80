//! How it goes with asking the Gateway, and what its figures are measured by.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{BUDGET_WINDOW, WAY};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Rpc;
    /// Whether the Gateway's RPC is reached: 1 or 0, by the way to it; absent for a way that was not tried.
    #[zh = "是否可达 Gateway 的 RPC:1 或 0,按途径;未尝试的途径不出现。"]
    up: gauge = "openclaw_rpc_up" [way: WAY],
    /// Always 1: the version of the Gateway that is asked over a WebSocket.
    #[zh = "值恒为 1:经 WebSocket 询问的 Gateway 的版本。"]
    gateway: gauge = "openclaw_rpc_gateway_info" [version],
    /// Time that the last answer took on the Gateway's main thread, in seconds, by method; over a WebSocket a tenth of the
    /// round trip stands for it.
    #[zh = "最近一次应答占用 Gateway 主线程的时间(秒),按方法;经 WebSocket 时以往返时间的十分之一代替。"]
    cost: gauge = "openclaw_rpc_cost_seconds" [method],
    /// Time from a question to the next one of the same method, in seconds: its cadence, or longer for what it costs or as it
    /// fails.
    #[zh = "同一方法两次询问之间的时间(秒):其周期,或因开销或失败而更长。"]
    interval: gauge = "openclaw_rpc_interval_seconds" [method],
    /// What the Gateway's models may cost, in US dollars, as `budget.perDay` says; absent without one.
    #[zh = "Gateway 的模型允许的费用(美元),即 `budget.perDay`;未设置则不出现。"]
    budget: gauge = "openclaw_budget_usd" in Usage [window: BUDGET_WINDOW],
    /// Parts of answers that were left out, as they have another shape than is known, by method.
    #[zh = "因与已知形状不同而被略去的应答部分数,按方法。"]
    misfits: counter = "openclaw_rpc_misfits_total" [method],
}
