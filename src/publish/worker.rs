//! The threads `ocp-collect`: one for each collector that is not ours, so that one that does not come back holds up no page
//! and no other collector.
//!
//! In each round the render thread gives a turn to each that is not at one still, and waits a moment. Who does what is
//! noted on a [`Board`]. A worker past its deadline is given up on: it keeps its thread, is not called again until it has
//! come back, and what it still brings is discarded. There are never more threads than collectors.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::collect::{Collect, Collector};
use crate::clock::Clock;
use crate::foreign;
use crate::registry::origin::SnapshotOrigin;
use crate::thread::Thread;

/// After panics a collector waits no longer than this, or an interval if that is longer.
const BACKOFF_MOST: Duration = Duration::from_secs(300);

/// What the render thread and the workers tell each other.
#[derive(Debug, Default)]
pub(super) struct Board {
    notes: Mutex<Notes>,
    /// Turns were given, or all is over.
    given: Condvar,
    /// A worker is done.
    done: Condvar,
}

#[derive(Debug, Default)]
struct Notes {
    round: u64,
    is_ended: bool,
    /// By worker.
    turns: Vec<Turn>,
}

/// What one worker is at.
#[derive(Debug, Default)]
struct Turn {
    stage: Stage,
    /// The round that its last turn is of, which names the turn; 0 before the first.
    round: u64,
    /// When that was given.
    since: Duration,
    backoff: Backoff,
    /// When it loses its series, unless it succeeds before.
    keeps_until: Option<Duration>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There is no thread: none was needed yet, or it has ended.
    #[default]
    Absent,
    Waiting,
    /// It has a turn, which may not have begun.
    Busy,
    /// The same, past its deadline.
    Late,
}

/// When a collector that panics is tried again.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// Panics without a return in between.
    panics: u32,
    until: Duration,
}

impl Backoff {
    /// Whether it may be tried.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.panics == 0 || now >= self.until
    }

    /// Until when it is left alone.
    pub(super) fn until(&self) -> Duration {
        if self.panics == 0 { Duration::ZERO } else { self.until }
    }

    /// Notes what a call came to; the outcome as it is told.
    pub(super) fn note(
        &mut self,
        outcome: Result<Result<(), String>, String>,
        now: Duration,
        interval: Duration,
    ) -> Result<(), String> {
        let panic = match outcome {
            Ok(outcome) => {
                self.panics = 0;
                return outcome;
            }
            Err(panic) => panic,
        };
        self.panics = self.panics.saturating_add(1);
        let wait = interval.saturating_mul(1_u32.checked_shl(self.panics).unwrap_or(u32::MAX));
        let wait = wait.min(BACKOFF_MOST.max(interval));
        self.until = now.saturating_add(wait);
        Err(format!("panicked: {panic}; it is tried again in {} s", wait.as_secs_f64()))
    }
}

impl Board {
    /// Takes a worker on; its number.
    fn add(&self) -> usize {
        let mut notes = self.lock();
        notes.turns.push(Turn::default());
        notes.turns.len() - 1
    }

    /// The number of a new round.
    pub(super) fn begin_round(&self) -> u64 {
        let mut notes = self.lock();
        notes.round += 1;
        notes.round
    }

    /// Waits until all who have a turn of this round are done, but no longer than `patience`.
    pub(super) fn wait_for(&self, round: u64, patience: Duration) {
        self.wait(patience, |turn| turn.stage == Stage::Busy && turn.round == round);
    }

    /// Lets all threads end.
    pub(super) fn end(&self) {
        self.lock().is_ended = true;
        self.given.notify_all();
    }

    /// Waits until all threads are at their ends but for those that are late already, for `patience` at most.
    pub(super) fn wait_for_end(&self, patience: Duration) {
        self.wait(patience, |turn| matches!(turn.stage, Stage::Waiting | Stage::Busy));
    }

    /// Waits while it `is_for` some turn, by the system's time: the publisher's may stand still.
    fn wait(&self, patience: Duration, is_for: impl Fn(&Turn) -> bool) {
        let began = Instant::now();
        let mut notes = self.lock();
        while notes.turns.iter().any(&is_for) {
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return;
            }
            notes = self.done.wait_timeout(notes, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A worker's next turn after `last`: its number, and when it was given. None once all is over.
    fn next(&self, worker: usize, last: u64) -> Option<(u64, Duration)> {
        let mut notes = self.lock();
        loop {
            let turn = notes.turns.get(worker).filter(|_| !notes.is_ended)?;
            if turn.round != last {
                return Some((turn.round, turn.since));
            }
            notes = self.given.wait(notes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn with<T>(&self, worker: usize, act: impl FnOnce(&mut Turn) -> T) -> Option<T> {
        self.lock().turns.get_mut(worker).map(act)
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        // Nothing that can panic runs while it is held.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A collector and its thread, as the render thread sees them.
pub(super) struct Worker {
    seat: Seat,
    /// Waits here for its thread.
    collect: Arc<Mutex<Option<Box<dyn Collect>>>>,
    thread: Option<Thread>,
    deadline: Duration,
}

/// What the two threads of a worker share.
#[derive(Clone)]
struct Seat {
    number: usize,
    board: Arc<Board>,
    state: Arc<Collector>,
    origin: Arc<SnapshotOrigin>,
    clock: Arc<dyn Clock>,
    interval: Duration,
}

impl Worker {
    /// How long a stop waits for collectors that may still come back in time.
    pub(super) const STOP: Duration = Duration::from_secs(1);

    pub(super) fn new(
        collect: Box<dyn Collect>,
        state: Arc<Collector>,
        deadline: Duration,
        interval: Duration,
        clock: &Arc<dyn Clock>,
        board: &Arc<Board>,
    ) -> Self {
        let (number, board, clock) = (board.add(), board.clone(), clock.clone());
        let seat = Seat { number, board, state, origin: SnapshotOrigin::new(), clock, interval };
        Self { seat, collect: Arc::new(Mutex::new(Some(collect))), thread: None, deadline }
    }

    /// Gives it a turn unless it has one still, or waits after a panic. Takes its series away when they are due to go.
    pub(super) fn give_turn(&mut self, now: Duration, round: u64) {
        let (is_free, is_stale) = self
            .seat
            .board
            .with(self.seat.number, |turn| {
                // To the nearest round.
                let due = |until: &mut Duration| now.saturating_add(self.seat.interval / 2) >= *until;
                let is_free = matches!(turn.stage, Stage::Absent | Stage::Waiting) && turn.backoff.is_over(now);
                (is_free, turn.keeps_until.take_if(due).is_some())
            })
            .unwrap_or_default();
        if is_stale {
            self.seat.origin.clear();
        }
        if !is_free || !self.has_thread(now) {
            return;
        }
        self.seat.origin.open(round);
        self.seat.board.with(self.seat.number, |turn| {
            (turn.stage, turn.round, turn.since) = (Stage::Busy, round, now);
        });
        self.seat.board.given.notify_all();
    }

    /// Whether there is a thread for it, which is started if need be.
    fn has_thread(&mut self, now: Duration) -> bool {
        if self.thread.is_some() {
            return true;
        }
        let (seat, collect) = (self.seat.clone(), self.collect.clone());
        match Thread::spawn("ocp-collect", move || seat.work(&collect)) {
            Ok(thread) => {
                self.thread = Some(thread);
                true
            }
            Err(error) => {
                let error = format!("the system gave no thread for it, it is tried again: {error}");
                let change = self.seat.state.note(now, Duration::ZERO, Err(error));
                self.seat.state.tell(change);
                false
            }
        }
    }

    /// When it will be late; none if it has no turn, or is late already.
    pub(super) fn late_at(&self) -> Option<Duration> {
        let busy = |turn: &mut Turn| (turn.stage == Stage::Busy).then(|| turn.since.saturating_add(self.deadline));
        self.seat.board.with(self.seat.number, busy).flatten()
    }

    /// Gives up on it if it is past its deadline.
    pub(super) fn note_late(&self, now: Duration) {
        let Seat { number, board, state, origin, interval, .. } = &self.seat;
        let change = board.with(*number, |turn| {
            if turn.stage != Stage::Busy || now < turn.since.saturating_add(self.deadline) {
                return None;
            }
            turn.stage = Stage::Late;
            turn.keeps_until.get_or_insert(now.saturating_add(*interval));
            Some(state.note_late(now, turn.since, self.deadline))
        });
        if let Some(change) = change.flatten() {
            origin.close();
            state.tell(change);
        }
    }

    /// Discards what it still brings.
    pub(super) fn close(&self) {
        self.seat.origin.close();
    }

    /// Joins the thread if it is at its end; otherwise it ends when its collector comes back.
    pub(super) fn join(&mut self) {
        let stage = self.seat.board.with(self.seat.number, |turn| turn.stage);
        if let Some(thread) = self.thread.take_if(|_| stage == Some(Stage::Absent)) {
            thread.join();
        }
    }
}

impl Seat {
    /// The thread: a turn after another, until all is over.
    fn work(self, collect: &Mutex<Option<Box<dyn Collect>>>) {
        let Some(mut collect) = collect.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let mut last = 0;
        while let Some((turn, since)) = self.board.next(self.number, last) {
            last = turn;
            self.turn(&mut *collect, turn, since);
        }
        // It is not ours, and neither is what happens when it goes.
        let _ = foreign::call(move || drop(collect));
        self.board.with(self.number, |turn| turn.stage = Stage::Absent);
        self.board.done.notify_all();
    }

    fn turn(&self, collect: &mut dyn Collect, turn: u64, since: Duration) {
        // The clock is not ours either.
        let went = foreign::call(|| {
            let before = self.clock.now();
            let call = self.origin.enter(turn);
            let outcome = foreign::call(|| collect.collect().map_err(|error| error.whole()));
            drop(call);
            let now = self.clock.now();
            (now, now.saturating_sub(before), outcome)
        });
        let (now, took, outcome) = went.unwrap_or_else(|panic| (since, Duration::ZERO, Err(panic)));
        let change = self.board.with(self.number, |turn| {
            let is_late = turn.stage == Stage::Late;
            turn.stage = Stage::Waiting;
            let has_panicked = outcome.is_err();
            let outcome = turn.backoff.note(outcome, now, self.interval);
            if is_late {
                self.state.note_back(took);
                return None;
            }
            turn.keeps_until =
                if has_panicked { turn.keeps_until.or(Some(now.saturating_add(self.interval))) } else { None };
            Some(self.state.note(now, took, outcome))
        });
        self.board.done.notify_all();
        if let Some(change) = change.flatten() {
            self.state.tell(change);
        }
    }
}
