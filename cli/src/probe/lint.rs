//! Names and labels as the Prometheus guides want them, and what costs the server dear.
//!
//! The rules on names are those of `promtool check metrics`, under our own words. Everything here is a warning, but for
//! names that are known and stay, which are notes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::exposition::{Family, Format, Kind, Page, is_strict};
use crate::exposition::{Problem, Severity};

/// Families whose names break a rule and stay: the names are the official exporter's, and its dashboards use them.
const KNOWN: &[(&str, &str)] =
    &[("openclaw_worker_count", "reserved-suffix"), ("openclaw_worker_heap_sampled_count", "reserved-suffix")];
/// Series of one family from which on it is worth a word.
const MANY_SERIES: usize = 1000;
/// Families with series from which on a label that all have is no chance.
const FAMILIES_TO_COMPARE: usize = 3;
/// Nobody adds more labels to everything; a hostile page may.
const LABELS_TO_COMPARE: usize = 64;

const BASE_UNITS: [&str; 10] =
    ["amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds", "volts"];
const OTHER_UNITS: &[(&str, &str)] = &[
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];
/// promtool writes `mibi` for `mebi`; both are known here.
const PREFIXES: [&str; 19] = [
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "mebi", "giga",
    "gibi", "tera", "tebi", "peta", "pebi",
];
const ABBREVIATIONS: [&str; 14] = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];
const TYPES: [&str; 5] = ["counter", "gauge", "summary", "histogram", "gauge_histogram"];

/// Looks at the names of every family that has samples, and at the page's labels as a whole.
pub(super) fn check(page: &Page<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for family in page.families.iter().filter(|family| !family.samples.is_empty()) {
        let mut report = |rule: &'static str, message: String| {
            let severity = if KNOWN.contains(&(&*family.name, rule)) { Severity::Note } else { Severity::Warning };
            let message = match severity {
                Severity::Note => format!("{message}; the name is the official exporter's and stays"),
                _ => message,
            };
            problems.push(Problem {
                severity,
                rule,
                line: Some(family.line),
                family: Some(family.name.to_string()),
                message,
            });
        };
        let name = series_name(family, page.format);
        if family.help.as_deref().unwrap_or_default().is_empty() {
            report("help-missing", "no help text".into());
        }
        suffixes(family, &name, &mut report);
        words(&name, &mut report);
        labels(family, &mut report);
        cardinality(family, &mut report);
    }
    problems.extend(common_labels(page));
    problems
}

/// The family's name as its series show it: OpenMetrics leaves suffixes to the samples.
fn series_name(family: &Family<'_>, format: Format) -> String {
    match (family.kind(), is_strict(format)) {
        (Kind::Counter, true) => format!("{}_total", family.name),
        (Kind::Info, _) => format!("{}_info", family.name),
        _ => family.name.to_string(),
    }
}

fn suffixes(family: &Family<'_>, name: &str, report: &mut impl FnMut(&'static str, String)) {
    let kind = family.kind();
    let (is_histogram, is_summary) = (matches!(kind, Kind::Histogram | Kind::GaugeHistogram), kind == Kind::Summary);
    // Of what has no type, nothing is known.
    if kind == Kind::Unknown {
        return;
    }
    if kind == Kind::Counter && !name.ends_with("_total") {
        report("counter-without-total", "a counter's name ends in _total".into());
    }
    if kind != Kind::Counter && name.ends_with("_total") {
        report("total-not-counter", "only a counter's name ends in _total".into());
    }
    if !is_histogram && name.ends_with("_bucket") {
        report("reserved-suffix", "only a histogram's samples end in _bucket".into());
    }
    for suffix in ["_count", "_sum"] {
        if !is_histogram && !is_summary && name.ends_with(suffix) {
            report("reserved-suffix", format!("only samples of histograms and summaries end in {suffix}"));
        }
    }
    let has = |label| family.samples.iter().any(|sample| sample.label(label).is_some());
    if !is_histogram && has("le") {
        report("reserved-label", "only a histogram has the label `le`".into());
    }
    if !is_summary && has("quantile") {
        report("reserved-label", "only a summary has the label `quantile`".into());
    }
}

/// What a name is made of.
fn words(name: &str, report: &mut impl FnMut(&'static str, String)) {
    if let Some((unit, base)) = name.split('_').find_map(unit)
        && unit != base
    {
        report("unit-not-base", format!("the unit is {unit}; {base} is the base unit"));
    }
    let lower = name.to_ascii_lowercase();
    let has_word = |word: &str| lower.contains(&format!("_{word}_")) || lower.ends_with(&format!("_{word}"));
    for kind in TYPES.iter().filter(|kind| has_word(kind)) {
        report("type-in-name", format!("the type is in the name: {kind}"));
    }
    for unit in ABBREVIATIONS.iter().filter(|unit| has_word(unit)) {
        report("unit-abbreviated", format!("an abbreviated unit is in the name: {unit}"));
    }
    if name.contains(':') {
        report("colon-in-name", "a colon is for recording rules".into());
    }
    if is_camel_case(name) {
        report("camel-case-name", "a name is written in snake_case".into());
    }
}

/// The unit that a word is, and its base unit.
fn unit(word: &str) -> Option<(&str, &'static str)> {
    let base = |word: &str| {
        let itself = BASE_UNITS.into_iter().find(|base| *base == word);
        itself.or_else(|| OTHER_UNITS.iter().find(|(unit, _)| *unit == word).map(|(_, base)| *base))
    };
    let prefixed = || PREFIXES.iter().find_map(|prefix| base(word.strip_prefix(prefix)?));
    Some((word, base(word).or_else(prefixed)?))
}

fn is_camel_case(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

fn labels(family: &Family<'_>, report: &mut impl FnMut(&'static str, String)) {
    let mut seen = BTreeSet::new();
    for (name, _) in family.samples.iter().flat_map(|sample| &sample.labels) {
        if is_camel_case(name) && seen.insert(name) {
            report("camel-case-label", format!("a label is written in snake_case: {name}"));
        }
    }
}

fn cardinality(family: &Family<'_>, report: &mut impl FnMut(&'static str, String)) {
    let series = family.samples.len();
    if series <= MANY_SERIES {
        return;
    }
    let mut values: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    for (name, value) in family.samples.iter().flat_map(|sample| &sample.labels).filter(|(name, _)| name != "le") {
        values.entry(name).or_default().insert(value);
    }
    let most = values.iter().max_by_key(|(_, values)| values.len());
    let most =
        most.map_or_else(String::new, |(label, values)| format!("; label `{label}` has most values: {}", values.len()));
    report("many-series", format!("{series} series{most}"));
}

/// A label that every series has says something of the target, which the scraper adds.
fn common_labels(page: &Page<'_>) -> Vec<Problem> {
    let families: Vec<_> = page.families.iter().filter(|family| !family.samples.is_empty()).collect();
    let mut samples = families.iter().flat_map(|family| &family.samples);
    let series = samples.clone().count();
    let Some(first) = samples.next().filter(|_| families.len() >= FAMILIES_TO_COMPARE) else {
        return Vec::new();
    };
    let mut common: Vec<_> = first.labels.iter().take(LABELS_TO_COMPARE).collect();
    for sample in samples {
        common.retain(|(name, value)| sample.label(name) == Some(value));
        if common.is_empty() {
            break;
        }
    }
    let message = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| {
        format!("{name}=\"{value}\" is on all {series} series; what is true of the target, the scraper adds")
    };
    common.into_iter().map(|pair| Problem::of_page(Severity::Warning, "label-on-all", message(pair))).collect()
}

#[cfg(test)]
mod tests;
