//! A limit on how often the log says the same.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// It is said again after this time at the earliest: failures come by the thousand.
const SAY_AGAIN: Duration = Duration::from_secs(10);

/// When something was last said. One for each thing that there is to say.
#[derive(Debug, Default)]
pub(super) struct LogLimit(Cell<Option<Instant>>);

impl LogLimit {
    /// Whether it may be said now.
    pub(super) fn allows(&self) -> bool {
        let is_allowed = self.0.get().is_none_or(|last| last.elapsed() >= SAY_AGAIN);
        if is_allowed {
            self.0.set(Some(Instant::now()));
        }
        is_allowed
    }
}
