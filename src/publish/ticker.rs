//! The threads `ocp-render`, which has a publisher render once a tick and answers requests in between, and `ocp-views`,
//! which makes views.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::panics::PanicSite;
use super::round::PATIENCE;
use super::{Pages, PublishError, Publisher};
use crate::foreign::{self, LogLimit, say};
use crate::thread::Thread;

/// Between a panic of the render thread, or a render without memory, and its next try.
const PAUSE: Duration = Duration::from_millis(100);

/// What there is to do.
enum Work {
    /// A render: a tick is over, or somebody asked for one.
    Render,
    /// Requests that need no render.
    Requests,
    /// Somebody waits for room in what is in flight.
    Room,
    /// A collector is past its deadline, or it or a follower wants its turn.
    Late,
    End,
}

impl Publisher {
    /// Starts the thread that ticks, and the one that makes views.
    ///
    /// # Errors
    /// [`PublishError::Thread`] if the system gives none.
    pub fn start(mut self) -> Result<Ticker, PublishError> {
        let pages = self.pages();
        let sleeper = Arc::downgrade(&pages);
        self.clock.wake_with(Arc::new(move || {
            if let Some(pages) = sleeper.upgrade() {
                pages.nudge();
            }
        }));
        let end = Arc::new(End::default());
        let at_end = EndGuard(end.clone());
        // Made first, so that what is started is stopped if the other one does not start.
        let mut ticker = Ticker { pages: pages.clone(), end, thread: None, views: None };
        if let Some(views) = self.views.take() {
            ticker.views = Some(Thread::spawn("ocp-views", move || views.run(&pages)).map_err(PublishError::Thread)?);
        }
        let thread = Thread::spawn("ocp-render", move || {
            let _at_end = at_end;
            self.run();
        });
        ticker.thread = Some(thread.map_err(PublishError::Thread)?);
        Ok(ticker)
    }

    fn run(mut self) {
        // None before the first look at the clock, which is not ours.
        let mut next = None;
        loop {
            match foreign::call(|| self.work(&mut next)) {
                Ok(true) => {}
                Ok(false) => return,
                Err(panic) => {
                    self.pages.note_panic(PanicSite::Render, panic);
                    self.restart();
                    // What panics each time is not to keep a core busy.
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Waits for something to do and does it. False at the end.
    fn work(&mut self, next: &mut Option<Duration>) -> bool {
        let interval = self.interval;
        let due = *next.get_or_insert_with(|| self.clock.now().saturating_add(interval));
        match self.wait(due) {
            Work::End => return false,
            Work::Requests => self.serve(),
            Work::Room => self.look_for_room(),
            Work::Late => self.keep_up((!interval.is_zero()).then_some(due)),
            Work::Render => {
                if !interval.is_zero() {
                    let now = self.clock.now();
                    if now >= due {
                        // Counted from now: after a long sleep one render is enough.
                        *next = Some(now.saturating_add(interval));
                    }
                }
                if !self.render(PATIENCE) {
                    // Whoever asks again at once is not to keep a core busy.
                    std::thread::sleep(PAUSE);
                }
            }
        }
        true
    }

    /// Sleeps until there is something to do.
    ///
    /// The clock is not ours, so it is asked while no lock is held. What happens meanwhile is seen before the thread sleeps.
    fn wait(&self, next: Duration) -> Work {
        let (pages, is_on_demand) = (&self.pages, self.interval.is_zero());
        loop {
            let requests = pages.lock();
            if requests.is_stopped {
                return Work::End;
            }
            if requests.needs_reading() {
                return Work::Render;
            }
            let (nudges, has_open, needs_room) = (requests.nudges, requests.has_open(), requests.needs_room);
            drop(requests);
            let next = (!is_on_demand).then_some(next);
            let until = [next, self.next_turn(next)].into_iter().flatten().min();
            let is_over = |time: &Duration| self.clock.now() >= *time;
            if next.as_ref().is_some_and(is_over) {
                return Work::Render;
            }
            if has_open {
                // On demand there is no other render.
                return if is_on_demand { Work::Render } else { Work::Requests };
            }
            if needs_room {
                return Work::Room;
            }
            if until.as_ref().is_some_and(is_over) {
                return Work::Late;
            }
            let time = until.and_then(|until| self.clock.sleep_for(until));
            let requests = pages.lock();
            let is_asked =
                requests.is_stopped || requests.needs_reading() || requests.has_open() || requests.needs_room;
            if !is_asked && requests.nudges == nudges {
                drop(pages.wait(requests, time));
            }
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

/// The threads that tick and make views. Dropping it is [`stop`](Ticker::stop); in a child that was forked it does nothing, as
/// the threads are the parent's.
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
    thread: Option<Thread>,
    views: Option<Thread>,
}

impl Ticker {
    /// How long stopping may take.
    const STOP: Duration = Duration::from_secs(2);

    /// What servers hand out.
    pub fn pages(&self) -> Arc<Pages> {
        self.pages.clone()
    }

    /// Ends the threads, and those of collectors, and waits for them: for the render and the view they are at, and for a
    /// collector that may still come back in time, a second at most.
    ///
    /// After two seconds in all it leaves behind what hangs in code of others: that ends by itself once it comes back, and
    /// brings nothing any more. If the render thread itself hangs, in an observer or a clock, the registry can have no other
    /// publisher until then.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        self.pages.stop();
        if let Some(views) = self.views.take() {
            views.join();
        }
        // In a child that was forked there is no such thread.
        let Some(thread) = self.thread.take().filter(Thread::is_here) else { return };
        if self.end.comes_within(Self::STOP) {
            thread.join();
        } else {
            static LIMIT: LogLimit = LogLimit::new();
            say!(&LIMIT, warn, "publish: the render thread has not ended within {:?} and is left behind", Self::STOP);
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.join();
    }
}
