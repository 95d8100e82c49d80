//! From readings to bytes. Knows the formats and nothing of HTTP.
//!
//! A [`Segment`] is the text of one block, an [`Encoder`] writes it: whole when series come and go, else the numbers that
//! changed. What there is to say of a [`Format`] is said once, in `format`; how it is written, and which document rules
//! it, in `text` and in `open_metrics`.

mod bound;
mod buffer;
mod digits;
mod encoder;
mod escape;
mod format;
pub(crate) mod json;
mod lines;
mod number;
mod open_metrics;
mod segment;
mod text;
mod views;

pub use encoder::Encoder;
pub use format::{BoundSpelling, Escaping, Format, FormatInfo, FormatSet, FormatVersion};
pub use segment::Segment;
pub(crate) use views::Views;
pub use views::{View, ViewOptions};

use crate::registry::Registry;
use crate::sync::OutOfMemory;
use buffer::TextBuffer;

/// The whole exposition in Prometheus text, read on the spot: for tests, tools and small programs.
///
/// Costs a reading of everything; a publisher's page costs a pointer load.
pub fn text(registry: &Registry) -> String {
    string(exposition(registry, Format::Text))
}

/// The same in OpenMetrics 1.0.0.
pub fn open_metrics(registry: &Registry) -> String {
    string(exposition(registry, Format::OpenMetrics))
}

/// The same in any format.
///
/// # Panics
/// Without memory for it, as [`text`] does.
#[allow(clippy::expect_used, reason = "who can do without a page has a publisher")]
pub fn exposition(registry: &Registry, format: Format) -> Vec<u8> {
    try_exposition(registry, format).expect("memory for an exposition")
}

fn try_exposition(registry: &Registry, format: Format) -> Result<Vec<u8>, OutOfMemory> {
    let mut reader = registry.reader_once();
    let reading = reader.try_read()?;
    let mut encoder = Encoder::new(format);
    let mut out = TextBuffer::default();
    for block in reading.order() {
        let mut segment = Segment::default();
        encoder.update(&reading, *block, &mut segment)?;
        out.extend_from_slice(segment.text());
    }
    out.extend_from_slice(format.tail());
    out.finish()
}

/// Names are ASCII, label values and help texts are str, and so the lines of a text are UTF-8. If ever they were not, it
/// would show.
fn string(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
