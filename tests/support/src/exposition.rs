//! The program's reader of expositions, for tests and fuzz targets, held to what our own pages are: each in the one spelling
//! that we have, every family with a type, every sample once and in its place. The formats allow more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use openclaw_prometheus_cli::exposition::{self, Format, Kind, Severity};

/// A family as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    pub name: String,
    pub kind: String,
    pub unit: Option<String>,
    pub help: Option<String>,
    /// In the order in which they were written.
    pub samples: Vec<Sample>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Vec<(String, String)>,
    /// As written, so that spelling can be compared.
    pub value: String,
}

impl Sample {
    pub fn number(&self) -> f64 {
        exposition::number(&self.value).expect("checked when it was read")
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a whole exposition in text 0.0.4; families by name.
pub fn parse(text: &str) -> Result<BTreeMap<String, Family>, String> {
    Ok(read(text, Format::Text)?.into_iter().map(|family| (family.name.clone(), family)).collect())
}

/// Reads a whole exposition; families as they stand there.
pub fn read(text: &str, format: Format) -> Result<Vec<Family>, String> {
    let page = exposition::parse(text, format);
    if let Some(fault) = page.faults.first() {
        return Err(format!("line {}: {}", fault.line, fault.what));
    }
    // The bounds of a text may be spelled in several ways.
    let counts = |severity| severity == Severity::Error || severity == Severity::Warning && format != Format::Text;
    if let Some(problem) = exposition::check(&page).iter().find(|problem| counts(problem.severity)) {
        return Err(format!("line {}: {}", problem.line.unwrap_or_default(), problem.message));
    }
    page.families.iter().try_for_each(|family| in_place(family, format))?;
    let (written, text) = (written(&page), as_read(text, format));
    if written != text {
        let line = written.lines().zip(text.lines()).take_while(|(one, other)| one == other).count();
        let (found, ours) = (text.lines().nth(line), written.lines().nth(line));
        return Err(format!("line {}: {found:?} is not how we write {ours:?}", line + 1));
    }
    let texts = |labels: &exposition::Labels<'_>| {
        labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let sample = |sample: &exposition::Sample<'_>| Sample {
        name: sample.name.to_string(),
        labels: texts(&sample.labels),
        value: sample.value.to_owned(),
    };
    let family = |family: &exposition::Family<'_>| Family {
        name: family.name.to_string(),
        kind: family.kind().word(format).to_owned(),
        unit: family.unit.as_deref().map(str::to_owned),
        help: family.help.as_deref().map(str::to_owned),
        samples: family.samples.iter().map(sample).collect(),
    };
    Ok(page.families.iter().map(family).collect())
}

/// A page without what its readers skip: in text, blanks before a help text.
fn as_read(page: &str, format: Format) -> String {
    let line = |line: &str| match line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
        Some((name, help)) if format == Format::Text => {
            format!("# HELP {name} {}", help.trim_start_matches([' ', '\t']))
        }
        _ => line.to_owned(),
    };
    page.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a family has a type that we have, and each of its series all its samples, in our order.
fn in_place(family: &exposition::Family<'_>, format: Format) -> Result<(), String> {
    let fault = |what: String| Err(format!("{}: {what}", family.name));
    let is_signed = family.samples.iter().any(|sample| sample.label("le").is_some_and(|le| le.starts_with('-')));
    let ends: &[&[&str]] = match (family.kind, format) {
        (Some(Kind::Gauge), _) | (Some(Kind::Counter), Format::Text) => &[&[""]],
        (Some(Kind::Counter), Format::OpenMetrics) => &[&["_total"], &["_total", "_created"]],
        (Some(Kind::Histogram), Format::Text) => &[&["_sum", "_count"]],
        (Some(Kind::Histogram), Format::OpenMetrics) if is_signed => &[&[], &["_created"]],
        (Some(Kind::Histogram), Format::OpenMetrics) => &[&["_sum", "_count"], &["_sum", "_count", "_created"]],
        (kind, _) => return fault(format!("the type {kind:?}")),
    };
    for run in family.samples.chunk_by(|one, other| series(one) == series(other)) {
        let suffixes: Vec<&str> = run.iter().map(|sample| family.suffix(sample)).collect();
        let buckets = suffixes.iter().take_while(|suffix| **suffix == "_bucket").count();
        if !ends.contains(&&suffixes[buckets..]) {
            return fault(format!("the series of {:?} has the samples {suffixes:?}", run[0].labels));
        }
        if run[buckets..].iter().any(|sample| sample.label("le").is_some()) {
            return fault("a bound that is no bucket's".into());
        }
        let is_ours = |value: &str| {
            matches!(value, "NaN" | "+Inf" | "-Inf") || value.bytes().all(|byte| b"0123456789-.e".contains(&byte))
        };
        if let Some(sample) = run.iter().find(|sample| !is_ours(sample.value)) {
            return fault(format!("{:?} is not how we write a number", sample.value));
        }
    }
    Ok(())
}

/// The labels that tell series apart.
fn series<'a>(sample: &'a exposition::Sample<'_>) -> BTreeSet<(&'a str, &'a str)> {
    let labels = sample.labels.iter().map(|(name, value)| (&**name, &**value));
    labels.filter(|(name, _)| *name != "le").collect()
}

/// The page in our spelling.
fn written(page: &exposition::Page<'_>) -> String {
    let plain = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n");
    let quoted = |text: &str| plain(text).replace('"', "\\\"");
    let mut out = String::new();
    for family in &page.families {
        let name = &family.name;
        let kind = family.kind().word(page.format);
        let help = |escape: &dyn Fn(&str) -> String| {
            family.help.as_ref().map_or_else(String::new, |help| format!("# HELP {name} {}\n", escape(help)))
        };
        match page.format {
            Format::Text => writeln!(out, "{}# TYPE {name} {kind}", help(&plain)),
            Format::OpenMetrics => {
                let unit = family.unit.as_ref().map_or_else(String::new, |unit| format!("# UNIT {name} {unit}\n"));
                write!(out, "# TYPE {name} {kind}\n{unit}{}", help(&quoted))
            }
        }
        .expect("in memory");
        for sample in &family.samples {
            let labels = sample.labels.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value)));
            let labels = labels.collect::<Vec<_>>().join(",");
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            writeln!(out, "{}{labels} {}", sample.name, sample.value).expect("in memory");
        }
    }
    out + std::str::from_utf8(page.format.tail()).expect("a format of text")
}
