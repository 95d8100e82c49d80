//! One thread `ocp-render` for several publishers, for who has so many registries that a thread for each is too much.
//!
//! Each publisher has its own tick, and ticks are spread over an interval. Who is asked for something gets a turn at once; whoever
//! has more to do gets another one after all others. Views are made by this thread too. What one of them waits for, all wait
//! for: a render, a view, and where pages are made on demand a second for slow readers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bell::Bell;
use super::ticker::{End, EndGuard, Look, Outcome, PAUSE};
use super::{Pages, PublishError, Publisher};
use crate::foreign;
use crate::thread::Thread;

/// The thread of several publishers. Dropping it is [`stop`](GroupTicker::stop); in a child that was forked it does nothing.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let publisher = || Publisher::new(&Registry::builder().build().unwrap(), Duration::from_secs(1), SystemClock::new());
/// let ticker = Publisher::start_together(vec![publisher()?, publisher()?])?;
/// assert_eq!(ticker.pages().len(), 2);
/// ticker.stop();
/// # Ok::<(), openclaw_prometheus::publish::PublishError>(())
/// ```
#[derive(Debug)]
pub struct GroupTicker {
    pages: Vec<Arc<Pages>>,
    end: Arc<End>,
    thread: Option<Thread>,
}

impl GroupTicker {
    /// What servers hand out, by publisher.
    pub fn pages(&self) -> &[Arc<Pages>] {
        &self.pages
    }

    /// Ends the thread as [`Ticker::stop`](super::Ticker::stop) does.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        self.pages.iter().for_each(|pages| pages.stop());
        self.end.join(self.thread.take());
    }
}

impl Drop for GroupTicker {
    fn drop(&mut self) {
        self.join();
    }
}

impl Publisher {
    /// Starts one thread that ticks all of these and makes their views.
    ///
    /// # Errors
    /// [`PublishError::Thread`] if the system gives none.
    pub fn start_together(publishers: Vec<Self>) -> Result<GroupTicker, PublishError> {
        let bell = Arc::<Bell>::default();
        let pages: Vec<_> = publishers.iter().map(Self::pages).collect();
        let count = u32::try_from(publishers.len()).unwrap_or(u32::MAX);
        let mut members = Vec::new();
        for (place, publisher) in (0..).zip(publishers) {
            publisher.pages.hang(bell.rope(members.len()));
            publisher.wake_with_clock();
            // Spread, so that nobody waits for all others at each tick.
            let delay = publisher.interval.saturating_mul(place) / count;
            let next = Some(publisher.clock.now().saturating_add(delay));
            members.push(Some(Member { publisher, next }));
        }
        let end = Arc::new(End::default());
        let at_end = EndGuard(end.clone());
        let thread = Thread::spawn("ocp-render", move || {
            let _at_end = at_end;
            run(members, &bell);
        });
        Ok(GroupTicker { pages, end, thread: Some(thread.map_err(PublishError::Thread)?) })
    }
}

/// A publisher, and when its next tick is due.
struct Member {
    publisher: Publisher,
    next: Option<Duration>,
}

/// When a member is to be looked at again.
enum Again {
    At(Option<Instant>),
    Never,
}

impl Member {
    /// Does one thing, if there is one to do.
    fn turn(&mut self) -> Again {
        let Self { publisher, next } = self;
        let turn = foreign::call(|| match publisher.look(next) {
            Look::Work(work) => Ok(publisher.work(work, next)),
            Look::Nothing { time, .. } => Err(time),
        });
        match turn.unwrap_or_else(|panic| Ok(publisher.survive(panic))) {
            Ok(Outcome::Done) => Again::At(Some(Instant::now())),
            Ok(Outcome::Failed) => Again::At(Instant::now().checked_add(PAUSE)),
            Ok(Outcome::Over) => Again::Never,
            Err(time) => Again::At(time.and_then(|time| Instant::now().checked_add(time))),
        }
    }
}

/// The thread: gives turns until there is nobody left.
fn run(mut members: Vec<Option<Member>>, bell: &Bell) {
    let mut left = members.len();
    // When each is to be looked at, as the agenda has it.
    let mut times = vec![Some(Instant::now()); members.len()];
    let mut agenda: BTreeSet<(Instant, usize)> =
        times.iter().flatten().zip(0..).map(|(time, number)| (*time, number)).collect();
    while left > 0 {
        let mut turns = bell.wait(agenda.first().map(|(time, _)| *time));
        let now = Instant::now();
        turns.extend(agenda.iter().take_while(|(time, _)| *time <= now).map(|(_, number)| *number));
        for number in turns {
            if let Some(time) = times[number].take() {
                agenda.remove(&(time, number));
            }
            let Some(member) = &mut members[number] else { continue };
            match member.turn() {
                Again::At(time) => {
                    times[number] = time;
                    agenda.extend(time.map(|time| (time, number)));
                }
                Again::Never => {
                    members[number] = None;
                    left -= 1;
                }
            }
        }
    }
}
