//! From readings to bytes. Knows the formats and nothing of HTTP.
//!
//! A [`Segment`] is the text of one leaf, an [`Encoder`] writes it: whole when series come and go, else the numbers that
//! changed. The formats name their rules: text 0.0.4 is the Prometheus "text-based format".

mod digits;
mod escape;
mod number;
mod segment;
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
    let mut out = Vec::new();
    for leaf in reading.order() {
        let mut segment = Segment::default();
        encoder.update(&reading, *leaf, &mut segment);
        out.extend_from_slice(segment.text());
    }
    // Names are ASCII, label values and help texts are str: the bytes are UTF-8.
    String::from_utf8(out).unwrap_or_default()
}
