//! What the render thread and the servers share: the newest page of each format, and requests for what is not there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::bell::BellRope;
use super::collect::Collectors;
use super::deliveries::{Deliveries, ResetReason};
use super::documents::Documents;
use super::listening::{ListenerNote, Listening};
use super::page::{Coding, Page};
use super::panics::{PanicSite, Panics, SurvivedPanic};
use super::requests::{RequestBatch, Requests};
use super::shelf::{Subject, ViewShelf};
use super::shortage::{Shortage, Shortages};
use crate::clock::Clock;
use crate::encode::Format;
use crate::foreign;
use crate::registry::{Memory, Sections};
use crate::sync::Published;
use crate::thread::Process;

/// How much older than the reading of its values takes an answer may be that is made on demand.
const ON_DEMAND_GRACE: Duration = Duration::from_millis(50);
/// Of that, what is left when it is handed out: a thread that loses its core for a moment before the first byte is gone finds
/// it too late to have another page made. The more, the fewer share a page when many ask at once.
const ON_DEMAND_SPARE: Duration = Duration::from_millis(10);
/// How old an answer may always be that is not.
const LEAST_AGE_LIMIT: Duration = Duration::from_millis(250);
/// How long a scrape waits at least for a page that is late.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);
/// How long it waits for a page that is made for it: what a scrape has in all by default.
const ON_DEMAND_PATIENCE: Duration = Duration::from_secs(10);
/// How long a page or view on demand is not made because too much is in flight, and how often it is looked.
const ROOM_TIME: Duration = Duration::from_secs(1);
const ROOM_PAUSE: Duration = Duration::from_millis(1);

/// The published pages of one registry.
///
/// No page is kept from anybody by those who read slowly: publishing never waits and never fails. What they hold of pages
/// that are replaced by now is bounded in bytes ([`bound_in_flight`](Self::bound_in_flight)), and over the bound the
/// slowest have to give up.
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
///     TakenPage::OverBudget => panic!("slow readers hold too much"),
/// };
/// assert!(page.to_vec().ends_with(b"# EOF\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pages {
    /// By format.
    formats: [PublishedFormat; Format::ALL.len()],
    requests: Mutex<Requests>,
    changed: Condvar,
    /// Wakes a render thread that has several publishers, if that is what renders these.
    rope: OnceLock<BellRope>,
    /// When the registry was last read, in nanoseconds of the publisher's clock.
    rendered_at: AtomicU64,
    /// How long the last render took, until its page was published, in nanoseconds.
    render_time: AtomicU64,
    pub(super) views: ViewShelf,
    documents: OnceLock<Arc<dyn Documents>>,
    deliveries: Arc<Deliveries>,
    served: ServedAge,
    listening: Arc<Listening>,
    /// The registry's bounds and use at the last render.
    memory: Mutex<Option<Memory>>,
    collectors: Arc<Collectors>,
    panics: Panics,
    pub(super) shortages: Shortages,
    /// Where the publisher is.
    process: Process,
    sections: Arc<Sections>,
    /// Whether the publisher has ended, so that a scrape need not take the lock to know.
    is_stopped: AtomicBool,
    clock: Arc<dyn Clock>,
    interval: Duration,
}

/// How old answers were when their first byte was handed to the system, in nanoseconds.
#[derive(Debug, Default)]
struct ServedAge {
    /// The oldest since the last render.
    current: AtomicU64,
    /// The oldest between the last two renders between which there was any.
    last: AtomicU64,
}

/// The newest page of a format, and whether it was asked for since the render thread last took note.
pub(super) struct PublishedFormat {
    pub(super) newest: Published<Page>,
    is_asked: AtomicBool,
    is_gzip_asked: AtomicBool,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { interval, is_stopped, formats, .. } = self;
        f.debug_struct("Pages")
            .field("interval", interval)
            .field("is_stopped", is_stopped)
            .field("formats", formats)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PublishedFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublishedFormat").field("is_asked", &self.is_asked).finish_non_exhaustive()
    }
}

impl Pages {
    pub(super) fn new(
        newest: [Published<Page>; Format::ALL.len()],
        sections: Arc<Sections>,
        clock: Arc<dyn Clock>,
        interval: Duration,
    ) -> Self {
        let published = |newest| PublishedFormat {
            newest,
            is_asked: AtomicBool::new(false),
            is_gzip_asked: AtomicBool::new(false),
        };
        Self {
            formats: newest.map(published),
            requests: Mutex::default(),
            changed: Condvar::new(),
            rope: OnceLock::new(),
            rendered_at: AtomicU64::new(0),
            render_time: AtomicU64::new(0),
            views: ViewShelf::default(),
            documents: OnceLock::new(),
            deliveries: Arc::default(),
            served: ServedAge::default(),
            listening: Arc::default(),
            memory: Mutex::default(),
            collectors: Arc::default(),
            panics: Panics::default(),
            shortages: Shortages::default(),
            process: Process::current(),
            sections,
            is_stopped: AtomicBool::new(false),
            clock,
            interval,
        }
    }

    /// The newest text page: one pointer load. What is kept of it counts as in flight once it is replaced. Absent if nobody asked for text in the last minutes; this is asking.
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
        // ORDERING: Acquire, with the Release in `note_render`: a page that is loaded after this is of this render or newer.
        Duration::from_nanos(self.rendered_at.load(Ordering::Acquire))
    }

    /// How long ago the registry was last read: what the newest page shows is not older.
    pub fn age(&self) -> Duration {
        self.clock.now().saturating_sub(self.rendered_at())
    }

    /// The publisher's clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// How old an answer may be when its first byte goes out: two intervals, or where a render takes longer than an interval
    /// two renders, and 250 ms at least, as a busy machine may keep a thread waiting that long; on demand 50 ms more than reading and writing the last page took.
    pub fn age_limit(&self) -> Duration {
        let render_time = Duration::from_nanos(self.render_time.load(Ordering::Relaxed));
        match self.interval {
            Duration::ZERO => render_time.saturating_add(ON_DEMAND_GRACE),
            interval => interval.max(render_time).saturating_mul(2).max(LEAST_AGE_LIMIT),
        }
    }

    /// Whether what was read at `read_at` is too old to be handed out.
    pub fn is_too_old(&self, read_at: Duration) -> bool {
        self.clock.now().saturating_sub(read_at) > self.age_limit()
    }

    /// Whether what was read at `read_at` is better made anew than handed out: too old, or on demand nearly so.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(super) fn is_worth_making_anew(&self, read_at: Duration) -> bool {
        let spare = if self.is_on_demand() { ON_DEMAND_SPARE } else { Duration::ZERO };
        self.clock.now().saturating_sub(read_at) > self.age_limit().saturating_sub(spare)
    }

    /// How long a scrape waits for a page that is late: an interval, and a second at least; on demand 10 s.
    pub fn patience(&self) -> Duration {
        if self.is_on_demand() { ON_DEMAND_PATIENCE } else { self.interval.max(LEAST_PATIENCE) }
    }

    /// How old, when their first byte was handed to the system, answers were at most between the last two renders between
    /// which there was any.
    pub fn served_age(&self) -> Duration {
        Duration::from_nanos(self.served.last.load(Ordering::Relaxed))
    }

    /// Who writes documents, if anybody does.
    pub(super) fn documents(&self) -> Option<&Arc<dyn Documents>> {
        self.documents.get()
    }

    /// Has `documents` written from now on; the first who are named hold.
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    pub(super) fn set_documents(&self, documents: Arc<dyn Documents>) {
        let _ = self.documents.set(documents);
    }

    /// Since when a view has to be made to be given to others too; none if each who asks gets one that is begun after that.
    pub(super) fn fresh_since(&self, subject: &Subject) -> Option<Duration> {
        match subject {
            Subject::View(_) => (!self.is_on_demand()).then(|| self.rendered_at()),
            Subject::Document(_) => Some(self.documents.get()?.changed_at()),
        }
    }

    /// Bytes of pages and views that are replaced and that readers held at the last render.
    pub fn in_flight_bytes(&self) -> usize {
        self.deliveries.in_flight()
    }

    /// What these may come to; beyond it the slowest readers are reset.
    pub fn in_flight_bound(&self) -> usize {
        self.deliveries.bound()
    }

    /// Sets what these may come to. A server of ours does, with what its limits say.
    pub fn bound_in_flight(&self, bytes: usize) {
        self.deliveries.set_bound(bytes);
    }

    /// For a host that sends copies of answers itself: notes how many bytes of them it holds now, and how many readers it has
    /// reset since the last call because that was too much. The bytes that it may hold come back; what it holds leaves less
    /// to the readers of servers of ours.
    pub fn hold_outside(&self, bytes: usize, resets: u64) -> usize {
        self.deliveries.hold_outside(bytes, resets)
    }

    /// Readers that, at the last render, were still at something that is replaced.
    pub fn slow_readers(&self) -> usize {
        self.deliveries.slow()
    }

    /// Readers that were reset in the middle of an answer, by reason.
    pub fn reset_readers(&self, reason: ResetReason) -> u64 {
        self.deliveries.resets(reason)
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

    /// How often something was left out because there was no memory for it.
    pub fn shortages(&self, shortage: Shortage) -> u64 {
        self.shortages.count(shortage)
    }

    /// What there was no memory for at the last try, in a sentence; none once there was.
    pub fn shortage(&self, shortage: Shortage) -> Option<String> {
        self.shortages.current(shortage)
    }

    /// Whether the publisher has ended: pages grow old from then on.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// How pages are cut into sections, and which of these are hidden.
    pub fn sections(&self) -> &Arc<Sections> {
        &self.sections
    }

    /// Whether every server that is to serve these pages listens; none if there is none.
    pub fn listens(&self) -> Option<bool> {
        self.listening.is_up()
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

    // --- the servers' side

    /// Counts a server, that listens or that waits until it can, as long as the note lives.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn note_listener(&self, is_up: bool) -> ListenerNote {
        ListenerNote::new(&self.listening, is_up)
    }

    pub(crate) fn deliveries(&self) -> &Arc<Deliveries> {
        &self.deliveries
    }

    /// Whether too much is held by those who cannot be made to give it up. On demand there may be no render for long that would
    /// see it go: whoever asks has the render thread look.
    pub(super) fn is_full(&self) -> bool {
        let is_full = self.deliveries.is_full();
        if is_full && self.is_on_demand() {
            self.ask_for_room();
        }
        is_full
    }

    /// A reader was reset in the middle of an answer.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn note_reset(&self, reason: ResetReason) {
        self.deliveries.note_reset(reason);
    }

    /// An answer that was read at `read_at` goes out now.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn note_served(&self, read_at: Duration) {
        let age = self.clock.now().saturating_sub(read_at);
        self.served.current.fetch_max(nanos(age), Ordering::Relaxed);
    }

    // --- the render thread's side

    pub(super) fn published(&self, format: Format) -> &PublishedFormat {
        &self.formats[format as usize]
    }

    /// A render read the registry at `at`, and took `time` until all pages were published.
    pub(super) fn note_render(&self, at: Duration, time: Duration, memory: Memory) {
        self.render_time.store(nanos(time), Ordering::Relaxed);
        // ORDERING: Release, after the pages were published: see `rendered_at`.
        self.rendered_at.store(nanos(at), Ordering::Release);
        match self.served.current.swap(0, Ordering::Relaxed) {
            0 => {}
            age => self.served.last.store(age, Ordering::Relaxed),
        }
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
    }

    /// Has the render thread look what is still in flight.
    pub(super) fn ask_for_room(&self) {
        self.request(|requests| requests.needs_room = true);
    }

    /// On demand every answer may have a page or view of its own: while too much is in flight, the next one is not made, for a
    /// second at most. By then those who get on have gone, and of the others it is known. Each `look` sees who has gone.
    pub(super) fn wait_for_room(&self, look: impl Fn()) {
        let is_crowded = || self.is_on_demand() && self.deliveries.is_crowded() && !self.is_stopped();
        if !is_crowded() {
            return;
        }
        let until = self.clock.now().saturating_add(ROOM_TIME);
        // Counted too, as a clock may stand still.
        for _ in 0..ROOM_TIME.as_millis() / ROOM_PAUSE.as_millis() {
            if !is_crowded() || self.clock.now() >= until {
                return;
            }
            std::thread::sleep(ROOM_PAUSE);
            look();
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Requests> {
        // Numbers and wakers: a panic in between blocks nothing half done.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a request, and wakes the render thread.
    pub(super) fn request<T>(&self, ask: impl FnOnce(&mut Requests) -> T) -> T {
        let asked = ask(&mut self.lock());
        self.wake();
        asked
    }

    /// Wakes whoever renders, and whoever waits for that.
    pub(super) fn wake(&self) {
        self.changed.notify_all();
        if let Some(rope) = self.rope.get() {
            rope.pull();
        }
    }

    /// Has a thread that several publishers share woken too.
    pub(super) fn hang(&self, rope: BellRope) {
        let _ = self.rope.set(rope);
    }

    /// What is asked for: work that starts now answers it.
    pub(super) fn take_batch(&self) -> RequestBatch {
        self.lock().take()
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
        drop(requests);
        self.answer(newest);
        self.views.stop();
        self.wake();
    }

    /// Wakes the render thread so that it looks at its clock.
    pub(super) fn nudge(&self) {
        // Counted: a thread that has looked at the clock and not yet gone to sleep sees that it has to look again.
        let mut requests = self.lock();
        requests.nudges = requests.nudges.wrapping_add(1);
        drop(requests);
        self.wake();
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

/// Nanoseconds, of five hundred years at most.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
