//! The metric families that diagnostic events feed, each declared once: help, name, labels, buckets.
//!
//! Names, types, labels and buckets are the official exporter's, so that dashboards and alerts work with either. The
//! order of the labels here is the order in which the observer gives their values. All are here since 0.1.

use super::field::Fault;
use crate::{Bounds, Kind, RegisterError, Registry};
use crate::{ClosedCounter, CounterFamily, GaugeFamily, HistogramFamily, SnapshotFamily};

/// Declares the families: help, field, kind, name, labels.
///
/// A `counter` counts whole steps; an `amount` adds up what the host reports, which may be a fraction. The kinds of
/// histogram are named after their buckets: `seconds`, `tokens`, `bytes`, `ratio`. At the end stand counters whose
/// labels are a closed set; all their series exist from the start.
macro_rules! families {
    (
        $($(#[doc = $help:literal])+ $field:ident: $kind:ident = $name:literal [$($label:ident),*],)*
        closed:
        $($(#[doc = $closed_help:literal])+ $closed_field:ident: $set:ty = $closed_name:literal,)*
    ) => {
        /// The registered families, one field each.
        #[derive(Debug, Clone)]
        pub struct Families {
            $($(#[doc = $help])+ pub $field: families!(@type $kind [$($label),*]),)*
            $($(#[doc = $closed_help])+ pub $closed_field: ClosedCounter<$set>,)*
        }

        impl Families {
            /// The families' names, in the order of the catalogue.
            pub const NAMES: &'static [&'static str] = &[$($name,)* $($closed_name),*];

            /// Registers every family of the catalogue.
            ///
            /// # Errors
            /// A family of that name is there already, or the registry has no room for it.
            pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
                Ok(Families {
                    $($field: families!(@register registry $kind $name concat!($($help),+).trim_ascii())
                        .labels([$(stringify!($label)),*])
                        .register()?,)*
                    $($closed_field: registry
                        .counter($closed_name, concat!($($closed_help),+).trim_ascii())
                        .closed::<$set>()
                        .register()?,)*
                })
            }
        }
    };
    (@count $($label:ident)*) => {{ let labels: &[&str] = &[$(stringify!($label)),*]; labels.len() }};
    (@type counter [$($label:ident),*]) => { CounterFamily<{ families!(@count $($label)*) }> };
    (@type amount [$($label:ident),*]) => { CounterFamily<{ families!(@count $($label)*) }, f64> };
    (@type gauge [$($label:ident),*]) => { GaugeFamily<{ families!(@count $($label)*) }> };
    (@type snapshot [$($label:ident),*]) => { SnapshotFamily<{ families!(@count $($label)*) }> };
    (@type $histogram:ident [$($label:ident),*]) => { HistogramFamily<{ families!(@count $($label)*) }> };
    (@register $registry:ident counter $name:literal $help:expr) => { $registry.counter($name, $help) };
    (@register $registry:ident amount $name:literal $help:expr) => { $registry.counter_f64($name, $help) };
    (@register $registry:ident gauge $name:literal $help:expr) => { $registry.gauge($name, $help) };
    (@register $registry:ident snapshot $name:literal $help:expr) => {
        $registry.snapshot($name, $help, Kind::Gauge)
    };
    (@register $registry:ident $bounds:ident $name:literal $help:expr) => {
        $registry.histogram($name, $help, Bounds::$bounds())
    };
}

families! {
    /// The running Gateway: always 1, labelled with its process and its build.
    build_info: gauge = "openclaw_gateway_build_info" [build_id, process_instance_id],

    /// Time each garbage collection of the main isolate took, in seconds.
    gc_duration: seconds = "openclaw_gc_duration_seconds" [],

    /// RPC requests received, counted when they arrive.
    rpc_requests: counter = "openclaw_gateway_rpc_requests_total" [method],
    /// Time from the arrival of an RPC request to its first response, ok or error, in seconds.
    rpc_first_response: seconds = "openclaw_gateway_rpc_first_response_seconds" [method],
    /// Time the handler of an RPC request ran, in seconds.
    rpc_handler: seconds = "openclaw_gateway_rpc_handler_seconds" [method],
    /// Time an RPC request waited for admission to its handler, in seconds.
    rpc_admission: seconds = "openclaw_gateway_rpc_admission_seconds" [method],
    /// Time an RPC request waited in the dispatch queue, in seconds; only requests that were queued.
    rpc_queue_wait: seconds = "openclaw_gateway_rpc_queue_wait_seconds" [method],
    /// Phases of RPC requests that ended after the arrival, by phase and outcome.
    rpc_outcomes: counter = "openclaw_gateway_rpc_outcomes_total" [outcome, phase],

    /// Agent runs that ended, by outcome; blocked_by says what stopped a blocked run.
    run_completed: counter = "openclaw_run_completed_total" [blocked_by, channel, model, outcome, provider, trigger],
    /// Time each agent run took from start to end, in seconds.
    run_duration: seconds = "openclaw_run_duration_seconds" [blocked_by, channel, model, outcome, provider, trigger],

    /// Runs of an agent harness that ended, well or with an error.
    harness_run: counter = "openclaw_harness_run_total"
        [channel, error_category, harness, model, outcome, phase, plugin, provider],
    /// Time each run of an agent harness took, in seconds.
    harness_run_duration: seconds = "openclaw_harness_run_duration_seconds"
        [channel, error_category, harness, model, outcome, phase, plugin, provider],

    /// Calls to model providers that ended, well or with an error; a call is one request or one whole turn.
    model_call: counter = "openclaw_model_call_total"
        [api, error_category, model, observation_unit, outcome, provider, transport],
    /// Time each call to a model provider took, in seconds.
    model_call_duration: seconds = "openclaw_model_call_duration_seconds"
        [api, error_category, model, observation_unit, outcome, provider, transport],
    /// Times a run went on with another model or provider, by what it left and what it took.
    model_failover: counter = "openclaw_model_failover_total"
        [from_model, from_provider, lane, reason, suspended, to_model, to_provider],
    /// Tokens that model providers reported, by kind; prompt and total overlap the other kinds.
    model_tokens: amount = "openclaw_model_tokens_total" [agent, channel, model, provider, token_type],
    /// Input or output tokens of each usage report, in tokens.
    token_usage: tokens = "openclaw_gen_ai_client_token_usage" [model, provider, token_type],
    /// Estimated cost of model use, in US dollars, added when usage is reported.
    model_cost: amount = "openclaw_model_cost_usd_total" [agent, channel, model, provider],
    /// Time covered by each usage report, in seconds.
    model_usage_duration: seconds = "openclaw_model_usage_duration_seconds" [agent, channel, model, provider],

    /// Skills used by agents, counted when a skill is read or its command is run.
    skill_used: counter = "openclaw_skill_used_total" [activation, agent, skill, source],
    /// Tool executions that ended, well or with an error.
    tool_execution: counter = "openclaw_tool_execution_total"
        [error_category, outcome, params_kind, tool, tool_owner, tool_source],
    /// Time each tool execution took, in seconds.
    tool_execution_duration: seconds = "openclaw_tool_execution_duration_seconds"
        [error_category, outcome, params_kind, tool, tool_owner, tool_source],
    /// Tool executions that a policy or the sandbox did not allow.
    tool_execution_blocked: counter = "openclaw_tool_execution_blocked_total"
        [denied_reason, params_kind, tool, tool_owner, tool_source],

    /// Webhook requests received.
    webhook_received: counter = "openclaw_webhook_received_total" [channel, webhook],
    /// Webhook requests whose processing failed.
    webhook_error: counter = "openclaw_webhook_error_total" [channel, webhook],
    /// Time each webhook request took to process, in seconds.
    webhook_duration: seconds = "openclaw_webhook_duration_seconds" [channel, webhook],

    /// Inbound messages received.
    message_received: counter = "openclaw_message_received_total" [channel, source],
    /// Inbound messages whose dispatch to an agent started.
    message_dispatch_started: counter = "openclaw_message_dispatch_started_total" [channel, source],
    /// Inbound messages whose dispatch to an agent ended, by outcome.
    message_dispatch_completed: counter = "openclaw_message_dispatch_completed_total"
        [channel, outcome, reason, source],
    /// Time each dispatch of an inbound message took, in seconds.
    message_dispatch_duration: seconds = "openclaw_message_dispatch_duration_seconds"
        [channel, outcome, reason, source],
    /// Inbound messages processed to the end, by outcome.
    message_processed: counter = "openclaw_message_processed_total" [channel, outcome, reason],
    /// Time from the arrival of an inbound message to the end of its processing, in seconds.
    message_processed_duration: seconds = "openclaw_message_processed_duration_seconds" [channel, outcome, reason],
    /// Outbound deliveries started.
    message_delivery_started: counter = "openclaw_message_delivery_started_total" [channel, delivery_kind],
    /// Outbound deliveries that ended, well or with an error.
    message_delivery: counter = "openclaw_message_delivery_total" [channel, delivery_kind, error_category, outcome],
    /// Time each outbound delivery took, in seconds.
    message_delivery_duration: seconds = "openclaw_message_delivery_duration_seconds"
        [channel, delivery_kind, error_category, outcome],

    /// Events of voice sessions, by their kind.
    talk_event: counter = "openclaw_talk_event_total" [brain, event_type, mode, provider, transport],
    /// Time that events of voice sessions report, in seconds; only events with a duration.
    talk_event_duration: seconds = "openclaw_talk_event_duration_seconds"
        [brain, event_type, mode, provider, transport],
    /// Size of each audio frame in voice sessions, in bytes.
    talk_audio: bytes = "openclaw_talk_audio_bytes" [brain, event_type, mode, provider, transport],

    /// Entries in a queue lane after the last time one was added or taken.
    queue_lane_size: gauge = "openclaw_queue_lane_size" [lane],
    /// Time each entry waited in its queue lane, in seconds.
    queue_lane_wait: seconds = "openclaw_queue_lane_wait_seconds" [lane],

    /// Changes of a session's state, by the new state.
    session_state: counter = "openclaw_session_state_total" [reason, state],
    /// Queue depth that the last session to enter this state reported, whichever session it was.
    session_queue_depth: gauge = "openclaw_session_queue_depth" [state],
    /// Agent turns created, by what triggered them.
    session_turn_created: counter = "openclaw_session_turn_created_total" [agent, channel, trigger],
    /// Sessions found in a state without work that would explain it, counted each time they are found.
    session_stuck: counter = "openclaw_session_stuck_total" [reason, state],
    /// Age of the state of sessions found stuck, in seconds.
    session_stuck_age: seconds = "openclaw_session_stuck_age_seconds" [reason, state],
    /// Recoveries of sessions asked for and ended, by status.
    session_recovery: counter = "openclaw_session_recovery_total" [action, active_work_kind, state, status],
    /// Age of the state of sessions under recovery, in seconds.
    session_recovery_age: seconds = "openclaw_session_recovery_age_seconds" [action, active_work_kind, state, status],

    /// Longest delay of the main event loop in each sampling interval, in seconds.
    event_loop_delay_max: seconds = "openclaw_gateway_event_loop_delay_max_seconds" [],
    /// Time for which the main event loop was watched, in seconds.
    event_loop_observed: amount = "openclaw_gateway_event_loop_observed_seconds_total" [],

    /// Warnings that the event loop or the CPU was too busy, by reason.
    liveness_warning: counter = "openclaw_liveness_warning_total" [reason],
    /// Sessions at the time of the last liveness warning, by what they were doing.
    liveness_sessions: gauge = "openclaw_liveness_sessions" [state],
    /// 99th percentile of the event loop delay that each liveness warning reports, in seconds.
    liveness_delay_p99: seconds = "openclaw_liveness_event_loop_delay_p99_seconds" [reason],
    /// Longest event loop delay that each liveness warning reports, in seconds.
    liveness_delay_max: seconds = "openclaw_liveness_event_loop_delay_max_seconds" [reason],
    /// Utilization of the event loop that each liveness warning reports, from 0 to 1.
    liveness_utilization: ratio = "openclaw_liveness_event_loop_utilization_ratio" [reason],
    /// CPU use that each liveness warning reports, in cores.
    liveness_cpu_core: ratio = "openclaw_liveness_cpu_core_ratio" [reason],

    /// Payloads over a size limit, by what was done with them.
    payload_large: counter = "openclaw_payload_large_total" [action, channel, plugin, reason, surface],
    /// Size of each payload over a limit, in bytes.
    payload_large_size: bytes = "openclaw_payload_large_bytes" [action, channel, plugin, reason, surface],

    /// Memory of the Gateway process at the last sample, in bytes, by kind.
    memory: gauge = "openclaw_memory_bytes" [kind],
    /// Worker isolates at the last sample that counted them.
    worker_count: gauge = "openclaw_worker_count" [],
    /// Worker isolates whose heap the last sample measured.
    worker_heap_sampled_count: gauge = "openclaw_worker_heap_sampled_count" [],
    /// Used heap of worker isolates at the last sample, in bytes, added up by script.
    worker_heap_used: snapshot = "openclaw_worker_heap_used_bytes" [script],
    /// Child processes spawned, by family of command.
    child_process_spawn: amount = "openclaw_child_process_spawn_total" [family],
    /// Resident memory of the Gateway process, in bytes, one observation per sample.
    memory_rss: bytes = "openclaw_memory_rss_bytes" [],
    /// Times memory use crossed a threshold, by level and reason.
    memory_pressure: counter = "openclaw_memory_pressure_total" [level, reason],

    /// Reports of telemetry exporters that they started, failed or dropped data.
    telemetry_exporter: counter = "openclaw_telemetry_exporter_total" [exporter, reason, signal, status],
    /// Diagnostic events that the host's full queue lost; total includes the other classes.
    async_queue_dropped: amount = "openclaw_diagnostic_async_queue_dropped_total" [drop_class],
    /// Diagnostic events waiting in the host's queue when it last reported losses.
    async_queue_length: gauge = "openclaw_diagnostic_async_queue_length" [],

    closed:
    /// Parts of diagnostic events that could not be recorded as they were sent, by reason.
    rejected: Fault = "openclaw_exporter_events_rejected_total",
}
