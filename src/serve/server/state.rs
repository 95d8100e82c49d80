//! What one connection is doing, since when, and how long it may go on so.
//!
//! ```text
//! New ─► FirstHead ─► Answering ─► Flushing ─► Answered ─► Idle ─► NextHead
//!                         ▲                       │                   │
//!                         └───────────────────────┴───────────────────┘
//! any ─► Closing; any but Answering and Flushing ─► Evicted
//! ```
//!
//! Told by its socket and its service, asked by its timer and by whoever needs room, all in the serving thread.

use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::super::outgoing::Outgoing;
use super::limits::Limits;
use crate::publish::ResetReason;

/// What stands for a limit without an end: no time overflows with it.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// How long a client that has just connected has for its first bytes before it counts as one that waits. A thread that
/// lost its core between connecting and writing is mostly back by then, and with 512 permits 250,000 silent ones a second
/// find room: a flood keeps nobody waiting.
pub(super) const FIRST_BYTE: Duration = Duration::from_millis(2);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It has just connected, and nobody knows yet whether it asks for something; or a step of its handshake is ours to make, or
    /// was made just now.
    New,
    /// The head of its first request is not whole.
    FirstHead(Input),
    /// From the end of a head until the body of the answer was handed over.
    Answering,
    /// The body was handed over; what of it the system has not taken is on its way.
    Flushing,
    /// An answer was sent, and of the next head as much is here as came with the last one.
    Answered(Input),
    /// Between an answer and the first byte of the next request.
    Idle,
    /// The head of a later request is not whole.
    NextHead(Input),
    /// The last answer was sent.
    Closing,
    /// It has to go, and its task has not ended yet.
    Evicted,
}

/// What the last read found, of those since the state began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Something, or there was none: more may be there.
    Open,
    /// Nothing yet.
    Dry,
}

impl State {
    /// What goes first for others has the lowest rank; none for what stays.
    fn rank(self) -> Option<u8> {
        match self {
            Self::New | Self::Answering | Self::Flushing | Self::Evicted => None,
            Self::Closing => Some(0),
            Self::FirstHead(_) => Some(1),
            Self::Answered(_) | Self::Idle | Self::NextHead(_) => Some(AFTER_ANSWER),
        }
    }
}

/// The rank of those that wait after an answer.
pub(super) const AFTER_ANSWER: u8 = 2;

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    state: Cell<State>,
    since: Cell<Instant>,
    /// Since when a write has stood still.
    stalled: Cell<Option<Instant>>,
    /// Whether something was handed over that the system has not taken.
    is_unsent: Cell<bool>,
    /// Told when the system has taken all.
    sent_waker: RefCell<Option<Waker>>,
    /// The page or view that is on its way.
    outgoing: RefCell<Option<Arc<Outgoing>>>,
    task: OnceCell<AbortHandle>,
    /// Told when this one can go, or when it is known what it came for.
    changed: Rc<Notify>,
}

impl Connection {
    pub(super) fn new(changed: Rc<Notify>) -> Self {
        let since = Cell::new(Instant::now());
        Self {
            state: Cell::new(State::New),
            since,
            stalled: Cell::default(),
            is_unsent: Cell::default(),
            sent_waker: RefCell::default(),
            outgoing: RefCell::default(),
            task: OnceCell::new(),
            changed,
        }
    }

    pub(super) fn state(&self) -> State {
        self.state.get()
    }

    pub(super) fn since(&self) -> Instant {
        self.since.get()
    }

    pub(super) fn enter(&self, state: State) {
        self.state.set(state);
        self.since.set(Instant::now());
        self.changed.notify_one();
    }

    /// It waits for us, and nobody sends it away. The time for its head goes on.
    #[cfg_attr(not(feature = "web-config"), allow(dead_code, reason = "nobody shakes hands"))]
    pub(super) fn keep(&self) {
        self.state.set(State::New);
    }

    /// What a client that was kept does next. If that does not come in a moment it counts as one that waits.
    #[cfg(feature = "web-config")]
    pub(super) async fn patiently<T>(&self, next: impl Future<Output = T>) -> T {
        let mut next = std::pin::pin!(next);
        match tokio::time::timeout(FIRST_BYTE, next.as_mut()).await {
            Ok(value) => value,
            Err(_) => {
                self.expect_head();
                next.await
            }
        }
    }

    /// It has had its time for a first byte. The time for its head goes on.
    pub(super) fn expect_head(&self) {
        self.state.set(State::FirstHead(Input::Open));
        self.changed.notify_one();
    }

    /// The answer's body was handed over.
    pub(super) fn end_body(&self) {
        if self.state() == State::Answering {
            self.state.set(State::Flushing);
        }
    }

    /// An answer is handed over, with the page or view in it.
    pub(super) fn begin_answer(&self, outgoing: Option<&Arc<Outgoing>>) {
        self.is_unsent.set(true);
        self.outgoing.replace(outgoing.cloned());
    }

    /// Ready once the system has taken all that was handed over.
    pub(super) fn poll_sent(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.is_unsent.get() {
            self.sent_waker.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Whether what is on its way has to be given up; until then the task is woken when it has.
    pub(super) fn poll_revoked(&self, context: &mut Context<'_>) -> bool {
        self.outgoing.borrow().as_ref().is_some_and(|outgoing| {
            outgoing.wake_with(context.waker());
            outgoing.is_revoked()
        })
    }

    /// Whether what is on its way has to be given up.
    pub(super) fn is_revoked(&self) -> bool {
        self.outgoing.borrow().as_ref().is_some_and(|outgoing| outgoing.is_revoked())
    }

    /// Asked before each write.
    pub(super) fn may_write(&self) -> io::Result<()> {
        self.outgoing.borrow().as_ref().map_or(Ok(()), |outgoing| outgoing.may_go()).map_err(io::Error::other)
    }

    /// So many bytes were taken by the system.
    pub(super) fn note_sent(&self, bytes: usize) {
        if let Some(outgoing) = &*self.outgoing.borrow() {
            outgoing.note_sent(bytes);
        }
    }

    /// Why the patience with a reader ended, if it did while it was answered.
    pub(super) fn reset_reason(&self, limits: &Limits) -> Option<ResetReason> {
        if !matches!(self.state(), State::Answering | State::Flushing) {
            return None;
        }
        let is_over = self.since() + limits.answer <= Instant::now();
        Some(if is_over { ResetReason::TooSlow } else { ResetReason::Stalled })
    }

    /// All that was handed over is with the system.
    pub(super) fn note_flushed(&self) {
        self.is_unsent.set(false);
        self.outgoing.take();
        if let Some(waker) = self.sent_waker.take() {
            waker.wake();
        }
        if self.state() == State::Flushing {
            self.enter(State::Answered(Input::Open));
        }
    }

    /// What a read found.
    pub(super) fn note_read(&self, input: Input) {
        self.state.set(match self.state() {
            State::FirstHead(_) => State::FirstHead(input),
            State::Answered(_) => State::Answered(input),
            State::NextHead(_) => State::NextHead(input),
            other => other,
        });
    }

    /// A write stood still, or did not.
    pub(super) fn note_write(&self, is_standing: bool) {
        let since = self.stalled.get().filter(|_| is_standing);
        self.stalled.set(is_standing.then(|| since.unwrap_or_else(Instant::now)));
    }

    /// Whether it waits for the rest of a head, or for a whole one.
    pub(super) fn is_out_of_bytes(&self) -> bool {
        use Input::Dry;
        matches!(self.state(), State::FirstHead(Dry) | State::Answered(Dry) | State::NextHead(Dry))
    }

    /// When the patience with it ends.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        let since = self.since();
        // A limit without an end is as good as one of thirty years.
        let after = |since: Instant, limit: Duration| since + limit.min(FOR_EVER);
        match self.state() {
            State::New | State::FirstHead(_) | State::Answered(_) | State::NextHead(_) => after(since, limits.head),
            State::Idle => after(since, limits.idle),
            State::Closing | State::Evicted => after(since, limits.linger),
            State::Answering | State::Flushing => {
                let whole = after(since, limits.answer);
                self.stalled.get().map_or(whole, |stalled| whole.min(after(stalled, limits.stall)))
            }
        }
    }

    /// What goes first for others has the lowest rank; none for what stays.
    pub(super) fn rank(&self) -> Option<u8> {
        self.state().rank()
    }

    /// Notes the task that serves it, to end it.
    pub(super) fn note_task(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }

    /// Ends it, before its next step.
    pub(super) fn evict(&self) {
        if let Some(task) = self.task.get() {
            self.state.set(State::Evicted);
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_go_first_that_cost_nobody_anything_and_none_that_is_answered_or_new() {
        let rank = |state: State| state.rank();
        assert_eq!([State::New, State::Answering, State::Flushing, State::Evicted].map(rank), [None; 4]);
        let order = [State::Closing, State::FirstHead(Input::Open), State::Idle].map(rank);
        assert!(order.is_sorted_by(|one, other| one < other) && order[0].is_some(), "{order:?}");
        let after_answer = [State::Answered(Input::Dry), State::Idle, State::NextHead(Input::Open)].map(rank);
        assert_eq!(after_answer, [Some(AFTER_ANSWER); 3]);
    }
}
