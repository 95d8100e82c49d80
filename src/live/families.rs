//! The document of all families, and of one of them whole, as `ui/DATA.md` describes it.

use super::document::{known, millis};
use super::picture::Picture;
use crate::encode::json::Json;
use crate::read::{Block, BlockIndex, Reading, SampleValue};
use crate::registry::{FamilyInfo, MetricKind};
use crate::sync::{OutOfMemory, try_push};

/// Series of one family that are shown, the largest.
const TOP: usize = 50;

/// A list of all families, or with `of` one of them whole.
pub(super) fn families(
    picture: &Picture,
    reading: &Reading<'_>,
    unix: f64,
    of: Option<&str>,
) -> Result<Vec<Vec<u8>>, OutOfMemory> {
    let mut json = Json::default();
    let mut outcome = Ok(());
    json.object(|json| {
        json.key("at").number(millis(unix));
        json.key("families").array(|json| {
            let order = reading.order();
            for blocks in order.chunk_by(|_, next| !reading.block(*next).is_first()) {
                let Some(first) = blocks.first().map(|block| reading.block(*block)) else { continue };
                let (_, info) = reading.family(first);
                // What is not on the page until it is used is not here either.
                let is_absent = info.is_listed_late && first.is_empty();
                if !is_absent && of.is_none_or(|of| of == info.name()) {
                    json.split();
                    let one = Family { reading, info, blocks };
                    json.object(|json| outcome = outcome.and(one.write(picture, of.is_some(), json)));
                }
            }
        });
    });
    outcome?;
    json.into_chunks()
}

/// One family of a reading.
struct Family<'r> {
    reading: &'r Reading<'r>,
    info: &'r FamilyInfo,
    blocks: &'r [BlockIndex],
}

impl<'r> Family<'r> {
    fn write(&self, picture: &Picture, is_whole: bool, json: &mut Json) -> Result<(), OutOfMemory> {
        let Self { info, .. } = self;
        json.key("name").text(info.name()).key("kind").text(info.kind().type_name()).key("help").text(info.help());
        json.key("unit").text(info.unit().unwrap_or(""));
        json.key("labels").texts(info.labels().iter().map(|label| label.as_str()));
        let series = self.series().count();
        json.key("series").whole(series as u64).key("hour_ago");
        known(picture.growth.of(info.id()).and_then(|counted| counted.hour_ago()).map(|series| series as f64), json);
        json.key("value");
        let adds_up = matches!(info.kind(), MetricKind::Counter | MetricKind::CounterF64 | MetricKind::InFlight);
        let has_value = info.bounds().is_none() && (adds_up && series > 0 || series == 1);
        known(has_value.then(|| self.series().filter_map(|(block, place)| self.number(block, place)).sum()), json);
        json.key("refused").whole(self.reading.rejected(info).iter().map(|(_, count)| count).sum());
        if is_whole { self.details(json) } else { Ok(()) }
    }

    /// How many values each label has, and the largest series.
    fn details(&self, json: &mut Json) -> Result<(), OutOfMemory> {
        let Self { reading, info, .. } = self;
        let mut outcome = Ok(());
        json.key("label_values").object(|json| {
            for (label, name) in info.labels().iter().enumerate() {
                match self.distinct(label) {
                    Ok(distinct) => _ = json.key(name.as_str()).whole(distinct as u64),
                    Err(error) => outcome = Err(error),
                }
            }
        });
        outcome?;
        let mut all = Vec::new();
        for (block, place) in self.series() {
            if let Some(number) = self.number(block, place) {
                try_push(&mut all, (number, block, place))?;
            }
        }
        // In place, unlike a sort that is stable.
        all.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
        json.key("top").array(|json| {
            for (value, block, place) in all.into_iter().take(TOP) {
                json.object(|json| {
                    json.key("labels").object(|json| {
                        for (label, name) in info.labels().iter().enumerate() {
                            json.key(name.as_str()).text(reading.label(block, place, label));
                        }
                    });
                    json.key("value");
                    known(Some(value), json);
                });
            }
        });
        Ok(())
    }

    fn distinct(&self, label: usize) -> Result<usize, OutOfMemory> {
        let mut values: Vec<&str> = Vec::new();
        for (block, place) in self.series() {
            try_push(&mut values, self.reading.label(block, place, label))?;
        }
        values.sort_unstable();
        values.dedup();
        Ok(values.len())
    }

    fn series(&self) -> impl Iterator<Item = (&'r Block, usize)> {
        let Self { reading, blocks, .. } = *self;
        blocks.iter().flat_map(move |block| {
            let block = reading.block(*block);
            (0..block.len()).map(move |place| (block, place))
        })
    }

    fn number(&self, block: &Block, place: usize) -> Option<f64> {
        self.reading.value(block, place).map(number)
    }
}

/// One number of a series: of a histogram how often it observed.
fn number(value: SampleValue<'_>) -> f64 {
    match value {
        SampleValue::Whole(value) => value as f64,
        SampleValue::Fraction(value) => value,
        SampleValue::Histogram { buckets, .. } => buckets.iter().sum::<u64>() as f64,
    }
}
