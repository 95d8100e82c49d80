//! The publisher: reads, encodes, publishes; and the thread `ocp-render` that lets it do so once a tick.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::recycle::Recycler;
use super::{Page, Pages};
use crate::clock::Clock;
use crate::encode::Encoder;
use crate::registry::{Reader, Registry};

/// Why a publisher could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The registry has a publisher already.
    Taken,
    /// The system gave no thread.
    Thread(std::io::Error),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => write!(f, "publish: the registry has a publisher already; stop it, or serve its pages"),
            Self::Thread(error) => write!(f, "publish: the system gave no thread for rendering: {error}"),
        }
    }
}

impl std::error::Error for PublishError {}

/// Makes pages of a registry. Runs in the caller's thread; a [`Ticker`] runs it in its own.
pub struct Publisher {
    reader: Reader,
    encoder: Encoder,
    recycler: Recycler<Page>,
    pages: Arc<Pages>,
    clock: Arc<dyn Clock>,
    interval: Duration,
    /// The last look that was published.
    published: u64,
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("interval", &self.interval).finish_non_exhaustive()
    }
}

impl Publisher {
    /// A publisher that looks once per `interval`, or with an interval of 0 whenever a page is requested.
    ///
    /// # Errors
    /// [`PublishError::Taken`] if the registry has one.
    pub fn new(registry: &Registry, interval: Duration, clock: impl Clock + 'static) -> Result<Self, PublishError> {
        let reader = registry.reader().ok_or(PublishError::Taken)?;
        let encoder = Encoder::text();
        let (recycler, text) = Recycler::new(Page::empty(encoder.content_type()));
        let pages = Arc::new(Pages::new(text, interval.is_zero()));
        let mut publisher = Self { reader, encoder, recycler, pages, clock: Arc::new(clock), interval, published: 0 };
        // The first scrape finds a page.
        publisher.tick();
        Ok(publisher)
    }

    /// What servers hand out.
    pub fn pages(&self) -> Arc<Pages> {
        self.pages.clone()
    }

    /// Looks once and, if anything changed, publishes a page. Answers all requests that came before it.
    pub fn tick(&mut self) {
        let request = self.pages.newest_request();
        let now = self.clock.now();
        let reading = self.reader.read();
        let content_type = self.encoder.content_type();
        let mut is_held = false;
        if reading.last_change() > self.published {
            let is_published = self.recycler.publish(
                self.pages.text(),
                || Page::empty(content_type),
                |page| page.update(&reading, &mut self.encoder, now),
            );
            is_held = !is_published;
            if is_published {
                self.published = reading.tick();
            }
        }
        self.pages.note_look(now, is_held);
        self.pages.answer(request);
    }

    /// Pages there are: the published one, those that slow readers hold, and spare ones.
    pub fn page_count(&self) -> usize {
        self.recycler.len()
    }

    /// Starts the thread that ticks.
    ///
    /// # Errors
    /// [`PublishError::Thread`] if the system gives none.
    pub fn start(self) -> Result<Ticker, PublishError> {
        let pages = self.pages();
        let sleeper = Arc::downgrade(&pages);
        self.clock.wake_with(Arc::new(move || {
            if let Some(pages) = sleeper.upgrade() {
                pages.nudge();
            }
        }));
        let thread = std::thread::Builder::new().name("ocp-render".into()).spawn(move || self.run());
        Ok(Ticker { pages, thread: Some(thread.map_err(PublishError::Thread)?) })
    }

    fn run(mut self) {
        let pages = self.pages();
        let mut next = self.clock.now() + self.interval;
        loop {
            if !self.wait(&pages, next) {
                return;
            }
            if !self.interval.is_zero() {
                let now = self.clock.now();
                if now >= next {
                    // Counted from now: after a long sleep one look is enough.
                    next = now + self.interval;
                }
            }
            self.tick();
        }
    }

    /// Sleeps until the next look is due or asked for. False to end.
    fn wait(&self, pages: &Pages, next: Duration) -> bool {
        let mut requests = pages.lock();
        while !requests.is_stopped {
            let is_due = !self.interval.is_zero() && self.clock.now() >= next;
            if is_due || requests.has_open() {
                return true;
            }
            let time = if self.interval.is_zero() { None } else { self.clock.sleep_for(next) };
            requests = pages.wait(requests, time);
        }
        false
    }
}

impl Drop for Publisher {
    /// Whatever ends it, and the thread it may run in, nobody waits for it any longer.
    fn drop(&mut self) {
        self.pages.stop();
    }
}

/// The thread that ticks. Dropping it stops and joins the thread.
#[derive(Debug)]
pub struct Ticker {
    pages: Arc<Pages>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// What servers hand out.
    pub fn pages(&self) -> Arc<Pages> {
        self.pages.clone()
    }

    /// Ends the thread and waits for it: at most for the look it is at.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        self.pages.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.join();
    }
}
