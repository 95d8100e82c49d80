//! Waiting without sleeping: polls until it is so, and panics when that takes too long.

use std::time::{Duration, Instant};

/// Far beyond what anything here takes, so that only a hang meets it.
const LIMIT: Duration = Duration::from_secs(30);

/// Gives the processor away until `is_so`.
///
/// # Panics
/// After half a minute, with `what` was waited for.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "waited {LIMIT:?} in vain: {what}");
        std::thread::yield_now();
    }
}
