//! Calls into code that is not ours: collectors, observers, clocks, the logger.
//!
//! A panic there ends nothing of ours: it is caught here and told as a sentence. Whoever calls holds no lock of ours
//! meanwhile, as that code may ask us for anything: a logger for the health of what it is told about.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A line is said again after this time at the earliest: failures come by the thousand.
pub(crate) const SAY_AGAIN: Duration = Duration::from_secs(10);
/// What a log limit counts its time from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What `act` gives, or what its panic said.
pub(crate) fn call<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    // What the callers share with `act` guards itself, or is not used again.
    panic::catch_unwind(AssertUnwindSafe(act)).map_err(message)
}

/// When lines of one kind were last said. One for each kind that there is to say.
#[derive(Debug, Default)]
pub(crate) struct LogLimit {
    /// Milliseconds from the start, and 1; 0 for never. Relaxed: of two threads at once one is let through.
    said_at: AtomicU64,
}

impl LogLimit {
    pub(crate) const fn new() -> Self {
        Self { said_at: AtomicU64::new(0) }
    }

    /// Whether it may be said now.
    pub(crate) fn allows(&self) -> bool {
        self.allows_at(START.elapsed())
    }

    fn allows_at(&self, time: Duration) -> bool {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let (said_at, now) = (self.said_at.load(Ordering::Relaxed), millis(time).saturating_add(1));
        let is_allowed = said_at == 0 || now.saturating_sub(said_at) >= millis(SAY_AGAIN);
        is_allowed && self.said_at.compare_exchange(said_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Tells the host's log a line, unless one of its kind was told only now; `unlimited` for what its caller sees to. The
/// logger is not ours: it may panic, and no lock may be held.
macro_rules! say {
    (unlimited, $level:ident, $($line:tt)+) => {
        let _ = $crate::foreign::call(|| log::$level!($($line)+));
    };
    ($limit:expr, $level:ident, $($line:tt)+) => {
        if $crate::foreign::LogLimit::allows($limit) {
            $crate::foreign::say!(unlimited, $level, $($line)+);
        }
    };
}
pub(crate) use say;

/// What a panic said.
pub(crate) fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("without a message").to_owned();
    // What was thrown may throw again when it goes; that is then left where it is.
    if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_kind_is_said_once_in_ten_seconds() {
        let limit = LogLimit::new();
        let allowed = |seconds: u64| limit.allows_at(Duration::from_secs(seconds));
        assert_eq!([0, 0, 9, 10, 15, 20, 1000].map(allowed), [true, false, false, true, false, true, true]);
        assert!(!limit.allows_at(Duration::ZERO), "time that goes back");
    }

    struct Again;

    impl Drop for Again {
        fn drop(&mut self) {
            std::panic::panic_any(7);
        }
    }

    #[test]
    fn a_panic_is_told_in_its_words_whatever_was_thrown() {
        assert_eq!(call(|| 1), Ok(1));
        assert_eq!(call(|| -> u8 { panic!("plain") }), Err("plain".into()));
        assert_eq!(call(|| -> u8 { panic!("of {}", 2) }), Err("of 2".into()));
        assert_eq!(call(|| -> u8 { panic::panic_any(3) }), Err("without a message".into()));
        assert_eq!(call(|| -> u8 { panic::panic_any(Again) }), Err("without a message".into()));
    }
}
