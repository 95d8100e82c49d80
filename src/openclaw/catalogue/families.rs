//! The families that events and reports feed: what each tells, its name, its labels and their values, older names.
//!
//! Names, types, labels and buckets of the official exporter's families are its own, so that dashboards and alerts work
//! with either; families of our own follow behind them. The order of the labels here is the order in which the recorder
//! gives their values.

mod events;
mod node;
mod official;
mod plugin;

use super::super::event::EventType;
use super::super::field::FieldError;
use super::super::host::Host;
use super::super::report::Hook;
use super::declare::families;
use super::entry::{Entry, Label, Section, Source, nothing, seed};
use super::sets::*;
use crate::{Bounds, ClosedCounter, MetricKind, RegisterError, Registry};
use crate::{Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily, InFlight, SnapshotFamily};
use crate::{SignedBounds, SignedHistogramFamily};
use events::events;
use node::node;
use official::official;
use plugin::plugin;

/// Declares the families of all rows, and those whose labels are enums.
macro_rules! declare {
    ([$($rows:tt)*]) => {
        families! {
            $($rows)*
            closed:
            /// What began while too much was in flight to keep its beginning in mind: the oldest age may be too low.
            #[zh = "因正在进行者过多而未能记住开始时间的数量:最老时龄可能偏低。"]
            untracked: counter = "openclaw_inflight_untracked_total" in Exporter [kind: Flight] source Own,
            /// What had begun 48 hours before without an end and is taken for lost.
            #[zh = "开始后 48 小时仍无结束、视为丢失的数量。"]
            forgotten: counter = "openclaw_inflight_forgotten_total" in Exporter [kind: Flight] source Own,
            /// Hooks of the Gateway that the plugin was called by.
            #[zh = "插件被 Gateway 的钩子调用的次数。"]
            hooks: counter = "openclaw_plugin_hook_invocations_total" in Plugin [hook: Hook] source Plugin,
            /// Operations that are going on right now; those that began before the exporter are not known.
            #[zh = "此刻正在进行的操作数;在导出器之前开始的不计入。"]
            operations: in_flight = "openclaw_inflight_operations" in Runs [kind: Operation] source Event,
            /// Diagnostic events that were recorded, by type.
            #[zh = "记录的诊断事件数,按类型。"]
            events: counter = "openclaw_exporter_events_total" in Exporter [event: EventType] source Own,
            /// Diagnostic events and reports of the plugin, and parts of them, that could not be recorded as they were sent, by reason.
            #[zh = "未能按原样记录的诊断事件、插件报告或其部分的数量,按原因。"]
            rejected: counter = "openclaw_exporter_events_rejected_total" in Exporter [reason: FieldError] source Own,
        }
    };
}

// Each file hands its rows to the next: one list of fields for the recorders, in the order of the catalogue.
official! { [] events plugin node declare }
