//! A strict reader of expositions: Prometheus text 0.0.4 and 1.0.0, and OpenMetrics 1.0.0.
//!
//! Every line that the format does not allow is a [`Fault`] with its number and what was expected; reading goes on
//! with the next line. What is read is as written: nothing is rounded, dropped or put into another order.
//! Whether families make sense (buckets, names, values) is what [`check`] judges. Needs nothing but the
//! descriptions of the formats.

mod check;
mod line;
mod number;
mod openmetrics;
mod problem;
mod text;

use std::borrow::Cow;
use std::collections::HashMap;

pub use check::check;
pub use number::{bound_spellings, number};

pub use openclaw_prometheus::encode::Format;
pub use problem::{Problem, Severity};

/// What a page without a Content-Type is: the format whose end stands on it, or else the one without an end.
pub fn guess(page: &str) -> Format {
    let has_end = |format: &Format| {
        let tail = format.tail().strip_suffix(b"\n");
        tail.is_some_and(|tail| format.info().is_text && page.lines().any(|line| line.as_bytes() == tail))
    };
    Format::ALL.into_iter().find(has_end).unwrap_or(Format::FALLBACK)
}

/// Whether a format forbids what its readers let pass, and names families without the suffixes of their samples.
pub(crate) fn is_strict(format: Format) -> bool {
    match format {
        Format::Text => false,
        Format::OpenMetrics => true,
    }
}

/// The types of both formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What adds up.
    Counter,
    /// What goes up and down.
    Gauge,
    /// Buckets, a sum and a count.
    Histogram,
    /// Quantiles, a sum and a count.
    Summary,
    /// Buckets of what is there now.
    GaugeHistogram,
    /// Facts as labels.
    Info,
    /// Which of some states hold.
    StateSet,
    /// Said or left out: `untyped` in text, `unknown` in OpenMetrics.
    Unknown,
}

impl Kind {
    fn read(word: &str, format: Format) -> Option<Self> {
        Some(match (word, is_strict(format)) {
            ("counter", _) => Self::Counter,
            ("gauge", _) => Self::Gauge,
            ("histogram", _) => Self::Histogram,
            ("summary", _) => Self::Summary,
            ("untyped", false) | ("unknown", true) => Self::Unknown,
            ("gaugehistogram", true) => Self::GaugeHistogram,
            ("info", true) => Self::Info,
            ("stateset", true) => Self::StateSet,
            _ => return None,
        })
    }

    /// As it is written in a TYPE line.
    pub fn word(self, format: Format) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => ["untyped", "unknown"][usize::from(is_strict(format))],
        }
    }

    /// What may stand behind the family's name in a sample's.
    pub fn suffixes(self, format: Format) -> &'static [&'static str] {
        match (self, is_strict(format)) {
            (Self::Counter, true) => &["_total", "_created"],
            (Self::Histogram, true) => &["_bucket", "_sum", "_count", "_created"],
            (Self::Summary, true) => &["", "_sum", "_count", "_created"],
            (Self::Histogram, false) => &["_bucket", "_sum", "_count"],
            (Self::Summary, false) => &["", "_sum", "_count"],
            (Self::GaugeHistogram, _) => &["_bucket", "_gsum", "_gcount"],
            (Self::Info, _) => &["_info"],
            (Self::Counter, false) | (Self::Gauge | Self::StateSet | Self::Unknown, _) => &[""],
        }
    }
}

/// A page as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<'a> {
    /// The format that it was read as.
    pub format: Format,
    /// In the order in which they appear first.
    pub families: Vec<Family<'a>>,
    /// None, and the page is what the format allows.
    pub faults: Vec<Fault>,
    /// The line of a name in quotes, which text has since 1.0.0.
    pub quoted_line: Option<usize>,
}

/// What the format does not allow.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its line, from 1.
    pub line: usize,
    /// A word to tell faults apart by.
    pub rule: &'static str,
    /// What was expected, in a sentence.
    pub what: String,
}

/// Samples under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Family<'a> {
    /// The name behind TYPE, or the sample's where there is none.
    pub name: Cow<'a, str>,
    /// The first line that names it.
    pub line: usize,
    /// What its TYPE line says.
    pub kind: Option<Kind>,
    /// What its HELP line says, unescaped.
    pub help: Option<Cow<'a, str>>,
    /// What its UNIT line says.
    pub unit: Option<Cow<'a, str>>,
    /// In their order.
    pub samples: Vec<Sample<'a>>,
    /// A HELP line behind its samples, which text allows.
    pub late_help_line: Option<usize>,
    /// The first sample that another family parts from those before it, which text allows.
    pub apart_line: Option<usize>,
}

impl<'a> Family<'a> {
    fn new(name: Cow<'a, str>, line: usize) -> Self {
        Self {
            name,
            line,
            kind: None,
            help: None,
            unit: None,
            samples: Vec::new(),
            late_help_line: None,
            apart_line: None,
        }
    }

    /// Its type; a family without a TYPE line is unknown.
    pub fn kind(&self) -> Kind {
        self.kind.unwrap_or(Kind::Unknown)
    }

    /// What stands behind the family's name in the name of its sample.
    pub fn suffix<'b>(&self, sample: &'b Sample<'_>) -> &'b str {
        sample.name.strip_prefix(&*self.name).unwrap_or(&sample.name)
    }
}

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample<'a> {
    /// Its line, from 1.
    pub line: usize,
    /// The whole name, with whatever follows the family's.
    pub name: Cow<'a, str>,
    /// As they stand, `le` among them.
    pub labels: Labels<'a>,
    /// As written; [`number`] reads it.
    pub value: &'a str,
    /// As written: milliseconds in text, seconds in OpenMetrics.
    pub timestamp: Option<&'a str>,
    /// What came with it.
    pub exemplar: Option<Exemplar<'a>>,
}

impl Sample<'_> {
    /// The value.
    pub fn number(&self) -> f64 {
        number(self.value).unwrap_or(f64::NAN)
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| &**value)
    }
}

/// Names and values, unescaped, in their order.
pub type Labels<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What came with a counter or a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar<'a> {
    /// Its own.
    pub labels: Labels<'a>,
    /// As written.
    pub value: &'a str,
    /// As written, in seconds.
    pub timestamp: Option<&'a str>,
}

/// Reads a page.
pub fn parse(page: &str, format: Format) -> Page<'_> {
    match format {
        Format::Text => text::parse(page),
        Format::OpenMetrics => openmetrics::parse(page),
    }
}

/// From so many faults on, the page is something else, and the rest is not read.
const FAULTS: usize = 10_000;

/// Families in the making.
struct Reading<'a> {
    page: Page<'a>,
    by_name: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Reading<'a> {
    fn new(format: Format) -> Self {
        let page = Page { format, families: Vec::new(), faults: Vec::new(), quoted_line: None };
        Self { page, by_name: HashMap::new() }
    }

    fn fault(&mut self, line: usize, rule: &'static str, what: impl Into<String>) {
        self.page.faults.push(Fault { line, rule, what: what.into() });
    }

    /// Whether to give up on line `number`, and then says so.
    fn has_enough(&mut self, number: usize) -> bool {
        let is_enough = self.page.faults.len() >= FAULTS;
        if is_enough {
            self.fault(number, "too-many-faults", format!("{FAULTS} faults before this line; the rest was not read"));
        }
        is_enough
    }

    /// The family of this name, made if there is none.
    fn family(&mut self, name: Cow<'a, str>, line: usize) -> usize {
        if let Some(&index) = self.by_name.get(&name) {
            return index;
        }
        self.page.families.push(Family::new(name.clone(), line));
        self.by_name.insert(name, self.page.families.len() - 1);
        self.page.families.len() - 1
    }
}

#[cfg(test)]
mod tests;
