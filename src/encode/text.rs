//! Text 0.0.4, byte-exact: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//!
//! A label whose value is empty is not written: in the Prometheus data model it is the same as no label.

use super::segment::{Draft, Misfits, Number, Segment};
use super::{escape, number};
use crate::registry::{FamilyInfo, Kind, Leaf, Reading, Value};

/// Writes leaves as text.
#[derive(Debug, Default)]
pub struct Encoder {
    /// By family number.
    families: Vec<Option<FamilyText>>,
    draft: Draft,
    misfits: Misfits,
}

/// The text that all series of a family share.
#[derive(Debug)]
struct FamilyText {
    /// The family's own number.
    id: u64,
    /// HELP and TYPE.
    header: Vec<u8>,
    /// For each bucket of a histogram its `le="0.005"} `.
    les: Vec<Box<[u8]>>,
}

impl Encoder {
    /// An encoder for text 0.0.4.
    pub fn text() -> Self {
        Self::default()
    }

    /// The Content-Type of what it writes.
    pub fn content_type(&self) -> &'static str {
        "text/plain; version=0.0.4; charset=utf-8"
    }

    /// Brings the text of leaf number `number` to the state of `reading`.
    pub(crate) fn update(&mut self, reading: &Reading<'_>, number: u32, segment: &mut Segment) {
        let leaf = reading.leaf(number);
        let is_current = segment.shape == leaf.shape() && segment.shape != 0;
        if is_current && leaf.changed() <= segment.tick {
            return;
        }
        if is_current {
            self.patch(reading, leaf, segment);
        } else {
            self.write(reading, leaf, segment);
        }
        segment.shape = leaf.shape();
        segment.tick = reading.tick();
    }

    /// Asks for what `update` will read and write if it patches.
    pub(crate) fn prefetch(reading: &Reading<'_>, number: u32, segment: &Segment) {
        let leaf = reading.leaf(number);
        if segment.shape == leaf.shape() && segment.tick < leaf.changed() {
            let values = reading.wholes(leaf);
            segment.prefetch(leaf.changed_since(segment.tick, reading.tick()), values);
        }
    }

    /// Writes the leaf anew.
    fn write(&mut self, reading: &Reading<'_>, leaf: &Leaf, segment: &mut Segment) {
        let (number, info) = reading.family(leaf);
        let count = self.families.len().max(number as usize + 1);
        self.families.resize_with(count, || None);
        let family = &mut self.families[number as usize];
        // The number of a family that went away is given again.
        if family.as_ref().is_none_or(|family| family.id != info.id()) {
            *family = Some(FamilyText::new(info));
        }
        let Some(family) = family else { return };
        self.draft.clear();
        if leaf.is_first() {
            self.draft.text.extend_from_slice(&family.header);
        }
        for (place, value) in reading.values(leaf).enumerate() {
            let series = SeriesText { reading, leaf, place, info };
            match value {
                Value::Whole(value) => series.line(Number::Whole(value), &mut self.draft),
                Value::Fraction(value) => series.line(Number::Fraction(value), &mut self.draft),
                Value::Histogram { buckets, sum } => series.histogram(&family.les, buckets, sum, &mut self.draft),
            }
        }
        segment.take(&self.draft);
        self.misfits.reserve(&self.draft);
    }

    /// Writes the numbers that changed over the old ones. The leaf has the series that it had.
    fn patch(&mut self, reading: &Reading<'_>, leaf: &Leaf, segment: &mut Segment) {
        let misfits = &mut self.misfits;
        let changed = leaf.changed_since(segment.tick, reading.tick());
        if let Some((cells, values)) = reading.wholes(leaf) {
            segment.put_wholes(changed, cells, values, misfits);
        } else {
            changed.for_each(|place| match reading.value(leaf, place) {
                Some(Value::Whole(value)) => segment.put_whole(place, value, misfits),
                Some(Value::Fraction(value)) => segment.put_fraction(place, value, misfits),
                Some(Value::Histogram { buckets, sum }) => segment.put_histogram(place, buckets, sum, misfits),
                None => {}
            });
        }
        segment.splice(misfits);
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
        let bounds = info.bounds().map_or(&[][..], |bounds| bounds.as_slice());
        let infinity = (info.kind() == Kind::Histogram).then_some(f64::INFINITY);
        let les = bounds.iter().copied().chain(infinity).map(|bound| {
            let mut text = b"le=\"".to_vec();
            number::le(bound, &mut text);
            text.extend_from_slice(b"\"} ");
            text.into()
        });
        Self { id: info.id(), header, les: les.collect() }
    }
}

/// One series on its way into a draft.
struct SeriesText<'a> {
    reading: &'a Reading<'a>,
    leaf: &'a Leaf,
    place: usize,
    info: &'a FamilyInfo,
}

impl SeriesText<'_> {
    fn line(&self, number: Number, draft: &mut Draft) {
        draft.text.extend_from_slice(self.info.name().as_bytes());
        self.labels(&mut draft.text);
        draft.number(number);
    }

    fn histogram(&self, les: &[Box<[u8]>], buckets: &[u64], sum: f64, draft: &mut Draft) {
        let name = self.info.name().as_bytes();
        let mut count = 0;
        for (bucket, le) in buckets.iter().zip(les) {
            count += bucket;
            draft.text.extend_from_slice(name);
            draft.text.extend_from_slice(b"_bucket");
            let separator = self.open_labels(&mut draft.text);
            draft.text.push(separator);
            draft.text.extend_from_slice(le);
            draft.number(Number::Whole(count));
        }
        for (suffix, number) in [(&b"_sum"[..], Number::Fraction(sum)), (b"_count", Number::Whole(count))] {
            draft.text.extend_from_slice(name);
            draft.text.extend_from_slice(suffix);
            self.labels(&mut draft.text);
            draft.number(number);
        }
    }

    /// The labels, and the space before the number.
    fn labels(&self, text: &mut Vec<u8>) {
        let separator = self.open_labels(text);
        text.extend_from_slice(if separator == b',' { b"} " } else { b" " });
    }

    /// The labels without the closing brace; returns what has to stand before a further one.
    fn open_labels(&self, text: &mut Vec<u8>) -> u8 {
        let mut separator = b'{';
        for (index, label) in self.info.labels().iter().enumerate() {
            let value = self.reading.label(self.leaf, self.place, index);
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
        separator
    }
}
