//! How fast a recording is replayed, again and again if that is asked for, and what is said of it meanwhile.
//!
//! Events come as far apart as they were recorded, divided by the speed; a pause is cut to [`LONGEST_PAUSE`], and time that
//! runs backwards is none. Whatever the recording, a round of a loop takes [`LEAST_ROUND`] divided by the speed at the least:
//! one that spans no time is no busy loop. A bad line is told in the first round, and of many only the first ones.

use std::io::{self, BufRead, Read};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use openclaw_prometheus::openclaw::{DiagnosticEvent, Metadata, OpenClaw, Replay};

use crate::logging::{Level, say};

/// A pause in a recording is cut to this, so that a replay does not look dead.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A round of a loop takes as long at least.
const LEAST_ROUND: Duration = Duration::from_secs(1);
/// So many bad lines of a recording are told one by one.
const TOLD_LINES: u64 = 10;

/// Time that passes, and somebody who may say that it is enough.
pub(super) trait Time {
    /// Since some fixed moment.
    fn now(&self) -> Duration;

    /// The time of day, since 1970.
    fn unix(&self) -> Duration;

    /// Whether it is time to stop.
    fn is_over(&self) -> bool;

    /// Sleeps until `due`. False if it is time to stop.
    fn sleep_until(&self, due: Duration) -> bool;
}

/// The rounds of one recording.
pub(super) struct Rounds<'a, T> {
    time: &'a T,
    /// What the recording is called.
    name: &'a str,
    tell: fn(Level, &str),
    began_at: Option<Duration>,
    skipped: u64,
    is_first: bool,
    has_failed: bool,
}

impl<'a, T: Time> Rounds<'a, T> {
    pub(super) fn new(time: &'a T, name: &'a str) -> Self {
        Self { time, name, tell: say, began_at: None, skipped: 0, is_first: true, has_failed: false }
    }

    /// Lines that were skipped, all rounds together.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Waits until another round may begin. False if it is time to stop.
    pub(super) fn go_on(&mut self, speed: f64) -> bool {
        let now = self.time.now();
        let due = self.began_at.map_or(now, |at| at.saturating_add(divided(LEAST_ROUND, speed)));
        if !self.time.sleep_until(due) {
            return false;
        }
        self.began_at = Some(self.time.now());
        true
    }

    /// Replays the recording once.
    pub(super) fn pass(&mut self, reader: impl BufRead, openclaw: &OpenClaw, pace: &mut Pace<'_, T>) {
        self.each(reader, |event, metadata, ts| {
            if pace.wait_for(ts) {
                openclaw.observe(event, metadata);
            }
        });
    }

    fn each(&mut self, reader: impl BufRead, each: impl FnMut(&DiagnosticEvent<'_>, Metadata, Option<u64>)) {
        let (time, mut bad) = (self.time, 0);
        let outcome = Replay::new(Until { reader, time }).for_each(each, |line| {
            // A line cut short by the stop is nobody's fault.
            if !time.is_over() {
                bad += 1;
                if self.is_first && bad <= TOLD_LINES {
                    (self.tell)(Level::Warn, &format!("{}: {line}", self.name));
                }
            }
        });
        if self.is_first && bad > TOLD_LINES {
            let more = bad - TOLD_LINES;
            (self.tell)(Level::Warn, &format!("{}: {more} more lines cannot be used", self.name));
        }
        self.is_first = false;
        self.skipped += bad;
        if let Err(error) = outcome {
            self.skipped += 1;
            if !std::mem::replace(&mut self.has_failed, true) {
                let name = self.name;
                (self.tell)(Level::Error, &format!("{name}: {error}; what was read so far stays served"));
            }
        }
    }
}

/// A recording that ends when it is time to stop.
struct Until<'a, R, T> {
    reader: R,
    time: &'a T,
}

impl<R: BufRead, T: Time> Read for Until<'_, R, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.time.is_over() { Ok(0) } else { self.reader.read(buffer) }
    }
}

impl<R: BufRead, T: Time> BufRead for Until<'_, R, T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.time.is_over() { Ok(&[]) } else { self.reader.fill_buf() }
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

/// Waits as the recording waited.
pub(super) struct Pace<'a, T> {
    time: &'a T,
    speed: f64,
    /// The time of the last event, in the recording and here.
    last: Option<(u64, Duration)>,
}

impl<'a, T: Time> Pace<'a, T> {
    pub(super) fn recorded(time: &'a T, speed: f64) -> Self {
        Self { time, speed, last: None }
    }

    /// Waits until the event of time `ts` is due. False if it is time to stop.
    pub(super) fn wait_for(&mut self, ts: Option<u64>) -> bool {
        let Some(ts) = ts else { return !self.time.is_over() };
        let due = match self.last {
            None => self.time.now(),
            Some((last_ts, last_due)) => {
                let pause = Duration::from_millis(ts.saturating_sub(last_ts)).min(LONGEST_PAUSE);
                last_due.saturating_add(divided(pause, self.speed))
            }
        };
        self.last = Some((ts, due));
        self.time.sleep_until(due)
    }
}

/// As much faster; no speed makes it more than there is.
pub(super) fn divided(time: Duration, speed: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() / speed).unwrap_or(Duration::MAX)
}

/// The system's time; tells threads to stop, also while they sleep.
pub(super) struct Stop {
    start: Instant,
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), is_set: Mutex::new(false), changed: Condvar::new() }
    }

    /// Waits until it is set.
    pub(super) fn wait(&self) {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(is_set, |is_set| !*is_set));
    }

    pub(super) fn set(&self) {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
}

impl Time for Stop {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn unix(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, due: Duration) -> bool {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = due.saturating_sub(self.now());
        let woken = self.changed.wait_timeout_while(is_set, rest, |is_set| !*is_set);
        !*woken.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Time that passes as fast as it is slept, and is over after a while.
    struct Dream {
        now: Cell<Duration>,
        end: Duration,
    }

    impl Dream {
        fn of(seconds: u64) -> Self {
            Self { now: Cell::new(Duration::ZERO), end: Duration::from_secs(seconds) }
        }
    }

    impl Time for Dream {
        fn now(&self) -> Duration {
            self.now.get()
        }

        fn unix(&self) -> Duration {
            self.now.get()
        }

        fn is_over(&self) -> bool {
            self.now.get() >= self.end
        }

        fn sleep_until(&self, due: Duration) -> bool {
            self.now.set(self.now.get().max(due).min(self.end));
            !self.is_over()
        }
    }

    thread_local! {
        static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// How many events a minute of a loop replays, how many lines it skips, and what it says.
    fn minute(recording: &str, speed: f64) -> (u64, u64, Vec<String>) {
        TOLD.take();
        let (time, mut events) = (Dream::of(60), 0);
        let mut rounds = Rounds::new(&time, "odd");
        rounds.tell = |_, line| TOLD.with_borrow_mut(|told| told.push(line.to_owned()));
        while rounds.go_on(speed) {
            let mut pace = Pace::recorded(&time, speed);
            rounds.each(recording.as_bytes(), |_, _, ts| events += u64::from(pace.wait_for(ts)));
        }
        (events, rounds.skipped(), TOLD.take())
    }

    fn at(times: &[u64]) -> String {
        let line = |ts: &u64| format!("{{\"event\":{{\"type\":\"diagnostic.gc\",\"ts\":{ts}}}}}\n");
        times.iter().map(line).collect()
    }

    #[test]
    fn one_event_comes_once_a_second() {
        assert_eq!(minute(&at(&[7]), 1.0), (60, 0, vec![]));
        assert_eq!(minute(&at(&[7]), 10.0).0, 600);
        assert_eq!(minute("{\"event\":{\"type\":\"diagnostic.gc\"}}\n", 1.0).0, 60, "without a time");
    }

    #[test]
    fn a_recording_that_spans_no_time_comes_once_a_second() {
        assert_eq!(minute(&at(&[7; 100]), 1.0).0, 6000);
    }

    #[test]
    fn times_that_run_backwards_are_no_pause_and_no_busy_loop() {
        assert_eq!(minute(&at(&[9000, 8000, 7000]), 1.0).0, 180);
        // Two seconds from the second to the third; what comes at the end of the minute is not replayed any more.
        assert_eq!(minute(&at(&[9000, 1000, 3000]), 1.0).0, 89);
    }

    #[test]
    fn a_recording_longer_than_a_second_goes_on_at_its_own_pace() {
        assert_eq!(minute(&at(&[0, 2000, 4000]), 1.0).0, 44);
    }

    #[test]
    fn a_bad_line_is_told_once_and_many_are_counted() {
        let (events, skipped, told) = minute(&format!("nonsense\n{}", at(&[7])), 1.0);
        assert_eq!((events, skipped), (60, 60));
        assert_eq!(told, ["odd: line 1: column 2: expected ident"]);
        let (_, skipped, told) = minute(&"{}\n".repeat(500), 1.0);
        assert_eq!((skipped, told.len()), (30_000, 11));
        assert_eq!(told[10], "odd: 490 more lines cannot be used");
    }

    #[test]
    fn an_empty_recording_waits_too() {
        assert_eq!(minute("", 1.0), (0, 0, vec![]));
    }
}
