//! What is recorded: a cell for each step and outcome, for each level and target.
//!
//! Any thread records, with two read-modify-writes: no lock, no allocation, no wait. Cells are shared, as levels are few and
//! steps many; two threads seldom meet in one.

#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_macros, clippy::disallowed_methods))]

use std::ops::Range;

use super::scale;
use crate::label::LabelId;
use crate::sync::{Acquire, AtomicU8, AtomicU32, AtomicU64, OutOfMemory, Relaxed, Release, zeroed};

/// Cells of an outcome: one for each step, and one for what has no time.
pub(super) const PLACES: usize = if cfg!(loom) { 3 } else { scale::COUNT + 1 };
/// The place of what has no time.
pub(super) const UNTIMED: usize = PLACES - 1;
/// Cells that have a mark in common: so many that a line where nothing happened is told by a few marks, and so few that one
/// where something did is read in microseconds.
const GROUP: usize = if cfg!(loom) { 2 } else { 512 };
/// Marks of an outcome.
const MARKS: usize = PLACES.div_ceil(GROUP);
/// What was well, and what was not.
pub(super) const OUTCOMES: usize = 2;

pub(super) struct Cells {
    /// By line, outcome and place.
    cells: Box<[AtomicU32]>,
    /// By line, outcome and group. INVARIANT: after an addition its group's mark is set until the reader has taken it.
    marks: Box<[AtomicU8]>,
    /// The target of each line, as the word of its label's id; 0 while the line is free.
    /// INVARIANT: written once.
    owners: Box<[AtomicU64]>,
    /// The first line of each level, and the end. The first is of all targets that have none of their own.
    firsts: Box<[u32]>,
}

impl Cells {
    /// For a level for each item, with room for so many targets.
    pub(super) fn new(targets: impl Iterator<Item = u32>) -> Result<Self, OutOfMemory> {
        let mut lines = 0;
        let ends = targets.map(|targets| {
            lines += targets + 1;
            lines
        });
        let firsts: Box<[u32]> = std::iter::once(0).chain(ends).collect();
        let lines = lines as usize;
        Ok(Self {
            cells: zeroed(lines * OUTCOMES * PLACES)?,
            marks: zeroed(lines * OUTCOMES * MARKS)?,
            owners: zeroed(lines)?,
            firsts,
        })
    }

    /// Bytes of one line.
    pub(super) const LINE_BYTES: usize = OUTCOMES * (PLACES * size_of::<AtomicU32>() + MARKS) + size_of::<AtomicU64>();

    pub(super) fn levels(&self) -> usize {
        self.firsts.len() - 1
    }

    pub(super) fn all_lines(&self) -> usize {
        self.owners.len()
    }

    /// The lines of a level.
    #[inline]
    pub(super) fn lines(&self, level: usize) -> Range<usize> {
        let bound = |at: usize| self.firsts.get(at).map_or(0, |line| *line as usize);
        bound(level)..bound(level + 1)
    }

    /// Counts one observation. Its target is looked for, and gets a line if there is one left.
    #[inline]
    pub(super) fn add(&self, level: usize, target: Option<LabelId>, is_good: bool, seconds: Option<f64>) {
        let lines = self.lines(level);
        let first = lines.start;
        let line = target.and_then(|target| self.line(first + 1..lines.end, target)).unwrap_or(first);
        let place = seconds.map_or(UNTIMED, scale::step);
        let half = line * OUTCOMES + usize::from(!is_good);
        let cell = self.cells.get(half * PLACES + place);
        let mark = self.marks.get(half * MARKS + place / GROUP);
        let (Some(cell), Some(mark)) = (cell, mark) else { return };
        cell.fetch_add(1, Relaxed);
        // ORDERING: Release pairs with the Acquire in `take`: who takes the mark sees the addition. A read-modify-write, so that
        // the marks of several threads form one release sequence: who takes the last sees the additions of all.
        mark.swap(1, Release);
    }

    #[inline]
    fn line(&self, lines: Range<usize>, target: LabelId) -> Option<usize> {
        let word = target.word();
        for line in lines {
            let owner = self.owners.get(line)?;
            let seen = owner.load(Relaxed);
            if seen == word {
                return Some(line);
            }
            // The first free one, or if another thread was faster whatever it has put there. Nothing is behind the word that
            // would have to be seen with it: the text of an id is published by its interner.
            if seen == 0 && owner.compare_exchange(0, word, Relaxed, Relaxed).map_or_else(|now| now == word, |_| true) {
                return Some(line);
            }
        }
        None
    }

    /// The lines of a level that something may have been counted in: the first, and those that have a target.
    pub(super) fn lines_in_use(&self, level: usize) -> impl Iterator<Item = usize> {
        let lines = self.lines(level);
        let first = lines.start;
        lines.take_while(move |line| *line == first || self.owner(*line).is_some())
    }

    /// The target of a line, once it has one.
    pub(super) fn owner(&self, line: usize) -> Option<LabelId> {
        let word = self.owners.get(line)?.load(Relaxed);
        (word != 0).then(|| LabelId::of_word(word))
    }

    /// Takes what was counted in a line since the last time: for each cell that was added to whether it went well, the
    /// place, and how often. Only the reader calls this, one at a time.
    pub(super) fn take(&self, line: usize, mut taken: impl FnMut(bool, usize, u32)) {
        for (half, is_good) in [(line * OUTCOMES, true), (line * OUTCOMES + 1, false)] {
            let marks = self.marks.get(half * MARKS..(half + 1) * MARKS).unwrap_or_default();
            for (group, mark) in marks.iter().enumerate() {
                // ORDERING: Acquire pairs with the Release in `add`. An addition whose mark is set after this is taken next
                // time, or now, and then the next time finds nothing.
                if mark.load(Relaxed) == 0 || mark.swap(0, Acquire) == 0 {
                    continue;
                }
                let places = group * GROUP..((group + 1) * GROUP).min(PLACES);
                let cells =
                    self.cells.get(half * PLACES + places.start..half * PLACES + places.end).unwrap_or_default();
                for (cell, place) in cells.iter().zip(places) {
                    // Most of them are 0, and a load is cheaper.
                    if cell.load(Relaxed) != 0 {
                        taken(is_good, place, cell.swap(0, Relaxed));
                    }
                }
            }
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    const TARGET: LabelId = LabelId { at: 1, hash: 7 };

    /// Adds what a `take` of all lines finds to the sums of outcomes and places.
    fn take(cells: &Cells, sums: &mut [[u32; PLACES]; OUTCOMES]) {
        for line in cells.lines_in_use(0) {
            cells.take(line, |is_good, place, count| sums[usize::from(!is_good)][place] += count);
        }
    }

    fn model(check: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(check);
    }

    #[test]
    fn loom_what_two_threads_add_while_it_is_taken_is_there_at_the_last() {
        model(|| {
            let cells = Arc::new(Cells::new([0].into_iter()).unwrap());
            // Two cells of one group: the marks are one, the additions are not.
            let threads = [0.0, 1e-6].map(|seconds| {
                let cells = cells.clone();
                thread::spawn(move || cells.add(0, None, true, Some(seconds)))
            });
            let mut sums = [[0; PLACES]; OUTCOMES];
            take(&cells, &mut sums);
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            take(&cells, &mut sums);
            assert_eq!(sums, [[1, 1, 0], [0, 0, 0]]);
        });
    }

    #[test]
    fn loom_a_line_that_two_threads_open_is_one_and_loses_nothing() {
        model(|| {
            let cells = Arc::new(Cells::new([1].into_iter()).unwrap());
            let other = cells.clone();
            let thread = thread::spawn(move || other.add(0, Some(TARGET), true, Some(0.0)));
            cells.add(0, Some(TARGET), true, Some(0.0));
            let mut sums = [[0; PLACES]; OUTCOMES];
            take(&cells, &mut sums);
            thread.join().unwrap();
            take(&cells, &mut sums);
            assert_eq!((cells.owner(1), sums), (Some(TARGET), [[2, 0, 0], [0, 0, 0]]));
        });
    }
}
