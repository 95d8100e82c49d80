//! What the render thread and the servers share: the newest page of each format, and requests for what is not there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::collect::Collectors;
use super::page::{Coding, Page};
use super::panics::{PanicSite, Panics, SurvivedPanic};
use super::requests::{RequestBatch, Requests, ViewBatch};
use crate::clock::Clock;
use crate::encode::Format;
use crate::foreign;
use crate::registry::Memory;
use crate::sync::Published;
use crate::thread::Process;

/// The published pages of one registry.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::encode::Format;
/// use openclaw_prometheus::publish::{Coding, Publisher, TakenPage};
/// use openclaw_prometheus::{Registry, SystemClock};
///
/// let registry = Registry::builder().build()?;
/// let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
/// // The newest page if it lies ready, or one that is being made.
/// let page = match ticker.pages().take(Format::OpenMetrics, Coding::Identity) {
///     TakenPage::Ready(page) => page,
///     TakenPage::Pending(pending) => pending.wait(),
/// };
/// assert!(page.to_vec().ends_with(b"# EOF\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pages {
    /// By format.
    formats: [PublishedFormat; Format::ALL.len()],
    requests: Mutex<Requests>,
    changed: Condvar,
    /// When the registry was last read, in nanoseconds of the publisher's clock.
    rendered_at: AtomicU64,
    /// Renders whose page could not be published because slow readers held all of them.
    skipped: AtomicU64,
    /// The registry's bounds and use at the last render.
    memory: Mutex<Option<Memory>>,
    collectors: Arc<Collectors>,
    panics: Panics,
    /// Where the publisher is.
    process: Process,
    /// Whether the publisher has ended, so that a scrape need not take the lock to know.
    is_stopped: AtomicBool,
    clock: Arc<dyn Clock>,
    interval: Duration,
}

/// The newest page of a format, and whether it was asked for since the render thread last took note.
pub(super) struct PublishedFormat {
    pub(super) newest: Published<Page>,
    is_asked: AtomicBool,
    is_gzip_asked: AtomicBool,
}

impl std::fmt::Debug for PublishedFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublishedFormat").field("is_asked", &self.is_asked).finish_non_exhaustive()
    }
}

impl Pages {
    pub(super) fn new(newest: [Published<Page>; Format::ALL.len()], clock: Arc<dyn Clock>, interval: Duration) -> Self {
        let published = |newest| PublishedFormat {
            newest,
            is_asked: AtomicBool::new(false),
            is_gzip_asked: AtomicBool::new(false),
        };
        Self {
            formats: newest.map(published),
            requests: Mutex::default(),
            changed: Condvar::new(),
            rendered_at: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            memory: Mutex::default(),
            collectors: Arc::default(),
            panics: Panics::default(),
            process: Process::current(),
            is_stopped: AtomicBool::new(false),
            clock,
            interval,
        }
    }

    /// The newest text page: one pointer load. Absent if nobody asked for text in the last minutes; this is asking.
    pub fn current(&self) -> Arc<Page> {
        let published = self.published(Format::Text);
        published.note_asked(Coding::Identity);
        published.newest.load()
    }

    /// Whether pages are made only when asked for (a collect interval of 0).
    pub fn is_on_demand(&self) -> bool {
        self.interval.is_zero()
    }

    /// The time between two renders.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// When the registry was last read, by the publisher's clock. A page may be older if nothing changed since.
    pub fn rendered_at(&self) -> Duration {
        Duration::from_nanos(self.rendered_at.load(Ordering::Relaxed))
    }

    /// How long ago the registry was last read: what the newest page shows is not older.
    pub fn age(&self) -> Duration {
        self.clock.now().saturating_sub(self.rendered_at())
    }

    /// The publisher's clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Renders whose page could not be published because slow readers held all pages.
    pub fn skipped_renders(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    /// The registry's bounds and use at the last render.
    pub fn memory(&self) -> Option<Memory> {
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever brings data in from outside, and how that went.
    pub fn collectors(&self) -> &Arc<Collectors> {
        &self.collectors
    }

    /// Panics that threads of the publisher and of its servers have survived there.
    pub fn panics(&self, site: PanicSite) -> u64 {
        self.panics.count(site)
    }

    /// The last such panic.
    pub fn last_panic(&self) -> Option<SurvivedPanic> {
        self.panics.last()
    }

    /// Whether the publisher has ended: pages grow old from then on.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// The newest page of a format, which may be absent. Asks for nothing.
    pub(crate) fn newest(&self, format: Format) -> Arc<Page> {
        self.published(format).newest.load()
    }

    /// Notes that a thread survived a panic. No lock of ours may be held.
    pub(crate) fn note_panic(&self, site: PanicSite, message: String) {
        // The clock may be what panics.
        let at = foreign::call(|| self.clock.now()).unwrap_or(self.rendered_at());
        self.panics.note(site, message, at);
    }

    // --- the render thread's side

    pub(super) fn published(&self, format: Format) -> &PublishedFormat {
        &self.formats[format as usize]
    }

    pub(super) fn note_render(&self, at: Duration, is_skipped: bool, memory: Memory) {
        // Of five hundred years at most.
        self.rendered_at.store(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.skipped.fetch_add(u64::from(is_skipped), Ordering::Relaxed);
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Requests> {
        // Numbers and wakers: a panic in between blocks nothing half done.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a request, and wakes the render thread.
    pub(super) fn request<T>(&self, ask: impl FnOnce(&mut Requests) -> T) -> T {
        let asked = ask(&mut self.lock());
        self.changed.notify_all();
        asked
    }

    /// What is asked for: work that starts now answers it.
    pub(super) fn take_batch(&self) -> RequestBatch {
        self.lock().take()
    }

    pub(super) fn take_views(&self) -> ViewBatch {
        self.lock().take_views()
    }

    /// Wakes whoever waits for a view that is there now.
    pub(super) fn note_view(&self) {
        self.nudge();
    }

    /// Sleeps until somebody requests, stops or advances the clock, or the time is over.
    pub(super) fn wait<'a>(
        &self,
        requests: MutexGuard<'a, Requests>,
        time: Option<Duration>,
    ) -> MutexGuard<'a, Requests> {
        match time {
            Some(time) => self.changed.wait_timeout(requests, time).unwrap_or_else(PoisonError::into_inner).0,
            None => self.changed.wait(requests).unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Answers all requests up to `number`.
    pub(super) fn answer(&self, number: u64) {
        let wakers = self.lock().answer(number);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Lets the render thread end, and every request be answered with what there is.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        if !self.process.is_current() {
            // Nobody waits in a child that was forked, and locks may be held by threads that are not there.
            return;
        }
        let mut requests = self.lock();
        requests.is_stopped = true;
        let newest = requests.newest();
        let views = requests.take_views();
        drop(requests);
        drop(views);
        self.answer(newest);
    }

    /// Wakes the render thread so that it looks at its clock.
    pub(super) fn nudge(&self) {
        // Counted: a thread that has looked at the clock and not yet gone to sleep sees that it has to look again.
        let mut requests = self.lock();
        requests.nudges = requests.nudges.wrapping_add(1);
        drop(requests);
        self.changed.notify_all();
    }
}

impl PublishedFormat {
    /// Notes that somebody takes the page.
    pub(super) fn note_asked(&self, coding: Coding) {
        // Relaxed: a hint for the render thread, which may see it one render later.
        self.is_asked.store(true, Ordering::Relaxed);
        if coding == Coding::Gzip {
            self.is_gzip_asked.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the page was asked for since the last call, and whether its gzip form was.
    pub(super) fn take_asked(&self) -> (bool, bool) {
        (self.is_asked.swap(false, Ordering::Relaxed), self.is_gzip_asked.swap(false, Ordering::Relaxed))
    }
}
