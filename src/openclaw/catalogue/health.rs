//! What `health` answers: what the Gateway thinks of itself, and what waits for delivery.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{CONFIG_RELOAD, INGRESS, PLUGIN_PROBLEM, PLUGIN_STATE};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Health;
    /// Whether the Gateway calls itself healthy.
    #[zh = "Gateway 是否自认健康。"]
    ok: gauge = "openclaw_health_ok" [] replaces ["openclaw_gateway_healthz_healthy"],
    /// When the Gateway last looked at its health, in seconds since 1970; it does so once a minute at most.
    #[zh = "Gateway 最近一次检查自身健康的时间(Unix 秒);最多每分钟一次。"]
    checked: gauge = "openclaw_health_check_timestamp_seconds" [],
    /// Time the Gateway took to look at its health, in seconds.
    #[zh = "Gateway 检查自身健康的耗时(秒)。"]
    duration: gauge = "openclaw_health_check_duration_seconds" [],
    /// Plugins of the Gateway: those that are loaded, that failed, and that are configured but not to be had.
    #[zh = "Gateway 的插件数:已加载、出错,以及已配置但不可用。"]
    plugins: gauge = "openclaw_gateway_plugins" [state: PLUGIN_STATE],
    /// Always 1: a plugin of the Gateway that failed or is not to be had.
    #[zh = "值恒为 1:出错或不可用的 Gateway 插件。"]
    plugin_problem: gauge = "openclaw_gateway_plugin_problem" [plugin, state: PLUGIN_PROBLEM],
    /// Agents of the Gateway.
    #[zh = "Gateway 的代理数。"]
    agents: gauge = "openclaw_gateway_agents" [],
    /// Whether the heartbeat of an agent is switched on.
    #[zh = "代理的心跳是否已启用。"]
    heartbeat_enabled: gauge = "openclaw_agent_heartbeat_enabled" [agent],
    /// Time between two heartbeats of an agent, in seconds; only agents that have any.
    #[zh = "代理两次心跳之间的时间(秒);仅限启用心跳的代理。"]
    heartbeat_interval: gauge = "openclaw_agent_heartbeat_interval_seconds" [agent],
    /// Whether the Gateway started with models that are not all ready.
    #[zh = "Gateway 启动时是否有模型尚未就绪。"]
    models_degraded: gauge = "openclaw_model_runtime_degraded" [],
    /// Agents whose models are not ready yet.
    #[zh = "模型尚未就绪的代理数。"]
    agents_pending: gauge = "openclaw_model_runtime_pending_agents" [],
    /// Context engines that the Gateway has put aside as they failed.
    #[zh = "因出错而被 Gateway 停用的上下文引擎数。"]
    engines_quarantined: gauge = "openclaw_context_engines_quarantined" [],
    /// Always 1: whether the Gateway still notices changes of its configuration.
    #[zh = "值恒为 1:Gateway 是否仍能察觉配置变更。"]
    config_reload: gauge = "openclaw_config_hot_reload_status" [status: CONFIG_RELOAD],
    /// Messages that a queue of deliveries has given up; no rows while there are none.
    #[zh = "投递队列已放弃的消息数;没有时无行。"]
    delivery_failed: gauge = "openclaw_delivery_queue_failed_messages" [queue],
    /// When the oldest message that a queue of deliveries has given up failed, in seconds since 1970.
    #[zh = "投递队列已放弃的最早消息的失败时间(Unix 秒)。"]
    delivery_oldest: gauge = "openclaw_delivery_queue_oldest_failed_timestamp_seconds" [queue],
    /// Inbound messages of a channel that the Gateway has given up; no rows while there are none.
    #[zh = "Gateway 已放弃的渠道入站消息数;没有时无行。"]
    ingress_failed: gauge = "openclaw_channel_ingress_failed_messages" [channel],
    /// Inbound messages of a channel in lanes that do not get on: waiting, being handled, and behind the first of a lane; no rows while all get on.
    #[zh = "停滞通道中的渠道入站消息数:等待中、处理中、排在通道首条之后;没有停滞时无行。"]
    ingress_pressure: gauge = "openclaw_channel_ingress_stuck_messages" [channel, state: INGRESS],
    /// When the oldest inbound message of a channel that does not get on came in, in seconds since 1970.
    #[zh = "停滞的最早渠道入站消息的到达时间(Unix 秒)。"]
    ingress_oldest: gauge = "openclaw_channel_ingress_oldest_timestamp_seconds" [channel],
}
