//! The picture: everything the live page shows, brought up to date from one reading a second.
//!
//! Of which [`places`](super::places) a series is part is decided once, when it is new. Each second the series of all followed
//! families are added up by target; what grew since the second before goes into a column of history, or into a row's count. So
//! nothing is recorded for the page, and what it costs is one pass over the followed series a second.

use super::day::Day;
use super::growth::Growth;
use super::history::sum;
use super::labels::Labels;
use super::layout::{Count, Figure, Gauge, Group, Table, Tally};
use super::places::{Fold, Follow, Measure, Parts, Places, ROW_COARSE, ROW_FINE, Row, Slot, Spread};
use crate::read::{Block, Reading, SampleValue};
use crate::registry::FamilyInfo;
use crate::sync::{OutOfMemory, try_push};

/// Over which time something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    QuarterHour,
    Day,
}

impl Range {
    pub(super) const ALL: [Self; 2] = [Self::QuarterHour, Self::Day];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::QuarterHour => "15m",
            Self::Day => "24h",
        }
    }
}

/// What is known of a block of the reader, by its number.
#[derive(Debug, Default)]
struct Known {
    /// The family, and at which render its set of series was as it is here.
    family: u32,
    shape: u64,
    /// For each series its targets; none if the family is not followed.
    series: Option<Vec<Vec<u16>>>,
}

/// Everything the live page shows.
#[derive(Debug)]
pub(super) struct Picture {
    /// What is followed of a family; none of most.
    followed: fn(&str) -> Option<Follow>,
    pub(super) places: Places,
    known: Vec<Known>,
    figures: [f64; Figure::COUNT],
    tallies: [Tallied; Tally::COUNT],
    pub(super) version: Option<Box<str>>,
    pub(super) day: Day,
    pub(super) growth: Growth,
    /// The step of the last look, by [`FINE`].
    pub(super) step: u64,
    /// When that was, since 1970.
    pub(super) unix: f64,
    /// When the first look was.
    pub(super) started: f64,
    pub(super) last_scrape: Option<f64>,
    /// The step of the first look since nobody looked for a while.
    resumed: u64,
    /// The reader's number of the last reading.
    render: u64,
}

/// How often something happened, by minute.
#[derive(Debug, Clone, Default)]
struct Tallied {
    /// What it grew by, the last quarter of an hour by minute, the newest last, and the minute that is.
    minutes: [f64; 15],
    minute: u64,
    /// The second in which it last grew.
    last: Option<u64>,
}

impl Picture {
    pub(super) fn new(followed: fn(&str) -> Option<Follow>) -> Self {
        Self {
            followed,
            places: Places::new(),
            known: Vec::new(),
            figures: [f64::NAN; Figure::COUNT],
            tallies: Default::default(),
            version: None,
            day: Day::default(),
            growth: Growth::default(),
            step: 0,
            unix: 0.0,
            started: 0.0,
            last_scrape: None,
            resumed: 0,
            render: 0,
        }
    }

    /// Readings are those of another reader from now on, and may be of another configuration.
    pub(super) fn resume(&mut self) {
        self.render = u64::MAX;
    }

    /// The step of a look that comes after the last one by the time of day; later than that in any case.
    pub(super) fn step_at(&self, unix: f64) -> u64 {
        if !self.places.has_looked {
            return 0;
        }
        // As a cast does it: what is below 0 is 0.
        self.step + ((unix - self.unix).round() as u64).max(1)
    }

    /// Takes in a reading of the time `step`, in seconds, which is `unix` since 1970.
    ///
    /// # Errors
    /// [`OutOfMemory`] for some of it, which the next look tries again.
    pub(super) fn look(&mut self, reading: &Reading<'_>, step: u64, unix: f64) -> Result<(), OutOfMemory> {
        if !self.places.has_looked {
            self.started = unix;
        }
        (self.step, self.unix) = (step, unix);
        if reading.render() <= self.render {
            self.begin_reader();
        }
        self.render = reading.render();
        self.places.history.begin(step);
        self.places.counts.begin(step);
        for target in &mut self.places.targets {
            (target.sum, target.number) = (target.is_expected.then_some(0.0), 0.0);
        }
        self.growth.begin(step);
        let mut outcome = Ok(());
        // What a page leaves out is still so.
        for index in reading.order().iter().chain(reading.hidden()) {
            let block = reading.block(*index);
            let at = index.as_usize();
            outcome = outcome.and(self.learn(reading, block, at));
            self.add_up(reading, block, at);
        }
        self.settle();
        self.places.has_looked = true;
        outcome
    }

    /// Forgets what was so only by the reader before.
    fn begin_reader(&mut self) {
        // Numbers of blocks are its own.
        self.known.clear();
        self.resumed = self.step;
        // Whoever took these samples may have been told not to.
        if let Some(samples) = self.tallies.get_mut(Tally::LoopSamples as usize) {
            *samples = Tallied::default();
        }
    }

    /// Brings what is known of a block up to date.
    fn learn(&mut self, reading: &Reading<'_>, block: &Block, at: usize) -> Result<(), OutOfMemory> {
        let (slot, info) = reading.family(block);
        self.growth.note(slot.as_usize(), info.id(), info.name(), block.len())?;
        while self.known.len() <= at {
            try_push(&mut self.known, Known::default())?;
        }
        if self.known.get(at).is_none_or(|known| (known.family, known.shape) != (slot.0, block.shape())) {
            // Where there is no memory nothing of before is taken for it.
            if let Some(known) = self.known.get_mut(at) {
                *known = Known::default();
            }
            let series = self.parts(reading, block, info)?;
            if let Some(known) = self.known.get_mut(at) {
                *known = Known { family: slot.0, shape: block.shape(), series };
            }
        }
        Ok(())
    }

    /// What the series of a block are parts of.
    fn parts(
        &mut self,
        reading: &Reading<'_>,
        block: &Block,
        info: &FamilyInfo,
    ) -> Result<Option<Vec<Vec<u16>>>, OutOfMemory> {
        let Some(follow) = (self.followed)(info.name()) else { return Ok(None) };
        let mut series = Vec::new();
        for place in 0..block.len() {
            let labels = Labels { reading: *reading, block, info, place };
            let mut parts = Parts { places: &mut self.places, targets: Vec::new(), outcome: Ok(()) };
            follow(&labels, &mut parts);
            parts.outcome?;
            try_push(&mut series, parts.targets)?;
        }
        Ok(Some(series))
    }

    fn add_up(&mut self, reading: &Reading<'_>, block: &Block, at: usize) {
        let Self { known, places, .. } = self;
        let Some(series) = known.get(at).and_then(|known| known.series.as_ref()) else { return };
        for (place, of_series) in series.iter().enumerate() {
            if of_series.is_empty() {
                continue;
            }
            let Some(value) = reading.value(block, place) else { continue };
            let (sum, buckets) = match value {
                SampleValue::Whole(value) => (value as f64, &[][..]),
                SampleValue::Fraction(value) => (value, &[][..]),
                SampleValue::Histogram { buckets, sum } => (sum, buckets),
            };
            let number = buckets.iter().sum::<u64>() as f64;
            if sum.is_nan() {
                continue;
            }
            for target in of_series {
                let Some(target) = places.targets.get_mut(usize::from(*target)) else { continue };
                let sum = match target.measure {
                    Measure::BucketGrowth(bucket) => buckets.get(bucket).map_or(0.0, |count| *count as f64),
                    _ => sum,
                };
                target.number += number;
                target.sum = Some(match (target.sum, target.measure) {
                    (None, _) => sum,
                    (Some(before), Measure::Value(Fold::Min)) => before.min(sum),
                    (Some(before), Measure::Value(Fold::Max)) => before.max(sum),
                    (Some(before), _) => before + sum,
                });
            }
        }
    }

    /// Brings what the targets come to where it belongs.
    fn settle(&mut self) {
        let Self { places, figures, tallies, version, day, last_scrape, step, unix, .. } = self;
        let mut date = None;
        figures.fill(f64::NAN);
        places.clear_rows();
        let Places { history, columns, counts, rows, targets, .. } = places;
        for target in targets {
            let Some(sum) = target.sum else { continue };
            let number = match target.measure {
                Measure::Value(_) => Some(sum),
                Measure::Growth | Measure::SumGrowth | Measure::BucketGrowth(_) | Measure::Mean => {
                    target.before.replace([sum, target.number]).and_then(|[sum_before, number_before]| {
                        let grown = (sum - sum_before).max(0.0);
                        let observed = target.number - number_before;
                        match target.measure {
                            Measure::Mean => (observed > 0.0).then(|| grown / observed),
                            _ => Some(grown),
                        }
                    })
                }
            };
            let Some(number) = number else { continue };
            match &target.slot {
                Slot::Column(column) => {
                    history.note(*column, number);
                    if number > 0.0 && columns.get(*column).is_some_and(|column| column.group == Group::Scrapes) {
                        *last_scrape = Some(*unix);
                    }
                }
                Slot::Count(column) => counts.note(*column, number),
                Slot::Gauge(table, row, gauge) => {
                    let row = rows.get_mut(*table as usize).and_then(|rows| rows.get_mut(*row));
                    if let Some(place) = row.and_then(|row| row.gauges.get_mut(*gauge as usize)) {
                        *place = number;
                    }
                }
                Slot::Word(table, row, word, text) => {
                    let row = rows.get_mut(*table as usize).and_then(|rows| rows.get_mut(*row));
                    let place = row.and_then(|row| row.words.get_mut(*word as usize));
                    if let Some(place) = place.filter(|_| number == 1.0) {
                        *place = Some(text.clone());
                    }
                }
                Slot::Figure(figure) => {
                    if let Some(place) = figures.get_mut(*figure as usize) {
                        *place = number;
                    }
                }
                Slot::Tally(tally) => {
                    if let Some(tallied) = tallies.get_mut(*tally as usize) {
                        tallied.add(*step, number);
                    }
                }
                Slot::Version(text) => *version = Some(text.clone()),
                Slot::Day(text) => date = Some(text.clone()),
            }
        }
        day.look(date, self.figures.get(Figure::TodayInterval as usize).copied(), *unix);
        for tallied in tallies {
            tallied.add(*step, 0.0);
        }
    }

    // --- what it shows

    /// A figure that stands alone; none if it is not known.
    pub(super) fn figure(&self, figure: Figure) -> Option<f64> {
        self.figures.get(figure as usize).copied().filter(|value| !value.is_nan())
    }

    /// How much something grew in the last so many minutes, 15 at most.
    pub(super) fn tally(&self, tally: Tally, minutes: usize) -> f64 {
        self.tallies.get(tally as usize).map_or(0.0, |tallied| tallied.minutes.iter().rev().take(minutes).sum())
    }

    /// Seconds since it last grew, of those in which somebody looked; none if it never did.
    pub(super) fn since(&self, tally: Tally) -> Option<u64> {
        self.tallies.get(tally as usize)?.last.map(|last| self.step.saturating_sub(last.max(self.resumed)))
    }

    /// The rows of a table.
    pub(super) fn rows(&self, table: Table) -> &[Row] {
        self.places.rows(table)
    }

    /// What a row counted over a range; none if nobody ever counted it.
    pub(super) fn count(&self, table: Table, row: &Row, count: Count, range: Range) -> Option<f64> {
        let of = |count| self.counted(self.places.count_column(table, row, count)?, range);
        // Where one thing is counted the others are 0 until they happen; but what has no price cost nobody knows what.
        let is_counted = || count != Count::Usd && table.counts().iter().any(|other| of(*other).is_some());
        of(count).or_else(|| is_counted().then_some(0.0))
    }

    /// The 95th percentile of what a row observed over a range, as a histogram tells it: within a bucket all are taken to lie
    /// evenly, and beyond the last bound at that.
    pub(super) fn p95(&self, row: &Row, range: Range) -> Option<f64> {
        let Spread { bounds, columns } = row.spread.as_ref()?;
        let counted = |column: &usize| self.counted(*column, range).unwrap_or(0.0);
        let rank = 0.95 * columns.iter().map(counted).sum::<f64>();
        let mut below = 0.0;
        let mut lower = 0.0;
        for (column, upper) in columns.iter().zip(bounds) {
            let count = counted(column);
            if count > 0.0 && below + count >= rank {
                return Some(lower + (upper - lower) * (rank - below) / count);
            }
            (below, lower) = (below + count, *upper);
        }
        bounds.last().copied().filter(|_| rank > 0.0)
    }

    /// What a number of a row was before now, the newest first, with its age in seconds.
    pub(super) fn kept(&self, table: Table, row: &Row, gauge: Gauge) -> impl Iterator<Item = (f64, f64)> {
        let column = self.places.kept_column(table, row, gauge);
        let values = column.into_iter().flat_map(|column| self.places.counts.coarse(column, ROW_COARSE.kept).rev());
        // The step that is going on is now; of one before it there is what was known last.
        let over = self.step % ROW_COARSE.step + 1;
        let aged = values.skip(1).zip(0..).map(move |(value, steps)| (over + steps * ROW_COARSE.step, value));
        aged.filter(|(_, value)| !value.is_nan()).map(|(age, value)| (age as f64, value.into()))
    }

    fn counted(&self, column: usize, range: Range) -> Option<f64> {
        match range {
            Range::QuarterHour => sum(self.places.counts.fine(column, ROW_FINE.kept)),
            Range::Day => sum(self.places.counts.coarse(column, ROW_COARSE.kept)),
        }
    }

    /// What a row counted within the last so many seconds, to the next ten.
    pub(super) fn count_since(&self, table: Table, row: &Row, count: Count, seconds: u64) -> Option<f64> {
        let column = self.places.count_column(table, row, count)?;
        sum(self.places.counts.fine(column, (seconds / ROW_FINE.step) as usize))
    }
}

impl Tallied {
    fn add(&mut self, second: u64, number: f64) {
        let minute = second / 60;
        let passed = (minute.saturating_sub(self.minute) as usize).min(self.minutes.len());
        if passed > 0 {
            self.minutes.rotate_left(passed);
            let kept = self.minutes.len() - passed;
            self.minutes.iter_mut().skip(kept).for_each(|minute| *minute = 0.0);
            self.minute = minute;
        }
        if let Some(last) = self.minutes.last_mut() {
            *last += number;
        }
        if number > 0.0 {
            self.last = Some(second);
        }
    }
}
