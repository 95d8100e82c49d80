//! Memory that was not there: counted, told by health and a metric, and to the log.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::foreign::{LogLimit, say};
use crate::sync::OutOfMemory;

/// What was left out because there was no memory for it. It is tried again at the next render, or when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shortage {
    /// A reading, and with it all pages: those there are grow old.
    Reading,
    /// A page: all grow old.
    Page,
    /// The gzip form of a page or view: it is sent as it is.
    Gzip,
    /// A view: whoever asked gets 503.
    View,
    /// What the live page is made of: it goes on with less.
    History,
}

impl Shortage {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Reading, Self::Page, Self::Gzip, Self::View, Self::History];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Page => "page",
            Self::Gzip => "gzip",
            Self::View => "view",
            Self::History => "history",
        }
    }

    /// What there is no memory for, in a sentence.
    fn what(self) -> &'static str {
        match self {
            Self::Reading => "reading the series",
            Self::Page => "a page",
            Self::Gzip => "the gzip form of a page or view, which is sent as it is",
            Self::View => "a view",
            Self::History => "what the live page shows, which goes on with less",
        }
    }
}

/// What was left out, by kind.
#[derive(Debug, Default)]
pub(super) struct Shortages([ShortageState; Shortage::ALL.len()]);

// Relaxed everywhere: numbers that order nothing.
#[derive(Debug, Default)]
struct ShortageState {
    count: AtomicU64,
    /// What the last try asked for at once, in bytes; 0 once one succeeded.
    bytes: AtomicU64,
    limit: LogLimit,
}

impl Shortages {
    pub(super) fn note(&self, shortage: Shortage, error: OutOfMemory) {
        let state = &self.0[shortage as usize];
        state.count.fetch_add(1, Ordering::Relaxed);
        state.bytes.store((error.bytes as u64).max(1), Ordering::Relaxed);
        say!(
            &state.limit,
            error,
            "publish: no memory for {}: {} bytes asked for at once",
            shortage.what(),
            error.bytes
        );
    }

    pub(super) fn note_success(&self, shortage: Shortage) {
        self.0[shortage as usize].bytes.store(0, Ordering::Relaxed);
    }

    pub(super) fn count(&self, shortage: Shortage) -> u64 {
        self.0[shortage as usize].count.load(Ordering::Relaxed)
    }

    pub(super) fn current(&self, shortage: Shortage) -> Option<String> {
        let bytes = self.0[shortage as usize].bytes.load(Ordering::Relaxed);
        let what = shortage.what();
        (bytes != 0).then(|| format!("there is no memory for {what}: {bytes} bytes asked for at once"))
    }
}
