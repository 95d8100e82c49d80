//! What the Gateway answers about usage: tokens, cost, messages, latency, tools; by day and by what used it.
//!
//! All of it is counted by the Gateway from the transcripts it keeps, over the last 30 days of its own time zone, today
//! included: a restart resets nothing, and what leaves the window makes a figure smaller. The counters that begin at 0 with
//! the Gateway are `openclaw_model_tokens_total` and `openclaw_model_cost_usd_total`.
//!
//! A request is an answer of a model of which the transcript says what it used. Figures by day have two labels for the day:
//! `day`, which is `today` or `yesterday`, and `date`.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{OTHER, Set};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

pub(in crate::openclaw) const DAY: Set = &["today", "yesterday"];
const STAT: Set = &["mean", "min", "max", "p95"];
const ROLE: Set = &["user", "assistant"];
const TOKEN: Set = &["input", "output", "cache_read", "cache_write"];
const MODEL_TOKEN: Set = &["input", "output", "cache_read", "cache_write", OTHER];
const TRANSCRIPT: Set = &["counted", "pending"];

/// The families that `usage.cost` feeds.
pub(in crate::openclaw) mod cost {
    use super::*;

    snapshots! {
        in Usage;
        /// Tokens that models reported in the last 30 days, today included, from the Gateway's store, by kind.
        #[zh = "最近 30 天(含今天)模型报告的 token 数,来自 Gateway 的存储,按种类。"]
        tokens: gauge = "openclaw_usage_tokens" [kind: TOKEN]
            replaces ["openclaw_usage_tokens_input_total", "openclaw_usage_tokens_output_total",
                "openclaw_usage_tokens_cache_read_total", "openclaw_usage_tokens_cache_write_total"],
        /// Tokens of all kinds in the last 30 days, today included, from the Gateway's store; the total that models
        /// report, which may differ from the sum over the kinds.
        #[zh = "最近 30 天(含今天)各种类 token 的总数,来自 Gateway 的存储;为模型报告的总数,可能与各种类之和不同。"]
        total_tokens: gauge = "openclaw_usage_total_tokens" [] replaces ["openclaw_usage_tokens_total"],
        /// Estimated cost of the last 30 days, today included, from the Gateway's store, in US dollars; without
        /// requests that have no price.
        #[zh = "最近 30 天(含今天)的估算费用(美元),来自 Gateway 的存储;不含没有价格的请求。"]
        cost: gauge = "openclaw_usage_cost_usd" [] replaces ["openclaw_usage_cost_usd_total"],
        /// Requests of the last 30 days, today included, that have no price and so are missing in the cost.
        #[zh = "最近 30 天(含今天)没有价格、因而未计入费用的请求数。"]
        missing: gauge = "openclaw_usage_missing_cost_entries" [] replaces ["openclaw_usage_missing_cost_entries_total"],
        /// Estimated cost of one day in the Gateway's time zone, today's until now, in US dollars; without requests that
        /// have no price.
        #[zh = "按 Gateway 时区某一天的估算费用(美元),今天的截至当前;不含没有价格的请求。"]
        daily_cost: gauge = "openclaw_usage_daily_cost_usd" [day: DAY, date] replaces ["openclaw_usage_daily_cost_usd_total"],
        /// Tokens of all kinds of one day in the Gateway's time zone, today's until now.
        #[zh = "按 Gateway 时区某一天各种类 token 的总数,今天的截至当前。"]
        daily_tokens: gauge = "openclaw_usage_daily_total_tokens" [day: DAY, date] replaces ["openclaw_usage_daily_tokens_total"],
        /// Transcripts of sessions that the Gateway had counted for the cost and tokens of the last 30 days, and those
        /// with something new that it had not counted yet; one that has grown is both.
        #[zh = "Gateway 为最近 30 天的费用与 token 已统计的会话记录数,以及有新内容尚未统计的记录数;有增长的记录两者都算。"]
        transcripts: gauge = "openclaw_usage_transcripts" [state: TRANSCRIPT],
    }
}

/// The families that `sessions.usage` feeds.
pub(in crate::openclaw) mod details {
    use super::*;

    snapshots! {
        in Usage;
        /// When the Gateway counted the figures of the last 30 days by model, agent, channel, tool and day, as Unix time in
        /// seconds. It answers with an older count while a new one is not complete.
        #[zh = "Gateway 统计最近 30 天按模型、代理、渠道、工具与日期各项数字的时刻(Unix 时间,秒);新的统计未完成时,它返回较早的结果。"]
        counted_at: gauge = "openclaw_usage_counted_timestamp_seconds" [],
        /// Sessions that were active in the last 30 days, today included; one that was reset is still the same.
        #[zh = "最近 30 天(含今天)有活动的会话数;重置后的会话仍算同一个。"]
        sessions: gauge = "openclaw_usage_sessions" [],
        /// Messages of the last 30 days, today included, by who wrote them.
        #[zh = "最近 30 天(含今天)的消息数,按撰写者。"]
        messages: gauge = "openclaw_usage_messages" [role: ROLE]
            replaces ["openclaw_usage_messages_total", "openclaw_usage_messages_user_total",
                "openclaw_usage_messages_assistant_total"],
        /// Errors of the last 30 days, today included: answers of models that ended with an error, were aborted or timed
        /// out, and results of tools that are errors.
        #[zh = "最近 30 天(含今天)的错误数:以错误、中止或超时结束的模型回答,以及出错的工具结果。"]
        errors: gauge = "openclaw_usage_errors" [] replaces ["openclaw_usage_messages_errors_total"],
        /// Calls of tools in the last 30 days, today included, by tool.
        #[zh = "最近 30 天(含今天)的工具调用数,按工具。"]
        tool_calls: gauge = "openclaw_usage_tool_calls" [tool]
            replaces ["openclaw_usage_tool_calls_total", "openclaw_usage_tools_total_calls",
                "openclaw_usage_messages_tool_calls_total"],
        /// Results of tools in the last 30 days, today included.
        #[zh = "最近 30 天(含今天)的工具结果数。"]
        tool_results: gauge = "openclaw_usage_tool_results" [] replaces ["openclaw_usage_messages_tool_results_total"],
        /// Different tools that were called in the last 30 days, today included.
        #[zh = "最近 30 天(含今天)被调用过的不同工具数。"]
        tools: gauge = "openclaw_usage_tools" [] replaces ["openclaw_usage_tools_unique_total"],
        /// Time from a message to the answer in the last 30 days, today included, in seconds. p95 is the highest of the
        /// sessions' own 95th percentiles.
        #[zh = "最近 30 天(含今天)从消息到回答的时间(秒);p95 为各会话自身第 95 百分位中的最大值。"]
        latency: gauge = "openclaw_usage_latency_seconds" [stat: STAT]
            replaces ["openclaw_usage_latency_avg_seconds", "openclaw_usage_latency_min_seconds",
                "openclaw_usage_latency_max_seconds", "openclaw_usage_latency_p95_seconds"],
        /// Answers of the last 30 days, today included, whose time is known.
        #[zh = "最近 30 天(含今天)已知耗时的回答数。"]
        latency_samples: gauge = "openclaw_usage_latency_samples" [] replaces ["openclaw_usage_latency_count"],
        /// Share of the requests of the last 30 days, today included, that have no price and so are missing in the cost,
        /// from 0 to 1.
        #[zh = "最近 30 天(含今天)没有价格、因而未计入费用的请求占比(0 到 1)。"]
        missing_ratio: gauge = "openclaw_usage_missing_cost_ratio" [],

        /// Messages of one day in the Gateway's time zone, today's until now; a day without activity has none.
        #[zh = "按 Gateway 时区某一天的消息数,今天的截至当前;没有活动的日期无此序列。"]
        daily_messages: gauge = "openclaw_usage_daily_messages" [day: DAY, date] replaces ["openclaw_usage_daily_messages_total"],
        /// Calls of tools of one day in the Gateway's time zone, today's until now; a day without activity has none.
        #[zh = "按 Gateway 时区某一天的工具调用数,今天的截至当前;没有活动的日期无此序列。"]
        daily_tool_calls: gauge = "openclaw_usage_daily_tool_calls" [day: DAY, date]
            replaces ["openclaw_usage_daily_tool_calls_total"],
        /// Errors of one day in the Gateway's time zone, today's until now: answers of models that ended with an error,
        /// were aborted or timed out, and results of tools that are errors; a day without activity has none.
        #[zh = "按 Gateway 时区某一天的错误数,今天的截至当前:以错误、中止或超时结束的模型回答,以及出错的工具结果;没有活动的日期无此序列。"]
        daily_errors: gauge = "openclaw_usage_daily_errors" [day: DAY, date] replaces ["openclaw_usage_daily_errors_total"],
        /// Time from a message to the answer on one day in the Gateway's time zone, in seconds. p95 is the highest of the
        /// sessions' own 95th percentiles.
        #[zh = "按 Gateway 时区某一天从消息到回答的时间(秒);p95 为各会话自身第 95 百分位中的最大值。"]
        daily_latency: gauge = "openclaw_usage_daily_latency_seconds" [day: DAY, date, stat: STAT]
            replaces ["openclaw_usage_daily_latency_avg_seconds", "openclaw_usage_daily_latency_min_seconds",
                "openclaw_usage_daily_latency_max_seconds", "openclaw_usage_daily_latency_p95_seconds"],
        /// Answers of one day in the Gateway's time zone whose time is known.
        #[zh = "按 Gateway 时区某一天已知耗时的回答数。"]
        daily_latency_samples: gauge = "openclaw_usage_daily_latency_samples" [day: DAY, date]
            replaces ["openclaw_usage_daily_latency_count"],
        /// Share of the requests of one day in the Gateway's time zone that have no price and so are missing in the cost,
        /// from 0 to 1.
        #[zh = "按 Gateway 时区某一天没有价格、因而未计入费用的请求占比(0 到 1)。"]
        daily_missing_ratio: gauge = "openclaw_usage_daily_missing_cost_ratio" [day: DAY, date],

        /// Tokens of the last 30 days, today included, by model and kind. The models that used few are added up as the
        /// model other of their provider.
        #[zh = "最近 30 天(含今天)的 token 数,按模型与种类;用量小的模型合并为其提供方的 other。"]
        model_tokens: gauge = "openclaw_usage_model_tokens" [provider, model, kind: MODEL_TOKEN]
            replaces ["openclaw_usage_model_tokens_input_total", "openclaw_usage_model_tokens_output_total",
                "openclaw_usage_model_tokens_cache_read_total", "openclaw_usage_model_tokens_cache_write_total",
                "openclaw_usage_provider_tokens_input_total", "openclaw_usage_provider_tokens_output_total",
                "openclaw_usage_provider_tokens_cache_read_total", "openclaw_usage_provider_tokens_cache_write_total"],
        /// Tokens of all kinds of the last 30 days, today included, by model; the total that models report.
        #[zh = "最近 30 天(含今天)各种类 token 的总数,按模型;为模型报告的总数。"]
        model_total_tokens: gauge = "openclaw_usage_model_total_tokens" [provider, model]
            replaces ["openclaw_usage_model_tokens_total", "openclaw_usage_provider_tokens_total"],
        /// Estimated cost of the last 30 days, today included, by model, in US dollars; without requests that have no
        /// price.
        #[zh = "最近 30 天(含今天)的估算费用(美元),按模型;不含没有价格的请求。"]
        model_cost: gauge = "openclaw_usage_model_cost_usd" [provider, model]
            replaces ["openclaw_usage_model_cost_usd_total", "openclaw_usage_provider_cost_usd_total"],
        /// Requests of the last 30 days, today included, by model: answers of which the transcript says what they used.
        #[zh = "最近 30 天(含今天)的请求数,按模型:会话记录中带有用量的回答。"]
        model_requests: gauge = "openclaw_usage_model_requests" [provider, model]
            replaces ["openclaw_usage_model_requests_total", "openclaw_usage_provider_requests_total",
                "openclaw_usage_requests_total"],
        /// Requests of the last 30 days, today included, that have no price and so are missing in the cost, by model.
        #[zh = "最近 30 天(含今天)没有价格、因而未计入费用的请求数,按模型。"]
        model_missing: gauge = "openclaw_usage_model_missing_cost_entries" [provider, model]
            replaces ["openclaw_usage_model_missing_cost_entries_total",
                "openclaw_usage_provider_missing_cost_entries_total"],
        /// Estimated cost of one day in the Gateway's time zone by model, today's until now, in US dollars; without
        /// requests that have no price.
        #[zh = "按 Gateway 时区某一天的估算费用(美元),按模型,今天的截至当前;不含没有价格的请求。"]
        model_daily_cost: gauge = "openclaw_usage_model_daily_cost_usd" [day: DAY, date, provider, model]
            replaces ["openclaw_usage_model_daily_cost_usd_total"],
        /// Tokens of all kinds of one day in the Gateway's time zone by model, today's until now.
        #[zh = "按 Gateway 时区某一天各种类 token 的总数,按模型,今天的截至当前。"]
        model_daily_tokens: gauge = "openclaw_usage_model_daily_total_tokens" [day: DAY, date, provider, model]
            replaces ["openclaw_usage_model_daily_tokens_total"],
        /// Requests of one day in the Gateway's time zone by model, today's until now.
        #[zh = "按 Gateway 时区某一天的请求数,按模型,今天的截至当前。"]
        model_daily_requests: gauge = "openclaw_usage_model_daily_requests" [day: DAY, date, provider, model]
            replaces ["openclaw_usage_model_daily_requests_total"],

        /// Estimated cost of the last 30 days, today included, by agent, in US dollars; without requests that have no
        /// price.
        #[zh = "最近 30 天(含今天)的估算费用(美元),按代理;不含没有价格的请求。"]
        agent_cost: gauge = "openclaw_usage_agent_cost_usd" [agent_id] replaces ["openclaw_usage_agent_cost_usd_total"],
        /// Tokens of all kinds of the last 30 days, today included, by agent.
        #[zh = "最近 30 天(含今天)各种类 token 的总数,按代理。"]
        agent_tokens: gauge = "openclaw_usage_agent_total_tokens" [agent_id] replaces ["openclaw_usage_agent_tokens_total"],
        /// Estimated cost of the last 30 days, today included, by channel, in US dollars; without requests that have no
        /// price, and without sessions that no channel carries.
        #[zh = "最近 30 天(含今天)的估算费用(美元),按渠道;不含没有价格的请求,也不含无渠道的会话。"]
        channel_cost: gauge = "openclaw_usage_channel_cost_usd" [channel] replaces ["openclaw_usage_channel_cost_usd_total"],
        /// Tokens of all kinds of the last 30 days, today included, by channel; without sessions that no channel carries.
        #[zh = "最近 30 天(含今天)各种类 token 的总数,按渠道;不含无渠道的会话。"]
        channel_tokens: gauge = "openclaw_usage_channel_total_tokens" [channel]
            replaces ["openclaw_usage_channel_tokens_total"],
    }
}
