//! Prometheus text, byte-exact: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//!
//! Version 1.0.0 differs from 0.0.4 in names outside of the legacy character set alone. Ours are inside, where every
//! escaping scheme blocks a name as it is: the bytes are the same, and which version they are called is the server's
//! business.

use super::escape;
use super::lines::describe;
use crate::registry::FamilyInfo;

/// What stands before a family's first series.
pub(super) fn header(info: &FamilyInfo) -> Vec<u8> {
    let mut header = Vec::new();
    if !info.help().is_empty() {
        describe("HELP", info.name(), &mut header, |out| escape::without_quotes(info.help(), out));
    }
    describe("TYPE", info.name(), &mut header, |out| out.extend_from_slice(info.kind().type_name().as_bytes()));
    header
}
