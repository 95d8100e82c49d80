//! Text 0.0.4, byte-exact: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//!
//! A label whose value is empty is not written: in the Prometheus data model it is the same as no label.

use super::{escape, number};
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
    bytes: Vec<u8>,
    /// Where each series' text ends.
    ends: Vec<u32>,
}

/// The text that all series of a family share.
#[derive(Debug)]
struct FamilyText {
    /// HELP and TYPE.
    header: Vec<u8>,
    /// For each bucket the text from the bound to the number: `0.005"} `.
    les: Vec<Box<[u8]>>,
    name_bytes: usize,
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

    /// Appends a leaf to `out`, HELP and TYPE before a family's first, and puts into `ends` where its first series
    /// starts and where each ends.
    pub fn encode_leaf(&mut self, reading: &Reading<'_>, leaf: u32, out: &mut Vec<u8>, ends: &mut Vec<u32>) {
        self.prepare(reading, leaf);
        let Self { templates, families } = self;
        let template = &templates[leaf as usize];
        let leaf = reading.leaf(leaf);
        let (family, _) = reading.family(leaf);
        let Some(text) = &families[family as usize] else { return };
        ends.clear();
        out.reserve(text.most_bytes(template, leaf));
        ends.reserve(leaf.series().len() + 1);
        if leaf.is_first() {
            out.extend_from_slice(&text.header);
        }
        ends.push(out.len() as u32);
        for (index, series) in leaf.series().iter().enumerate() {
            text.encode(template.prefix(index), reading.value(*series), out);
            ends.push(out.len() as u32);
        }
    }

    /// Appends one series of a leaf that `encode_leaf` has written in its present shape.
    pub fn encode_series(&self, reading: &Reading<'_>, leaf: u32, index: usize, out: &mut Vec<u8>) {
        let template = &self.templates[leaf as usize];
        let leaf = reading.leaf(leaf);
        let (family, _) = reading.family(leaf);
        if let (Some(text), Some(series)) = (&self.families[family as usize], leaf.series().get(index)) {
            text.encode(template.prefix(index), reading.value(*series), out);
        }
    }

    /// Makes sure that the leaf's template and its family's text are there.
    fn prepare(&mut self, reading: &Reading<'_>, leaf_number: u32) {
        let leaf = reading.leaf(leaf_number);
        let (family, info) = reading.family(leaf);
        let count = self.templates.len().max(reading.leaf_count());
        self.templates.resize_with(count, Template::default);
        let count = self.families.len().max(family as usize + 1);
        self.families.resize_with(count, || None);
        self.families[family as usize].get_or_insert_with(|| FamilyText::new(info));
        let template = &mut self.templates[leaf_number as usize];
        if template.shape != leaf.shape() {
            template.shape = leaf.shape();
            template.fill(reading, leaf, info);
        }
    }
}

impl Template {
    fn fill(&mut self, reading: &Reading<'_>, leaf: &Leaf, info: &FamilyInfo) {
        self.bytes.clear();
        self.ends.clear();
        for series in leaf.series() {
            self.bytes.extend_from_slice(info.name().as_bytes());
            let is_histogram = info.kind() == Kind::Histogram;
            if is_histogram {
                self.bytes.extend_from_slice(BUCKET);
            }
            let mut separator = b'{';
            for (index, label) in info.labels().iter().enumerate() {
                let value = reading.label(*series, index);
                if value.is_empty() {
                    continue;
                }
                self.bytes.push(separator);
                separator = b',';
                self.bytes.extend_from_slice(label.as_str().as_bytes());
                self.bytes.extend_from_slice(b"=\"");
                escape::label_value(value, &mut self.bytes);
                self.bytes.push(b'"');
            }
            if is_histogram {
                self.bytes.push(separator);
                self.bytes.extend_from_slice(LE);
            } else {
                self.bytes.extend_from_slice(if separator == b',' { b"} " } else { b" " });
            }
            self.ends.push(self.bytes.len() as u32);
        }
    }

    #[inline]
    fn prefix(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[index] as usize]
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
        let les = bounds.iter().copied().chain([f64::INFINITY]).map(|bound| {
            let mut text = Vec::new();
            number::le(bound, &mut text);
            text.extend_from_slice(b"\"} ");
            text.into()
        });
        Self { header, les: les.collect(), name_bytes: name.len() }
    }

    /// What a leaf's text takes at most, so that a buffer of this size never has to grow for wider numbers.
    fn most_bytes(&self, template: &Template, leaf: &Leaf) -> usize {
        let le_bytes: usize = self.les.iter().map(|le| le.len()).sum();
        let series = leaf.series().len();
        let lines = self.les.len() + 2;
        // Counters and gauges have one line; a template has no less text than any line of its series.
        if leaf_is_histogram(template) {
            self.header.len() + template.bytes.len() * lines + series * (le_bytes + lines * (number::MAX_BYTES + 2))
        } else {
            self.header.len() + template.bytes.len() + series * (number::MAX_BYTES + 1)
        }
    }

    #[inline]
    fn encode(&self, prefix: &[u8], value: Value<'_>, out: &mut Vec<u8>) {
        match value {
            Value::Whole(value) => {
                out.extend_from_slice(prefix);
                number::whole(value, out);
                out.push(b'\n');
            }
            Value::Fraction(value) => {
                out.extend_from_slice(prefix);
                number::fraction(value, out);
                out.push(b'\n');
            }
            Value::Histogram { buckets, sum } => self.encode_histogram(prefix, buckets, sum, out),
        }
    }

    fn encode_histogram(&self, prefix: &[u8], buckets: &[u64], sum: f64, out: &mut Vec<u8>) {
        let mut count = 0;
        for (bucket, le) in buckets.iter().zip(&self.les) {
            count += bucket;
            out.extend_from_slice(prefix);
            out.extend_from_slice(le);
            number::whole(count, out);
            out.push(b'\n');
        }
        let (name, labels) = prefix.split_at(self.name_bytes);
        // `_bucket{a="b",le="` without its ends is `{a="b",` or `{`.
        let labels = &labels[BUCKET.len()..labels.len() - LE.len()];
        let line = |suffix: &[u8], out: &mut Vec<u8>| {
            out.extend_from_slice(name);
            out.extend_from_slice(suffix);
            if let [open @ .., b','] = labels {
                out.extend_from_slice(open);
                out.push(b'}');
            }
            out.push(b' ');
        };
        line(b"_sum", out);
        number::fraction(sum, out);
        out.push(b'\n');
        line(b"_count", out);
        number::whole(count, out);
        out.push(b'\n');
    }
}

fn leaf_is_histogram(template: &Template) -> bool {
    template.bytes.ends_with(LE)
}
