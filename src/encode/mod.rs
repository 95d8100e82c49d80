//! From readings to bytes. Knows the formats and nothing of HTTP.
//!
//! An [`Encoder`] keeps, for each leaf, the finished text in front of every number, so that writing a line is one copy
//! and the digits. The formats name their rules: text 0.0.4 is the Prometheus "text-based format".

mod escape;
mod number;
mod text;

pub use text::Encoder;

use crate::registry::Registry;

/// The whole exposition in text 0.0.4, read on the spot: for tests, tools and small programs.
///
/// Costs a reading of everything; a publisher's page costs a pointer load.
pub fn text(registry: &Registry) -> String {
    let mut reader = registry.reader_once();
    let reading = reader.read();
    let mut encoder = Encoder::text();
    let (mut out, mut ends) = (Vec::new(), Vec::new());
    for leaf in reading.order() {
        encoder.encode_leaf(&reading, *leaf, &mut out, &mut ends);
    }
    // Names are ASCII, label values and help texts are str: the bytes are UTF-8.
    String::from_utf8(out).unwrap_or_default()
}
