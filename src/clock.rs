//! Time as a parameter: whoever needs it is handed a clock.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A monotonic clock.
pub trait Clock: Send + Sync {
    /// The time since some fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// How long a thread may sleep to wake at `until`; none for a clock that wakes its sleepers itself.
    fn sleep_for(&self, until: Duration) -> Option<Duration> {
        Some(until.saturating_sub(self.now()))
    }

    /// Tells a clock that wakes its sleepers itself how to.
    fn wake_with(&self, _wake: Arc<dyn Fn() + Send + Sync>) {}
}

/// The system's monotonic clock, counted from when this value was made.
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
#[derive(Default)]
pub struct ManualClock(Mutex<Manual>);

#[derive(Default)]
struct Manual {
    now: Duration,
    sleepers: Vec<Arc<dyn Fn() + Send + Sync>>,
}

impl ManualClock {
    /// A clock that stands at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on and wakes whoever waits for it.
    pub fn advance(&self, by: Duration) {
        let sleepers = {
            let mut manual = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            manual.now += by;
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
