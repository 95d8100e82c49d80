//! From an event or a report to families: one small function for each type, in the files below; here is what becomes of a
//! field.
//!
//! Labels go through the [policy](super::policy). A missing optional field gives its fall-back silently; a broken one,
//! or a missing one that the host always sends, is counted as rejected, and everything else of the event is recorded.
//! Negative, non-finite and absurdly large numbers are never recorded, but for changes, which may be negative.
//!
//! Snapshot families are no exception: what they are replaced with are the texts of labels that were checked here, and a
//! list of them has a bounded length (see `numbers`). So are the label values that collectors of the exporter itself give,
//! by what they are: words of this program.

mod ages;
mod begun;
mod flights;
mod oldest;
mod phase;
mod process;
mod report;
mod run;
mod session;
mod tool;
mod traffic;

use super::catalogue::sets::Set;
use super::catalogue::{Families, Flight};
use super::event::EventType;
use super::field::{Field, FieldError, Text};
use super::host::Host;
use super::label::{InternedLabels, Label, at};
use super::redact::host;
use super::redact::memo::{Memo, Verdict};
use super::redact::policy::{self, UNKNOWN};
use super::report::Hook;
use super::sli::{Level, ServiceLevels};
use crate::{RegisterError, Registry};
use ages::Ages;
use begun::Begun;
use flights::NoPlace;
use oldest::Oldest;

/// The largest number that is recorded, 2^53: what a host sends above it is no measurement.
const LARGEST: f64 = crate::MAX_AMOUNT as f64;

/// What records.
#[derive(Debug)]
pub(super) struct Recorder {
    families: Families,
    words: InternedLabels,
    memo: Memo,
    /// Tells the ids of label values.
    registry: Registry,
    ages: Ages,
    levels: ServiceLevels,
    oldest: Oldest,
    begun: Begun,
    host: Host,
}

impl Recorder {
    /// Registers the catalogue for what `host` tells.
    pub(super) fn new(registry: &Registry, host: Host) -> Result<Self, RegisterError> {
        let families = Families::register(registry, &host)?;
        registry.dropped_total(
            "openclaw_prometheus_series_dropped_total",
            "Observations rejected for want of room for their series, each time.",
        )?;
        let words = InternedLabels::new(registry);
        let levels = ServiceLevels::with_events(registry)?;
        let (memo, registry, ages) = (Memo::new(), registry.clone(), Ages::default());
        let (oldest, begun) = (Oldest::new(), Begun::new());
        Ok(Recorder { families, words, memo, registry, ages, levels, oldest, begun, host })
    }

    pub(super) fn families(&self) -> &Families {
        &self.families
    }

    pub(super) fn service_levels(&self) -> &ServiceLevels {
        &self.levels
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// Says which Gateway this is.
    pub(super) fn identify(&self, process_instance_id: &str, build_id: Option<&str>) {
        let build_id = build_id.map_or("", |id| host::build_id(id).unwrap_or(UNKNOWN));
        let process = host::process_instance_id(process_instance_id).unwrap_or(UNKNOWN);
        self.families.build_info.with([build_id, process]).set(1.0);
    }

    /// Counts an event that is recorded.
    #[inline]
    pub(super) fn count(&self, event: EventType) {
        self.families.events.at(event).inc();
    }

    pub(super) fn count_hook(&self, hook: Hook) {
        self.families.hooks.at(hook).inc();
    }

    /// Counts what begins and cannot be kept in mind.
    #[inline]
    fn kept(&self, kind: Flight, outcome: Result<(), NoPlace>) {
        if outcome.is_err() {
            self.families.untracked.at(kind).inc();
        }
    }

    /// Counts an event of a type that nobody here knows.
    pub(super) fn reject_type(&self) {
        self.reject(FieldError::UnknownType);
    }
}

/// What becomes of a field.
impl Recorder {
    #[cold]
    fn reject(&self, error: FieldError) {
        self.families.rejected.at(error).inc();
    }

    /// The value of a field that may be missing.
    #[inline]
    fn optional<'e, T>(&self, field: &'e Field<T>) -> Option<&'e T> {
        match field {
            Field::Value(value) => return Some(value),
            Field::Invalid(error) => self.reject(*error),
            Field::Missing => {}
        }
        None
    }

    /// The value of a field that the host always sends.
    #[inline]
    fn required<'e, T>(&self, field: &'e Field<T>) -> Option<&'e T> {
        if matches!(field, Field::Missing) {
            self.reject(FieldError::Missing);
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
            self.memo.keep(raw, Verdict { shown: shown.flatten(), id: None });
        }
        text.map(Label::from)
    }

    /// Looks whether a series has the text by now. An id is never made here: what is rejected takes no room.
    #[cold]
    fn learn<'e>(&self, raw: &str, text: &'e str, known: Verdict) -> Label<'e> {
        let id = self.registry.known(text);
        if id.is_some() {
            self.memo.keep(raw, Verdict { id, ..known });
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
        self.reject(FieldError::OutOfRange);
        None
    }

    #[inline]
    fn number(&self, field: &Field<f64>) -> Option<f64> {
        self.amount(self.optional(field))
    }

    /// A number that may be negative: a change.
    #[inline]
    fn signed_number(&self, field: &Field<f64>) -> Option<f64> {
        let number = *self.optional(field)?;
        let is_sound = number.abs() <= LARGEST;
        if !is_sound {
            self.reject(FieldError::OutOfRange);
        }
        is_sound.then_some(number)
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
