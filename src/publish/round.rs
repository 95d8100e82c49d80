//! A round of collecting, before each render: each worker gets its turn, a moment is waited for those that are quick, then
//! the exporter's own collectors run.
//!
//! A round takes as long as it has patience, whatever collectors do, and a moment for our own. Deadlines go by the
//! publisher's clock and are looked at in each round, and by the render thread when one has passed.

use std::sync::Arc;
use std::time::Duration;

use super::collect::{Collect, Collector, Ours};
use super::worker::{Backoff, Board, Worker};
use crate::clock::Clock;
use crate::foreign;
use crate::thread::Process;

/// How long a page waits for the collectors of its round.
pub(super) const PATIENCE: Duration = Duration::from_millis(5);
/// The same if there is no render thread: whoever ticks by hand finds on the page what ordinary collectors bring.
pub(super) const PATIENCE_BY_HAND: Duration = Duration::from_secs(1);
/// What stands for the interval where pages are made on demand.
const ON_DEMAND: Duration = Duration::from_secs(1);

/// All collectors that are called.
pub(super) struct Rounds {
    clock: Arc<dyn Clock>,
    /// Where the workers' threads are.
    process: Process,
    /// The time between two rounds.
    interval: Duration,
    inline: Vec<InlineCollector>,
    workers: Vec<Worker>,
    board: Arc<Board>,
}

impl Rounds {
    pub(super) fn new(clock: Arc<dyn Clock>, interval: Duration) -> Self {
        let interval = if interval.is_zero() { ON_DEMAND } else { interval };
        Self {
            clock,
            process: Process::current(),
            interval,
            inline: Vec::new(),
            workers: Vec::new(),
            board: Arc::default(),
        }
    }

    /// Has `collect` run in each round from now on, and its state told by `state`.
    pub(super) fn add(&mut self, collect: Box<dyn Collect>, state: Arc<Collector>) {
        if collect.runs_inline(Ours(())) {
            self.inline.push(InlineCollector { collect, state, backoff: Backoff::default() });
        } else {
            let deadline = collect.deadline().unwrap_or(self.interval);
            self.workers.push(Worker::new(collect, state, deadline, self.interval, &self.clock, &self.board));
        }
    }

    /// Runs a round.
    pub(super) fn run(&mut self, patience: Duration) {
        if !self.workers.is_empty() && self.process.is_current() {
            let now = self.clock.now();
            self.note_late(now);
            let round = self.board.begin_round();
            self.workers.iter_mut().for_each(|worker| worker.give_turn(now, round));
            self.board.wait_for(round, patience);
        }
        self.run_inline();
    }

    /// Has our own collectors run.
    pub(super) fn run_inline(&mut self) {
        for collector in &mut self.inline {
            collector.run(&*self.clock, self.interval);
        }
    }

    /// Does what is due between two rounds: gives up on those that are past their deadlines, and gives ours their turns.
    pub(super) fn keep_up(&mut self, now: Duration) {
        self.note_late(now);
        for collector in &mut self.inline {
            if collector.next_turn().is_some_and(|turn| now >= turn) {
                collector.run(&*self.clock, self.interval);
            }
        }
    }

    fn note_late(&mut self, now: Duration) {
        self.workers.iter_mut().for_each(|worker| worker.note_late(now));
    }

    /// When [`keep_up`](Self::keep_up) is due.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let late = self.workers.iter().filter_map(Worker::late_at);
        late.chain(self.inline.iter().filter_map(InlineCollector::next_turn)).min()
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        if !self.process.is_current() {
            return;
        }
        self.board.end();
        self.workers.iter().for_each(Worker::close);
        self.board.wait_for_end(Worker::STOP);
        self.workers.iter_mut().for_each(Worker::join);
    }
}

/// A collector of our own, which cannot hang.
struct InlineCollector {
    collect: Box<dyn Collect>,
    state: Arc<Collector>,
    backoff: Backoff,
}

impl InlineCollector {
    /// When it wants its turn. One that has panicked gets it when it is over that.
    fn next_turn(&self) -> Option<Duration> {
        self.collect.next_turn(Ours(())).map(|turn| turn.max(self.backoff.until()))
    }

    /// Has it try once, and notes how that went. The thread survives its panic.
    fn run(&mut self, clock: &dyn Clock, interval: Duration) {
        let before = clock.now();
        if !self.backoff.is_over(before) {
            return;
        }
        let collect = &mut self.collect;
        let outcome = foreign::call(|| collect.collect().map_err(|error| error.whole()));
        let now = clock.now();
        let outcome = self.backoff.note(outcome, now, interval);
        let change = self.state.note(now, now.saturating_sub(before), outcome);
        self.state.tell(change);
    }
}
