//! When series were created, as readers notice it: recording reads no clock.
//!
//! A series that a render finds first was created after the render before, and the time of that one is told as its
//! creation time; before the first it is the time at which the registry was built. So it is never too late, too early by
//! one render at most, and the same for all readers: once noticed it does not change.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::label::index::SeriesIndex;
use crate::sync::{AtomicU64, OutOfMemory, Relaxed, zeroed};

/// Milliseconds since 1970 and one; 0 for a time that is not known yet.
// Relaxed everywhere: each is a number for itself, by which nothing else is found.
type AtomicMillis = AtomicU64;

/// A clock to be asked for the time of day.
#[derive(Clone)]
pub(crate) struct WallClock(pub(crate) Arc<dyn Clock>);

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WallClock").field(&self.0.unix()).finish()
    }
}

/// The creation times of a registry's series.
pub(crate) struct CreatedTimes {
    clock: WallClock,
    /// When the last reading began that has ended, by whichever reader: it found all series that were there by then.
    read_at: AtomicMillis,
    /// By number in the label table.
    series: Box<[AtomicMillis]>,
}

/// The times of a reading that has begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadTimes {
    began: u64,
    /// The creation time of what this reading finds first.
    since: u64,
}

/// The creation time of series that exist together, from their declaration on.
#[derive(Debug, Default)]
pub(crate) struct CreatedTime(AtomicMillis);

impl CreatedTimes {
    pub(crate) fn new(clock: WallClock, series: u32) -> Result<Self, OutOfMemory> {
        let read_at = AtomicMillis::new(now(&clock));
        Ok(Self { clock, read_at, series: zeroed(series as usize)? })
    }

    /// Bytes for so many series.
    pub(crate) fn bytes(series: u32) -> usize {
        series as usize * size_of::<AtomicMillis>()
    }

    /// Begins a reading.
    pub(crate) fn begin(&self) -> ReadTimes {
        let began = now(&self.clock);
        // Where the time of day was set back nothing is created in the future.
        ReadTimes { began, since: self.read_at.load(Relaxed).min(began) }
    }

    /// Ends a reading that found everything that was there when it began.
    pub(crate) fn end(&self, times: ReadTimes) {
        self.read_at.store(times.began, Relaxed);
    }

    /// Notes that a reading of `times` found a series of the label table.
    pub(crate) fn note_series(&self, series: SeriesIndex, times: ReadTimes) {
        if let Some(time) = self.series.get(series.as_usize()) {
            note(time, times);
        }
    }

    /// When a series of the label table was created.
    pub(crate) fn series(&self, series: SeriesIndex) -> Option<Duration> {
        told(self.series.get(series.as_usize())?)
    }
}

impl CreatedTime {
    /// Notes that a reading of `times` found the series.
    pub(crate) fn note(&self, times: ReadTimes) {
        note(&self.0, times);
    }

    /// When the series were created.
    pub(crate) fn get(&self) -> Option<Duration> {
        told(&self.0)
    }
}

fn now(clock: &WallClock) -> u64 {
    u64::try_from(clock.0.unix().as_millis()).unwrap_or(u64::MAX - 1) + 1
}

/// Only the first reader's note counts.
fn note(time: &AtomicMillis, times: ReadTimes) {
    if time.load(Relaxed) == 0 {
        let _ = time.compare_exchange(0, times.since, Relaxed, Relaxed);
    }
}

fn told(time: &AtomicMillis) -> Option<Duration> {
    time.load(Relaxed).checked_sub(1).map(Duration::from_millis)
}
