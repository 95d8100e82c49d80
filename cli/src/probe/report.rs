//! What is to be said of a page: the same for people and for scripts.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::exposition::{Family, Format, Kind, Page};
use crate::exposition::{Problem, Severity};
use crate::scraper::Scrape;

/// How many of the largest families are named.
const LARGEST: usize = 10;
/// The family that tells when the values of a page were read ends so.
const READ_TIMESTAMP: &str = "_page_read_timestamp_seconds";
const PROCESS_START: &str = "process_start_time_seconds";

/// A page, measured and judged.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transfer: Option<Transfer>,
    /// By its name.
    #[serde(serialize_with = "name")]
    pub(super) format: Format,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    pub(super) bytes: usize,
    pub(super) scrape: Scrape,
    pub(super) families: usize,
    pub(super) series: usize,
    pub(super) types: BTreeMap<&'static str, Count>,
    pub(super) largest: Vec<Largest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<Age>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) process: Option<Process>,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notes: usize,
    pub(super) problems: Vec<Problem>,
}

/// What only a page that was fetched has.
#[derive(Debug, Serialize)]
pub(super) struct Transfer {
    pub(super) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    pub(super) wire_bytes: usize,
    pub(super) is_gzip: bool,
    pub(super) first_byte_seconds: f64,
    pub(super) total_seconds: f64,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Count {
    pub(super) families: usize,
    pub(super) series: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Largest {
    pub(super) family: String,
    pub(super) r#type: &'static str,
    pub(super) series: usize,
}

/// How old the values are, and what says so.
#[derive(Debug, Serialize)]
pub(super) struct Age {
    pub(super) seconds: f64,
    pub(super) source: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Process {
    pub(super) start_time_seconds: f64,
    pub(super) uptime_seconds: f64,
}

impl Report {
    /// Counts what is on a page. `problems` are put into order: errors first, then as the lines go.
    pub(super) fn new(
        url: String,
        page: &Page<'_>,
        bytes: usize,
        mut problems: Vec<Problem>,
        now: SystemTime,
        scrape: Scrape,
    ) -> Self {
        problems.sort_by_key(|problem| (problem.severity, problem.line));
        let count = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
        let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
        let mut types: BTreeMap<&'static str, Count> = BTreeMap::new();
        for family in &page.families {
            let count = types.entry(kind_word(family.kind())).or_default();
            count.families += 1;
            count.series += family.samples.len();
        }
        let mut families: Vec<&Family<'_>> = page.families.iter().filter(|family| !family.samples.is_empty()).collect();
        families.sort_by_key(|family| std::cmp::Reverse(family.samples.len()));
        let largest = families.iter().take(LARGEST).map(|family| Largest {
            family: family.name.to_string(),
            r#type: kind_word(family.kind()),
            series: family.samples.len(),
        });
        let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64();
        Self {
            url,
            transfer: None,
            format: page.format,
            version: None,
            bytes,
            scrape,
            families: page.families.len(),
            series: page.families.iter().map(|family| family.samples.len()).sum(),
            types,
            largest: largest.collect(),
            age: page_age(page, now),
            process: process(page, now),
            errors,
            warnings,
            notes,
            problems,
        }
    }
}

fn name<S: Serializer>(format: &Format, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(format.name())
}

/// One word in all formats.
fn kind_word(kind: Kind) -> &'static str {
    kind.word(Format::OpenMetrics)
}

/// The value of the first sample, if it is a time.
fn time(family: &Family<'_>) -> Option<f64> {
    family.samples.first().map(|sample| sample.number()).filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

fn page_age(page: &Page<'_>, now: f64) -> Option<Age> {
    let family = page.families.iter().find(|family| family.name.ends_with(READ_TIMESTAMP))?;
    Some(Age { seconds: (now - time(family)?).max(0.0), source: family.name.to_string() })
}

fn process(page: &Page<'_>, now: f64) -> Option<Process> {
    let start = page.families.iter().find(|family| family.name == PROCESS_START).and_then(time)?;
    Some(Process { start_time_seconds: start, uptime_seconds: (now - start).max(0.0) })
}
