//! What a plugin inside the Gateway sees beside the events.

/// Hands its rows, behind those before, to the `next` macro.
macro_rules! plugin {
    ([$($before:tt)*] $next:ident $($rest:ident)*) => {
        $next! {
            [
                $($before)*
                /// Which version the Gateway is: always 1.
                #[zh = "Gateway 的版本:值恒为 1。"]
                version: gauge = "openclaw_gateway_version_info" in Gateway [version] from Plugin,
                /// Whether the Gateway has started and is not stopping.
                #[zh = "Gateway 已启动且未在停止:1 为是,0 为否。"]
                ready: gauge = "openclaw_ready" in Gateway [] from Plugin,
                /// Always 1 while the plugin observes the Gateway.
                #[zh = "插件观察 Gateway 期间恒为 1。"]
                up: gauge = "openclaw_up" in Gateway [] from Plugin,
                /// Always 1 once the plugin was loaded.
                #[zh = "插件加载后恒为 1。"]
                plugin_loaded: gauge = "openclaw_plugin_loaded" in Plugin [] from Plugin,
                /// Time since the plugin began to observe the Gateway, in seconds.
                #[zh = "自插件开始观察 Gateway 起的时间(秒)。"]
                plugin_uptime: gauge = "openclaw_plugin_uptime_seconds" in Plugin [] from Plugin,
                /// Things that the plugin does in the Gateway that failed, by what it was; the Gateway is not harmed.
                #[zh = "插件在 Gateway 中失败的动作数,按动作;Gateway 不受影响。"]
                callback_errors: counter = "openclaw_plugin_callback_errors_total" in Plugin [callback: CALLBACK] from Plugin,
                /// Whether a part of the runtime is there for plugins.
                #[zh = "运行时的某个部分是否可供插件使用。"]
                namespace_available: snapshot = "openclaw_runtime_namespace_available" in Plugin [namespace] from Plugin,
                /// Whether the Gateway has a folder for its state.
                #[zh = "Gateway 是否有状态目录。"]
                state_dir_configured: gauge = "openclaw_runtime_state_dir_configured" in Plugin [] from Plugin,
                /// When the watched providers were last asked for, in seconds since 1970.
                #[zh = "最近一次查询受监视提供方的时刻(自 1970 年起的秒数)。"]
                snapshot_refreshed_at: gauge = "openclaw_runtime_snapshot_refresh_timestamp_seconds" in Plugin [] from Plugin,
                /// Time since the watched providers were last asked for, in seconds.
                #[zh = "自最近一次查询受监视提供方起的时间(秒)。"]
                snapshot_age: gauge = "openclaw_runtime_snapshot_age_seconds" in Plugin [] from Plugin,

                /// Sessions that ended, by reason.
                #[zh = "结束的会话数,按原因。"]
                sessions_ended: counter = "openclaw_sessions_ended_total" in Sessions [reason: SESSION_END] from Plugin,
                /// Time from beginning to end of each session, in seconds; only sessions whose end tells it.
                #[zh = "每个会话从开始到结束的时间(秒);仅统计结束时给出时长的会话。"]
                session_duration: seconds = "openclaw_session_duration_seconds" in Sessions [reason: SESSION_END] from Plugin,
                /// Messages in each session that ended.
                #[zh = "每个结束的会话中的消息数。"]
                session_messages: tokens = "openclaw_session_messages" in Sessions [] from Plugin,
                /// Sessions about to begin anew, by reason.
                #[zh = "即将重新开始的会话数,按原因。"]
                session_resets: counter = "openclaw_session_reset_requests_total" in Sessions [reason: SESSION_RESET] from Plugin,
                /// Compactions of sessions that began and that ended.
                #[zh = "会话压缩开始与结束的次数。"]
                compactions: counter = "openclaw_session_compaction_events_total" in Sessions [phase: COMPACTION_PHASE] from Plugin,
                /// Messages that compactions took away.
                #[zh = "压缩所去除的消息数。"]
                messages_compacted: amount = "openclaw_session_compaction_messages_compacted_total" in Sessions [] from Plugin,
                /// Tokens of the last session that was compacted, before.
                #[zh = "最近一次压缩之前该会话的 token 数。"]
                tokens_before_compaction: gauge = "openclaw_session_compaction_last_tokens_before" in Sessions [] from Plugin,
                /// Tokens of the last session that was compacted, after.
                #[zh = "最近一次压缩之后该会话的 token 数。"]
                tokens_after_compaction: gauge = "openclaw_session_compaction_last_tokens_after" in Sessions [] from Plugin,
                /// Times that the transcript of a session was written to.
                #[zh = "会话记录(transcript)被写入的次数。"]
                transcript_updates: counter = "openclaw_session_transcript_updates_total" in Sessions [] from Plugin,
                /// When a transcript was last written to, in seconds since 1970.
                #[zh = "最近一次写入会话记录的时刻(自 1970 年起的秒数)。"]
                transcript_updated_at: gauge = "openclaw_session_transcript_last_update_timestamp_seconds" in Sessions []
                    replaces ["openclaw_session_transcript_last_seen_timestamp_seconds"] from Plugin,

                /// Reports of agent runs on how they go on, by kind.
                #[zh = "代理运行对其进展的报告数,按种类。"]
                agent_events: counter = "openclaw_agent_events_total" in Runs [stream: AGENT_STREAM] from Plugin,
                /// Reports of agent runs on one item of their work.
                #[zh = "代理运行对其某项工作的报告数。"]
                agent_items: counter = "openclaw_agent_item_events_total" in Runs [kind, phase: ITEM_PHASE, status: ITEM_STATUS] series 128 from Plugin,
                /// Agents that others started.
                #[zh = "由其他代理启动的代理数。"]
                subagents_spawned: counter = "openclaw_agent_subagent_spawned_total" in Runs [mode: SUBAGENT_MODE] from Plugin,
                /// Agents that others had started and that ended, by outcome.
                #[zh = "由其他代理启动、现已结束的代理数,按结果。"]
                subagents_ended: counter = "openclaw_agent_subagent_ended_total" in Runs [outcome: SUBAGENT_OUTCOME] from Plugin,

                /// When a message last came in or went out over an account of a channel, in seconds since 1970.
                #[zh = "某渠道账号最近一次收发消息的时刻(自 1970 年起的秒数)。"]
                channel_event_at: gauge = "openclaw_channel_last_event_timestamp_seconds" in Channels [account, channel] series 256 from Plugin,
                /// Time since something last came in over an account of a channel, in seconds.
                #[zh = "自某渠道账号最近一次入站起的时间(秒)。"]
                channel_inbound_age: gauge = "openclaw_channel_last_inbound_age_seconds" in Channels [account, channel] series 256 from Plugin,
                /// Time since something last went out over an account of a channel, in seconds.
                #[zh = "自某渠道账号最近一次出站起的时间(秒)。"]
                channel_outbound_age: gauge = "openclaw_channel_last_outbound_age_seconds" in Channels [account, channel] series 256 from Plugin,
                /// Requests to be paired with a channel.
                #[zh = "与渠道配对的请求数。"]
                pairing_requests: counter = "openclaw_channel_pairing_requests_total" in Channels [channel] from Plugin,

                /// Changes, starts and ends of scheduled jobs.
                #[zh = "定时任务的更改、开始与结束数。"]
                cron_changes: counter = "openclaw_cron_changes_total" in Cron [action: CRON_ACTION] from Plugin,
                /// Time each run of a scheduled job took, in seconds, by how it ended.
                #[zh = "定时任务每次运行的时间(秒),按结束方式。"]
                cron_run_duration: seconds = "openclaw_cron_run_duration_seconds" in Cron [status: CRON_STATUS] from Plugin,
                /// Whether scheduled jobs are run at all.
                #[zh = "是否运行定时任务。"]
                cron_scheduler_enabled: gauge = "openclaw_cron_scheduler_enabled" in Cron [] from Plugin,

                /// Always 1: how a watched provider is authenticated, and never with what.
                #[zh = "值恒为 1:受监视提供方的认证方式,绝不含凭据本身。"]
                auth_info: snapshot = "openclaw_model_auth_provider_info" in Auth [mode: AUTH_MODE, provider, source: AUTH_SOURCE] from Plugin,
                /// Whether a watched provider can be used: 1 for the status that it has, 0 for the others.
                #[zh = "受监视提供方是否可用:当前状态为 1,其他为 0。"]
                auth_status: snapshot = "openclaw_model_auth_provider_status" in Auth [provider, status: AUTH_STATUS] from Plugin,
                /// Questions for the authentication of a watched provider that failed.
                #[zh = "查询受监视提供方认证失败的次数。"]
                auth_probe_errors: counter = "openclaw_model_auth_provider_probe_errors_total" in Auth [provider] from Plugin,
            ]
            $($rest)*
        }
    };
}

pub(super) use plugin;
