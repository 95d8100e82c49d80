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
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// What there is to do.
pub(super) enum Work {
    /// A render: a tick is over, or somebody asked for one.
    Render,
    /// Requests that need no render.
    Requests,
    /// Views that no thread of their own makes.
    Views,
    /// Somebody waits for room in what is in flight.
    Room,
    /// A collector is past its deadline, or it or a follower wants its turn.
    Late,
    End,
}

/// What a look at the clock and the requests comes to.
pub(super) enum Look {
    Work(Work),
    /// There is nothing to do for so long, or until somebody asks. Seen at so many nudges.
    Nothing {
        time: Option<Duration>,
        nudges: u64,
    },
}

/// What became of work.
#[derive(PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// It is to be tried again, after [`PAUSE`].
    Failed,
    /// There is no more to do, ever.
    Over,
}

impl Publisher {
    /// Starts the thread that ticks, and the one that makes views.
    ///
    /// # Errors
    /// [`PublishError::Thread`] if the system gives none.
    pub fn start(mut self) -> Result<Ticker, PublishError> {
        let pages = self.pages();
        self.wake_with_clock();
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

    /// Has a clock that somebody moves wake the thread.
    pub(super) fn wake_with_clock(&self) {
        let sleeper = Arc::downgrade(&self.pages);
        self.clock.wake_with(Arc::new(move || {
            if let Some(pages) = sleeper.upgrade() {
                pages.nudge();
            }
        }));
    }

    fn run(mut self) {
        // None before the first look at the clock, which is not ours.
        let mut next = None;
        loop {
            let work = foreign::call(|| {
                let work = self.wait(&mut next);
                self.work(work, &mut next)
            });
            match work.unwrap_or_else(|panic| self.survive(panic)) {
                Outcome::Done => {}
                // What fails each time, or is asked for again at once, is not to keep a core busy.
                Outcome::Failed => std::thread::sleep(PAUSE),
                Outcome::Over => return,
            }
        }
    }

    /// Begins again after a panic in the middle of work.
    pub(super) fn survive(&mut self, panic: String) -> Outcome {
        self.pages.note_panic(PanicSite::Render, panic);
        self.restart();
        Outcome::Failed
    }

    /// Does what there is to do; `next` is when the next tick is due.
    pub(super) fn work(&mut self, work: Work, next: &mut Option<Duration>) -> Outcome {
        let interval = self.interval;
        match work {
            Work::End => return Outcome::Over,
            Work::Requests => self.serve(),
            Work::Views => self.make_views_at_times(),
            Work::Room => self.look_for_room(),
            Work::Late => self.keep_up(next.filter(|_| !interval.is_zero())),
            Work::Render => {
                if !interval.is_zero() {
                    let now = self.clock.now();
                    if next.is_none_or(|due| now >= due) {
                        // Counted from now: after a long sleep one render is enough.
                        *next = Some(now.saturating_add(interval));
                    }
                }
                if !self.render(PATIENCE) {
                    return Outcome::Failed;
                }
            }
        }
        Outcome::Done
    }

    /// Looks for something to do.
    ///
    /// The clock is not ours, so it is asked while no lock is held. Whoever sleeps afterwards looks first whether anything happened meanwhile.
    pub(super) fn look(&self, next: &mut Option<Duration>) -> Look {
        let (pages, is_on_demand) = (&self.pages, self.interval.is_zero());
        let due = *next.get_or_insert_with(|| self.clock.now().saturating_add(self.interval));
        let requests = pages.lock();
        if requests.is_stopped {
            return Look::Work(Work::End);
        }
        if requests.needs_reading() {
            return Look::Work(Work::Render);
        }
        let (nudges, has_open, needs_room) = (requests.nudges, requests.has_open(), requests.needs_room);
        drop(requests);
        let due = (!is_on_demand).then_some(due);
        let until = [due, self.next_turn(due)].into_iter().flatten().min();
        let is_over = |time: &Duration| self.clock.now() >= *time;
        if due.as_ref().is_some_and(is_over) {
            return Look::Work(Work::Render);
        }
        if has_open {
            // On demand there is no other render.
            return Look::Work(if is_on_demand { Work::Render } else { Work::Requests });
        }
        if needs_room {
            return Look::Work(Work::Room);
        }
        if self.views.is_some() && pages.views.has_waiting() {
            return Look::Work(Work::Views);
        }
        if until.as_ref().is_some_and(is_over) {
            return Look::Work(Work::Late);
        }
        Look::Nothing { time: until.and_then(|until| self.clock.sleep_for(until)), nudges }
    }

    /// Sleeps until there is something to do.
    fn wait(&self, next: &mut Option<Duration>) -> Work {
        loop {
            match self.look(next) {
                Look::Work(work) => return work,
                Look::Nothing { time, nudges } => {
                    let requests = self.pages.lock();
                    let is_asked =
                        requests.is_stopped || requests.needs_reading() || requests.has_open() || requests.needs_room;
                    if !is_asked && requests.nudges == nudges {
                        drop(self.pages.wait(requests, time));
                    }
                }
            }
        }
    }
}

/// Where a render thread says that it is at its end.
#[derive(Debug, Default)]
pub(super) struct End {
    is_over: Mutex<bool>,
    over: Condvar,
}

/// Says so, however the thread ends.
pub(super) struct EndGuard(pub(super) Arc<End>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        *self.0.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.over.notify_all();
    }
}

impl End {
    /// How long stopping may take.
    const STOP: Duration = Duration::from_secs(2);

    /// Joins the thread that is to say so, or leaves it behind if it does not come to its end in time.
    pub(super) fn join(&self, thread: Option<Thread>) {
        // In a child that was forked there is no such thread.
        let Some(thread) = thread.filter(Thread::is_here) else { return };
        if self.comes_within(Self::STOP) {
            thread.join();
        } else {
            static LIMIT: LogLimit = LogLimit::new();
            say!(&LIMIT, warn, "publish: the render thread has not ended within {:?} and is left behind", Self::STOP);
        }
    }

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
        self.end.join(self.thread.take());
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.join();
    }
}
