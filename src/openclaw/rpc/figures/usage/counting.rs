//! Which answers are whole enough to be shown.

use super::super::AnswerError;
use super::answers::{CacheStatus, Files};

/// How long an answer is waited for that is whole, in seconds. A transcript that cannot be read is never counted.
pub(super) const PATIENCE_SECONDS: f64 = 600.0;

/// Tells answers in which enough is counted from those in which too much is missing.
#[derive(Debug)]
pub(super) struct Counting {
    /// How many transcripts may be pending for each that is counted, until all were counted once.
    pub(super) at_first: f64,
    /// The same from then on.
    pub(super) later: f64,
    /// Whether all were counted once.
    pub(super) was_whole: bool,
    /// Since when something is pending.
    pub(super) pending_since: Option<f64>,
}

impl Counting {
    pub(super) fn new(at_first: f64, later: f64) -> Self {
        Self { at_first, later, was_whole: false, pending_since: None }
    }

    /// Whether an answer can be shown. An answer without a status has all there is.
    pub(super) fn admit(&mut self, status: Option<&CacheStatus>, now: f64) -> Result<(), AnswerError> {
        let files = status.map_or(Files { counted: 0.0, pending: 0.0 }, CacheStatus::files);
        if files.pending == 0.0 {
            (self.was_whole, self.pending_since) = (true, None);
            return Ok(());
        }
        // More are pending than are counted: some are not counted at all, as after a change of prices.
        let is_begun = files.counted >= files.pending;
        self.was_whole &= is_begun;
        let waited = now - *self.pending_since.get_or_insert(now);
        let allowed = if self.was_whole { self.later } else { self.at_first };
        let is_enough = files.pending <= allowed * files.counted || waited >= PATIENCE_SECONDS;
        if is_begun && is_enough { Ok(()) } else { Err(AnswerError::NotCounted) }
    }
}
