//! Prometheus text, byte-exact: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//!
//! Version 1.0.0 differs from 0.0.4 in names outside of the legacy character set alone. Ours are inside, where every
//! escaping scheme blocks a name as it is: the bytes are the same, and which version they are called is the server's
//! business.

use super::buffer::TextBuffer;
use super::lines::{FamilyText, describe};
use super::{FormatInfo, escape};
use crate::registry::FamilyInfo;
use crate::sync::OutOfMemory;

/// The text that all series of a family share. There are no creation times.
pub(super) fn family(info: &FamilyInfo, format: &FormatInfo) -> Result<FamilyText, OutOfMemory> {
    FamilyText::new(info, format, header(info), info.name().into(), None)
}

/// What stands before a family's first series.
fn header(info: &FamilyInfo) -> TextBuffer {
    let mut header = TextBuffer::default();
    if !info.help().is_empty() {
        describe("HELP", info.name(), &mut header, |out| escape::without_quotes(info.help(), out));
    }
    describe("TYPE", info.name(), &mut header, |out| out.extend_from_slice(info.kind().type_name().as_bytes()));
    header
}
