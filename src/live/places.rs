//! Where the figures of a series go: columns of history, rows of tables, and figures that stand alone.
//!
//! A series is part of some targets, which is decided once, when it is new, by whoever follows its family ([`Parts`]). Places are
//! bounded by kind: what comes later shares one with the others, or has none.

use super::history::{History, How, Span};
use super::labels::Labels;
use super::layout::{Count, Figure, Gauge, Group, OTHER, Table, Tally, Word};
use crate::sync::{OutOfMemory, try_push, try_reserve};

/// 15 minutes by second, and 24 hours by minute.
pub(super) const FINE: Span = Span { step: 1, kept: 900 };
pub(super) const COARSE: Span = Span { step: 60, kept: 1_440 };
/// What a row counts is kept coarser: 15 minutes by 10 seconds, 24 hours by 10 minutes.
pub(super) const ROW_FINE: Span = Span { step: 10, kept: 90 };
pub(super) const ROW_COARSE: Span = Span { step: 600, kept: 144 };
/// Bytes that all history may take.
pub(super) const HISTORY_BYTES: usize = 1 << 20;

/// Says of a series what it is part of.
pub(super) type Follow = fn(&Labels<'_>, &mut Parts<'_>);

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
    /// By what the table counts, and by what it keeps: the column of `Places::counts`.
    counts: Vec<usize>,
    kept: Vec<usize>,
    pub(super) spread: Option<Spread>,
    pub(super) gauges: [f64; Gauge::COUNT],
    pub(super) words: [Option<Box<str>>; Word::COUNT],
}

/// How what a row observed is spread over the buckets of a histogram.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// The upper bounds of the buckets, but for the last, which has none.
    pub(super) bounds: Box<[f64]>,
    /// Each bucket's column of `Places::counts`.
    pub(super) columns: Vec<usize>,
}

/// Where a target's number goes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Slot {
    /// A column, by number.
    Column(usize),
    /// What a row counts or keeps: the column of `Places::counts`.
    Count(usize),
    Gauge(Table, usize, Gauge),
    /// A word that is the row's while the series is 1.
    Word(Table, usize, Word, Box<str>),
    Figure(Figure),
    Tally(Tally),
    Version(Box<str>),
    /// The date of the Gateway's day.
    Day(Box<str>),
}

/// What of a target's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// How much it grew.
    Growth,
    /// How much a histogram's sum grew.
    SumGrowth,
    /// How much one of a histogram's buckets grew.
    BucketGrowth(usize),
    /// The mean of what a histogram observed.
    Mean,
    /// What it is.
    Value(Fold),
}

#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) slot: Slot,
    pub(super) measure: Measure,
    /// Whether it is 0 where no series is part of it.
    pub(super) is_expected: bool,
    /// What the series come to in this reading; none if there is none.
    pub(super) sum: Option<f64>,
    /// The same of what a histogram counted.
    pub(super) number: f64,
    /// In the one before; none at the first look, so that what was counted before anybody looked is not taken for new.
    pub(super) before: Option<[f64; 2]>,
}

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) history: History,
    pub(super) columns: Vec<Column>,
    /// What rows count, and what they keep.
    pub(super) counts: History,
    pub(super) rows: [Vec<Row>; Table::COUNT],
    pub(super) targets: Vec<Target>,
    /// Whether there was a look before: what comes later was 0 until then.
    pub(super) has_looked: bool,
}

/// Takes what a series is part of.
pub(super) struct Parts<'p> {
    pub(super) places: &'p mut Places,
    pub(super) targets: Vec<u16>,
    /// What there was no memory for.
    pub(super) outcome: Result<(), OutOfMemory>,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            history: History::new(FINE, COARSE),
            columns: Vec::new(),
            counts: History::new(ROW_FINE, ROW_COARSE),
            rows: std::array::from_fn(|_| Vec::new()),
            targets: Vec::new(),
            has_looked: false,
        }
    }

    /// Bytes that history takes.
    pub(super) fn bytes(&self) -> usize {
        self.history.bytes() + self.counts.bytes()
    }

    /// The rows of a table.
    pub(super) fn rows(&self, table: Table) -> &[Row] {
        self.rows.get(table as usize).map_or(&[], Vec::as_slice)
    }

    /// Forgets what rows are now.
    pub(super) fn clear_rows(&mut self) {
        for row in self.rows.iter_mut().flatten() {
            row.gauges.fill(f64::NAN);
            row.words.fill(None);
        }
    }

    /// Where a row counts.
    pub(super) fn count_column(&self, table: Table, row: &Row, count: Count) -> Option<usize> {
        let place = table.counts().iter().position(|known| *known == count)?;
        row.counts.get(place).copied()
    }

    /// Where a row keeps what a number was.
    pub(super) fn kept_column(&self, table: Table, row: &Row, gauge: Gauge) -> Option<usize> {
        let place = table.kept().iter().position(|known| *known == gauge)?;
        row.kept.get(place).copied()
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
        let mut kept = Vec::new();
        for _ in table.kept() {
            kept.push(self.counts.add(How::Last)?);
        }
        rows.push(Row {
            key: key.map(Box::from),
            counts: counted,
            kept,
            spread: None,
            gauges: [f64::NAN; Gauge::COUNT],
            words: std::array::from_fn(|_| None),
        });
        Ok(Some(rows.len() - 1))
    }

    /// The columns of a row for what falls into each bucket; none without a place for the row.
    fn spread_for(&mut self, table: Table, key: [&str; 2], bounds: &[f64]) -> Result<Option<Vec<usize>>, OutOfMemory> {
        let Some(row) = self.row_for(table, key, true)? else { return Ok(None) };
        let row = self.rows.get_mut(table as usize).and_then(|rows| rows.get_mut(row));
        let Some(row) = row else { return Ok(None) };
        if row.spread.is_none() {
            let mut columns = Vec::new();
            for _ in 0..=bounds.len() {
                try_push(&mut columns, self.counts.add(How::Sum)?)?;
            }
            row.spread = Some(Spread { bounds: bounds.into(), columns });
        }
        Ok(row.spread.as_ref().map(|spread| spread.columns.clone()))
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
        let target = self.places.target_for(slot, measure)?;
        self.targets.extend(target);
        Ok(())
    }

    fn column(&mut self, group: Group, of: &str, measure: Measure) {
        self.try_to(|parts| {
            let column = parts.places.column_for(group, of)?;
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
            let places = &mut *parts.places;
            let column = places.column_for(group, of)?;
            let target = places.target_for(Slot::Column(column), Measure::Growth)?;
            if let Some(target) = target.and_then(|target| places.targets.get_mut(usize::from(target))) {
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
            let row = parts.places.row_for(table, key, true)?;
            let row = row.and_then(|row| parts.places.rows(table).get(row));
            let column = row.and_then(|row| parts.places.count_column(table, row, count));
            column.map_or(Ok(()), |column| parts.add(Slot::Count(column), Measure::Growth))
        });
    }

    /// A row counts what falls into each bucket of a histogram.
    pub(super) fn spread(&mut self, table: Table, key: [&str; 2], bounds: &[f64]) {
        self.try_to(|parts| {
            let columns = parts.places.spread_for(table, key, bounds)?;
            columns
                .into_iter()
                .flatten()
                .enumerate()
                .try_for_each(|(bucket, column)| parts.add(Slot::Count(column), Measure::BucketGrowth(bucket)))
        });
    }

    /// A row shows what it is.
    pub(super) fn gauge(&mut self, table: Table, key: [&str; 2], gauge: Gauge) {
        self.in_row(table, key, |row| Slot::Gauge(table, row, gauge));
        if table.kept().contains(&gauge) {
            self.try_to(|parts| {
                let row = parts.places.row_for(table, key, false)?;
                let row = row.and_then(|row| parts.places.rows(table).get(row));
                let column = row.and_then(|row| parts.places.kept_column(table, row, gauge));
                column.map_or(Ok(()), |column| parts.add(Slot::Count(column), Measure::Value(Fold::Max)))
            });
        }
    }

    /// A row shows a word while it is 1.
    pub(super) fn word(&mut self, table: Table, key: [&str; 2], word: Word, text: &str) {
        self.in_row(table, key, |row| Slot::Word(table, row, word, text.into()));
    }

    fn in_row(&mut self, table: Table, key: [&str; 2], slot: impl FnOnce(usize) -> Slot) {
        self.try_to(|parts| match parts.places.row_for(table, key, false)? {
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

    /// It is of the Gateway's day with this date.
    pub(super) fn day(&mut self, date: &str) {
        self.try_to(|parts| {
            // There is one at a time.
            let known = parts.places.targets.iter_mut().find(|target| matches!(target.slot, Slot::Day(_)));
            if let Some(target) = known {
                target.slot = Slot::Day(date.into());
            }
            parts.add(Slot::Day(date.into()), Measure::Value(Fold::Max))
        });
    }

    /// It tells the Gateway's version.
    pub(super) fn version(&mut self, version: &str) {
        if !version.is_empty() {
            self.try_to(|parts| parts.add(Slot::Version(version.into()), Measure::Value(Fold::Max)));
        }
    }
}
