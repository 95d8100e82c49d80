//! Reports: what a plugin inside the Gateway sees and no diagnostic event tells, typed and borrowed. Hooks, the runtime's
//! own events, what is asked of the runtime, and the figures of Node.
//!
//! A Gateway written in Rust calls the methods; a plugin in another language hands reports over as
//! [numbers](super::numbers). Units are the host's: `_ms` is milliseconds, times of day are milliseconds since 1970.

use super::field::{Field, FieldError, Text};
use super::numbers::{FromNumbers, Member, Numbers, Shape, numbered};

/// The reports, for a macro that makes something of each: struct, name, what its recorder is called, and the fields; those
/// of hooks first, under the names of their hooks.
macro_rules! reports {
    ($make:ident) => {
        $make! {
            hooks:
            /// The Gateway has started.
            GatewayStarted = "gateway_start", gateway_started {}
            /// The Gateway is about to stop.
            GatewayStopping = "gateway_stop", gateway_stopping {}
            /// A session began.
            SessionStarted = "session_start", session_started {}
            /// A session ended.
            SessionEnded<'a> = "session_end", session_ended {
                reason: Text<'a> = "reason",
                duration_ms: f64 = "durationMs",
                messages: f64 = "messageCount",
            }
            /// A session is about to begin anew.
            SessionReset<'a> = "before_reset", session_reset {
                reason: Text<'a> = "reason",
            }
            /// A session is about to be compacted.
            CompactionStarted = "before_compaction", compaction_started {
                tokens: f64 = "tokenCount",
            }
            /// A session was compacted.
            CompactionEnded = "after_compaction", compaction_ended {
                tokens: f64 = "tokenCount",
                compacted: f64 = "compactedCount",
            }
            /// A message came in over an account of a channel.
            ChannelMessageReceived<'a> = "message_received", channel_message_received {
                channel: Text<'a> = "channel",
                account: Text<'a> = "account",
                at_ms: f64 = "atMs",
            }
            /// A message went out over an account of a channel.
            ChannelMessageSent<'a> = "message_sent", channel_message_sent {
                channel: Text<'a> = "channel",
                account: Text<'a> = "account",
                at_ms: f64 = "atMs",
            }
            /// Somebody asked to be paired with a channel.
            PairingRequested<'a> = "channel_pairing_requested", pairing_requested {
                channel: Text<'a> = "channel",
            }
            /// An agent started another.
            SubagentSpawned<'a> = "subagent_spawned", subagent_spawned {
                mode: Text<'a> = "mode",
            }
            /// An agent that another had started ended.
            SubagentEnded<'a> = "subagent_ended", subagent_ended {
                outcome: Text<'a> = "outcome",
            }
            /// A scheduled job was changed, started or finished.
            CronChanged<'a> = "cron_changed", cron_changed {
                action: Text<'a> = "action",
                status: Text<'a> = "status",
                duration_ms: f64 = "durationMs",
            }
            /// The scheduler has taken over the jobs of the configuration.
            CronReconciled = "cron_reconciled", cron_reconciled {
                is_enabled: bool = "enabled",
            }

            others:
            /// An agent run told how it goes on.
            AgentEvent<'a> = "agent.event", agent_event {
                stream: Text<'a> = "stream",
                kind: Text<'a> = "kind",
                phase: Text<'a> = "phase",
                status: Text<'a> = "status",
            }
            /// The transcript of a session was written to.
            TranscriptUpdated = "transcript.update", transcript_updated {
                at_ms: f64 = "atMs",
            }
            /// When an account of a channel was last used.
            ChannelActivity<'a> = "channel.activity", channel_activity {
                channel: Text<'a> = "channel",
                account: Text<'a> = "account",
                inbound_at_ms: f64 = "inboundAtMs",
                outbound_at_ms: f64 = "outboundAtMs",
            }
            /// How the providers that are watched are authenticated: all of them, as of now.
            ProvidersProbed<'a> = "providers.probed", providers_probed {
                providers: Vec<Field<ProviderAuth<'a>>> = "providers",
                at_ms: f64 = "atMs",
            }
            /// The plugin began to observe the Gateway.
            PluginLoaded<'a> = "plugin.loaded", plugin_loaded {
                at_ms: f64 = "atMs",
                version: Text<'a> = "version",
                has_state_dir: bool = "hasStateDir",
                namespaces: Vec<Field<Namespace<'a>>> = "namespaces",
            }
            /// Something that the plugin does in the Gateway failed, and harmed nothing else.
            CallbackFailed<'a> = "plugin.error", callback_failed {
                callback: Text<'a> = "callback",
            }
            /// Node looked at itself.
            NodeSample<'a> = "node.sample", node_sample {
                rss: f64 = "rssBytes",
                heap_total: f64 = "heapTotalBytes",
                heap_used: f64 = "heapUsedBytes",
                external: f64 = "externalBytes",
                array_buffers: f64 = "arrayBuffersBytes",
                uptime: f64 = "uptimeSeconds",
                cpu_user: f64 = "cpuUserSeconds",
                cpu_system: f64 = "cpuSystemSeconds",
                utilization: f64 = "utilization",
                lag: LoopLag = "lag",
                spaces: Vec<Field<HeapSpace<'a>>> = "spaces",
                resources: Vec<Field<Resource<'a>>> = "resources",
            }
            /// Node collected garbage.
            NodeGc<'a> = "node.gc", node_gc {
                kind: Text<'a> = "kind",
                duration_ms: f64 = "durationMs",
            }
            /// Which Node it is: `v24.1.2` and its parts.
            NodeVersion<'a> = "node.version", node_version {
                version: Text<'a> = "version",
                major: Text<'a> = "major",
                minor: Text<'a> = "minor",
                patch: Text<'a> = "patch",
            }
        }
    };
}
pub(super) use reports;

/// Declares the structs.
macro_rules! declare {
    (
        hooks:
        $($(#[$hook_meta:meta])+ $hook:ident $(<$hook_life:lifetime>)? = $hook_name:literal, $hook_recorder:ident {
            $($hook_field:ident: $hook_value:ty = $hook_key:literal,)*
        })*
        others:
        $($(#[$meta:meta])+ $report:ident $(<$life:lifetime>)? = $name:literal, $recorder:ident {
            $($field:ident: $value:ty = $key:literal,)*
        })*
    ) => {
        numbered! {
            $($(#[$hook_meta])+ $hook $(<$hook_life>)? { $($hook_field: $hook_value = $hook_key,)* })*
            $($(#[$meta])+ $report $(<$life>)? { $($field: $value = $key,)* })*
        }

        crate::label_enum! {
            /// The hooks that are listened to. None of them decides or changes anything.
            pub enum Hook("hook") { $($hook = $hook_name),* }
        }

        /// The names of all reports: those of hooks are `hook.` and the name of the hook.
        pub const REPORTS: &[&str] = &[$(concat!("hook.", $hook_name),)* $($name),*];

        /// The fields of each report, in the order of [`REPORTS`] and in that in which
        /// [`OpenClaw::report_numbers`](super::OpenClaw::report_numbers) takes them.
        pub fn report_shapes() -> Vec<Shape> {
            vec![$(<$hook as FromNumbers<'_>>::shape(),)* $(<$report as FromNumbers<'_>>::shape()),*]
        }
    };
}

reports!(declare);

numbered! {
    /// How one provider is authenticated, and never with what.
    ProviderAuth<'a> {
        provider: Text<'a> = "provider",
        status: Text<'a> = "status",
        source: Text<'a> = "source",
        mode: Text<'a> = "mode",
    }

    /// A part of the runtime that plugins may use.
    Namespace<'a> {
        name: Text<'a> = "name",
        is_available: bool = "isAvailable",
    }

    /// Delays of the event loop since the last sample, in seconds.
    LoopLag {
        last: f64 = "lastSeconds",
        min: f64 = "minSeconds",
        max: f64 = "maxSeconds",
        mean: f64 = "meanSeconds",
        stddev: f64 = "stddevSeconds",
        p50: f64 = "p50Seconds",
        p90: f64 = "p90Seconds",
        p99: f64 = "p99Seconds",
    }

    /// One space of the heap, in bytes.
    HeapSpace<'a> {
        space: Text<'a> = "space",
        total: f64 = "totalBytes",
        used: f64 = "usedBytes",
        available: f64 = "availableBytes",
    }

    /// What keeps the event loop alive, by type.
    Resource<'a> {
        kind: Text<'a> = "type",
        count: f64 = "count",
    }
}
