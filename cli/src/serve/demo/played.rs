//! For tests: a demo that is played as fast as it can be, with a scrape each so often of its own time.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::{Clock, ManualClock};

use crate::serve::pace::Time;

/// How far it is played, and when it is scraped.
pub(super) struct Steps {
    pub(super) clock: Arc<ManualClock>,
    pub(super) end: Duration,
    /// Between two scrapes.
    pub(super) every: Duration,
    next: Cell<Duration>,
}

impl Steps {
    pub(super) fn new(clock: Arc<ManualClock>, end: Duration, every: Duration) -> Self {
        Self { clock, end, every, next: Cell::default() }
    }
}

/// What scrapes while it is played.
pub(super) trait Scrapes {
    fn steps(&self) -> &Steps;

    fn scrape(&self);
}

impl<S: Scrapes> Time for S {
    fn now(&self) -> Duration {
        self.steps().clock.now()
    }

    fn unix(&self) -> Duration {
        self.steps().clock.unix()
    }

    fn is_over(&self) -> bool {
        self.now() >= self.steps().end
    }

    fn sleep_until(&self, due: Duration) -> bool {
        let Steps { clock, end, every, next } = self.steps();
        while next.get() <= due.min(*end) {
            clock.advance(next.get().saturating_sub(clock.now()));
            self.scrape();
            next.set(next.get() + *every);
        }
        clock.advance(due.saturating_sub(clock.now()));
        !self.is_over()
    }
}
