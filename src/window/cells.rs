//! What is recorded: a cell for each step and outcome, for each level and target.
//!
//! Any thread records, with one read-modify-write and one store: no lock, no allocation, no wait. Cells are shared, as levels
//! are few and steps many; two threads seldom meet in one.

#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_macros, clippy::disallowed_methods))]

use std::ops::Range;

use super::scale;
use crate::label::LabelId;
use crate::sync::{Acquire, AtomicU8, AtomicU32, AtomicU64, OutOfMemory, Relaxed, Release, zeroed};

/// Cells of an outcome: one for each step, and one for what has no time.
pub(super) const PLACES: usize = scale::COUNT + 1;
/// The place of what has no time.
pub(super) const UNTIMED: usize = scale::COUNT;
/// Cells that have a mark in common.
const GROUP: usize = 128;
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
        // ORDERING: Release pairs with the Acquire in `take`: who takes the mark sees the addition.
        mark.store(1, Release);
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
                for place in group * GROUP..((group + 1) * GROUP).min(PLACES) {
                    let count = self.cells.get(half * PLACES + place).map_or(0, |cell| cell.swap(0, Relaxed));
                    if count > 0 {
                        taken(is_good, place, count);
                    }
                }
            }
        }
    }
}
