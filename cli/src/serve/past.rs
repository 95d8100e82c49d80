//! A quarter of an hour before now, for the demo: its history is there when somebody opens it, and is what it played.
//!
//! The exporter's clock begins in the past and is moved from second to second, each with a render, while the demo plays as it always
//! does. When it has come to now it is let go, and threads take over. No number is made up for it: it is the demo, played fast.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use openclaw_prometheus::Clock;
use openclaw_prometheus::publish::Publisher;

use super::pace::{Stop, Time};

/// How far before now the demo begins: longer than what a page shows by second, so that its beginning is not on it.
pub(super) const PAST: Duration = Duration::from_secs(16 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// A clock that is moved through the past, and goes by itself once it is let go.
#[derive(Debug)]
pub(super) struct PastClock {
    /// The time of day at 0. A demo does not follow when somebody sets the system's clock.
    unix_start: Duration,
    hand: Mutex<Hand>,
}

#[derive(Debug, Clone, Copy)]
struct Hand {
    now: Duration,
    /// When it was let go.
    goes_since: Option<Instant>,
}

impl PastClock {
    /// One that shows so long before now.
    pub(super) fn before_now(past: Duration) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let hand = Hand { now: Duration::ZERO, goes_since: None };
        Self { unix_start: unix.saturating_sub(past), hand: Mutex::new(hand) }
    }

    /// Has it go by itself from now on.
    pub(super) fn let_go(&self) {
        self.lock().goes_since.get_or_insert_with(Instant::now);
    }

    /// Moves it on, as long as it does not go by itself.
    pub(super) fn move_to(&self, now: Duration) {
        let mut hand = self.lock();
        hand.now = hand.now.max(now);
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for PastClock {
    fn now(&self) -> Duration {
        let Hand { now, goes_since } = *self.lock();
        now + goes_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn unix(&self) -> Duration {
        self.unix_start + self.now()
    }
}

/// Time that passes as fast as renders do, until it is now.
pub(super) struct Past<'p> {
    clock: &'p PastClock,
    publishers: RefCell<&'p mut [Publisher]>,
}

impl<'p> Past<'p> {
    pub(super) fn new(clock: &'p PastClock, publishers: &'p mut [Publisher]) -> Self {
        Self { clock, publishers: RefCell::new(publishers) }
    }
}

impl Time for Past<'_> {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn unix(&self) -> Duration {
        self.clock.unix()
    }

    fn is_over(&self) -> bool {
        self.unix() >= SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn sleep_until(&self, due: Duration) -> bool {
        while self.now() < due {
            if self.is_over() {
                return false;
            }
            let second = Duration::from_secs(self.now().as_secs()) + SECOND;
            self.clock.move_to(second.min(due));
            if self.now() == second {
                self.publishers.borrow_mut().iter_mut().for_each(Publisher::tick);
            }
        }
        !self.is_over()
    }
}

/// Time as that clock tells it once it goes, until somebody says stop.
pub(super) struct Present<'p> {
    clock: &'p PastClock,
    stop: &'p Stop,
}

impl<'p> Present<'p> {
    pub(super) fn new(clock: &'p PastClock, stop: &'p Stop) -> Self {
        Self { clock, stop }
    }
}

impl Time for Present<'_> {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn unix(&self) -> Duration {
        self.clock.unix()
    }

    fn is_over(&self) -> bool {
        self.stop.is_over()
    }

    fn sleep_until(&self, due: Duration) -> bool {
        self.stop.sleep_until(self.stop.now() + due.saturating_sub(self.now()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use openclaw_prometheus::config::Config;
    use openclaw_prometheus::exporter::Exporter;

    use super::*;

    #[test]
    fn the_past_is_over_when_it_is_now_and_the_clock_goes_on_without_a_step() {
        let clock = Arc::new(PastClock::before_now(SECOND * 20));
        let mut exporter = Exporter::new(&Config::default(), clock.clone()).unwrap();
        let (before, began) = (clock.now(), Instant::now());
        let past = Past::new(&clock, std::slice::from_mut(&mut exporter.publisher));
        let mut slept = 0;
        while past.sleep_until(SECOND * (slept + 1)) {
            slept += 1;
        }
        assert_eq!(before, Duration::ZERO);
        assert!((19..=40).contains(&slept), "{slept} s");
        assert!(began.elapsed() < SECOND * 15, "it is played fast");
        let at_end = clock.now();
        clock.let_go();
        assert!(clock.now() >= at_end && clock.now() < at_end + SECOND * 10);
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(clock.unix().abs_diff(unix) < SECOND * 2);
    }
}
