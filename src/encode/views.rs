//! Views: a reading as JSON, for people and scripts that ask what is behind a page.
//!
//! `PerObject` groups samples by what they are about; `Detailed` shows families with what they cost, so that a label with
//! too many values is found in one look. A view is written once for all who ask for the same.

use std::collections::HashSet;
use std::time::Duration;

use super::buffer::TextBuffer;
use super::json::Json;
use super::{BoundSpelling, bound as bounds_text};
use crate::read::{Block, Reading, SampleValue};
use crate::registry::FamilyInfo;
use crate::sync::{OutOfMemory, try_push, try_reserve};

/// Families that a detailed view names as the largest.
const LARGEST: usize = 10;
/// Under what samples are grouped that are about no object.
const OVERALL: &str = "overall";

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum View {
    /// All samples, grouped by objects.
    PerObject,
    /// The families whose name contains this text.
    Detailed(Box<str>),
}

/// How views are made.
///
/// ```
/// use openclaw_prometheus::encode::ViewOptions;
///
/// let options = ViewOptions::new(&["agent", "channel"], &[("instance", "attic")]);
/// assert_eq!(options.objects.len(), 2);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ViewOptions {
    /// The label names whose values are objects of their own in a `PerObject` view.
    pub objects: Vec<Box<str>>,
    /// What each view says of its origin.
    pub meta: Vec<(Box<str>, Box<str>)>,
}

impl ViewOptions {
    /// Views by these objects, with this origin.
    pub fn new(objects: &[&str], meta: &[(&str, &str)]) -> Self {
        Self {
            objects: objects.iter().copied().map(Box::from).collect(),
            meta: meta.iter().map(|(key, value)| (Box::from(*key), Box::from(*value))).collect(),
        }
    }
}

/// Writes views.
#[derive(Debug)]
pub(crate) struct Views {
    options: ViewOptions,
}

/// One series of a reading.
#[derive(Clone, Copy)]
struct Sample<'a> {
    reading: &'a Reading<'a>,
    block: &'a Block,
    info: &'a FamilyInfo,
    place: usize,
}

impl Views {
    pub(crate) fn new(options: ViewOptions) -> Self {
        Self { options }
    }

    /// Writes a view of `reading`, which was made at `unix` after the Unix epoch.
    pub(crate) fn write(
        &self,
        reading: &Reading<'_>,
        view: &View,
        unix: Duration,
    ) -> Result<Vec<Vec<u8>>, OutOfMemory> {
        let mut json = Json::default();
        let mut outcome = Ok(());
        json.object(|json| {
            json.key("timestamp").number((unix.as_secs_f64() * 1e3).round() / 1e3);
            json.key("meta").object(|json| {
                for (key, value) in &self.options.meta {
                    json.key(key).text(value);
                }
            });
            outcome = match view {
                View::PerObject => self.per_object(reading, json),
                View::Detailed(part) => detailed(reading, part, json),
            };
        });
        outcome?;
        json.into_chunks()
    }

    fn per_object(&self, reading: &Reading<'_>, json: &mut Json) -> Result<(), OutOfMemory> {
        let objects = &self.options.objects;
        let mut outcome = Ok(());
        json.key("objects").object(|json| {
            for object in objects {
                let about = match about(reading, object) {
                    Ok(about) => about,
                    Err(error) => {
                        outcome = Err(error);
                        return;
                    }
                };
                json.key(object).object(|json| {
                    for group in about.chunk_by(|(one, ..), (other, ..)| one == other) {
                        let Some((value, ..)) = group.first() else { continue };
                        json.key(value).array(|json| group.iter().for_each(|(.., sample)| sample.write(true, json)));
                    }
                });
            }
            json.key(OVERALL).object(|json| {
                let about_none = |sample: &Sample<'_>| objects.iter().all(|object| sample.label(object).is_none());
                json.key("").array(|json| {
                    samples(reading).filter(about_none).for_each(|sample| sample.write(true, json));
                });
            });
        });
        outcome?;
        let families = families(reading)?;
        json.key("families").object(|json| {
            for (info, _) in &families {
                json.key(info.name()).object(|json| describe(info, json));
            }
        });
        Ok(())
    }
}

/// The samples that are about an object of this kind, by object, each with its place in the reading.
fn about<'a>(reading: &'a Reading<'a>, object: &str) -> Result<Vec<(&'a str, usize, Sample<'a>)>, OutOfMemory> {
    let mut about = Vec::new();
    for (place, sample) in samples(reading).enumerate() {
        if let Some(value) = sample.label(object) {
            try_push(&mut about, (value, place, sample))?;
        }
    }
    // In place, unlike a sort that is stable.
    about.sort_unstable_by_key(|(value, place, _)| (*value, *place));
    Ok(about)
}

fn detailed(reading: &Reading<'_>, part: &str, json: &mut Json) -> Result<(), OutOfMemory> {
    let families = families(reading)?;
    let mut outcome = Ok(());
    json.key("filter").text(part);
    json.key("series").whole(families.iter().map(|(_, blocks)| count(blocks)).sum());
    let mut largest = Vec::new();
    try_reserve(&mut largest, families.len())?;
    largest.extend(families.iter().map(|(info, blocks)| (info.name(), count(blocks))));
    largest.sort_unstable_by_key(|(name, series)| (std::cmp::Reverse(*series), *name));
    json.key("largest").object(|json| {
        for (name, series) in largest.iter().take(LARGEST) {
            json.key(name).whole(*series);
        }
    });
    json.key("families").array(|json| {
        for (info, blocks) in families.iter().filter(|(info, _)| info.name().contains(part)) {
            json.object(|json| {
                json.key("name").text(info.name());
                describe(info, json);
                json.key("series").whole(count(blocks));
                json.key("rejected").object(|json| {
                    for (reason, count) in reading.rejected(info) {
                        json.key(reason.as_str()).whole(count);
                    }
                });
                if let Err(error) = label_values(reading, info, blocks, json) {
                    outcome = Err(error);
                }
                json.key("samples").array(|json| {
                    for block in blocks {
                        (0..block.len()).for_each(|place| Sample { reading, block, info, place }.write(false, json));
                    }
                });
            });
        }
    });
    outcome
}

/// How many values each label of a family has, and which has most: that one makes the family large.
fn label_values(
    reading: &Reading<'_>,
    info: &FamilyInfo,
    blocks: &[&Block],
    json: &mut Json,
) -> Result<(), OutOfMemory> {
    let distinct = |label| {
        let mut distinct = HashSet::new();
        let values = blocks.iter().flat_map(|block| (0..block.len()).map(|place| reading.label(block, place, label)));
        for value in values.filter(|value| !value.is_empty()) {
            distinct.try_reserve(1).map_err(|_| OutOfMemory::of::<&str>(distinct.len() + 1))?;
            distinct.insert(value);
        }
        Ok(distinct.len() as u64)
    };
    let labels = info.labels().iter().enumerate().map(|(index, label)| Ok((label.as_str(), distinct(index)?)));
    let labels: Vec<_> = labels.collect::<Result<_, _>>()?;
    json.key("label_values").object(|json| {
        for (label, values) in &labels {
            json.key(label).whole(*values);
        }
    });
    json.key("widest_label");
    match labels.iter().rev().max_by_key(|(_, values)| *values) {
        Some((label, values)) => json.object(|json| {
            json.key("name").text(label).key("values").whole(*values);
        }),
        None => json.null(),
    };
    Ok(())
}

fn describe(info: &FamilyInfo, json: &mut Json) {
    json.key("type").text(info.kind().type_name()).key("help").text(info.help());
    json.key("unit").text(info.unit().unwrap_or(""));
}

/// The families in order, each with its blocks.
fn families<'a>(reading: &'a Reading<'a>) -> Result<Vec<(&'a FamilyInfo, Vec<&'a Block>)>, OutOfMemory> {
    let mut families: Vec<(&FamilyInfo, Vec<&Block>)> = Vec::new();
    for block in reading.order() {
        let block = reading.block(*block);
        let (_, info) = reading.family(block);
        match families.last_mut() {
            Some((last, blocks)) if last.id() == info.id() => try_push(blocks, block)?,
            _ => try_push(&mut families, (info, vec![block]))?,
        }
    }
    Ok(families)
}

fn count(blocks: &[&Block]) -> u64 {
    blocks.iter().map(|block| block.len() as u64).sum()
}

fn samples<'a>(reading: &'a Reading<'a>) -> impl Iterator<Item = Sample<'a>> {
    reading.order().iter().flat_map(move |block| {
        let block = reading.block(*block);
        let (_, info) = reading.family(block);
        (0..block.len()).map(move |place| Sample { reading, block, info, place })
    })
}

impl<'a> Sample<'a> {
    /// The value of a label by name; none if the series has none of that name.
    fn label(&self, name: &str) -> Option<&'a str> {
        let index = self.info.labels().iter().position(|label| label.as_str() == name)?;
        Some(self.reading.label(self.block, self.place, index)).filter(|value| !value.is_empty())
    }

    fn write(&self, has_family: bool, json: &mut Json) {
        json.split();
        let Some(value) = self.reading.value(self.block, self.place) else { return };
        json.object(|json| {
            if has_family {
                json.key("family").text(self.info.name());
            }
            json.key("labels").object(|json| {
                for (index, label) in self.info.labels().iter().enumerate() {
                    let value = self.reading.label(self.block, self.place, index);
                    if !value.is_empty() {
                        json.key(label.as_str()).text(value);
                    }
                }
            });
            match value {
                SampleValue::Whole(value) => json.key("value").whole(value),
                SampleValue::Fraction(value) => json.key("value").number(value),
                SampleValue::Histogram { buckets, sum } => self.write_histogram(buckets, sum, json),
            };
        });
    }

    fn write_histogram<'j>(&self, buckets: &[u64], sum: f64, json: &'j mut Json) -> &'j mut Json {
        let bounds = self.info.bounds().map_or(&[][..], |bounds| bounds.as_slice());
        let mut count = 0;
        json.key("buckets").object(|json| {
            for (bucket, bound) in buckets.iter().zip(bounds.iter().copied().chain([f64::INFINITY])) {
                count += bucket;
                let mut le = TextBuffer::default();
                bounds_text::append(BoundSpelling::Plain, bound, &mut le);
                json.key(&String::from_utf8_lossy(&le)).whole(count);
            }
        });
        json.key("sum").number(sum).key("count").whole(count)
    }
}
