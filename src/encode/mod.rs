//! From readings to bytes. Knows the formats and nothing of HTTP.
//!
//! A [`Segment`] is the text of one block, an [`Encoder`] writes it: whole when series come and go, else the numbers that
//! changed. What a [`Format`] has of its own, and which document rules it, stands in `text` and in `open_metrics`.

mod bound;
mod digits;
mod encoder;
mod escape;
mod format;
pub mod json;
mod lines;
mod number;
mod open_metrics;
mod segment;
mod text;
mod views;

pub use encoder::Encoder;
pub use format::Format;
pub use segment::Segment;
pub(crate) use views::Views;
pub use views::{View, ViewOptions};

use crate::registry::Registry;

/// The whole exposition in Prometheus text, read on the spot: for tests, tools and small programs.
///
/// Costs a reading of everything; a publisher's page costs a pointer load.
pub fn text(registry: &Registry) -> String {
    whole(registry, Format::Text)
}

/// The same in OpenMetrics 1.0.0.
pub fn open_metrics(registry: &Registry) -> String {
    whole(registry, Format::OpenMetrics)
}

fn whole(registry: &Registry, format: Format) -> String {
    let mut reader = registry.reader_once();
    let reading = reader.read();
    let mut encoder = Encoder::new(format);
    let mut out = Vec::new();
    for block in reading.order() {
        let mut segment = Segment::default();
        encoder.update(&reading, *block, &mut segment);
        out.extend_from_slice(segment.text());
    }
    out.extend_from_slice(format.tail());
    // Names are ASCII, label values and help texts are str: the bytes are UTF-8.
    String::from_utf8(out).unwrap_or_default()
}
