//! History: values of the last while by a short step, and of a longer one by a long step, in memory of a fixed size.
//!
//! A column is one value over time, such as the calls of a model by second. It takes its memory when it is added and never more,
//! and what was not pushed is not known, which is not 0. Nothing here knows what a value means, and nothing reads a clock: who
//! pushes says in which step.

use std::collections::VecDeque;

use crate::sync::{OutOfMemory, try_push};

/// What a longer step keeps of the shorter ones in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// All of it, added up.
    Sum,
    /// What was known last.
    Last,
    /// The largest.
    Max,
}

impl How {
    /// What it is called in documents.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Last => "last",
            Self::Max => "max",
        }
    }
}

/// How long a history is, and how fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Of the steps that are pushed, how many are one of this span.
    pub(crate) step: u64,
    /// How many are kept, with the one that is not over.
    pub(crate) kept: usize,
}

impl Span {
    const fn bytes(self) -> usize {
        self.kept * size_of::<f32>()
    }
}

/// Columns over two spans.
#[derive(Debug)]
pub(crate) struct History {
    fine: Span,
    coarse: Span,
    /// The step that was pushed last.
    now: Option<u64>,
    /// The first step that was ever pushed.
    first: u64,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    how: How,
    /// INVARIANT: as long as all other columns' lists of the span, which is what [`History::len`] says; NaN for what is not
    /// known.
    fine: VecDeque<f32>,
    coarse: VecDeque<f32>,
}

impl History {
    /// Without columns. Steps of `coarse` are whole numbers of those of `fine`.
    pub(crate) const fn new(fine: Span, coarse: Span) -> Self {
        Self { fine, coarse, now: None, first: 0, columns: Vec::new() }
    }

    /// Bytes that a column takes.
    pub(crate) const fn column_bytes(&self) -> usize {
        size_of::<Column>() + self.fine.bytes() + self.coarse.bytes()
    }

    /// Bytes that all columns take.
    pub(crate) fn bytes(&self) -> usize {
        self.columns.len() * self.column_bytes()
    }

    /// Adds a column, of which nothing is known so far; its number.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn add(&mut self, how: How) -> Result<usize, OutOfMemory> {
        let empty = |span: Span| {
            let mut values = VecDeque::new();
            values.try_reserve_exact(span.kept).map_err(|_| OutOfMemory::of::<f32>(span.kept))?;
            values.resize(self.len(span), f32::NAN);
            Ok(values)
        };
        let (fine, coarse) = (empty(self.fine)?, empty(self.coarse)?);
        try_push(&mut self.columns, Column { how, fine, coarse })?;
        Ok(self.columns.len() - 1)
    }

    /// Begins the step `now`, unless it is the one that is going on, or one before it. Of those that were left out nothing is
    /// known.
    pub(crate) fn begin(&mut self, now: u64) {
        let before = match self.now {
            Some(before) if now <= before => return,
            Some(before) => before,
            None => {
                self.first = now;
                self.now = Some(now);
                for column in &mut self.columns {
                    column.fine.push_back(f32::NAN);
                    column.coarse.push_back(f32::NAN);
                }
                return;
            }
        };
        self.now = Some(now);
        for column in &mut self.columns {
            for (span, values) in [(self.fine, &mut column.fine), (self.coarse, &mut column.coarse)] {
                let new = (now / span.step - before / span.step).min(span.kept as u64) as usize;
                values.drain(..(values.len() + new).saturating_sub(span.kept));
                values.resize(values.len() + new, f32::NAN);
            }
        }
    }

    /// Notes a value in the step that is going on.
    pub(crate) fn note(&mut self, column: usize, value: f64) {
        let Some(column) = self.columns.get_mut(column).filter(|_| !value.is_nan()) else { return };
        for values in [&mut column.fine, &mut column.coarse] {
            if let Some(last) = values.back_mut() {
                *last = match column.how {
                    _ if last.is_nan() => value as f32,
                    How::Sum => *last + value as f32,
                    How::Last => value as f32,
                    How::Max => last.max(value as f32),
                };
            }
        }
    }

    /// Steps of the fine span that are kept.
    pub(crate) fn fine_len(&self) -> usize {
        self.len(self.fine)
    }

    /// Steps of the coarse span that are kept.
    pub(crate) fn coarse_len(&self) -> usize {
        self.len(self.coarse)
    }

    fn len(&self, span: Span) -> usize {
        let pushed = self.now.map_or(0, |now| now / span.step - self.first / span.step + 1);
        pushed.min(span.kept as u64) as usize
    }

    /// How many steps of the coarse span ended after the step `since`, with the one that is going on.
    pub(crate) fn coarse_since(&self, since: u64) -> usize {
        let now = self.now.unwrap_or(0);
        (now / self.coarse.step).saturating_sub(since / self.coarse.step) as usize + 1
    }

    /// The last `count` values of a column by the fine span, oldest first; NaN is not known.
    pub(crate) fn fine(&self, column: usize, count: usize) -> impl DoubleEndedIterator<Item = f32> {
        last(self.columns.get(column).map(|column| &column.fine), count)
    }

    /// The same by the coarse span, of which the last step is going on.
    pub(crate) fn coarse(&self, column: usize, count: usize) -> impl DoubleEndedIterator<Item = f32> {
        last(self.columns.get(column).map(|column| &column.coarse), count)
    }
}

fn last(values: Option<&VecDeque<f32>>, count: usize) -> impl DoubleEndedIterator<Item = f32> {
    let skipped = values.map_or(0, |values| values.len().saturating_sub(count));
    values.into_iter().flat_map(move |values| values.range(skipped..).copied())
}

/// The sum of what is known; none if nothing is.
pub(crate) fn sum(values: impl Iterator<Item = f32>) -> Option<f64> {
    values.filter(|value| !value.is_nan()).map(f64::from).fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// The largest of what is known.
pub(crate) fn max(values: impl Iterator<Item = f32>) -> Option<f64> {
    values.filter(|value| !value.is_nan()).map(f64::from).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FINE: Span = Span { step: 1, kept: 5 };
    const COARSE: Span = Span { step: 3, kept: 4 };

    fn shown(values: impl Iterator<Item = f32>) -> Vec<Option<f32>> {
        values.map(|value| (!value.is_nan()).then_some(value)).collect()
    }

    #[test]
    fn a_long_step_keeps_the_sum_the_last_or_the_largest_of_the_short_ones() {
        let mut history = History::new(FINE, COARSE);
        let columns = [How::Sum, How::Last, How::Max].map(|how| history.add(how).unwrap());
        for (now, value) in [(6, 1.0), (7, 4.0), (8, 2.0), (9, 3.0)] {
            history.begin(now);
            columns.iter().for_each(|column| history.note(*column, value));
        }
        let coarse = columns.map(|column| shown(history.coarse(column, 9)));
        assert_eq!(coarse, [vec![Some(7.0), Some(3.0)], vec![Some(2.0), Some(3.0)], vec![Some(4.0), Some(3.0)]]);
        assert_eq!(shown(history.fine(columns[0], 2)), [Some(2.0), Some(3.0)]);
    }

    #[test]
    fn what_was_not_pushed_is_not_known_and_a_column_that_comes_late_was_not_known_before() {
        let mut history = History::new(FINE, COARSE);
        let early = history.add(How::Sum).unwrap();
        history.begin(10);
        history.note(early, 1.0);
        history.begin(13);
        let late = history.add(How::Sum).unwrap();
        history.note(late, 5.0);
        assert_eq!(shown(history.fine(early, 9)), [Some(1.0), None, None, None]);
        assert_eq!(shown(history.fine(late, 9)), [None, None, None, Some(5.0)]);
        assert_eq!((history.fine_len(), history.coarse_len()), (4, 2));
        // A step that is over takes no more, nor one before it.
        history.begin(12);
        history.note(early, 2.0);
        assert_eq!(shown(history.fine(early, 1)), [Some(2.0)]);
        // After a long sleep nothing of before is kept.
        history.begin(1_000);
        assert_eq!(shown(history.fine(early, 9)), [None; 5]);
        assert_eq!(sum(history.coarse(early, 9)), None);
    }

    proptest! {
        /// Against lists of all that was ever noted.
        #[test]
        fn it_agrees_with_a_list_of_everything(
            first in 0u64..50,
            steps in proptest::collection::vec((0u64..4, proptest::option::of(0u8..9)), 1..60),
        ) {
            for how in [How::Sum, How::Last, How::Max] {
                let mut history = History::new(FINE, COARSE);
                let column = history.add(how).unwrap();
                let (mut now, mut noted) = (first, Vec::new());
                history.begin(now);
                for (pause, value) in &steps {
                    now += pause;
                    history.begin(now);
                    if let Some(value) = value {
                        history.note(column, f64::from(*value));
                        noted.push((now, f32::from(*value)));
                    }
                    for (span, values) in
                        [(FINE, shown(history.fine(column, 99))), (COARSE, shown(history.coarse(column, 99)))]
                    {
                        let last = now / span.step;
                        let begin = (last + 1).saturating_sub(span.kept as u64).max(first / span.step);
                        let naive: Vec<_> = (begin..=last)
                            .map(|slot| {
                                let of_slot = noted.iter().filter(|(at, _)| at / span.step == slot).map(|(_, value)| *value);
                                of_slot.reduce(|before, value| match how {
                                    How::Sum => before + value,
                                    How::Last => value,
                                    How::Max => before.max(value),
                                })
                            })
                            .collect();
                        prop_assert_eq!(&values, &naive, "{:?} at {}", how, now);
                    }
                    prop_assert!(history.columns.iter().all(|column| column.fine.capacity() <= FINE.kept + 3));
                }
            }
        }
    }
}
