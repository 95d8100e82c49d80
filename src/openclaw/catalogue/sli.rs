//! Service levels: how well things went in the last minutes.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{PERCENTILE, SLI, Set};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

const SLI_SET: Set = &SLI;
const PERCENTILE_SET: Set = &PERCENTILE;

snapshots! {
    source Event in Sli;
    /// Share of what ended within `workloadWindowMs` that went well, by service level; absent if nothing did. An agent's run
    /// goes well even if its model call has failed: see the level `model_call`.
    #[zh = "`workloadWindowMs` 窗口内结束且顺利的比例,按服务水平;窗口为空则不出现。模型调用失败时代理运行仍可能算顺利:参见 `model_call`。"]
    ratio: gauge = "openclaw_sli_success_ratio" [sli: SLI_SET] replaces [
        "openclaw_sli_agent_error_ratio", "openclaw_sli_message_success_ratio", "openclaw_sli_tool_error_ratio",
    ],
    /// Time that what ended within `workloadWindowMs` took, in seconds: the value that so many percent were within, by service
    /// level, to 0.4 percent or a microsecond; absent if nothing did.
    #[zh = "`workloadWindowMs` 窗口内结束者的耗时(秒):相应百分比不超过的值,按服务水平,误差 0.4% 或一微秒;窗口为空则不出现。"]
    duration: gauge = "openclaw_sli_duration_seconds" [sli: SLI_SET, percentile: PERCENTILE_SET]
        replaces ["openclaw_sli_http_request_p95_seconds", "openclaw_sli_http_request_p99_seconds"],
    /// What has ended, by service level.
    #[zh = "已结束的数量,按服务水平。"]
    events: counter = "openclaw_sli_events_total" [sli: SLI_SET],
    /// What has ended and went well, by service level.
    #[zh = "已结束且顺利的数量,按服务水平。"]
    good: counter = "openclaw_sli_good_events_total" [sli: SLI_SET],
    /// The same as `openclaw_sli_success_ratio` for one agent, provider, tool, channel or lane, the first few of each; those
    /// that came later are `other`.
    #[zh = "同 `openclaw_sli_success_ratio`,按单个代理、提供商、工具、渠道或队列,仅最先出现的几个;之后的归为 `other`。"]
    target_ratio: gauge = "openclaw_sli_target_success_ratio" [sli: SLI_SET, target],
    /// The same as `openclaw_sli_duration_seconds` for one agent, provider, tool, channel or lane.
    #[zh = "同 `openclaw_sli_duration_seconds`,按单个代理、提供商、工具、渠道或队列。"]
    target_duration: gauge = "openclaw_sli_target_duration_seconds" [sli: SLI_SET, target, percentile: PERCENTILE_SET],
    /// The same as `openclaw_sli_events_total` for one agent, provider, tool, channel or lane.
    #[zh = "同 `openclaw_sli_events_total`,按单个代理、提供商、工具、渠道或队列。"]
    target_events: counter = "openclaw_sli_target_events_total" [sli: SLI_SET, target],
    /// The same as `openclaw_sli_good_events_total` for one agent, provider, tool, channel or lane.
    #[zh = "同 `openclaw_sli_good_events_total`,按单个代理、提供商、工具、渠道或队列。"]
    target_good: counter = "openclaw_sli_target_good_events_total" [sli: SLI_SET, target],
    /// Length of the window of service levels, in seconds: `workloadWindowMs`.
    #[zh = "服务水平窗口的长度(秒):`workloadWindowMs`。"]
    window: gauge = "openclaw_sli_window_seconds" [],
    /// Bytes that the windows of service levels use.
    #[zh = "服务水平窗口占用的字节数。"]
    bytes: gauge = "openclaw_sli_bytes" [],
    /// Bytes that the windows of service levels may use.
    #[zh = "服务水平窗口可占用的字节数。"]
    limit: gauge = "openclaw_sli_limit_bytes" [],
}
