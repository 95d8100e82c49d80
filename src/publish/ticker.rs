//! The thread `ocp-render`, which has a publisher render once a tick and answers requests in between.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Pages, PublishError, Publisher};

/// What there is to do.
enum Work {
    /// A render: a tick is over, or somebody asked for one.
    Render,
    /// Requests that need no render.
    Requests,
    End,
}

impl Publisher {
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
        let mut next = self.clock.now() + self.interval;
        loop {
            match self.wait(next) {
                Work::End => return,
                Work::Requests => self.serve(),
                Work::Render => {
                    if !self.interval.is_zero() {
                        let now = self.clock.now();
                        if now >= next {
                            // Counted from now: after a long sleep one render is enough.
                            next = now + self.interval;
                        }
                    }
                    self.tick();
                }
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&self, next: Duration) -> Work {
        let pages = &self.pages;
        let mut requests = pages.lock();
        loop {
            if requests.is_stopped {
                return Work::End;
            }
            let is_due = !self.interval.is_zero() && self.clock.now() >= next;
            if is_due || requests.needs_reading() {
                return Work::Render;
            }
            if requests.has_open() {
                // On demand there is no other render.
                return if self.interval.is_zero() { Work::Render } else { Work::Requests };
            }
            let time = if self.interval.is_zero() { None } else { self.clock.sleep_for(next) };
            requests = pages.wait(requests, time);
        }
    }
}

/// The thread that ticks. Dropping it stops and joins the thread.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
/// let pages = ticker.pages();
/// ticker.stop();
/// assert!(pages.is_stopped());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// Ends the thread and waits for it: at most for the render it is at.
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
