//! Which samples of one scrape are stored.
//!
//! A sample that is more than an hour old or more than ten minutes ahead is out of bounds. Of a series, each sample has to be
//! newer than the one before it on the page: of two at the same time the first stays.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::labels::Series;
use super::{Release, Sample};
use crate::exposition::{Problem, Severity};

/// Lost samples that are told one by one; of the others, how many they are.
const TOLD: usize = 10_000;
/// How old a sample may be: half of a block.
const BEHIND_MS: i64 = 60 * 60 * 1000;
/// How far ahead of the clock.
const AHEAD_MS: i64 = 10 * 60 * 1000;

pub(super) struct Store<'a> {
    release: Release,
    now: i64,
    /// The newest of each series, and its line.
    newest: HashMap<Series<'a>, (i64, usize)>,
    /// Where series were written so, for the third to tell samples without a timestamp apart.
    written: HashMap<&'a [u8], usize>,
    stored: usize,
    problems: Vec<Problem>,
    /// Lost ones that are not told.
    untold: usize,
}

impl<'a> Store<'a> {
    pub(super) fn new(release: Release, now: i64) -> Self {
        Self {
            release,
            now,
            newest: HashMap::new(),
            written: HashMap::new(),
            stored: 0,
            problems: Vec::new(),
            untold: 0,
        }
    }

    pub(super) fn add(&mut self, sample: &Sample<'a>, series: Series<'a>) {
        if self.release == Release::V3
            && sample.timestamp.is_none()
            && let Some(first) = self.written.get(sample.written)
        {
            return self.lost(
                sample,
                "series-twice",
                format!("the same series is on line {first}, and that sample stays"),
            );
        }
        let time = sample.timestamp.unwrap_or(self.now);
        let seconds = |milliseconds: i64| milliseconds / 1000;
        if time < self.now.saturating_sub(BEHIND_MS) {
            let what = format!("it is {} s old, and Prometheus takes an hour", seconds(self.now.saturating_sub(time)));
            return self.lost(sample, "timestamp-out-of-bounds", what);
        }
        if time > self.now.saturating_add(AHEAD_MS) {
            let ahead = seconds(time.saturating_sub(self.now));
            let what = format!("it is {ahead} s ahead of this clock, and Prometheus takes ten minutes");
            return self.lost(sample, "timestamp-out-of-bounds", what);
        }
        self.written.entry(sample.written).or_insert(sample.line);
        match self.newest.entry(series) {
            Entry::Vacant(place) => {
                place.insert((time, sample.line));
            }
            Entry::Occupied(mut place) => {
                let (newest, first) = *place.get();
                if time > newest {
                    place.insert((time, sample.line));
                } else if time == newest {
                    let what = format!("the same series is on line {first}, and that sample stays");
                    return self.lost(sample, "series-twice", what);
                } else {
                    let what = format!("a newer sample of its series is on line {first}, and that one stays");
                    return self.lost(sample, "timestamp-backwards", what);
                }
            }
        }
        self.stored += 1;
    }

    fn lost(&mut self, sample: &Sample<'_>, rule: &'static str, what: String) {
        if self.problems.len() == TOLD {
            self.untold += 1;
            return;
        }
        let family = String::from_utf8_lossy(sample.name).trim().to_owned();
        let problem = Problem::of_page(Severity::Error, rule, format!("this sample is lost: {what}"));
        self.problems.push(Problem { line: Some(sample.line), family: Some(family), ..problem });
    }

    /// How many are stored.
    pub(super) fn commit(self, problems: &mut Vec<Problem>) -> usize {
        problems.extend(self.problems);
        if self.untold > 0 {
            let what = format!("{} more samples are lost", self.untold);
            problems.push(Problem::of_page(Severity::Error, "samples-lost", what));
        }
        self.stored
    }
}
