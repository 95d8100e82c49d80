//! From readings to bytes. Knows the formats and nothing of HTTP.
//!
//! An [`Encoder`] keeps, for each leaf, the finished text in front of every number, so that writing a line is one copy
//! and the digits; a [`Segment`] is the text of one leaf. The formats name their rules: text 0.0.4 is the Prometheus "text-based format".

mod escape;
mod number;
mod segment;
mod sheet;
mod text;

pub use segment::Segment;
pub use text::Encoder;

use crate::registry::Registry;

/// The whole exposition in text 0.0.4, read on the spot: for tests, tools and small programs.
///
/// Costs a reading of everything; a publisher's page costs a pointer load.
pub fn text(registry: &Registry) -> String {
    let mut reader = registry.reader_once();
    let reading = reader.read();
    let mut encoder = Encoder::text();
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
    for leaf in reading.order() {
        let mut segment = Segment::default();
        segment.update(&reading, &mut encoder, *leaf, &mut scratch);
        out.extend_from_slice(segment.text());
    }
    // Names are ASCII, label values and help texts are str: the bytes are UTF-8.
    String::from_utf8(out).unwrap_or_default()
}
