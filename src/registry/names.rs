//! What follows from a family's name: its unit, and every name that it takes in one of the formats.
//!
//! In text a family's samples have the name that was declared. OpenMetrics names a counter's family without `_total` and its
//! samples with it, and keeps `_created` for the times at which series were created.

use super::kind::MetricKind;

/// Units that are known from a name's end.
const BASE_UNITS: [&str; 12] = [
    "seconds", "bytes", "ratio", "celsius", "kelvin", "meters", "volts", "amperes", "joules", "watts", "grams", "hertz",
];

/// What OpenMetrics calls the family: the name without a counter's `_total`.
pub(super) fn base(name: &str, kind: MetricKind) -> &str {
    match kind {
        MetricKind::Counter | MetricKind::CounterF64 => name.strip_suffix("_total").unwrap_or(name),
        MetricKind::Gauge | MetricKind::InFlight | MetricKind::Histogram => name,
    }
}

/// What follows the base in the names that a family takes. The declared name is one of them.
fn suffixes(kind: MetricKind) -> &'static [&'static str] {
    match kind {
        MetricKind::Counter | MetricKind::CounterF64 => &["", "_total", "_created"],
        MetricKind::Gauge | MetricKind::InFlight => &[""],
        MetricKind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
    }
}

/// Every name that a family takes.
pub(super) fn all(name: &str, kind: MetricKind) -> impl Iterator<Item = String> {
    let base = base(name, kind);
    suffixes(kind).iter().map(move |suffix| format!("{base}{suffix}"))
}

/// Whether `wanted` is one of the names that a family takes.
pub(super) fn has(name: &str, kind: MetricKind, wanted: &str) -> bool {
    wanted.strip_prefix(base(name, kind)).is_some_and(|suffix| suffixes(kind).contains(&suffix))
}

/// The unit of a family: the one that was given, which has to end its name, or a base unit that does.
///
/// # Errors
/// The unit that was given and does not end the name.
pub(super) fn unit<'a>(name: &'a str, kind: MetricKind, given: Option<&'a str>) -> Result<Option<&'a str>, &'a str> {
    let base = base(name, kind);
    let Some(unit) = given else {
        let last = base.rsplit_once('_').map(|(_, last)| last);
        return Ok(last.filter(|last| BASE_UNITS.contains(last)));
    };
    let is_end = !unit.is_empty() && base.strip_suffix(unit).is_some_and(|before| before.ends_with('_'));
    if is_end { Ok(Some(unit)) } else { Err(unit) }
}
