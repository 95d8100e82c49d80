//! What is read: the slots of the window, and what they come to.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::cells::{Cells, UNTIMED};
use super::scale;
use crate::label::LabelId;
use crate::sync::OutOfMemory;

/// Slots of a window. It is as long as it says, or up to one slot shorter.
const SLOTS: usize = 8;
/// Targets of a level at most, however much memory there is: whoever records looks through them.
const MOST_TARGETS: usize = 16;
/// Bytes of the counters of an `hdrhistogram`.
const HISTOGRAM_BYTES: usize = scale::COUNT * size_of::<u32>();
/// Bytes of a line with all its slots, and of what they come to.
const LINE_BYTES: usize = Cells::LINE_BYTES + (SLOTS + 1) * HISTOGRAM_BYTES;

/// Windows of several levels, recorded by any thread and read by one.
pub(crate) struct Windows {
    cells: Cells,
    quantiles: [f64; 4],
    /// The render thread's. Nobody who records takes it.
    reader: Mutex<Reader>,
}

/// Whose figures they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// All of a level.
    All,
    /// One target of it.
    One(LabelId),
    /// The targets that have no window of their own.
    Others,
}

/// The figures of a level or of one of its targets.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Stats {
    /// All there ever were.
    pub(crate) total: Outcomes,
    /// Those of the window.
    pub(crate) window: Outcomes,
    /// The quantiles in seconds, of those of the window that had a time; none if there were none.
    pub(crate) quantiles: Option<[f64; 4]>,
}

/// How many there were, and how many went well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) all: u64,
    pub(crate) good: u64,
}

impl Outcomes {
    fn add(&mut self, is_good: bool, count: u64) {
        self.all += count;
        self.good += if is_good { count } else { 0 };
    }

    fn subtract(&mut self, other: Self) {
        self.all = self.all.saturating_sub(other.all);
        self.good = self.good.saturating_sub(other.good);
    }

    fn merge(&mut self, other: Self) {
        self.all += other.all;
        self.good += other.good;
    }
}

struct Reader {
    /// How long a slot takes; none before the first window.
    slot: Duration,
    /// The number of the newest slot since the clock's beginning; none before the first reading.
    newest: Option<u64>,
    lines: Box<[Line]>,
    /// Of each level what all its lines come to.
    sums: Box<[Sum]>,
    /// Whether anything is other than when the figures were last looked at.
    has_changed: bool,
}

#[derive(Default)]
struct Line {
    total: Outcomes,
    window: Outcomes,
    sum: Sum,
    /// The slots that something is in, the oldest first, with their numbers.
    slots: VecDeque<(u64, Slot)>,
}

/// What several slots come to.
#[derive(Default)]
struct Sum {
    histogram: Option<Histogram<u32>>,
    /// INVARIANT: those of the histogram, unless it has changed since.
    quantiles: Option<[f64; 4]>,
    has_changed: bool,
}

#[derive(Default)]
struct Slot {
    outcomes: Outcomes,
    histogram: Option<Histogram<u32>>,
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows").field("levels", &self.cells.levels()).finish_non_exhaustive()
    }
}

impl Windows {
    /// For a level for each item, which tells whether it is split, and as many targets of those that are as fit into so many
    /// bytes; and the quantiles that are told.
    ///
    /// # Errors
    /// There is no memory for the cells. That of slots is asked for as they fill.
    pub(crate) fn new(levels: &[bool], bytes: usize, quantiles: [f64; 4]) -> Result<Self, OutOfMemory> {
        // Each level has a line at least, and what its lines come to.
        let fixed = levels.len() * (LINE_BYTES + HISTOGRAM_BYTES);
        let split = levels.iter().filter(|is_split| **is_split).count();
        let targets = (bytes.saturating_sub(fixed) / (split.max(1) * LINE_BYTES)).min(MOST_TARGETS);
        let cells = Cells::new(levels.iter().map(|is_split| if *is_split { targets as u32 } else { 0 }))?;
        let reader = Reader {
            slot: Duration::ZERO,
            newest: None,
            lines: (0..cells.all_lines()).map(|_| Line::default()).collect(),
            sums: levels.iter().map(|_| Sum::default()).collect(),
            has_changed: true,
        };
        Ok(Self { cells, quantiles, reader: Mutex::new(reader) })
    }

    /// Counts an observation of a level: of which target, whether it went well, and how many seconds it took. About ten
    /// instructions, and as many for a target; lock-free, never allocates.
    #[inline]
    pub(crate) fn add(&self, level: usize, target: Option<LabelId>, is_good: bool, seconds: Option<f64>) {
        self.cells.add(level, target, is_good, seconds);
    }

    /// Makes windows so long from now on. If they were of another length they are empty again; totals stay.
    pub(crate) fn set_length(&self, window: Duration) {
        let mut reader = self.reader();
        let slot = (window / SLOTS as u32).max(Duration::from_nanos(1));
        if slot != reader.slot {
            reader.slot = slot;
            reader.empty();
        }
    }

    /// Takes in what was recorded until `now`, and leaves out what is too old. What was recorded since the last time counts
    /// as of now: it is to be called at least once a [slot](Self::next_turn).
    pub(crate) fn turn(&self, now: Duration) {
        let mut reader = self.reader();
        let reader = &mut *reader;
        if reader.slot.is_zero() {
            return;
        }
        let number = u64::try_from(now.as_nanos() / reader.slot.as_nanos()).unwrap_or(u64::MAX);
        // A clock that goes back stands still here.
        let number = number.max(reader.newest.unwrap_or(0));
        if reader.newest != Some(number) {
            reader.newest = Some(number);
            for level in 0..self.cells.levels() {
                reader.expire(level, self.cells.lines(level), number.saturating_sub(SLOTS as u64 - 1));
            }
        }
        for level in 0..self.cells.levels() {
            for line in self.cells.lines_in_use(level) {
                self.cells.take(line, |is_good, place, count| reader.add(level, line, number, is_good, place, count));
            }
        }
    }

    /// When [`turn`](Self::turn) is to be called next, at the latest; none while nothing is kept.
    pub(crate) fn next_turn(&self) -> Option<Duration> {
        let reader = self.reader();
        let next = reader.newest?.saturating_add(1);
        Some(Duration::from_nanos(u64::try_from(reader.slot.as_nanos()).unwrap_or(u64::MAX).saturating_mul(next)))
    }

    /// Whether anything is other than when this was last asked.
    pub(crate) fn take_changed(&self) -> bool {
        std::mem::take(&mut self.reader().has_changed)
    }

    /// The figures of each level, and of its targets that ever had anything.
    pub(crate) fn stats(&self) -> Vec<(usize, Target, Stats)> {
        let reader = &mut *self.reader();
        let mut all = Vec::new();
        for level in 0..self.cells.levels() {
            let range = self.cells.lines(level);
            let is_split = range.len() > 1;
            let lines = reader.lines.iter_mut().enumerate().skip(range.start).take(range.len());
            let mut sum = Stats::default();
            let mut targets = Vec::new();
            for (number, line) in lines.filter(|(_, line)| line.total.all > 0) {
                sum.total.merge(line.total);
                sum.window.merge(line.window);
                if is_split {
                    let target = self.cells.owner(number).map_or(Target::Others, Target::One);
                    let quantiles = line.sum.quantiles(self.quantiles);
                    targets.push((level, target, Stats { total: line.total, window: line.window, quantiles }));
                }
            }
            sum.quantiles = reader.sums.get_mut(level).and_then(|sum| sum.quantiles(self.quantiles));
            all.push((level, Target::All, sum));
            all.append(&mut targets);
        }
        all
    }

    /// Bytes in use, and what they may come to.
    pub(crate) fn memory(&self) -> [usize; 2] {
        let reader = self.reader();
        let histograms = |line: &Line| {
            usize::from(line.sum.histogram.is_some())
                + line.slots.iter().filter(|(_, slot)| slot.histogram.is_some()).count()
        };
        let lines = reader.lines.iter().filter(|line| line.total.all > 0).count();
        let kept: usize = reader.lines.iter().map(histograms).sum();
        let sums = reader.sums.iter().filter(|sum| sum.histogram.is_some()).count();
        [
            lines * Cells::LINE_BYTES + (kept + sums) * HISTOGRAM_BYTES,
            reader.lines.len() * LINE_BYTES + reader.sums.len() * HISTOGRAM_BYTES,
        ]
    }

    /// A panic while it was held leaves at most one line half told.
    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn empty(&mut self) {
        for line in &mut self.lines {
            (line.window, line.sum) = (Outcomes::default(), Sum::default());
            line.slots.clear();
        }
        self.sums.fill_with(Sum::default);
        (self.newest, self.has_changed) = (None, true);
    }

    /// Takes away what is older than slot `oldest`.
    fn expire(&mut self, level: usize, lines: Range<usize>, oldest: u64) {
        let mut sum = self.sums.get_mut(level);
        for line in self.lines.get_mut(lines).into_iter().flatten() {
            while line.slots.front().is_some_and(|(number, _)| *number < oldest)
                && let Some((_, slot)) = line.slots.pop_front()
            {
                self.has_changed = true;
                line.window.subtract(slot.outcomes);
                let Some(histogram) = slot.histogram else { continue };
                for sum in [Some(&mut line.sum), sum.as_deref_mut()].into_iter().flatten() {
                    sum.subtract(&histogram);
                }
            }
        }
    }

    fn add(&mut self, level: usize, line: usize, number: u64, is_good: bool, place: usize, count: u32) {
        let Some(line) = self.lines.get_mut(line) else { return };
        self.has_changed = true;
        line.total.add(is_good, count.into());
        line.window.add(is_good, count.into());
        if line.slots.back().is_none_or(|(newest, _)| *newest != number) {
            line.slots.push_back((number, Slot::default()));
        }
        let Some((_, slot)) = line.slots.back_mut() else { return };
        slot.outcomes.add(is_good, count.into());
        if place == UNTIMED {
            return;
        }
        record(&mut slot.histogram, place, count);
        for sum in [Some(&mut line.sum), self.sums.get_mut(level)].into_iter().flatten() {
            record(&mut sum.histogram, place, count);
            sum.has_changed = true;
        }
    }
}

impl Sum {
    fn subtract(&mut self, slot: &Histogram<u32>) {
        let Some(histogram) = &mut self.histogram else { return };
        // It was added, so it can be taken away.
        let _ = histogram.subtract(slot);
        if histogram.is_empty() {
            self.histogram = None;
        }
        self.has_changed = true;
    }

    fn quantiles(&mut self, quantiles: [f64; 4]) -> Option<[f64; 4]> {
        if std::mem::take(&mut self.has_changed) {
            self.quantiles = self.histogram.as_ref().and_then(|histogram| quantiles_of(histogram, quantiles));
        }
        self.quantiles
    }
}

fn record(histogram: &mut Option<Histogram<u32>>, place: usize, count: u32) {
    // Its bounds are those of the scale.
    let _ = histogram.get_or_insert_with(histogram_of_steps).record_n(scale::least(place), count);
}

fn histogram_of_steps() -> Histogram<u32> {
    Histogram::new_with_bounds(1, scale::LONGEST, scale::DIGITS)
        .unwrap_or_else(|_| unreachable!("the bounds are constant"))
}

/// The quantiles in seconds, each the middle of its step; none of nothing.
fn quantiles_of(histogram: &Histogram<u32>, quantiles: [f64; 4]) -> Option<[f64; 4]> {
    (!histogram.is_empty()).then(|| {
        quantiles.map(|quantile| {
            let value = histogram.value_at_quantile(quantile);
            (histogram.lowest_equivalent(value) + histogram.highest_equivalent(value)) as f64 / 2e6
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: Duration = Duration::from_secs(80);
    const SLOT: Duration = Duration::from_secs(10);
    const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

    /// Windows with a level that is not split and one that is, at the beginning of time.
    fn windows() -> Windows {
        let windows = Windows::new(&[false, true], 1 << 20, QUANTILES).unwrap();
        windows.set_length(WINDOW);
        windows.turn(Duration::ZERO);
        windows
    }

    fn id(at: u32) -> LabelId {
        LabelId { at, hash: at.wrapping_mul(0x9E37_79B9) }
    }

    fn of(windows: &Windows, level: usize, target: Target) -> Stats {
        let found = windows.stats().into_iter().find(|(at, of, _)| (*at, *of) == (level, target));
        found.map(|(.., stats)| stats).unwrap_or_default()
    }

    /// The quantile of all of them: the least value that this share of them does not exceed.
    fn exact(values: &[f64], quantile: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = (quantile * sorted.len() as f64).ceil() as usize;
        sorted[rank.max(1) - 1]
    }

    fn assert_near(found: [f64; 4], values: &[f64]) -> Result<(), TestCaseError> {
        for (found, quantile) in found.into_iter().zip(QUANTILES) {
            let exact = exact(values, quantile);
            prop_assert!((found - exact).abs() <= exact * 0.01 + 0.6e-6, "{}: {} and not {}", quantile, found, exact);
        }
        Ok(())
    }

    fn check(values: &[f64]) -> Result<(), TestCaseError> {
        let windows = windows();
        for (at, value) in values.iter().enumerate() {
            windows.add(0, None, true, Some(*value));
            if at % 7 == 0 {
                windows.turn(SLOT * (at as u32 % 5));
            }
        }
        windows.turn(SLOT * 5);
        let stats = of(&windows, 0, Target::All);
        prop_assert_eq!(stats.window.all, values.len() as u64);
        assert_near(stats.quantiles.unwrap(), values)
    }

    proptest! {
        #[test]
        fn quantiles_of_random_times_are_near_the_exact_ones(values in prop::collection::vec(1e-6..8000.0_f64, 1..600)) {
            check(&values)?;
        }

        #[test]
        fn and_of_times_over_many_magnitudes(values in prop::collection::vec((-6.0..3.8_f64).prop_map(|power| 10_f64.powf(power)), 1..600)) {
            check(&values)?;
        }

        #[test]
        fn and_of_two_heaps_steps_and_one_that_is_far_off(
            low in 0.001..0.1_f64, high in 1.0..100.0_f64, share in 0..=40_usize, far in 1000.0..8000.0_f64
        ) {
            let heaps: Vec<f64> = (0..40).map(|at| if at < share { low } else { high }).collect();
            check(&heaps)?;
            let steps: Vec<f64> = (0..500).map(|at| low * f64::from(1 + at / 100)).collect();
            check(&steps)?;
            let mut outlier = vec![low; 99];
            outlier.push(far);
            check(&outlier)?;
        }

        /// Against a list of all that happened, whatever the clock does: what is within the window counts, what is older does
        /// not, and what is between is of the eighth that is on its way out.
        #[test]
        fn the_window_is_what_its_length_says(
            steps in prop::collection::vec((0..200_u64, 0..5_usize, any::<bool>(), 0.001..10.0_f64), 1..200)
        ) {
            let windows = windows();
            let (mut now, mut all) = (0, Vec::new());
            for (seconds, count, is_good, value) in steps {
                // A long sleep now and then, and mostly a second or two.
                now += if seconds < 190 { seconds % 3 } else { seconds };
                for _ in 0..count {
                    windows.add(0, None, is_good, Some(value));
                    all.push((now, is_good, value));
                }
                windows.turn(Duration::from_secs(now));
                let newest_slot = now / 10;
                let kept: Vec<_> = all.iter().filter(|(at, ..)| at / 10 + 8 > newest_slot).collect();
                let stats = of(&windows, 0, Target::All);
                prop_assert_eq!(stats.window.all, kept.len() as u64);
                prop_assert_eq!(stats.window.good, kept.iter().filter(|(_, is_good, _)| *is_good).count() as u64);
                prop_assert_eq!(stats.total.all, all.len() as u64);
                prop_assert!(kept.iter().all(|(at, ..)| now - at < 80), "nothing is older than the window");
                prop_assert!(all.iter().filter(|(at, ..)| now - at < 70).count() <= kept.len());
                prop_assert_eq!(stats.quantiles.is_some(), !kept.is_empty());
                if let Some(quantiles) = stats.quantiles {
                    assert_near(quantiles, &kept.iter().map(|(.., value)| *value).collect::<Vec<_>>())?;
                }
            }
        }
    }

    #[test]
    fn an_observation_is_there_until_its_window_is_over_and_not_a_moment_longer() {
        let windows = windows();
        windows.add(0, None, false, Some(3.0));
        windows.turn(Duration::from_secs(5));
        for (now, is_there) in [(5, true), (69, true), (79, true), (80, false), (81, false)] {
            windows.turn(Duration::from_secs(now));
            let stats = of(&windows, 0, Target::All);
            assert_eq!((stats.window.all, stats.quantiles.is_some()), (u64::from(is_there), is_there), "{now}");
            assert_eq!((stats.total.all, stats.total.good), (1, 0));
        }
        assert_eq!(windows.next_turn(), Some(Duration::from_secs(90)));
    }

    #[test]
    fn a_clock_that_jumps_loses_nothing_but_what_is_old() {
        let windows = windows();
        windows.add(0, None, true, Some(1.0));
        windows.turn(Duration::from_secs(1000));
        assert_eq!(of(&windows, 0, Target::All).window.all, 1);
        // Back: it stands still until it is where it was.
        windows.add(0, None, true, Some(1.0));
        windows.turn(Duration::from_secs(10));
        assert_eq!(of(&windows, 0, Target::All).window.all, 2);
        windows.turn(Duration::MAX);
        assert_eq!(of(&windows, 0, Target::All).window.all, 0);
        windows.add(0, None, true, Some(1.0));
        windows.turn(Duration::MAX);
        let stats = of(&windows, 0, Target::All);
        assert_eq!((stats.window.all, stats.total.all), (1, 3));
    }

    #[test]
    fn what_has_no_time_counts_and_has_no_quantile() {
        let windows = windows();
        windows.add(0, None, true, None);
        windows.turn(Duration::from_secs(1));
        let stats = of(&windows, 0, Target::All);
        assert_eq!((stats.window, stats.quantiles), (Outcomes { all: 1, good: 1 }, None));
        windows.add(0, None, true, Some(0.25));
        windows.turn(Duration::from_secs(1));
        assert_near(of(&windows, 0, Target::All).quantiles.unwrap(), &[0.25]).unwrap();
    }

    #[test]
    fn targets_beyond_the_first_are_summed_up_and_all_is_the_sum_of_all() {
        let windows = windows();
        let room = windows.cells.lines(1).len() as u32 - 1;
        assert!((2..=MOST_TARGETS as u32).contains(&room), "{room}");
        for target in 1..=room + 5 {
            for count in 0..target {
                windows.add(1, Some(id(target)), count % 2 == 0, Some(f64::from(target)));
            }
        }
        windows.add(1, None, true, Some(1.0));
        windows.turn(Duration::from_secs(1));
        for target in 1..=room {
            let stats = of(&windows, 1, Target::One(id(target)));
            assert_eq!(stats.window.all, u64::from(target));
            assert_near(stats.quantiles.unwrap(), &[f64::from(target)]).unwrap();
        }
        assert_eq!(of(&windows, 1, Target::One(id(room + 1))), Stats::default());
        let rest: u64 = (room + 1..=room + 5).map(u64::from).sum();
        assert_eq!(of(&windows, 1, Target::Others).window.all, rest + 1);
        let all: u64 = (1..=room + 5).map(u64::from).sum();
        assert_eq!(of(&windows, 1, Target::All).window.all, all + 1);
        windows.turn(Duration::from_secs(200));
        assert_eq!(
            of(&windows, 1, Target::All),
            Stats { total: of(&windows, 1, Target::All).total, ..Stats::default() }
        );
    }

    #[test]
    fn memory_stays_within_its_bound_and_is_given_back() {
        let windows = windows();
        let [idle, bound] = windows.memory();
        assert!(idle == 0 && bound <= 1 << 20, "{idle} of {bound}");
        let fill = |from: u64| {
            for slot in from..from + 20 {
                for target in 0..40 {
                    windows.add(1, Some(id(target + 1)), true, Some(1.0));
                    windows.add(0, None, false, Some(1.0));
                }
                windows.turn(SLOT * slot as u32);
                let [used, bound] = windows.memory();
                assert!(used <= bound, "{used} of {bound}");
            }
            windows.memory()[0]
        };
        let full = fill(1);
        assert!(full * 10 > bound * 9, "{full} of {bound}");
        windows.turn(SLOT * 100);
        let after = windows.memory()[0];
        assert!(after < full / 3, "{after} after {full}");
        assert_eq!(fill(101), full);
    }

    #[test]
    fn another_length_begins_anew_and_keeps_the_totals() {
        let windows = windows();
        windows.add(0, None, true, Some(1.0));
        windows.turn(Duration::from_secs(1));
        windows.set_length(WINDOW);
        assert_eq!(of(&windows, 0, Target::All).window.all, 1);
        windows.set_length(WINDOW * 2);
        assert_eq!(windows.next_turn(), None);
        windows.turn(Duration::from_secs(2));
        let stats = of(&windows, 0, Target::All);
        assert_eq!((stats.window.all, stats.total.all), (0, 1));
    }

    #[test]
    fn threads_that_record_while_it_is_read_lose_nothing() {
        const EACH: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };
        let windows = windows();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let windows = &windows;
                scope.spawn(move || {
                    for at in 0..EACH {
                        let target = id(1 + (at % 30) as u32);
                        windows.add(1, Some(target), at % 4 == thread, Some(at as f64 / 1e4));
                    }
                });
            }
            for turn in 0..200 {
                windows.turn(Duration::from_millis(turn * 100));
            }
        });
        windows.turn(Duration::from_secs(21));
        let stats = of(&windows, 1, Target::All);
        assert_eq!(stats.window, Outcomes { all: 4 * EACH, good: EACH });
        assert_eq!(stats.total, stats.window);
        let by_target: u64 = windows
            .stats()
            .iter()
            .filter(|(level, target, _)| *level == 1 && *target != Target::All)
            .map(|(.., stats)| stats.total.all)
            .sum();
        assert_eq!(by_target, 4 * EACH);
    }
}
