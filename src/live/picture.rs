//! The picture: everything the live page shows, brought up to date from one reading a second.
//!
//! A series is part of some targets, which is decided once, when it is new. Each second the series of all followed families are
//! added up by target; what grew since the second before goes into a column of history, or into a row's count. So nothing is
//! recorded for the page, and what it costs is one pass over the followed series a second.

use super::growth::Growth;
use super::history::{History, How, Span};
use super::labels::Labels;
use super::parts::{Count, Figure, Gauge, Group, OTHER, Table, Tally, Word};
use crate::read::{Block, Reading, SampleValue};
use crate::registry::FamilyInfo;
use crate::sync::{OutOfMemory, try_push, try_reserve};

/// 15 minutes by second, and 24 hours by minute.
pub(super) const FINE: Span = Span { step: 1, kept: 900 };
pub(super) const COARSE: Span = Span { step: 60, kept: 1_440 };
/// What a row counts is kept coarser: 15 minutes by 10 seconds, 24 hours by 10 minutes.
const ROW_FINE: Span = Span { step: 10, kept: 90 };
const ROW_COARSE: Span = Span { step: 600, kept: 144 };
/// Bytes that all history may take.
pub(crate) const HISTORY_BYTES: usize = 1 << 20;

/// Says of a series what it is part of.
pub(super) type Follow = fn(&Labels<'_>, &mut Parts<'_>);

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

/// What becomes of several series in one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    Add,
    Min,
    Max,
}

/// A column of history.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) group: Group,
    pub(super) of: Box<str>,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: [Box<str>; 2],
    /// By what the table counts: the column of `Picture::counts`.
    counts: Vec<usize>,
    gauges: [f64; Gauge::ALL.len()],
    words: [Option<Box<str>>; Word::ALL.len()],
}

/// Where a target's number goes.
#[derive(Debug, Clone, PartialEq)]
enum Slot {
    /// A column, by number.
    Column(usize),
    /// A count of a row: the column of `Picture::counts`.
    Count(usize),
    Gauge(Table, usize, Gauge),
    /// A word that is the row's while the series is 1.
    Word(Table, usize, Word, Box<str>),
    Figure(Figure),
    Tally(Tally),
    Version(Box<str>),
}

/// What of a target's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// How much it grew.
    Growth,
    /// How much a histogram's sum grew.
    SumGrowth,
    /// The mean of what a histogram observed.
    Mean,
    /// What it is.
    Value(Fold),
}

#[derive(Debug, Clone)]
struct Target {
    slot: Slot,
    measure: Measure,
    /// Whether it is 0 where no series is part of it.
    is_expected: bool,
    /// What the series come to in this reading; none if there is none.
    sum: Option<f64>,
    /// The same of what a histogram counted.
    number: f64,
    /// In the one before; none at the first look, so that what was counted before anybody looked is not taken for new.
    before: Option<[f64; 2]>,
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
    pub(super) history: History,
    pub(super) columns: Vec<Column>,
    counts: History,
    rows: [Vec<Row>; Table::ALL.len()],
    targets: Vec<Target>,
    known: Vec<Known>,
    figures: [f64; Figure::ALL.len()],
    tallies: [Tallied; Tally::ALL.len()],
    pub(super) version: Option<Box<str>>,
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
    has_looked: bool,
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

/// Takes what a series is part of.
pub(super) struct Parts<'p> {
    picture: &'p mut Picture,
    targets: Vec<u16>,
    /// What there was no memory for.
    outcome: Result<(), OutOfMemory>,
}

impl Picture {
    pub(super) fn new(followed: fn(&str) -> Option<Follow>) -> Self {
        Self {
            followed,
            history: History::new(FINE, COARSE),
            columns: Vec::new(),
            counts: History::new(ROW_FINE, ROW_COARSE),
            rows: std::array::from_fn(|_| Vec::new()),
            targets: Vec::new(),
            known: Vec::new(),
            figures: [f64::NAN; Figure::ALL.len()],
            tallies: Default::default(),
            version: None,
            growth: Growth::default(),
            step: 0,
            unix: 0.0,
            started: 0.0,
            last_scrape: None,
            resumed: 0,
            render: 0,
            has_looked: false,
        }
    }

    /// Readings are those of another reader from now on, and may be of another configuration.
    pub(super) fn resume(&mut self) {
        self.render = u64::MAX;
    }

    /// The step of a look that comes after the last one by the time of day; later than that in any case.
    pub(super) fn step_at(&self, unix: f64) -> u64 {
        if !self.has_looked {
            return 0;
        }
        // As a cast does it: what is below 0 is 0.
        self.step + ((unix - self.unix).round() as u64).max(1)
    }

    /// Bytes that history takes.
    pub(super) fn bytes(&self) -> usize {
        self.history.bytes() + self.counts.bytes()
    }

    /// Takes in a reading of the time `step`, in seconds, which is `unix` since 1970.
    ///
    /// # Errors
    /// [`OutOfMemory`] for some of it, which the next look tries again.
    pub(super) fn look(&mut self, reading: &Reading<'_>, step: u64, unix: f64) -> Result<(), OutOfMemory> {
        if !self.has_looked {
            self.started = unix;
        }
        (self.step, self.unix) = (step, unix);
        if reading.render() <= self.render {
            self.begin_reader();
        }
        self.render = reading.render();
        self.history.begin(step);
        self.counts.begin(step);
        for target in &mut self.targets {
            (target.sum, target.number) = (target.is_expected.then_some(0.0), 0.0);
        }
        self.growth.begin(step);
        let mut outcome = Ok(());
        for index in reading.order() {
            let block = reading.block(*index);
            let at = index.as_usize();
            outcome = outcome.and(self.learn(reading, block, at));
            self.add_up(reading, block, at);
        }
        self.settle();
        self.has_looked = true;
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
            let mut parts = Parts { picture: self, targets: Vec::new(), outcome: Ok(()) };
            follow(&labels, &mut parts);
            parts.outcome?;
            try_push(&mut series, parts.targets)?;
        }
        Ok(Some(series))
    }

    fn add_up(&mut self, reading: &Reading<'_>, block: &Block, at: usize) {
        let Self { known, targets, .. } = self;
        let Some(series) = known.get(at).and_then(|known| known.series.as_ref()) else { return };
        for (place, of_series) in series.iter().enumerate() {
            if of_series.is_empty() {
                continue;
            }
            let Some(value) = reading.value(block, place) else { continue };
            let (sum, number) = match value {
                SampleValue::Whole(value) => (value as f64, 0.0),
                SampleValue::Fraction(value) => (value, 0.0),
                SampleValue::Histogram { buckets, sum } => (sum, buckets.iter().sum::<u64>() as f64),
            };
            if sum.is_nan() {
                continue;
            }
            for target in of_series {
                let Some(target) = targets.get_mut(usize::from(*target)) else { continue };
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
        let Self {
            targets, history, columns, counts, rows, figures, tallies, version, last_scrape, step, unix, ..
        } = self;
        figures.fill(f64::NAN);
        for row in rows.iter_mut().flatten() {
            row.gauges.fill(f64::NAN);
            row.words.fill(None);
        }
        for target in targets {
            let Some(sum) = target.sum else { continue };
            let number = match target.measure {
                Measure::Value(_) => Some(sum),
                Measure::Growth | Measure::SumGrowth | Measure::Mean => {
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
            }
        }
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
        self.rows.get(table as usize).map_or(&[], Vec::as_slice)
    }

    /// What a row counted over a range; none if nobody ever counted it.
    pub(super) fn count(&self, table: Table, row: &Row, count: Count, range: Range) -> Option<f64> {
        let of = |count| {
            let column = self.count_column(table, row, count)?;
            match range {
                Range::QuarterHour => super::history::sum(self.counts.fine(column, ROW_FINE.kept)),
                Range::Day => super::history::sum(self.counts.coarse(column, ROW_COARSE.kept)),
            }
        };
        // Where one thing is counted the others are 0 until they happen; but what has no price cost nobody knows what.
        let is_counted = || count != Count::Usd && table.counts().iter().any(|other| of(*other).is_some());
        of(count).or_else(|| is_counted().then_some(0.0))
    }

    /// What a row counted within the last so many seconds, to the next ten.
    pub(super) fn count_since(&self, table: Table, row: &Row, count: Count, seconds: u64) -> Option<f64> {
        let column = self.count_column(table, row, count)?;
        super::history::sum(self.counts.fine(column, (seconds / ROW_FINE.step) as usize))
    }

    fn count_column(&self, table: Table, row: &Row, count: Count) -> Option<usize> {
        let place = table.counts().iter().position(|known| *known == count)?;
        row.counts.get(place).copied()
    }

    /// The columns of a group, by number.
    pub(super) fn group(&self, group: Group) -> impl Iterator<Item = (usize, &str)> {
        let of_group = move |(_, column): &(usize, &Column)| column.group == group;
        self.columns.iter().enumerate().filter(of_group).map(|(number, column)| (number, &*column.of))
    }

    /// One column.
    pub(super) fn column(&self, group: Group, of: &str) -> Option<usize> {
        self.group(group).find(|(_, part)| *part == of).map(|(number, _)| number)
    }

    // --- where things have their places

    fn column_for(&mut self, group: Group, of: &str) -> Result<usize, OutOfMemory> {
        if let Some(column) = self.column(group, of) {
            return Ok(column);
        }
        let named = self.group(group).filter(|(_, part)| *part != OTHER).count();
        if named >= group.most() && of != OTHER {
            return self.column_for(group, OTHER);
        }
        try_reserve(&mut self.columns, 1)?;
        let column = self.history.add(group.how())?;
        self.columns.push(Column { group, of: of.into() });
        Ok(column)
    }

    /// The place of a row; none where there is no room and `counts` does not add up.
    fn row_for(&mut self, table: Table, key: [&str; 2], counts: bool) -> Result<Option<usize>, OutOfMemory> {
        let Some(rows) = self.rows.get_mut(table as usize) else { return Ok(None) };
        if let Some(row) = rows.iter().position(|row| row.key.iter().map(|part| &**part).eq(key)) {
            return Ok(Some(row));
        }
        let named = rows.iter().filter(|row| *row.key[0] != *OTHER).count();
        if named >= table.most() && key[0] != OTHER {
            return if counts { self.row_for(table, [OTHER, ""], true) } else { Ok(None) };
        }
        try_reserve(rows, 1)?;
        let mut counted = Vec::new();
        for _ in table.counts() {
            counted.push(self.counts.add(How::Sum)?);
        }
        rows.push(Row {
            key: key.map(Box::from),
            counts: counted,
            gauges: [f64::NAN; Gauge::ALL.len()],
            words: std::array::from_fn(|_| None),
        });
        Ok(Some(rows.len() - 1))
    }

    fn target_for(&mut self, slot: Slot, measure: Measure) -> Result<Option<u16>, OutOfMemory> {
        let is_it = |target: &Target| target.slot == slot && target.measure == measure;
        let place = match self.targets.iter().position(is_it) {
            Some(place) => place,
            None => {
                // What comes later was 0 until then; at the first look nobody knows.
                let before = self.has_looked.then_some([0.0; 2]);
                let target = Target { slot, measure, is_expected: false, sum: None, number: 0.0, before };
                try_push(&mut self.targets, target)?;
                self.targets.len() - 1
            }
        };
        Ok(place.try_into().ok())
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

impl Row {
    /// A number of now; none if it is not known.
    pub(super) fn gauge(&self, gauge: Gauge) -> Option<f64> {
        self.gauges.get(gauge as usize).copied().filter(|value| !value.is_nan())
    }

    /// A word of now.
    pub(super) fn word(&self, word: Word) -> Option<&str> {
        self.words.get(word as usize)?.as_deref()
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.key[0]
    }

    /// Whether anything of it is known now.
    pub(super) fn is_there(&self) -> bool {
        self.gauges.iter().any(|value| !value.is_nan()) || self.words.iter().any(Option::is_some)
    }
}

impl Parts<'_> {
    /// Notes what there was no memory for.
    fn try_to(&mut self, act: impl FnOnce(&mut Self) -> Result<(), OutOfMemory>) {
        let outcome = act(self);
        self.outcome = self.outcome.and(outcome);
    }

    fn add(&mut self, slot: Slot, measure: Measure) -> Result<(), OutOfMemory> {
        let target = self.picture.target_for(slot, measure)?;
        self.targets.extend(target);
        Ok(())
    }

    fn column(&mut self, group: Group, of: &str, measure: Measure) {
        self.try_to(|parts| {
            let column = parts.picture.column_for(group, of)?;
            parts.add(Slot::Column(column), measure)
        });
    }

    /// A column shows by how much it grows.
    pub(super) fn growth(&mut self, group: Group, of: &str) {
        self.column(group, of, Measure::Growth);
    }

    /// A column is there, and is at 0 as long as nothing grows in it.
    pub(super) fn expect(&mut self, group: Group, of: &str) {
        self.try_to(|parts| {
            let picture = &mut *parts.picture;
            let column = picture.column_for(group, of)?;
            let target = picture.target_for(Slot::Column(column), Measure::Growth)?;
            if let Some(target) = target.and_then(|target| picture.targets.get_mut(usize::from(target))) {
                target.is_expected = true;
            }
            Ok(())
        });
    }

    /// A column shows by how much the sum of what it observes grows.
    pub(super) fn total(&mut self, group: Group, of: &str) {
        self.column(group, of, Measure::SumGrowth);
    }

    /// A column shows the mean of what it observes.
    pub(super) fn mean(&mut self, group: Group, of: &str) {
        self.column(group, of, Measure::Mean);
    }

    /// A column shows what it is.
    pub(super) fn value(&mut self, group: Group, of: &str, fold: Fold) {
        self.column(group, of, Measure::Value(fold));
    }

    /// A row counts by how much it grows.
    pub(super) fn count(&mut self, table: Table, key: [&str; 2], count: Count) {
        self.try_to(|parts| {
            let row = parts.picture.row_for(table, key, true)?;
            let row = row.and_then(|row| parts.picture.rows(table).get(row));
            let column = row.and_then(|row| parts.picture.count_column(table, row, count));
            column.map_or(Ok(()), |column| parts.add(Slot::Count(column), Measure::Growth))
        });
    }

    /// A row shows what it is.
    pub(super) fn gauge(&mut self, table: Table, key: [&str; 2], gauge: Gauge) {
        self.in_row(table, key, |row| Slot::Gauge(table, row, gauge));
    }

    /// A row shows a word while it is 1.
    pub(super) fn word(&mut self, table: Table, key: [&str; 2], word: Word, text: &str) {
        self.in_row(table, key, |row| Slot::Word(table, row, word, text.into()));
    }

    fn in_row(&mut self, table: Table, key: [&str; 2], slot: impl FnOnce(usize) -> Slot) {
        self.try_to(|parts| match parts.picture.row_for(table, key, false)? {
            Some(row) => parts.add(slot(row), Measure::Value(Fold::Max)),
            None => Ok(()),
        });
    }

    /// A figure that stands alone is what it is.
    pub(super) fn figure(&mut self, figure: Figure, fold: Fold) {
        self.try_to(|parts| parts.add(Slot::Figure(figure), Measure::Value(fold)));
    }

    /// It is counted by how much it grows.
    pub(super) fn tally(&mut self, tally: Tally) {
        self.try_to(|parts| parts.add(Slot::Tally(tally), Measure::Growth));
    }

    /// It tells the Gateway's version.
    pub(super) fn version(&mut self, version: &str) {
        if !version.is_empty() {
            self.try_to(|parts| parts.add(Slot::Version(version.into()), Measure::Value(Fold::Max)));
        }
    }
}
