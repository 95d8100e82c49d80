//! The way in for events and reports: each goes to the recorder of its type.
//!
//! This is the one place that knows both: what an event is ([`DiagnosticEvent`]) and what records it (`recorder`). An event
//! that comes as numbers is read as the struct of its type and handed to the recorder at once; one that was read from JSON
//! is taken apart by its variant. Dispatching allocates nothing and takes no lock.

use std::sync::Arc;
use std::time::Duration;

use super::catalogue::Families;
use super::event::{DiagnosticEvent, EventType, Metadata, events};
use super::host::Host;
use super::numbers::{FromNumbers, Numbers};
use super::objects::*;
use super::recorder::Recorder;
use super::report::*;
use super::sli::ServiceLevels;
use crate::{RegisterError, Registry};

/// The OpenClaw catalogue in a registry, and the way in for events. Cheap to clone.
///
/// A gateway written in Rust calls a method for each happening; fields that it leaves out are fields that are not known:
///
/// ```
/// use openclaw_prometheus::openclaw::{ModelCall, OpenClaw};
/// use openclaw_prometheus::{Registry, encode};
///
/// let registry = Registry::builder().build()?;
/// let openclaw = OpenClaw::new(&registry)?;
/// openclaw.model_call_completed(&ModelCall {
///     provider: "openai".into(),
///     model: "gpt-5".into(),
///     duration_ms: 1870.0.into(),
///     first_byte_ms: 412.0.into(),
///     ..ModelCall::default()
/// });
/// let first_byte = r#"openclaw_model_call_time_to_first_byte_seconds_sum{model="gpt-5",provider="openai"} 0.412"#;
/// assert!(encode::text(&registry).contains(first_byte));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenClaw(Arc<Recorder>);

impl OpenClaw {
    /// Registers the catalogue, for a host that may tell every event.
    ///
    /// # Errors
    /// A family of the catalogue is registered already, or the registry has no room for it, or for the
    /// [series that exist from the start](super::seeded_series).
    pub fn new(registry: &Registry) -> Result<Self, RegisterError> {
        Self::inside(registry, Host::any())
    }

    /// Registers the catalogue inside `host`: what it tells no event for is not shown as 0.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn inside(registry: &Registry, host: Host) -> Result<Self, RegisterError> {
        Ok(OpenClaw(Arc::new(Recorder::new(registry, host)?)))
    }

    /// Where the events come from.
    pub fn host(&self) -> &Host {
        self.0.host()
    }

    /// The families that are fed.
    pub fn families(&self) -> &Families {
        self.0.families()
    }

    /// The service levels that events feed.
    pub fn service_levels(&self) -> &ServiceLevels {
        self.0.service_levels()
    }

    /// Says which Gateway this is: the start of its service, not an event, tells it.
    pub fn identify(&self, process_instance_id: &str, build_id: Option<&str>) {
        self.0.identify(process_instance_id, build_id);
    }

    /// Records one event, if the host vouches for it, or never does for its type.
    ///
    /// Lock-free and without allocation, except that heaps and workers of a memory sample are replaced as a whole.
    pub fn observe(&self, event: &DiagnosticEvent<'_>, metadata: Metadata) {
        if metadata.is_recorded() || event.is_anybodys() {
            self.record(event, metadata.trusted);
        }
    }

    /// Records an event that comes as [numbers](super::numbers): `event_type` is the place of its type in
    /// [`DiagnosticEvent::TYPES`], and `texts` gives the text behind a number. False for a type that there is not.
    ///
    /// Allocates nothing, except for lists: the reasons of a liveness warning, heaps and workers of a memory sample.
    ///
    /// ```
    /// use openclaw_prometheus::openclaw::{DiagnosticEvent, Metadata, OpenClaw};
    /// use openclaw_prometheus::{Registry, encode};
    ///
    /// let registry = Registry::builder().build()?;
    /// let openclaw = OpenClaw::new(&registry)?;
    /// let host = Metadata { trusted: true, ..Metadata::default() };
    /// let place = DiagnosticEvent::TYPES.iter().position(|name| *name == "webhook.received").expect("a type");
    /// // Its fields are channel, updateType and durationMs; the last is missing.
    /// let texts = ["telegram", "message"];
    /// openclaw.observe_numbers(place, &[0.0, 1.0], &|number| texts.get(number as usize).copied(), host);
    /// let sample = r#"openclaw_webhook_received_total{channel="telegram",webhook="message"} 1"#;
    /// assert!(encode::text(&registry).contains(sample));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn observe_numbers<'a>(
        &self,
        event_type: usize,
        numbers: &[f64],
        texts: &dyn Fn(u32) -> Option<&'a str>,
        metadata: Metadata,
    ) -> bool {
        let Some((known, record)) = EVENTS.get(event_type) else { return false };
        if metadata.is_recorded() || known.is_anybodys() {
            record(self, &mut Numbers::new(numbers, texts), metadata.trusted);
        }
        true
    }

    /// Records a report that comes as [numbers](super::numbers): `report` is its place in [`REPORTS`], and `texts` gives the
    /// text behind a number. False for a report that there is not.
    ///
    /// ```
    /// use openclaw_prometheus::openclaw::{OpenClaw, REPORTS};
    /// use openclaw_prometheus::{Registry, encode};
    ///
    /// let registry = Registry::builder().build()?;
    /// let openclaw = OpenClaw::new(&registry)?;
    /// let place = REPORTS.iter().position(|name| *name == "hook.session_start").expect("a report");
    /// assert!(openclaw.report_numbers(place, &[], &|_| None));
    /// assert!(encode::text(&registry).contains(r#"openclaw_plugin_hook_invocations_total{hook="session_start"} 1"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn report_numbers<'a>(&self, report: usize, numbers: &[f64], texts: &dyn Fn(u32) -> Option<&'a str>) -> bool {
        let record = REPORT_RECORDERS.get(report);
        if let Some(record) = record {
            record(self, &mut Numbers::new(numbers, texts));
        }
        record.is_some()
    }

    /// Compares what waits in lanes with what the Gateway answers: by lane how many there are, and when it was asked, in seconds
    /// since 1970.
    #[cfg_attr(not(all(feature = "serve", feature = "config")), allow(dead_code, reason = "for the exporter"))]
    pub(crate) fn keep_waiting(&self, answered_at: f64, queued: &[(String, f64)]) {
        self.0.keep_waiting(answered_at, queued);
    }

    /// Brings the ages up to `now` by a monotonic clock, which is `unix` since 1970: of what is in flight or waits, of the last
    /// messages of channels, of the plugin. For a collector, so that they are right while the event loop is blocked.
    pub fn refresh(&self, now: Duration, unix: Duration) {
        self.0.refresh(now.as_secs_f64(), unix.as_secs_f64());
    }
}

/// Records the report that the next numbers tell.
type RecordReport = for<'n, 'a> fn(&OpenClaw, &mut Numbers<'n, 'a>);
/// Records the event that the next numbers tell, and for which the host vouches or does not.
type RecordEvent = for<'n, 'a> fn(&OpenClaw, &mut Numbers<'n, 'a>, bool);

/// A struct whose fields are the next numbers. What is broken in it is a broken field: it has no error of its own.
#[inline]
fn read<'a, T: FromNumbers<'a> + Default>(numbers: &mut Numbers<'_, 'a>) -> T {
    T::from_numbers(0.0, numbers).unwrap_or_default()
}

/// From each type of event to its recorder.
macro_rules! dispatch_events {
    ($($(#[$meta:meta])* $variant:ident($body:ident $(<$life:lifetime>)?) = $name:literal, $recorder:ident $(or $other:ident)?;)*) => {
        /// One method for each happening. A field that is left out is one that the host did not send.
        impl OpenClaw {
            $(
                $(#[$meta])*
                #[inline]
                pub fn $recorder $(<$life>)? (&self, event: &$body $(<$life>)?) {
                    self.0.count(EventType::$variant);
                    self.0.$recorder(event);
                }
            )*

            fn record(&self, event: &DiagnosticEvent<'_>, is_vouched_for: bool) {
                match event {
                    $(DiagnosticEvent::$variant(event) => {
                        dispatch_events!(@record self event is_vouched_for $variant $recorder $($other)?);
                    })*
                    DiagnosticEvent::Unknown(_) => self.0.reject_type(),
                }
            }
        }

        /// In the order of [`DiagnosticEvent::TYPES`].
        static EVENTS: [(EventType, RecordEvent); DiagnosticEvent::TYPES.len()] = [
            $((EventType::$variant, |openclaw, numbers, is_vouched_for| {
                let event = &read::<$body>(numbers);
                dispatch_events!(@record openclaw event is_vouched_for $variant $recorder $($other)?);
            })),*
        ];
    };
    (@record $openclaw:ident $event:ident $is_vouched_for:ident $variant:ident $recorder:ident) => {{
        let _ = $is_vouched_for;
        $openclaw.$recorder($event);
    }};
    (@record $openclaw:ident $event:ident $is_vouched_for:ident $variant:ident $recorder:ident $other:ident) => {
        if $is_vouched_for {
            $openclaw.$recorder($event);
        } else {
            $openclaw.0.count(EventType::$variant);
            $openclaw.0.$other($event);
        }
    };
}

/// From each report to its recorder.
macro_rules! dispatch_reports {
    (
        hooks:
        $($(#[$hook_meta:meta])+ $hook:ident $(<$hook_life:lifetime>)? = $hook_name:literal, $hook_recorder:ident {
            $($hook_fields:tt)*
        })*
        others:
        $($(#[$meta:meta])+ $report:ident $(<$life:lifetime>)? = $name:literal, $recorder:ident {
            $($fields:tt)*
        })*
    ) => {
        /// One method for each report. A field that is left out is one that nobody knows.
        impl OpenClaw {
            $(
                $(#[$hook_meta])+
                pub fn $hook_recorder $(<$hook_life>)? (&self, report: &$hook $(<$hook_life>)?) {
                    self.0.count_hook(Hook::$hook);
                    self.0.$hook_recorder(report);
                }
            )*
            $(
                $(#[$meta])+
                #[inline]
                pub fn $recorder $(<$life>)? (&self, report: &$report $(<$life>)?) {
                    self.0.$recorder(report);
                }
            )*
        }

        /// In the order of [`REPORTS`].
        static REPORT_RECORDERS: [RecordReport; REPORTS.len()] = [
            $(|openclaw, numbers| openclaw.$hook_recorder(&read::<$hook>(numbers)),)*
            $(|openclaw, numbers| openclaw.$recorder(&read::<$report>(numbers)),)*
        ];
    };
}

events!(dispatch_events);
reports!(dispatch_reports);
