//! Time as a parameter: whoever needs it is handed a clock.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A monotonic clock, and the time of day.
pub trait Clock: Send + Sync {
    /// The time since some fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// The time since 1970 in UTC, which may go back when somebody corrects it. The system's, unless a clock knows better.
    fn unix(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// How long a thread may sleep to wake at `until`; none for a clock that wakes its sleepers itself.
    fn sleep_for(&self, until: Duration) -> Option<Duration> {
        Some(until.saturating_sub(self.now()))
    }

    /// Tells a clock that wakes its sleepers itself how to.
    fn wake_with(&self, _wake: Arc<dyn Fn() + Send + Sync>) {}
}

impl fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// The system's monotonic clock, counted from when this value was made.
///
/// ```
/// use openclaw_prometheus::{Clock, SystemClock};
/// let clock = SystemClock::new();
/// assert!(clock.now() <= clock.now());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that starts at zero now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that moves when it is told to: no test has to sleep.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::{Clock, ManualClock};
/// let clock = ManualClock::new();
/// clock.advance(Duration::from_secs(3));
/// assert_eq!(clock.now(), Duration::from_secs(3));
/// ```
#[derive(Default)]
pub struct ManualClock(Mutex<Manual>);

#[derive(Default)]
struct Manual {
    now: Duration,
    /// The time of day at `now` 0.
    unix_start: Duration,
    sleepers: Vec<Arc<dyn Fn() + Send + Sync>>,
}

impl ManualClock {
    /// A clock that stands at zero, which is the start of 1970.
    pub fn new() -> Self {
        Self::default()
    }

    /// A clock that stands at zero, which is `unix` after the start of 1970.
    pub fn at(unix: Duration) -> Self {
        Self(Mutex::new(Manual { unix_start: unix, ..Manual::default() }))
    }

    /// Moves the clock on, to `Duration::MAX` at most, and wakes whoever waits for it.
    pub fn advance(&self, by: Duration) {
        let sleepers = {
            let mut manual = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            manual.now = manual.now.saturating_add(by);
            manual.sleepers.clone()
        };
        sleepers.iter().for_each(|wake| wake());
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn unix(&self) -> Duration {
        let manual = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        manual.unix_start.saturating_add(manual.now)
    }

    fn sleep_for(&self, _until: Duration) -> Option<Duration> {
        None
    }

    fn wake_with(&self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sleepers.push(wake);
    }
}

macro_rules! delegate {
    ($($pointer:ty),*) => {$(
        impl<C: Clock + ?Sized> Clock for $pointer {
            fn now(&self) -> Duration {
                (**self).now()
            }

            fn unix(&self) -> Duration {
                (**self).unix()
            }

            fn sleep_for(&self, until: Duration) -> Option<Duration> {
                (**self).sleep_for(until)
            }

            fn wake_with(&self, wake: Arc<dyn Fn() + Send + Sync>) {
                (**self).wake_with(wake);
            }
        }
    )*};
}
delegate!(&C, Arc<C>);
