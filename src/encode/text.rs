//! Text 0.0.4, byte-exact: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//!
//! A label whose value is empty is not written: in the Prometheus data model it is the same as no label.

use super::segment::Segment;
use super::sheet::{Padded, Piece, Sheet, overwrite_whole};
use super::{escape, number, sheet};
use crate::registry::{FamilyInfo, Kind, Leaf, Reading, Value};

/// Writes leaves as text. Keeps the text in front of each number, so a leaf that keeps its shape costs copies and digits.
#[derive(Debug, Default)]
pub struct Encoder {
    /// By leaf number.
    templates: Vec<Template>,
    /// By family number.
    families: Vec<Option<FamilyText>>,
}

/// The text in front of the numbers of a leaf's series.
#[derive(Debug, Default)]
struct Template {
    /// The leaf's shape for which this was made; 0 for none.
    shape: u64,
    text: Padded,
    /// Where the first series' text starts, and where each ends.
    ends: Vec<u32>,
}

/// The text that all series of a family share.
#[derive(Debug)]
struct FamilyText {
    /// The family's own number.
    id: u64,
    /// HELP and TYPE.
    header: Vec<u8>,
    /// For each bucket the text from the bound to the number: `0.005"} `.
    les: Padded,
    /// Where the first of them starts, and where each ends.
    le_ends: Vec<u32>,
    name_bytes: usize,
    is_histogram: bool,
}

const BUCKET: &[u8] = b"_bucket";
/// What stands at the end of a histogram's template.
const LE: &[u8] = b"le=\"";

impl Encoder {
    /// An encoder for text 0.0.4.
    pub fn text() -> Self {
        Self::default()
    }

    /// The Content-Type of what it writes.
    pub fn content_type(&self) -> &'static str {
        "text/plain; version=0.0.4; charset=utf-8"
    }

    /// Writes a leaf from series number `from` on; from 0 on with HELP and TYPE before a family's first. What stands
    /// before `from` is up to date.
    pub(super) fn write(&mut self, reading: &Reading<'_>, number: u32, segment: &mut Segment, from: usize) {
        self.prepare(reading, number);
        let template = &self.templates[number as usize];
        let leaf = reading.leaf(number);
        let (family, _) = reading.family(leaf);
        let Some(family) = &self.families[family as usize] else { return };
        let Segment { text, ends, wholes, .. } = segment;
        text.truncate(if from == 0 { 0 } else { ends[from] as usize });
        ends.truncate(if from == 0 { 0 } else { from + 1 });
        // Room for the widest numbers, so that the text of this shape never has to move.
        text.reserve(family.most_bytes(template, leaf) - text.len());
        ends.reserve(leaf.series().len() + 1 - ends.len());
        let mut sheet = Sheet::new(text);
        if from == 0 {
            if leaf.is_first() {
                sheet.text(&family.header);
            }
            ends.push(sheet.len() as u32);
        }
        wholes.clear();
        if let Some(values) = reading.wholes(leaf) {
            wholes.extend(values);
            for (index, value) in wholes.iter().enumerate().skip(from) {
                sheet.piece(template.prefix(index));
                sheet.whole_line(*value);
                ends.push(sheet.len() as u32);
            }
        } else {
            for (index, series) in leaf.series().iter().enumerate().skip(from) {
                family.encode(template.prefix(index), reading.value(*series), &mut sheet);
                ends.push(sheet.len() as u32);
            }
        }
    }

    /// Writes the changed series of a leaf, whose shape is as it was, over their old text, up to the first that has
    /// become longer or shorter: its number is returned, and from there on the leaf has to be written anew.
    pub(super) fn patch(
        &self,
        reading: &Reading<'_>,
        number: u32,
        segment: &mut Segment,
        scratch: &mut Vec<u8>,
    ) -> Option<usize> {
        let template = &self.templates[number as usize];
        let leaf = reading.leaf(number);
        let Segment { text, ends, wholes, tick, .. } = segment;
        if let Some(values) = reading.wholes(leaf) {
            return values.zip(wholes).enumerate().position(|(index, (value, written))| {
                if value == *written {
                    return false;
                }
                *written = value;
                let start = ends[index] as usize + template.prefix(index).len();
                let end = ends[index + 1] as usize - 1;
                !overwrite_whole(text, start, end, value)
            });
        }
        let (family, _) = reading.family(leaf);
        let Some(family) = &self.families[family as usize] else { return Some(0) };
        leaf.series().iter().enumerate().position(|(index, series)| {
            if reading.changed(*series) <= *tick {
                return false;
            }
            scratch.clear();
            family.encode(template.prefix(index), reading.value(*series), &mut Sheet::new(scratch));
            let old = &mut text[ends[index] as usize..ends[index + 1] as usize];
            let has_width = old.len() == scratch.len();
            if has_width {
                old.copy_from_slice(scratch);
            }
            !has_width
        })
    }

    /// Makes sure that the leaf's template and its family's text are there.
    fn prepare(&mut self, reading: &Reading<'_>, leaf_number: u32) {
        let leaf = reading.leaf(leaf_number);
        let (family, info) = reading.family(leaf);
        let count = self.templates.len().max(reading.leaf_count());
        self.templates.resize_with(count, Template::default);
        let count = self.families.len().max(family as usize + 1);
        self.families.resize_with(count, || None);
        let text = &mut self.families[family as usize];
        // The number of a family that went away is given again.
        if text.as_ref().is_none_or(|text| text.id != info.id()) {
            *text = Some(FamilyText::new(info));
        }
        let template = &mut self.templates[leaf_number as usize];
        if template.shape != leaf.shape() {
            template.shape = leaf.shape();
            template.fill(reading, leaf, info);
        }
    }
}

impl Template {
    fn fill(&mut self, reading: &Reading<'_>, leaf: &Leaf, info: &FamilyInfo) {
        self.ends.clear();
        self.ends.push(0);
        let text = self.text.open();
        text.clear();
        let is_histogram = info.kind() == Kind::Histogram;
        for series in leaf.series() {
            text.extend_from_slice(info.name().as_bytes());
            if is_histogram {
                text.extend_from_slice(BUCKET);
            }
            let mut separator = b'{';
            for (index, label) in info.labels().iter().enumerate() {
                let value = reading.label(*series, index);
                if value.is_empty() {
                    continue;
                }
                text.push(separator);
                separator = b',';
                text.extend_from_slice(label.as_str().as_bytes());
                text.extend_from_slice(b"=\"");
                escape::label_value(value, text);
                text.push(b'"');
            }
            if is_histogram {
                text.push(separator);
                text.extend_from_slice(LE);
            } else {
                text.extend_from_slice(if separator == b',' { b"} " } else { b" " });
            }
            self.ends.push(text.len() as u32);
        }
        self.text.close();
    }

    #[inline(always)]
    fn prefix(&self, index: usize) -> Piece<'_> {
        self.text.piece(self.ends[index], self.ends[index + 1])
    }
}

impl FamilyText {
    fn new(info: &FamilyInfo) -> Self {
        let mut header = Vec::new();
        let name = info.name().as_bytes();
        if !info.help().is_empty() {
            header.extend_from_slice(b"# HELP ");
            header.extend_from_slice(name);
            header.push(b' ');
            escape::help(info.help(), &mut header);
            header.push(b'\n');
        }
        header.extend_from_slice(b"# TYPE ");
        header.extend_from_slice(name);
        header.push(b' ');
        header.extend_from_slice(info.kind().type_name().as_bytes());
        header.push(b'\n');
        let mut les = Padded::default();
        let mut le_ends = vec![0];
        let is_histogram = info.kind() == Kind::Histogram;
        let bounds = info.bounds().map_or(&[][..], |bounds| bounds.as_slice());
        for bound in bounds.iter().copied().chain(is_histogram.then_some(f64::INFINITY)) {
            let text = les.open();
            number::le(bound, text);
            text.extend_from_slice(b"\"} ");
            le_ends.push(text.len() as u32);
        }
        les.close();
        Self { id: info.id(), header, les, le_ends, name_bytes: name.len(), is_histogram }
    }

    /// What a leaf's text takes at most, so that a buffer of this size never has to grow for wider numbers.
    fn most_bytes(&self, template: &Template, leaf: &Leaf) -> usize {
        let lines = if self.is_histogram { self.le_ends.len() + 1 } else { 1 };
        // A template has no less text than any line of its series has in front of the bound.
        let numbers = leaf.series().len() * lines * (number::MAX_BYTES + 1);
        self.header.len() + template.text.len() * lines + leaf.series().len() * self.les.len() + numbers + sheet::SPARE
    }

    #[inline]
    fn encode(&self, prefix: Piece<'_>, value: Value<'_>, sheet: &mut Sheet<'_>) {
        match value {
            Value::Whole(value) => {
                sheet.piece(prefix);
                sheet.whole_line(value);
            }
            Value::Fraction(value) => {
                sheet.piece(prefix);
                sheet.with(|out| number::fraction(value, out));
                sheet.text(b"\n");
            }
            Value::Histogram { buckets, sum } => self.encode_histogram(prefix, buckets, sum, sheet),
        }
    }

    fn encode_histogram(&self, prefix: Piece<'_>, buckets: &[u64], sum: f64, sheet: &mut Sheet<'_>) {
        let mut count = 0;
        for (bucket, le) in buckets.iter().zip(self.le_ends.windows(2)) {
            count += bucket;
            sheet.piece(prefix);
            sheet.piece(self.les.piece(le[0], le[1]));
            sheet.whole_line(count);
        }
        let (name, labels) = prefix.bytes().split_at(self.name_bytes);
        // `_bucket{a="b",le="` without its ends is `{a="b",` or `{`.
        let labels = &labels[BUCKET.len()..labels.len() - LE.len()];
        let line = |suffix: &[u8], sheet: &mut Sheet<'_>| {
            sheet.text(name);
            sheet.text(suffix);
            if let [open @ .., b','] = labels {
                sheet.text(open);
                sheet.text(b"}");
            }
            sheet.text(b" ");
        };
        line(b"_sum", sheet);
        sheet.with(|out| number::fraction(sum, out));
        sheet.text(b"\n");
        line(b"_count", sheet);
        sheet.whole_line(count);
    }
}
