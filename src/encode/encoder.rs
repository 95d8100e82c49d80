//! The encoder: brings the text of blocks to the state of a reading, in one format.

use super::lines::{FamilyText, SeriesText};
use super::segment::{Draft, Misfits, Segment};
use super::{Format, FormatInfo, open_metrics, text};
use crate::read::{Block, BlockIndex, Reading, SampleValue};
use crate::registry::FamilyInfo;
use crate::sync::{OutOfMemory, try_reserve};

/// Writes blocks as text.
#[derive(Debug)]
pub struct Encoder {
    format: Format,
    /// By family number.
    families: Vec<Option<FamilyText>>,
    draft: Draft,
    misfits: Misfits,
}

impl Encoder {
    /// An encoder for one format.
    pub fn new(format: Format) -> Self {
        Self { format, families: Vec::new(), draft: Draft::default(), misfits: Misfits::default() }
    }

    /// An encoder for Prometheus text.
    pub fn text() -> Self {
        Self::new(Format::Text)
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Brings the text of block number `number` to the state of `reading`.
    ///
    /// # Errors
    /// [`OutOfMemory`]: encoder and segment are not to be used any more.
    pub(crate) fn update(
        &mut self,
        reading: &Reading<'_>,
        number: BlockIndex,
        segment: &mut Segment,
    ) -> Result<(), OutOfMemory> {
        let block = reading.block(number);
        let is_current = segment.shape == block.shape() && segment.shape != 0;
        if is_current && block.changed() <= segment.tick {
            return Ok(());
        }
        // What is not lines has no numbers that could be written over.
        if is_current && self.format.info().is_text {
            self.patch(reading, block, segment)?;
        } else {
            self.write(reading, block, segment)?;
        }
        segment.shape = block.shape();
        segment.tick = reading.render();
        Ok(())
    }

    /// Asks for what `update` will read and write if it patches.
    pub(crate) fn prefetch(reading: &Reading<'_>, number: BlockIndex, segment: &Segment) {
        let block = reading.block(number);
        if segment.shape == block.shape() && segment.tick < block.changed() {
            let values = reading.wholes(block);
            segment.prefetch(block.changed_since(segment.tick, reading.render()), values);
        }
    }

    /// Writes the block anew.
    fn write(&mut self, reading: &Reading<'_>, block: &Block, segment: &mut Segment) -> Result<(), OutOfMemory> {
        self.draft.clear();
        match self.format {
            Format::Text => self.lines(reading, block, text::family)?,
            Format::OpenMetrics => self.lines(reading, block, open_metrics::family)?,
        }
        segment.take(&self.draft)?;
        self.misfits.reserve(&self.draft)
    }

    /// Appends the block's lines to the draft. `family_text` is how the format has what all series of a family share.
    fn lines(
        &mut self,
        reading: &Reading<'_>,
        block: &Block,
        family_text: impl FnOnce(&FamilyInfo, &FormatInfo) -> Result<FamilyText, OutOfMemory>,
    ) -> Result<(), OutOfMemory> {
        let (slot, info) = reading.family(block);
        let count = self.families.len().max(slot.as_usize() + 1);
        let more = count - self.families.len();
        try_reserve(&mut self.families, more)?;
        self.families.resize_with(count, || None);
        let family = &mut self.families[slot.as_usize()];
        // The number of a family that went away is given again.
        if family.as_ref().is_none_or(|family| family.id != info.id()) {
            *family = Some(family_text(info, self.format.info())?);
        }
        let Some(family) = family else { return Ok(()) };
        if block.is_first() && !(info.is_listed_late && block.is_empty()) {
            self.draft.text.extend_from_slice(&family.header);
        }
        for (place, value) in reading.values(block).enumerate() {
            SeriesText { reading, block, place, info, family }.write(value, &mut self.draft);
        }
        Ok(())
    }

    /// Writes the numbers that changed over the old ones. The block has the series that it had.
    fn patch(&mut self, reading: &Reading<'_>, block: &Block, segment: &mut Segment) -> Result<(), OutOfMemory> {
        let misfits = &mut self.misfits;
        let changed = block.changed_since(segment.tick, reading.render());
        let has_sum = self.format.info().has_signed_sums || !reading.family(block).1.is_signed();
        if let Some((cells, values)) = reading.wholes(block) {
            segment.put_wholes(changed, cells, values, misfits);
        } else {
            changed.for_each(|place| match reading.value(block, place) {
                Some(SampleValue::Whole(value)) => segment.put_whole(place, value, misfits),
                Some(SampleValue::Fraction(value)) => segment.put_fraction(place, value, misfits),
                Some(SampleValue::Histogram { buckets, sum }) => {
                    segment.put_histogram(place, buckets, has_sum.then_some(sum), misfits);
                }
                None => {}
            });
        }
        segment.splice(misfits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{MetricKind, Registry};
    use crate::{Bounds, CounterFamily, GaugeFamily, HistogramFamily, InFlightFamily, ManualClock, SnapshotFamily};
    use crate::{SignedBounds, SignedHistogramFamily};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::time::Duration;

    /// A family of every kind.
    struct Families {
        calls: CounterFamily<1>,
        cost: CounterFamily<1, f64>,
        depth: GaugeFamily<1>,
        running: InFlightFamily<1>,
        seconds: HistogramFamily<1>,
        growth: SignedHistogramFamily<1>,
        rows: SnapshotFamily<1>,
        totals: SnapshotFamily<1>,
    }

    impl Families {
        fn new(registry: &Registry) -> Self {
            let bounds = Bounds::new(&[0.001, 1.0, 1e6]).unwrap();
            let changes = SignedBounds::new(&[-1e6, -1.0, 0.0, 1.0]).unwrap();
            Self {
                calls: registry.counter("calls_total", "A \"call\".").labels(["n"]).register().unwrap(),
                cost: registry.counter_f64("cost", "").labels(["n"]).register().unwrap(),
                depth: registry.gauge("depth", "Depth.").labels(["n"]).register().unwrap(),
                running: registry.in_flight("running", "").labels(["n"]).register().unwrap(),
                seconds: registry.histogram("wait_seconds", "", bounds).labels(["n"]).register().unwrap(),
                growth: registry.signed_histogram("growth", "", changes).labels(["n"]).register().unwrap(),
                rows: registry
                    .snapshot("rows", "", MetricKind::Gauge)
                    .listed_once_used(true)
                    .labels(["n"])
                    .register()
                    .unwrap(),
                totals: registry.snapshot("done_total", "", MetricKind::CounterF64).labels(["n"]).register().unwrap(),
            }
        }

        /// Records `amount` in series `series` of one of the families.
        fn record(&self, family: u8, series: u16, amount: f64) {
            let value = format!("{series:03}\n\"");
            let value = [value.as_str()];
            match family {
                0 => self.calls.with(value).add(amount as u64),
                1 => self.cost.with(value).add(amount),
                2 => self.depth.with(value).set(-amount),
                3 => self.running.with(value).start(),
                4 => self.seconds.with(value).observe(amount),
                5 => drop(self.rows.replace([(value, -amount), (["a"], f64::NAN)])),
                6 => self.growth.with(value).observe(if series.is_multiple_of(2) { amount } else { -amount }),
                7 => drop(self.rows.replace(std::iter::empty())),
                _ => drop(self.totals.replace([(value, amount), (["a"], amount)])),
            }
        }
    }

    fn whole(reading: &Reading<'_>, encoder: &mut Encoder, segments: &mut Vec<Segment>) -> Vec<u8> {
        segments.resize_with(segments.len().max(reading.block_count()), Segment::default);
        let mut bytes = Vec::new();
        for block in reading.order() {
            let segment = &mut segments[block.as_usize()];
            encoder.update(reading, *block, segment).unwrap();
            bytes.extend_from_slice(segment.text());
        }
        bytes
    }

    fn amount() -> impl Strategy<Value = f64> {
        prop_oneof![0.0..10.0f64, (0u32..100_000).prop_map(f64::from), 0.0..1e15f64]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn patched_segments_are_those_made_anew_in_every_format(
            has_created: bool,
            rounds in proptest::collection::vec(proptest::collection::vec((0u8..9, 0u16..400, amount()), 0..200), 1..8),
        ) {
            let clock = Arc::new(ManualClock::at(Duration::from_millis(1_700_000_000_123)));
            let registry = Registry::builder().created_times(has_created).clock(clock.clone()).build().unwrap();
            let families = Families::new(&registry);
            let mut reader = registry.reader().unwrap();
            let mut kept: Vec<_> = Format::ALL.iter().map(|format| (Encoder::new(*format), Vec::new())).collect();
            for round in rounds {
                round.iter().for_each(|(family, series, amount)| families.record(*family, *series, *amount));
                clock.advance(Duration::from_millis(12_345));
                let reading = reader.read();
                for (encoder, segments) in &mut kept {
                    let anew = whole(&reading, &mut Encoder::new(encoder.format()), &mut Vec::new());
                    let patched = whole(&reading, encoder, segments);
                    let shown = [&patched, &anew].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                    prop_assert!(patched == anew, "{} is not {}", shown[0], shown[1]);
                }
            }
        }
    }
}
