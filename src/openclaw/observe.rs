//! From events to families: one small function for each type of event.
//!
//! Labels go through the [policy](super::policy). A missing optional field gives its fall-back silently; a broken one,
//! or a missing one that the host always sends, is counted as rejected, and everything else of the event is recorded.
//! Negative, non-finite and absurdly large numbers are never recorded.

mod process;
mod report;
mod run;
mod session;
mod tool;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use super::catalogue::Families;
use super::catalogue::sets::Set;
use super::event::{DiagnosticEvent, EventType};
use super::field::{Fault, Field, Text};
use super::label::{Label, Words, at};
use super::line::Metadata;
use super::redact::memo::{Known, Memo};
use super::redact::policy::{self, UNKNOWN};
use crate::{RegisterError, Registry};
use report::Remembered;

/// The largest number that is recorded, 2^53: what a host sends above it is no measurement.
const LARGEST: f64 = crate::MAX_AMOUNT as f64;

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

/// What records.
#[derive(Debug)]
pub(super) struct Recorder {
    families: Families,
    words: Words,
    memo: Memo,
    /// Tells the ids of label values.
    registry: Registry,
    remembered: Remembered,
}

impl OpenClaw {
    /// Registers the catalogue.
    ///
    /// # Errors
    /// A family of the catalogue is registered already, or the registry has no room for it, or for the
    /// [series that exist from the start](super::seeded_series).
    pub fn new(registry: &Registry) -> Result<Self, RegisterError> {
        let families = Families::register(registry)?;
        registry.dropped_total(
            "openclaw_prometheus_series_dropped_total",
            "Observations rejected for want of room for their series, each time.",
        )?;
        let words = Words::new(registry);
        let (memo, registry, remembered) = (Memo::new(), registry.clone(), Remembered::default());
        Ok(OpenClaw(Arc::new(Recorder { families, words, memo, registry, remembered })))
    }

    /// The families that are fed.
    pub fn families(&self) -> &Families {
        &self.0.families
    }

    /// Says which Gateway this is: the start of its service, not an event, tells it.
    pub fn identify(&self, process_instance_id: &str, build_id: Option<&str>) {
        let build_id = build_id.map_or("", |id| policy::value(id, UNKNOWN));
        self.0.families.build_info.with([build_id, policy::value(process_instance_id, UNKNOWN)]).set(1.0);
    }

    /// Records one event, if the host vouches for it, or never does for its type.
    ///
    /// Lock-free and without allocation, except that the worker heaps of a memory sample are replaced as a whole.
    pub fn observe(&self, event: &DiagnosticEvent<'_>, metadata: Metadata) {
        if metadata.is_recorded() || event.is_anybodys() {
            self.record(event);
        }
    }

    /// Brings the ages up to `unix`, the time since 1970: of the last messages of channels, of the plugin. For a collector,
    /// so that they are right while the event loop is blocked.
    pub fn refresh(&self, unix: Duration) {
        self.0.refresh(unix.as_secs_f64());
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.0
    }
}

impl Recorder {
    /// Counts an event that is recorded.
    #[inline]
    pub(super) fn count(&self, event: EventType) {
        self.families.events.at(event).inc();
    }

    /// Counts an event of a type that nobody here knows.
    pub(super) fn reject_type(&self) {
        self.reject(Fault::UnknownType);
    }
}

/// What becomes of a field.
impl Recorder {
    #[cold]
    fn reject(&self, fault: Fault) {
        self.families.rejected.at(fault).inc();
    }

    /// The value of a field that may be missing.
    #[inline]
    fn optional<'e, T>(&self, field: &'e Field<T>) -> Option<&'e T> {
        match field {
            Field::Value(value) => return Some(value),
            Field::Invalid(fault) => self.reject(*fault),
            Field::Missing => {}
        }
        None
    }

    /// The value of a field that the host always sends.
    #[inline]
    fn required<'e, T>(&self, field: &'e Field<T>) -> Option<&'e T> {
        if matches!(field, Field::Missing) {
            self.reject(Fault::Missing);
        }
        self.optional(field)
    }

    /// What of a text may be shown, remembered from the first time on.
    #[inline]
    fn shown<'e>(&self, raw: &'e str) -> Option<Label<'e>> {
        let Some(known) = self.memo.find(raw) else { return self.scan(raw) };
        let (start, length) = known.shown?;
        let text = raw.get(start.into()..usize::from(start) + usize::from(length))?;
        match known.id {
            Some(_) => Some(Label { text, id: known.id }),
            None => Some(self.learn(raw, text, known)),
        }
    }

    /// Looks at a text for the first time.
    #[cold]
    fn scan<'e>(&self, raw: &'e str) -> Option<Label<'e>> {
        let text = policy::shown(raw);
        let part = |text: &str| {
            let start = text.as_ptr().addr() - raw.as_ptr().addr();
            Some((u8::try_from(start).ok()?, u8::try_from(text.len()).ok()?))
        };
        let shown = text.map(part);
        if shown != Some(None) {
            self.memo.keep(raw, Known { shown: shown.flatten(), id: None });
        }
        text.map(Label::from)
    }

    /// Looks whether a series has the text by now. An id is never made here: what is rejected takes no room.
    #[cold]
    fn learn<'e>(&self, raw: &str, text: &'e str, known: Known) -> Label<'e> {
        let id = self.registry.known(text);
        if id.is_some() {
            self.memo.keep(raw, Known { id, ..known });
        }
        Label { text, id }
    }

    #[inline]
    fn label<'e>(&self, field: &'e Field<Text<'_>>, fallback: Label<'static>) -> Label<'e> {
        self.optional(field).and_then(|text| self.shown(text)).unwrap_or(fallback)
    }

    /// A label whose fall-back is `unknown`, of a field that the host may leave out.
    #[inline]
    fn known<'e>(&self, field: &'e Field<Text<'_>>) -> Label<'e> {
        self.label(field, self.words.unknown)
    }

    #[inline]
    fn required_label<'e>(&self, field: &'e Field<Text<'_>>) -> Label<'e> {
        self.required(field).and_then(|text| self.shown(text)).unwrap_or(self.words.unknown)
    }

    /// A label of a family of our own with a list of values: one of them, or `other`.
    fn one_of<'e>(&self, field: &'e Field<Text<'_>>, values: Set) -> Label<'e> {
        self.listed(self.required_label(field), values)
    }

    fn listed<'e>(&self, label: Label<'e>, values: Set) -> Label<'e> {
        if values.contains(&label.text) { label } else { self.words.other }
    }

    /// The category of an error, for events that are errors.
    fn category<'e>(&self, field: &'e Field<Text<'_>>) -> Label<'e> {
        self.label(field, self.words.other)
    }

    fn lane<'e>(&self, field: &'e Field<Text<'_>>) -> Label<'e> {
        let lane = self.optional(field).and_then(|text| policy::lane_of(text));
        let shown = lane.and_then(|lane| self.shown(lane).filter(|shown| shown.text.len() == lane.len()));
        shown.unwrap_or(self.words.unknown)
    }

    /// The agent of a session's key.
    fn agent_of<'e>(&self, session_key: &'e Field<Text<'_>>) -> Label<'e> {
        let agent = self.optional(session_key).and_then(|key| policy::agent_of(key));
        agent.and_then(|agent| self.shown(agent)).unwrap_or(self.words.unknown)
    }

    #[inline]
    fn amount(&self, number: Option<&f64>) -> Option<f64> {
        let number = *number?;
        if (0.0..=LARGEST).contains(&number) {
            // Adding 0 makes a whole zero of the negative one.
            return Some(number + 0.0);
        }
        self.reject(Fault::OutOfRange);
        None
    }

    #[inline]
    fn number(&self, field: &Field<f64>) -> Option<f64> {
        self.amount(self.optional(field))
    }

    #[inline]
    fn required_number(&self, field: &Field<f64>) -> Option<f64> {
        self.amount(self.required(field))
    }

    #[inline]
    fn seconds(&self, milliseconds: &Field<f64>) -> Option<f64> {
        self.number(milliseconds).map(|ms| ms / 1000.0)
    }

    #[inline]
    fn required_seconds(&self, milliseconds: &Field<f64>) -> Option<f64> {
        self.required_number(milliseconds).map(|ms| ms / 1000.0)
    }
}
