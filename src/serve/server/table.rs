//! Who is connected, what each is doing, and who has to go when there is no room.
//!
//! Lives in the serving thread. A connection that is being answered is never closed for another one's sake; of the
//! others those go first that cost nobody anything: what is over, what never asked, what is idle longest.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::limits::Limits;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its first request, or the rest of one, has not come.
    Head,
    /// From the end of a head to the last byte of the answer.
    Answering,
    /// Between an answer and the next request.
    Idle,
    /// The last answer was sent.
    Closing,
}

/// One connection. Told by its socket and its service, looked at by its timer and by whoever needs room.
#[derive(Debug)]
pub(super) struct Place {
    phase: Cell<Phase>,
    since: Cell<Instant>,
    /// Since when a write has stood still.
    stalled: Cell<Option<Instant>>,
    /// Whether the answer's body was handed over whole.
    is_body_over: Cell<bool>,
    /// Whether nothing is left to read since the phase began.
    is_dry: Cell<bool>,
    /// Whether the phase began with the end of an answer.
    is_after_answer: Cell<bool>,
    /// Whether it was found to have sent nothing that could be looked at. Before, nobody knows what it came for.
    is_seen: Cell<bool>,
    /// Whether a request was answered.
    is_proven: Cell<bool>,
    is_evicted: Cell<bool>,
    task: OnceCell<AbortHandle>,
    changed: Rc<Notify>,
}

impl Place {
    fn new(changed: Rc<Notify>) -> Self {
        Self {
            phase: Cell::new(Phase::Head),
            since: Cell::new(Instant::now()),
            stalled: Cell::default(),
            is_body_over: Cell::default(),
            is_dry: Cell::default(),
            is_after_answer: Cell::default(),
            is_seen: Cell::default(),
            is_proven: Cell::default(),
            is_evicted: Cell::default(),
            task: OnceCell::new(),
            changed,
        }
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.since.set(Instant::now());
        self.is_dry.set(false);
        self.is_after_answer.set(false);
        // Somebody may wait for one that can go, or to know what it came for.
        self.changed.notify_one();
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// A head is whole, and its answer begins.
    pub(super) fn begin_answer(&self) {
        self.is_body_over.set(false);
        self.enter(Phase::Answering);
    }

    /// The answer's body was handed over.
    pub(super) fn end_body(&self) {
        self.is_body_over.set(true);
    }

    /// All that was handed over is with the system.
    pub(super) fn flushed(&self) {
        if self.phase() == Phase::Answering && self.is_body_over.get() {
            self.is_proven.set(true);
            self.enter(Phase::Head);
            self.is_after_answer.set(true);
        }
    }

    /// A read found something, or nothing yet.
    pub(super) fn note_read(&self, is_dry: bool) {
        self.is_dry.set(is_dry);
    }

    /// A write stood still, or did not.
    pub(super) fn note_write(&self, is_standing: bool) {
        let since = self.stalled.get().filter(|_| is_standing);
        self.stalled.set(is_standing.then(|| since.unwrap_or_else(Instant::now)));
    }

    /// It waits for its client.
    pub(super) fn note_waiting(&self) {
        if !self.is_seen.replace(true) {
            self.changed.notify_one();
        }
    }

    /// Whether it waits for the rest of a head, or for a whole one.
    pub(super) fn is_out_of_bytes(&self) -> bool {
        self.phase() == Phase::Head && self.is_dry.get()
    }

    /// Whether an answer was sent, and no byte of the next head has come.
    pub(super) fn is_after_answer(&self) -> bool {
        self.is_after_answer.get()
    }

    /// When the patience with it ends.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        let since = self.since.get();
        match self.phase() {
            Phase::Head => since + limits.head,
            Phase::Idle => since + limits.idle,
            Phase::Closing => since + limits.linger,
            Phase::Answering => {
                let whole = since + limits.answer;
                self.stalled.get().map_or(whole, |stalled| whole.min(stalled + limits.stall))
            }
        }
    }

    /// What goes first has the lowest rank; none for what stays.
    fn rank(&self) -> Option<u8> {
        match self.phase() {
            Phase::Answering => None,
            _ if self.is_evicted.get() || !self.is_seen.get() => None,
            Phase::Closing => Some(0),
            Phase::Head | Phase::Idle if self.is_proven.get() => Some(PROVEN),
            Phase::Head | Phase::Idle => Some(1),
        }
    }

    /// Whether it has just come, and nobody knows yet whether it asks.
    fn is_new(&self) -> bool {
        self.phase() != Phase::Answering && !self.is_seen.get() && !self.is_evicted.get()
    }

    /// Notes the task that serves it, to end it.
    pub(super) fn note_task(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }

    fn abort(&self) {
        if let Some(task) = self.task.get() {
            self.is_evicted.set(true);
            task.abort();
        }
    }
}

/// The rank of those that wait after an answer.
const PROVEN: u8 = 2;

/// All connections.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) limits: Limits,
    taken: RefCell<Vec<Rc<Place>>>,
    /// Told when one is left, or can be. One waits: whoever accepts.
    changed: Rc<Notify>,
    is_stopping: Cell<bool>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) place: Rc<Place>,
    pub(super) places: Rc<Places>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.places.taken.borrow_mut().retain(|place| !Rc::ptr_eq(place, &self.place));
        self.places.changed.notify_one();
    }
}

impl Places {
    pub(super) fn new(limits: Limits) -> Rc<Self> {
        Rc::new(Self { limits, taken: RefCell::default(), changed: Rc::default(), is_stopping: Cell::default() })
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.get()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.taken.borrow().len()
    }

    fn is_full(&self) -> bool {
        self.count() >= self.limits.connections.max(1)
    }

    fn has_idle(&self) -> bool {
        self.taken.borrow().iter().any(|place| place.rank().is_some())
    }

    /// Waits until there is room, or somebody who can make some.
    pub(super) async fn until_worth_accepting(&self) {
        while self.is_full() && !self.has_idle() {
            self.changed.notified().await;
        }
    }

    /// Takes a place, and makes room for it first if there is none.
    pub(super) async fn take(self: &Rc<Self>) -> Seat {
        while self.is_full() {
            if !self.make_room("all places are taken").await {
                self.changed.notified().await;
            }
        }
        let place = Rc::new(Place::new(self.changed.clone()));
        self.taken.borrow_mut().push(place.clone());
        Seat { place, places: self.clone() }
    }

    /// Closes the connection whose end costs nobody anything, and waits until it is closed. False if all are being
    /// answered.
    pub(super) async fn make_room(&self, reason: &str) -> bool {
        while self.is_better_later() {
            self.changed.notified().await;
        }
        let is_there = self.evict(reason);
        while self.taken.borrow().iter().any(|place| place.is_evicted.get()) {
            self.changed.notified().await;
        }
        is_there
    }

    /// Whether only somebody who was answered once could go now, while others have just come and in a moment count as
    /// silent.
    fn is_better_later(&self) -> bool {
        let taken = self.taken.borrow();
        let has_silent = taken.iter().any(|place| place.rank().is_some_and(|rank| rank < PROVEN));
        !has_silent && taken.iter().any(|place| place.is_new())
    }

    fn evict(&self, reason: &str) -> bool {
        let taken = self.taken.borrow();
        let ranked = taken.iter().filter_map(|place| Some(((place.rank()?, place.since.get()), place)));
        let Some((_, place)) = ranked.min_by_key(|(order, _)| *order) else { return false };
        let (phase, age) = (place.phase(), place.since.get().elapsed());
        log::debug!("serve: {reason}: a connection is closed that is in {phase:?} for {age:?}");
        place.abort();
        true
    }

    /// Closes what waits for requests; no answer is followed by another one.
    pub(super) fn stop(&self) {
        self.is_stopping.set(true);
        for place in self.taken.borrow().iter() {
            if matches!(place.phase(), Phase::Head | Phase::Idle) {
                place.abort();
            }
        }
    }
}
