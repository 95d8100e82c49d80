//! When series were created, as readers notice it: recording reads no clock.
//!
//! A series that a look finds first was created after the look before, and the time of that one is told as its creation
//! time; before the first look it is the time at which the registry was built. So it is never too late, too early by one
//! look at most, and the same for all readers: once noticed it does not change.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::sync::{AtomicU64, Relaxed, zeroed};

/// Milliseconds since 1970 and one; 0 for a time that is not known yet.
// Relaxed everywhere: each is a number for itself, by which nothing else is found.
type Time = AtomicU64;

/// A clock to be asked for the time of day.
#[derive(Clone)]
pub(crate) struct DayClock(pub(crate) Arc<dyn Clock>);

impl fmt::Debug for DayClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DayClock").field(&self.0.unix()).finish()
    }
}

/// The creation times of a registry's series.
pub(crate) struct Created {
    clock: DayClock,
    /// When the last look began that has ended, by whichever reader: it found all series that were there by then.
    looked_at: Time,
    /// By number in the label table.
    series: Box<[Time]>,
}

/// A look that has begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    began: u64,
    /// The creation time of what this look finds first.
    since: u64,
}

/// The creation time of series that exist together, from their declaration on.
#[derive(Debug, Default)]
pub(crate) struct CreatedAt(Time);

impl Created {
    pub(crate) fn new(clock: DayClock, series: u32) -> Self {
        let looked_at = Time::new(now(&clock));
        Self { clock, looked_at, series: zeroed(series as usize) }
    }

    /// Bytes for so many series.
    pub(crate) fn bytes(series: u32) -> usize {
        series as usize * size_of::<Time>()
    }

    /// Begins a look.
    pub(crate) fn begin(&self) -> Look {
        let began = now(&self.clock);
        // Where the time of day was set back nothing is created in the future.
        Look { began, since: self.looked_at.load(Relaxed).min(began) }
    }

    /// Ends a look that found everything that was there when it began.
    pub(crate) fn end(&self, look: Look) {
        self.looked_at.store(look.began, Relaxed);
    }

    /// Notes that `look` found series number `number` of the label table.
    pub(crate) fn note_series(&self, number: u32, look: Look) {
        if let Some(time) = self.series.get(number as usize) {
            note(time, look);
        }
    }

    /// When series number `number` of the label table was created.
    pub(crate) fn series(&self, number: u32) -> Option<Duration> {
        told(self.series.get(number as usize)?)
    }
}

impl CreatedAt {
    /// Notes that `look` found the series.
    pub(crate) fn note(&self, look: Look) {
        note(&self.0, look);
    }

    /// When the series were created.
    pub(crate) fn get(&self) -> Option<Duration> {
        told(&self.0)
    }
}

fn now(clock: &DayClock) -> u64 {
    u64::try_from(clock.0.unix().as_millis()).unwrap_or(u64::MAX - 1) + 1
}

/// Only the first reader's note counts.
fn note(time: &Time, look: Look) {
    if time.load(Relaxed) == 0 {
        let _ = time.compare_exchange(0, look.since, Relaxed, Relaxed);
    }
}

fn told(time: &Time) -> Option<Duration> {
    time.load(Relaxed).checked_sub(1).map(Duration::from_millis)
}
