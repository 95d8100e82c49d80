//! How many requests are answered: a bucket of tokens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A bucket that holds `burst` requests, and gains one each `interval`: over it requests are refused with 429.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::web::RateLimit;
///
/// let limit = RateLimit::new(Duration::from_secs(1), 1);
/// let at = |millis| limit.allows(Duration::from_millis(millis));
/// assert_eq!([at(0), at(10), at(1_020), at(1_030)], [true, false, true, false]);
/// ```
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    burst: u32,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    /// None before the first request.
    looked_at: Option<Duration>,
}

impl RateLimit {
    /// A full bucket. An interval of zero limits nothing; a burst of zero refuses all.
    pub fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, burst, bucket: Mutex::new(Bucket { tokens: burst.into(), looked_at: None }) }
    }

    /// Whether a request at `now` is answered. `now` is of a clock that does not go back. Costs a lock that nobody keeps.
    pub fn allows(&self, now: Duration) -> bool {
        if self.interval.is_zero() {
            return true;
        }
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let since = bucket.looked_at.map_or(Duration::ZERO, |before| now.saturating_sub(before));
        bucket.looked_at = Some(bucket.looked_at.map_or(now, |before| before.max(now)));
        let gained = since.as_secs_f64() / self.interval.as_secs_f64();
        bucket.tokens = (bucket.tokens + gained).min(self.burst.into());
        let is_allowed = bucket.tokens >= 1.0;
        if is_allowed {
            bucket.tokens -= 1.0;
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_allowed_than_the_burst_and_one_an_interval_and_a_bucket_of_none_allows_none() {
        let limit = RateLimit::new(Duration::from_millis(100), 5);
        let allowed = (0..10_000).filter(|millis| limit.allows(Duration::from_millis(*millis))).count();
        assert!((104..=105).contains(&allowed), "{allowed}");
        let none = RateLimit::new(Duration::from_secs(1), 0);
        assert!((0..100).all(|seconds| !none.allows(Duration::from_secs(seconds))));
        let open = RateLimit::new(Duration::ZERO, 0);
        assert!((0..100).all(|_| open.allows(Duration::ZERO)));
    }
}
