//! What the Gateway answers about its sessions.
//!
//! It lists the 200 that changed last: archived sessions and single runs of scheduled jobs are not among them. A session's
//! entry knows its last run and its context, not all it ever used: that is in the families of usage.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{OTHER, Set};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

pub(in crate::openclaw) const LAST_RUN: Set =
    &["queued", "running", "done", "failed", "killed", "timeout", "none", OTHER];
const TOKEN: Set = &["input", "output"];
const STAT: Set = &["sum", "mean", "max"];

snapshots! {
    in Sessions;
    /// Sessions in the Gateway's store, without those that are archived and single runs of scheduled jobs.
    #[zh = "Gateway 存储中的会话数,不含已归档的会话与定时任务的单次运行。"]
    stored: gauge = "openclaw_sessions_stored" [] replaces ["openclaw_session_total"],
    /// Sessions among the 200 that changed last, by what they are for, the state of their last run, and the channel that
    /// carries them (none: no channel does).
    #[zh = "最近变动的 200 个会话中的数量,按用途、最近一次运行的状态及其渠道(none:无渠道)。"]
    listed: gauge = "openclaw_sessions_listed" [kind, state: LAST_RUN, channel] replaces ["openclaw_session_by_channel"],
    /// Sessions among the 200 that changed last that changed within the last hour.
    #[zh = "最近变动的 200 个会话中,一小时内有变动的数量。"]
    recent: gauge = "openclaw_session_active_recent" [],
    /// Tokens of the last run of each of the 200 sessions that changed last, added up, by kind.
    #[zh = "最近变动的 200 个会话各自最近一次运行的 token 数之和,按种类。"]
    run_tokens: gauge = "openclaw_session_last_run_tokens" [kind: TOKEN]
        replaces ["openclaw_session_tokens_input_total", "openclaw_session_tokens_output_total"],
    /// Estimated cost of the last run of each of the 200 sessions that changed last, added up, in US dollars; without runs
    /// that have no price.
    #[zh = "最近变动的 200 个会话各自最近一次运行的估算费用之和(美元);不含没有价格的运行。"]
    run_cost: gauge = "openclaw_session_last_run_cost_usd" [] replaces ["openclaw_session_estimated_cost_usd_total"],
    /// Tokens in the context of the 200 sessions that changed last: sum, mean and largest of those that are known.
    #[zh = "最近变动的 200 个会话上下文中的 token 数:已知值的总和、平均与最大值。"]
    context: gauge = "openclaw_session_context_tokens" [stat: STAT]
        replaces ["openclaw_session_tokens_total", "openclaw_session_tokens_avg_per_session",
            "openclaw_session_tokens_max_per_session"],
    /// Tokens that the contexts of the 200 sessions that changed last have room for, added up.
    #[zh = "最近变动的 200 个会话的上下文窗口可容纳的 token 数之和。"]
    window: gauge = "openclaw_session_context_window_tokens" [] replaces ["openclaw_session_tokens_context_total"],
}
