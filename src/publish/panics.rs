//! Panics that threads of ours have survived: counted, told by health and a metric, and to the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::foreign::{LogLimit, say};

/// Where code panicked that a thread of ours ran, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PanicSite {
    /// The render thread, in its own code or in the clock: it began again, with a reading of everything.
    Render,
    /// The thread that makes views, in its own code or in the clock: that view was not made.
    Views,
    /// An observer of the publisher: it was told of no more of that event.
    RenderObserver,
    /// A server, in its own code or in the logger: it goes on, and the connection that it was at is gone.
    Server,
    /// An observer of requests: the answer is sent all the same.
    RequestObserver,
}

impl PanicSite {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Render, Self::Views, Self::RenderObserver, Self::Server, Self::RequestObserver];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Render => "render",
            Self::Views => "views",
            Self::RenderObserver => "render_observer",
            Self::Server => "server",
            Self::RequestObserver => "request_observer",
        }
    }
}

/// A panic that a thread of ours survived.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SurvivedPanic {
    /// Where.
    pub site: PanicSite,
    /// What it said.
    pub message: String,
    /// When, by the publisher's clock.
    pub at: Duration,
}

/// The panics that threads of one publisher and its servers have survived.
#[derive(Debug, Default)]
pub(super) struct Panics {
    /// By site. Relaxed: counts that order nothing.
    counts: [AtomicU64; PanicSite::ALL.len()],
    limits: [LogLimit; PanicSite::ALL.len()],
    last: Mutex<Option<SurvivedPanic>>,
}

impl Panics {
    pub(super) fn note(&self, site: PanicSite, message: String, at: Duration) {
        self.counts[site as usize].fetch_add(1, Ordering::Relaxed);
        let line = format!("a panic was survived in {}: {message}", site.name());
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(SurvivedPanic { site, message, at });
        say!(&self.limits[site as usize], error, "{line}");
    }

    pub(super) fn count(&self, site: PanicSite) -> u64 {
        self.counts[site as usize].load(Ordering::Relaxed)
    }

    pub(super) fn last(&self) -> Option<SurvivedPanic> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
