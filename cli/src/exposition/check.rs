//! Whether families make sense: what a parser of lines lets pass and a reader of values stumbles over.
//!
//! An error is what OpenMetrics forbids or, in text, what Prometheus would misread; what the text format asks for and
//! Prometheus does not need is a warning. Costs a pass over the samples and a table of the series of one family.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use openclaw_prometheus::encode::BoundSpelling;

use super::problem::{Problem, Severity};
use super::{FAULTS, Family, Format, Kind, Page, Sample, bound_spellings, is_strict, number};

/// Looks at every family. From as many findings on as there may be faults, no more are told.
pub fn check(page: &Page<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for family in &page.families {
        let mut check = Check { format: page.format, family, problems: &mut problems };
        check.metadata();
        check.samples();
        check.duplicates();
        if is_strict(page.format) {
            check.groups();
        }
        if matches!(family.kind(), Kind::Histogram | Kind::GaugeHistogram) {
            check.histograms();
        }
    }
    problems
}

struct Check<'a, 'p> {
    format: Format,
    family: &'a Family<'p>,
    problems: &'a mut Vec<Problem>,
}

/// The labels that part series of one family, sorted; without the one that a series has many of.
type Group<'a> = Vec<(&'a str, &'a str)>;

impl<'a, 'p> Check<'a, 'p> {
    fn report(&mut self, severity: Severity, line: usize, rule: &'static str, message: impl Into<String>) {
        if self.problems.len() >= FAULTS {
            return;
        }
        let family = Some(self.family.name.to_string());
        self.problems.push(Problem { severity, rule, line: Some(line), family, message: message.into() });
    }

    fn error(&mut self, line: usize, rule: &'static str, message: impl Into<String>) {
        self.report(Severity::Error, line, rule, message);
    }

    /// An error in OpenMetrics; a warning in text, where Prometheus does not mind.
    fn demand(&mut self, line: usize, rule: &'static str, message: impl Into<String>) {
        let severity = if is_strict(self.format) { Severity::Error } else { Severity::Warning };
        self.report(severity, line, rule, message);
    }

    fn metadata(&mut self) {
        let family = self.family;
        if let Some(line) = family.late_help_line {
            self.demand(line, "metadata-after-samples", "HELP stands behind the samples");
        }
        if let Some(line) = family.apart_line {
            self.demand(line, "family-apart", "other families stand between its samples");
        }
        let Some(unit) = family.unit.as_deref().filter(|unit| !unit.is_empty()) else { return };
        if !family.name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')) {
            self.error(
                family.line,
                "unit-not-in-name",
                format!("its unit is {unit}, and its name does not end in _{unit}"),
            );
        }
        if matches!(family.kind(), Kind::Info | Kind::StateSet) {
            let kind = family.kind().word(self.format);
            self.error(family.line, "unit-not-allowed", format!("type {kind} has no unit"));
        }
    }

    /// Each sample by itself.
    fn samples(&mut self) {
        for sample in &self.family.samples {
            let (suffix, value) = (self.family.suffix(sample), sample.number());
            let kind = self.family.kind();
            self.labels(sample);
            match (kind, suffix) {
                (Kind::Counter, "_total") | (Kind::Histogram, "_bucket" | "_count") => self.counts(sample, value),
                (Kind::Counter, "") if !is_strict(self.format) => self.counts(sample, value),
                (Kind::Summary, "_count") | (Kind::GaugeHistogram, "_bucket" | "_gcount") => self.counts(sample, value),
                (Kind::Histogram | Kind::Summary, "_sum") if is_strict(self.format) => {
                    self.counts(sample, value);
                }
                (Kind::GaugeHistogram, "_gsum") if value.is_nan() => {
                    self.error(sample.line, "counter-nan", "_gsum is NaN");
                }
                (Kind::Summary, "") => self.quantile(sample, value),
                (Kind::Info, _) if value != 1.0 => {
                    self.error(sample.line, "info-not-one", format!("an info's value is 1, not {}", sample.value));
                }
                (Kind::StateSet, _) if value != 0.0 && value != 1.0 => {
                    self.error(sample.line, "state-not-bool", format!("a state is 0 or 1, not {}", sample.value));
                }
                _ => {}
            }
            let is_whole = matches!(suffix, "_bucket" | "_count" | "_gcount") && kind != Kind::Unknown;
            if is_whole && value.is_finite() && value.fract() != 0.0 || is_whole && value == f64::INFINITY {
                self.demand(
                    sample.line,
                    "count-not-whole",
                    format!("{suffix} counts, and {} is no count", sample.value),
                );
            }
            if matches!(kind, Kind::Histogram | Kind::GaugeHistogram) && suffix == "_bucket" {
                self.bound(sample);
            }
            let may_exemplify = matches!(
                (kind, suffix),
                (Kind::Counter, "_total") | (Kind::Histogram | Kind::GaugeHistogram, "_bucket")
            );
            if sample.exemplar.is_some() && !may_exemplify {
                self.error(sample.line, "exemplar-not-allowed", "only counters (_total) and buckets have exemplars");
            }
        }
    }

    fn labels(&mut self, sample: &Sample<'_>) {
        if let Some((name, _)) = sample.labels.iter().find(|(name, _)| name.starts_with("__")) {
            self.demand(
                sample.line,
                "label-reserved",
                format!("label names that begin with `__` are reserved: `{name}`"),
            );
        }
        if self.family.kind() == Kind::StateSet && sample.label(&self.family.name).is_none() {
            self.error(sample.line, "state-without-label", "a state needs a label with the family's name");
        }
    }

    /// What only goes up.
    fn counts(&mut self, sample: &Sample<'_>, value: f64) {
        if value.is_nan() {
            self.error(sample.line, "counter-nan", format!("`{}` only goes up, and is NaN", sample.name));
        } else if value < 0.0 {
            let message = format!("`{}` only goes up from 0, and is {}", sample.name, sample.value);
            self.error(sample.line, "counter-negative", message);
        }
    }

    fn quantile(&mut self, sample: &Sample<'_>, value: f64) {
        let text = sample.label("quantile");
        match text.map(number) {
            None => self.error(sample.line, "quantile-missing", "this sample of a summary has no label `quantile`"),
            Some(Some(quantile)) if (0.0..=1.0).contains(&quantile) => {}
            Some(_) => {
                let text = text.unwrap_or_default();
                self.error(sample.line, "quantile-out-of-range", format!("quantile=\"{text}\" is not between 0 and 1"));
            }
        }
        if value < 0.0 && is_strict(self.format) {
            self.error(
                sample.line,
                "quantile-negative",
                format!("a quantile is not negative, and this is {}", sample.value),
            );
        }
    }

    /// A bucket's `le`, by itself.
    fn bound(&mut self, sample: &Sample<'_>) {
        let Some(text) = sample.label("le") else {
            return self.error(sample.line, "le-missing", "a bucket without the label `le`");
        };
        let Some(bound) = number(text).filter(|bound| !bound.is_nan()) else {
            return self.error(sample.line, "le-not-a-number", format!("le=\"{text}\" is not a number"));
        };
        let [openmetrics, go, plain] = bound_spellings(bound);
        if self.format.info().bounds == BoundSpelling::Canonical && text != openmetrics {
            let message = format!("le=\"{text}\" is to be written le=\"{openmetrics}\"");
            let severity = if bound.is_infinite() { Severity::Error } else { Severity::Warning };
            self.report(severity, sample.line, "le-not-canonical", message);
        } else if ![&openmetrics, &go, &plain].contains(&&text.to_owned()) {
            let message = format!("le=\"{text}\" is to be written le=\"{go}\"");
            self.report(Severity::Warning, sample.line, "le-not-canonical", message);
        }
    }

    fn duplicates(&mut self) {
        let mut seen: HashMap<(&str, Option<&str>, Group<'_>), usize> =
            HashMap::with_capacity(self.family.samples.len());
        for sample in &self.family.samples {
            let key = (&*sample.name, sample.timestamp, group(sample, None));
            if let Some(first) = seen.insert(key, sample.line) {
                self.error(sample.line, "series-twice", format!("the same series is on line {first}"));
            }
        }
    }

    /// OpenMetrics keeps the samples of one label set together, and their timestamps in order.
    fn groups(&mut self) {
        let kind = self.family.kind();
        let (mut seen, mut last): (HashSet<Group<'_>>, Option<(Group<'_>, Option<&str>)>) = Default::default();
        for sample in &self.family.samples {
            let apart = match (kind, self.family.suffix(sample)) {
                // Infos cannot be told apart.
                (Kind::Info, _) => continue,
                (Kind::Summary, "") => Some("quantile"),
                (Kind::StateSet, _) => Some(&*self.family.name),
                (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some("le"),
                _ => None,
            };
            let group = group(sample, apart);
            match &last {
                Some((before, timestamp)) if *before == group => self.timestamps(sample, *timestamp),
                Some(_) if seen.contains(&group) => {
                    self.error(sample.line, "series-apart", "other series stand between the samples of this label set");
                }
                _ => {}
            }
            seen.insert(group.clone());
            last = Some((group, sample.timestamp));
        }
    }

    fn timestamps(&mut self, sample: &Sample<'_>, before: Option<&str>) {
        match (before, sample.timestamp) {
            (None, None) => {}
            (Some(before), Some(timestamp)) => {
                if number(before) > number(timestamp) {
                    self.error(sample.line, "timestamps-backwards", format!("timestamp {timestamp} follows {before}"));
                }
            }
            _ => self.error(
                sample.line,
                "timestamps-mixed",
                "some samples of this label set have timestamps, some have none",
            ),
        }
    }

    fn histograms(&mut self) {
        // In the order in which they appear.
        let mut index: HashMap<(Group<'_>, Option<&str>), usize> = HashMap::new();
        let mut points: Vec<Point<'_>> = Vec::new();
        for sample in &self.family.samples {
            let suffix = self.family.suffix(sample);
            let group = group(sample, (suffix == "_bucket").then_some("le"));
            let at = *index.entry((group, sample.timestamp)).or_insert(points.len());
            if at == points.len() {
                points.push(Point { line: sample.line, ..Point::default() });
            }
            let point = &mut points[at];
            match suffix {
                "_bucket" => {
                    let bound = sample.label("le").and_then(number).filter(|bound| !bound.is_nan());
                    point.buckets.extend(bound.map(|bound| (bound, sample)));
                }
                "_count" | "_gcount" => point.count = Some(sample),
                "_sum" | "_gsum" => point.sum = Some(sample),
                _ => {}
            }
        }
        for point in points {
            self.histogram(point);
        }
    }

    /// One histogram: the buckets, count and sum of one label set.
    fn histogram(&mut self, mut point: Point<'_>) {
        for pair in point.buckets.windows(2) {
            let ((before, _), (bound, sample)) = (pair[0], pair[1]);
            if bound <= before {
                let message = format!(
                    "le=\"{}\" follows le=\"{before}\"; buckets ascend",
                    sample.label("le").unwrap_or_default()
                );
                if bound == before {
                    self.error(sample.line, "le-twice", message);
                } else {
                    self.demand(sample.line, "le-not-ascending", message);
                }
            }
        }
        point.buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        for pair in point.buckets.windows(2) {
            let ((_, before), (_, sample)) = (pair[0], pair[1]);
            if sample.number() < before.number() {
                let message = format!(
                    "bucket le=\"{}\" has {}, fewer than the {} of the bucket before; buckets are cumulative",
                    sample.label("le").unwrap_or_default(),
                    sample.value,
                    before.value
                );
                self.error(sample.line, "buckets-not-cumulative", message);
            }
        }
        let infinite = point.buckets.last().filter(|(bound, _)| *bound == f64::INFINITY).map(|(_, sample)| *sample);
        if infinite.is_none() {
            self.error(point.line, "inf-bucket-missing", "no bucket le=\"+Inf\"");
        }
        if let (Some(infinite), Some(count)) = (infinite, point.count)
            && infinite.number() != count.number()
        {
            let message = format!("{} is {}, and bucket le=\"+Inf\" {}", count.name, count.value, infinite.value);
            self.error(count.line, "count-not-inf-bucket", message);
        }
        match (point.sum, point.count) {
            (Some(_), None) => self.demand(point.line, "count-missing", "a histogram with a sum and no count"),
            (None, Some(_)) => self.demand(point.line, "sum-missing", "a histogram with a count and no sum"),
            (None, None) if !is_strict(self.format) => {
                self.demand(point.line, "count-missing", "a histogram with neither count nor sum");
            }
            _ => {}
        }
        let is_below_zero = point.buckets.first().is_some_and(|(bound, _)| *bound < 0.0);
        let Some(sum) = point.sum.filter(|_| is_strict(self.format)) else { return };
        if is_below_zero && self.family.kind() == Kind::Histogram {
            self.error(sum.line, "sum-not-allowed", "a histogram with buckets below 0 has no _sum");
        } else if !is_below_zero && self.family.kind() == Kind::GaugeHistogram && sum.number() < 0.0 {
            self.error(sum.line, "counter-negative", "_gsum is negative, and no bucket is");
        }
    }
}

/// The samples of one histogram.
#[derive(Default)]
struct Point<'a> {
    line: usize,
    buckets: Vec<(f64, &'a Sample<'a>)>,
    count: Option<&'a Sample<'a>>,
    sum: Option<&'a Sample<'a>>,
}

fn group<'a>(sample: &'a Sample<'_>, without: Option<&str>) -> Group<'a> {
    let pairs = sample.labels.iter().filter(|(name, _)| Some(&**name) != without);
    let mut group: Group<'a> = pairs.map(|(name, value): &(Cow<'_, str>, Cow<'_, str>)| (&**name, &**value)).collect();
    group.sort_unstable();
    group
}

#[cfg(test)]
mod tests;
