//! OpenMetrics 1.0.0, byte-exact: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
//!
//! Against text 0.0.4, by the sections of that document:
//! - "MetricFamily metadata": TYPE, UNIT and HELP, in this order. "Escaping": a help text escapes quotes too.
//! - "Suffixes", "Counter": the family is named without `_total`, its samples are named with it.
//! - "Considerations: Canonical Numbers": `le` is spelled as in `bound`. Values are not bound to that, and spelled as in
//!   text 0.0.4.
//! - "Timestamps": creation times are seconds, here with milliseconds, and follow the other lines of their series.
//! - "Histogram": where a bound is negative there is no sum, which would be no counter. Without a `_sum` there is no `_count`
//!   either ("Histogram" under "Text format"): it is the bucket of `+Inf`.
//! - "Overall Structure": there is no blank line, and `# EOF` ends the exposition.
//!
//! That no two families share a name with all its suffixes is the registry's care, as is that no counter is negative or
//! NaN.

use super::buffer::TextBuffer;
use super::lines::{FamilyText, describe};
use super::{FormatInfo, escape};
use crate::registry::{FamilyInfo, MetricKind};
use crate::sync::OutOfMemory;

/// The text that all series of a family share.
pub(super) fn family(info: &FamilyInfo, format: &FormatInfo) -> Result<FamilyText, OutOfMemory> {
    let created = [info.base_name().as_bytes(), b"_created"].concat();
    FamilyText::new(info, format, header(info), sample_name(info), Some(created))
}

/// What stands before a family's first series.
fn header(info: &FamilyInfo) -> TextBuffer {
    let mut header = TextBuffer::default();
    let name = info.base_name();
    describe("TYPE", name, &mut header, |out| out.extend_from_slice(info.kind().type_name().as_bytes()));
    if let Some(unit) = info.unit() {
        describe("UNIT", name, &mut header, |out| out.extend_from_slice(unit.as_bytes()));
    }
    if !info.help().is_empty() {
        describe("HELP", name, &mut header, |out| escape::with_quotes(info.help(), out));
    }
    header
}

/// What a family's samples are called.
fn sample_name(info: &FamilyInfo) -> Vec<u8> {
    let mut name = info.base_name().as_bytes().to_vec();
    if matches!(info.kind(), MetricKind::Counter | MetricKind::CounterF64) {
        name.extend_from_slice(b"_total");
    }
    name
}
