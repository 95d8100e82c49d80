//! For the tests of programs that are instrumented with this crate.
//!
//! Both functions read everything on the spot; neither disturbs a publisher.

use crate::encode;
use crate::read::SampleValue;
use crate::registry::Registry;

/// The value of one series: of a counter, a gauge or an in-flight count its value, of a histogram its count. Labels in
/// any order; one that is left out stands for the empty value.
///
/// ```
/// use openclaw_prometheus::{Registry, testing};
/// let registry = Registry::builder().build()?;
/// let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register()?;
/// calls.with(["gpt-5"]).add(3);
/// assert_eq!(testing::value(&registry, "calls_total", &[("model", "gpt-5")]), Some(3.0));
/// assert_eq!(testing::value(&registry, "calls_total", &[("model", "other")]), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn value(registry: &Registry, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
    find(registry, family, labels, |value| match value {
        SampleValue::Whole(value) => value as f64,
        SampleValue::Fraction(value) => value,
        SampleValue::Histogram { buckets, .. } => buckets.iter().sum::<u64>() as f64,
    })
}

/// The sum of a histogram's observations.
pub fn sum(registry: &Registry, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
    find(registry, family, labels, |value| match value {
        SampleValue::Histogram { sum, .. } => Some(sum),
        _ => None,
    })
    .flatten()
}

fn find<T>(registry: &Registry, name: &str, labels: &[(&str, &str)], take: impl Fn(SampleValue<'_>) -> T) -> Option<T> {
    let mut reader = registry.reader_once();
    let reading = reader.read();
    for block in reading.order() {
        let block = reading.block(*block);
        let (_, family) = reading.family(block);
        let is_known = |label: &str| family.labels().iter().any(|known| known.as_str() == label);
        if family.name() != name || !labels.iter().all(|(label, _)| is_known(label)) {
            continue;
        }
        for (place, value) in reading.values(block).enumerate() {
            let is_it = family.labels().iter().enumerate().all(|(index, label)| {
                let wanted = labels.iter().find(|(name, _)| *name == label.as_str()).map_or("", |(_, value)| value);
                reading.label(block, place, index) == wanted
            });
            if is_it {
                return Some(take(value));
            }
        }
    }
    None
}

/// Compares the families that `expected` names with the registry's, in text 0.0.4, line by line and in any order.
///
/// # Errors
/// What is missing and what is too much, one line each.
///
/// ```
/// use openclaw_prometheus::{Registry, testing};
/// let registry = Registry::builder().build()?;
/// registry.counter("calls_total", "Calls.").register()?.add(2);
/// testing::compare(&registry, "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total 2\n")?;
/// assert!(testing::compare(&registry, "# TYPE calls_total counter\ncalls_total 3\n").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare(registry: &Registry, expected: &str) -> Result<(), String> {
    let actual = encode::text(registry);
    let names: Vec<&str> = expected
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ").or_else(|| line.strip_prefix("# HELP ")))
        .filter_map(|rest| rest.split(' ').next())
        .collect();
    let mut lines: Vec<&str> = lines_of(&actual, &names).collect();
    let mut difference = String::new();
    for line in expected.lines().filter(|line| !line.trim().is_empty()) {
        match lines.iter().position(|actual| *actual == line) {
            Some(at) => drop(lines.swap_remove(at)),
            None => difference.push_str(&format!("missing: {line}\n")),
        }
    }
    for line in lines {
        // HELP may be left out of what is expected.
        if !line.starts_with("# HELP ") {
            difference.push_str(&format!("too much: {line}\n"));
        }
    }
    if difference.is_empty() { Ok(()) } else { Err(difference) }
}

/// The lines of `text` that belong to one of `names`. Families are whole and start with HELP or TYPE.
fn lines_of<'a>(text: &'a str, names: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let mut is_wanted = false;
    text.lines().filter(move |line| {
        let header = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "));
        if let Some(name) = header.and_then(|rest| rest.split(' ').next()) {
            is_wanted = names.contains(&name);
        }
        is_wanted
    })
}
