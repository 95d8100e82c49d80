//! Scrapes beside what a test does, and how long they took.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::lab::{self, SMALL};
use crate::peer::Peer;

/// What scrapes took, and how many came to nothing.
#[derive(Default)]
pub(crate) struct Scrapes {
    pub(crate) took: Vec<Duration>,
    pub(crate) failed: usize,
}

impl Scrapes {
    /// Scrapes until it is over; with `next` that gives a connection.
    pub(crate) fn run(is_over: &AtomicBool, mut next: impl FnMut() -> Option<()>) -> Self {
        let mut scrapes = Self::default();
        while !is_over.load(Relaxed) || scrapes.took.len() + scrapes.failed < 5 {
            let began = Instant::now();
            match next() {
                Some(()) => scrapes.took.push(began.elapsed()),
                None => scrapes.failed += 1,
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        scrapes.took.sort();
        scrapes
    }

    pub(crate) fn quantile(&self, of_a_hundred: usize) -> Duration {
        let last = self.took.len().saturating_sub(1);
        self.took.get((self.took.len() * of_a_hundred / 100).min(last)).copied().unwrap_or(Duration::MAX)
    }

    pub(crate) fn shown(&self) -> String {
        let of = self.took.len() + self.failed;
        format!("p50 {:.1?}, p99 {:.1?}, {} of {of} failed", self.quantile(50), self.quantile(99), self.failed)
    }
}

/// A scrape of the small page.
pub(crate) fn scrape(peer: &mut Peer, request: &str) -> Option<()> {
    // A connection that was closed meanwhile is a scrape that failed.
    (peer.send(request) && peer.skip_answer()? == (200, SMALL.page_bytes)).then_some(())
}

/// Runs what may fail because the machine stood still.
pub(crate) fn again(check: impl Fn() -> Result<(), String>) {
    for run in 1.. {
        match check() {
            Ok(()) => return,
            Err(late) => assert!(run < lab::RUNS, "{late}"),
        }
        println!("again, as the machine may have stood still");
    }
}

/// So many, and in a long run so many.
pub(crate) fn seconds(short: f64, long: f64) -> Duration {
    Duration::from_secs_f64(if std::env::var_os("OCP_SOAK_SECONDS").is_some() { long } else { short })
}

/// Waits so long. A thread of a scope may be woken early by one that has ended.
pub(crate) fn pass(time: Duration) {
    let began = Instant::now();
    while let Some(rest) = time.checked_sub(began.elapsed()).filter(|rest| !rest.is_zero()) {
        std::thread::park_timeout(rest);
    }
}
