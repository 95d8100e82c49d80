//! Lines as all formats of text share them: a name, labels, a space and a number.
//!
//! A label whose value is empty is not written: in the Prometheus data model it is the same as no label.

use super::buffer::TextBuffer;
use super::segment::{Draft, Number};
use super::{FormatInfo, bound, escape, number};
use crate::read::{Block, Reading, SampleValue};
use crate::registry::{FamilyId, FamilyInfo, MetricKind};
use crate::sync::{OutOfMemory, try_reserve};

/// The text that all series of a family share.
#[derive(Debug)]
pub(super) struct FamilyText {
    /// The family's own number.
    pub(super) id: FamilyId,
    /// Its metadata, which stand before its first series.
    pub(super) header: Vec<u8>,
    /// What its samples are called; those of a histogram have a suffix behind it.
    name: Vec<u8>,
    /// For each bucket of a histogram its `le="0.005"} `.
    les: Vec<Box<[u8]>>,
    /// Whether a histogram has a sum, and a count beside that of its last bucket.
    has_sum: bool,
    /// What the creation times are called, in a format that has them.
    created: Option<Vec<u8>>,
}

impl FamilyText {
    pub(super) fn new(
        info: &FamilyInfo,
        format: &FormatInfo,
        header: TextBuffer,
        name: Vec<u8>,
        created: Option<Vec<u8>>,
    ) -> Result<Self, OutOfMemory> {
        let infinity = (info.kind() == MetricKind::Histogram).then_some(f64::INFINITY);
        let all = info.bounds().map_or(&[][..], |bounds| bounds.as_slice());
        let mut les = Vec::new();
        try_reserve(&mut les, all.len() + 1)?;
        for le in all.iter().copied().chain(infinity) {
            let mut text = TextBuffer::default();
            text.extend_from_slice(b"le=\"");
            bound::append(format.bounds, le, &mut text);
            text.extend_from_slice(b"\"} ");
            les.push(text.finish()?.into());
        }
        let has_sum = format.has_signed_sums || !info.is_signed();
        Ok(Self { id: info.id(), header: header.finish()?, name, les, has_sum, created })
    }
}

/// Appends a line of metadata: `# WHAT NAME `, and what `text` appends.
pub(super) fn describe(what: &str, name: &str, out: &mut TextBuffer, text: impl FnOnce(&mut TextBuffer)) {
    for piece in ["# ", what, " ", name, " "] {
        out.extend_from_slice(piece.as_bytes());
    }
    text(out);
    out.push(b'\n');
}

/// One series on its way into a draft.
pub(super) struct SeriesText<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) block: &'a Block,
    pub(super) place: usize,
    pub(super) info: &'a FamilyInfo,
    pub(super) family: &'a FamilyText,
}

impl SeriesText<'_> {
    /// All lines of the series.
    pub(super) fn write(&self, value: SampleValue<'_>, draft: &mut Draft) {
        match value {
            SampleValue::Whole(value) => self.line(b"", Number::Whole(value), draft),
            SampleValue::Fraction(value) => self.line(b"", Number::Fraction(value), draft),
            SampleValue::Histogram { buckets, sum } => self.histogram(buckets, sum, draft),
        }
        if let Some(name) = &self.family.created
            && let Some(created) = self.reading.created(self.block, self.place)
        {
            // It never changes, so it is no number of the draft.
            draft.text.extend_from_slice(name);
            self.labels(&mut draft.text);
            number::seconds(created, &mut draft.text);
            draft.text.push(b'\n');
        }
    }

    fn line(&self, suffix: &[u8], number: Number, draft: &mut Draft) {
        draft.text.extend_from_slice(&self.family.name);
        draft.text.extend_from_slice(suffix);
        self.labels(&mut draft.text);
        draft.number(number);
    }

    fn histogram(&self, buckets: &[u64], sum: f64, draft: &mut Draft) {
        let mut count = 0;
        for (bucket, le) in buckets.iter().zip(&self.family.les) {
            count += bucket;
            draft.text.extend_from_slice(&self.family.name);
            draft.text.extend_from_slice(b"_bucket");
            let separator = self.open_labels(&mut draft.text);
            draft.text.push(separator);
            draft.text.extend_from_slice(le);
            draft.number(Number::Whole(count));
        }
        if self.family.has_sum {
            self.line(b"_sum", Number::Fraction(sum), draft);
            self.line(b"_count", Number::Whole(count), draft);
        }
    }

    /// The labels, and the space before the number.
    fn labels(&self, text: &mut TextBuffer) {
        let separator = self.open_labels(text);
        text.extend_from_slice(if separator == b',' { b"} " } else { b" " });
    }

    /// The labels without the closing brace; returns what has to stand before a further one.
    fn open_labels(&self, text: &mut TextBuffer) -> u8 {
        let mut separator = b'{';
        for (index, label) in self.info.labels().iter().enumerate() {
            let value = self.reading.label(self.block, self.place, index);
            if value.is_empty() {
                continue;
            }
            text.push(separator);
            separator = b',';
            text.extend_from_slice(label.as_str().as_bytes());
            text.extend_from_slice(b"=\"");
            escape::with_quotes(value, text);
            text.push(b'"');
        }
        separator
    }
}
