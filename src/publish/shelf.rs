//! Views that are asked for, that are made, and that are there: what servers and the thread `ocp-views` share.
//!
//! All who ask for the same view share one, until the next render makes a newer one possible; of different ones a few are
//! waited for at most, and a few bytes of finished ones kept.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::content::ItemId;
use super::deliveries::HeldItem;
use super::document::Document;
use super::documents::Asked;
use super::page::Coding;
use crate::encode::View;

/// Different views that wait to be made at most; each goes through everything.
const WAITING: usize = 8;

/// What a view is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// A reading.
    View(View),
    /// What somebody else writes.
    Document(Asked),
}

/// What is asked for, and what is made.
#[derive(Debug, Default)]
pub(super) struct ViewShelf {
    state: Mutex<ShelfState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct ShelfState {
    waiting: VecDeque<Arc<ViewSlot>>,
    /// The one that is being made.
    making: Option<Arc<ViewSlot>>,
    /// Those of the current round, the newest last.
    finished: Vec<(Subject, Arc<Document>)>,
    /// All that somebody may hold.
    made: Vec<Weak<Document>>,
    is_stopped: bool,
}

/// What becomes of asking for a view.
pub(super) enum AskedView {
    Ready(Arc<Document>),
    Waiting(Arc<ViewSlot>),
    /// Too many different ones are waited for, or nobody makes any.
    Refused,
}

impl ViewShelf {
    fn lock(&self) -> MutexGuard<'_, ShelfState> {
        // Lists that are changed in one step each.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A view that was made since `since`, or one that will be; with none, only one that is not begun yet will do.
    pub(super) fn ask(&self, subject: Subject, coding: Coding, since: Option<Duration>) -> AskedView {
        let mut state = self.lock();
        if state.is_stopped {
            return AskedView::Refused;
        }
        if let Some(since) = since
            && let Some(document) = state.find(&subject, since)
            && (coding == Coding::Identity || !document.has_gzip() || document.gzip().is_some())
        {
            return AskedView::Ready(document);
        }
        state.forget();
        let asked = |slot: &&Arc<ViewSlot>| slot.subject == subject && slot.coding == coding;
        let begun = state.making.iter().filter(|_| since.is_some());
        if let Some(slot) = begun.chain(&state.waiting).find(asked) {
            return AskedView::Waiting(slot.clone());
        }
        if state.waiting.len() >= WAITING {
            return AskedView::Refused;
        }
        let slot = Arc::new(ViewSlot { subject, coding, outcome: Mutex::default(), changed: Condvar::new() });
        state.waiting.push_back(slot.clone());
        drop(state);
        self.changed.notify_all();
        AskedView::Waiting(slot)
    }

    /// Lets finished views go that were made before `rendered_at`; those that somebody holds are given.
    pub(super) fn retire(&self, rendered_at: Duration) -> Vec<HeldItem> {
        let mut state = self.lock();
        let (kept, old): (Vec<_>, Vec<_>) = std::mem::take(&mut state.finished)
            .into_iter()
            .partition(|(_, document)| document.read_at() >= rendered_at);
        state.finished = kept;
        drop(old);
        state.held()
    }

    /// Nobody makes any more.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        let slots: Vec<_> = state.waiting.drain(..).collect();
        state.finished.clear();
        drop(state);
        self.changed.notify_all();
        slots.iter().for_each(|slot| slot.put(None));
    }

    /// One that was made since `since`.
    pub(super) fn find(&self, subject: &Subject, since: Duration) -> Option<Arc<Document>> {
        self.lock().find(subject, since)
    }

    /// Whether one waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// Takes the next one that waits.
    pub(super) fn next(&self) -> Option<Arc<ViewSlot>> {
        let mut state = self.lock();
        state.forget();
        state.making = state.waiting.pop_front();
        state.making.clone()
    }

    /// Sleeps until one waits. False once stopped; none if the time is over.
    pub(super) fn wait(&self, time: Option<Duration>) -> Option<bool> {
        let mut state = self.lock();
        while !state.is_stopped && state.waiting.is_empty() {
            state = match time {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let (state, timeout) =
                        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner);
                    if timeout.timed_out() {
                        return None;
                    }
                    state
                }
            };
        }
        Some(!state.is_stopped)
    }

    /// The one that was made, if it is, is what its askers get; and with `kept` those who ask later in this round: finished
    /// ones are kept while they come to no more than these bytes, and documents that were written before that time go. What
    /// others hold is given.
    pub(super) fn finish(
        &self,
        slot: &ViewSlot,
        document: Option<Arc<Document>>,
        kept: Option<(Duration, usize)>,
    ) -> Vec<HeldItem> {
        let mut state = self.lock();
        state.making = None;
        if let Some(document) = &document {
            let is_new = !state.finished.iter().any(|(_, known)| Arc::ptr_eq(known, document));
            if is_new {
                state.made.push(Arc::downgrade(document));
            }
            if let Some((since, most)) = kept.filter(|_| is_new && !state.is_stopped) {
                let is_old = |(subject, known): &(Subject, Arc<Document>)| {
                    matches!(subject, Subject::Document(_)) && known.read_at() < since
                };
                let is_document = matches!(slot.subject, Subject::Document(_));
                state.finished.retain(|known| known.0 != slot.subject && !(is_document && is_old(known)));
                state.finished.push((slot.subject.clone(), document.clone()));
                while state.finished.len() > 1 && state.finished_bytes() > most {
                    state.finished.remove(0);
                }
            }
        }
        let held = state.held();
        drop(state);
        slot.put(document);
        held
    }
}

impl ShelfState {
    fn find(&self, subject: &Subject, since: Duration) -> Option<Arc<Document>> {
        let found = self.finished.iter().find(|(known, document)| known == subject && document.read_at() >= since);
        found.map(|(_, document)| document.clone())
    }

    /// Views whose askers have gone away need no place and no work.
    fn forget(&mut self) {
        self.waiting.retain(|slot| Arc::strong_count(slot) > 1);
    }

    fn finished_bytes(&self) -> usize {
        self.finished.iter().map(|(_, document)| document.memory_bytes()).sum()
    }

    /// What is held though it is not of this round any more.
    fn held(&mut self) -> Vec<HeldItem> {
        self.made.retain(|document| document.strong_count() > 0);
        let is_current = |document: &Arc<Document>| self.finished.iter().any(|(_, known)| Arc::ptr_eq(known, document));
        let held = self.made.iter().filter_map(Weak::upgrade).filter(|document| !is_current(document));
        held.map(|document| HeldItem { id: ItemId::of(&document), bytes: document.memory_bytes() }).collect()
    }
}

/// Where a view that was asked for will lie.
#[derive(Debug)]
pub(super) struct ViewSlot {
    pub(super) subject: Subject,
    pub(super) coding: Coding,
    outcome: Mutex<ViewOutcome>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct ViewOutcome {
    document: Option<Arc<Document>>,
    /// Whether nothing will come any more.
    is_over: bool,
    wakers: Vec<Waker>,
}

impl ViewSlot {
    fn lock(&self) -> MutexGuard<'_, ViewOutcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the view there, or says that none will come. The first word holds.
    fn put(&self, document: Option<Arc<Document>>) {
        let mut outcome = self.lock();
        if outcome.is_over {
            return;
        }
        (outcome.document, outcome.is_over) = (document, true);
        let wakers = std::mem::take(&mut outcome.wakers);
        drop(outcome);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The view, or that none will come; until then the waker is noted.
    pub(super) fn poll(&self, waker: &Waker) -> Poll<Option<Arc<Document>>> {
        let mut outcome = self.lock();
        if outcome.is_over {
            return Poll::Ready(outcome.document.clone());
        }
        if !outcome.wakers.iter().any(|known| known.will_wake(waker)) {
            outcome.wakers.push(waker.clone());
        }
        Poll::Pending
    }

    /// Blocks the thread until it is there.
    pub(super) fn wait(&self) -> Option<Arc<Document>> {
        let outcome = self.changed.wait_while(self.lock(), |outcome| !outcome.is_over);
        outcome.unwrap_or_else(PoisonError::into_inner).document.clone()
    }
}
