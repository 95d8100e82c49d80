//! The thread `ocp-render`, which has a publisher render once a tick and answers requests in between.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::round::PATIENCE;
use super::{Pages, PublishError, Publisher};

/// What there is to do.
enum Work {
    /// A render: a tick is over, or somebody asked for one.
    Render,
    /// Requests that need no render.
    Requests,
    /// A collector is past its deadline.
    Late,
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
        let end = Arc::new(End::default());
        let at_end = EndGuard(end.clone());
        let thread = std::thread::Builder::new().name("ocp-render".into()).spawn(move || {
            let _at_end = at_end;
            self.run();
        });
        Ok(Ticker { pages, end, thread: Some(thread.map_err(PublishError::Thread)?) })
    }

    fn run(mut self) {
        let mut next = self.clock.now() + self.interval;
        loop {
            match self.wait(next) {
                Work::End => return,
                Work::Requests => self.serve(),
                Work::Late => self.rounds.note_late(self.clock.now()),
                Work::Render => {
                    if !self.interval.is_zero() {
                        let now = self.clock.now();
                        if now >= next {
                            // Counted from now: after a long sleep one render is enough.
                            next = now + self.interval;
                        }
                    }
                    self.render(PATIENCE);
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
            let deadline = self.rounds.next_deadline();
            if deadline.is_some_and(|deadline| self.clock.now() >= deadline) {
                return Work::Late;
            }
            let next = if self.interval.is_zero() { None } else { Some(next) };
            let until = [next, deadline].into_iter().flatten().min();
            requests = pages.wait(requests, until.and_then(|until| self.clock.sleep_for(until)));
        }
    }
}

/// Where the render thread says that it is at its end.
#[derive(Debug, Default)]
struct End {
    is_over: Mutex<bool>,
    over: Condvar,
}

/// Says so, however the thread ends.
struct EndGuard(Arc<End>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        *self.0.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.over.notify_all();
    }
}

impl End {
    /// Whether the end is there, or comes within `patience`.
    fn comes_within(&self, patience: Duration) -> bool {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.over.wait_timeout_while(is_over, patience, |is_over| !*is_over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The thread that ticks. Dropping it is [`stop`](Ticker::stop).
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
    end: Arc<End>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// How long stopping may take.
    const STOP: Duration = Duration::from_secs(2);

    /// What servers hand out.
    pub fn pages(&self) -> Arc<Pages> {
        self.pages.clone()
    }

    /// Ends the thread, and those of collectors, and waits for them: for the render it is at, and for a collector that may
    /// still come back in time, a second at most.
    ///
    /// After two seconds in all it leaves behind what hangs in code of others: that ends by itself once it comes back, and
    /// brings nothing any more. If the render thread itself hangs, in an observer or a clock, the registry can have no other
    /// publisher until then.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        self.pages.stop();
        let Some(thread) = self.thread.take() else { return };
        if self.end.comes_within(Self::STOP) {
            let _ = thread.join();
        } else {
            log::warn!("publish: the render thread has not ended within {:?} and is left behind", Self::STOP);
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.join();
    }
}
