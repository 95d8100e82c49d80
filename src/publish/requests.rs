//! Requests to the render thread.
//!
//! Requests are numbered; one piece of work answers all that came before it began, so that a thousand scrapes at once
//! cost one render.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use super::page::Coding;
use crate::encode::{Format, FormatSet, View};

/// Views that wait to be made at most; each goes through everything.
const VIEWS: usize = 8;

/// What was asked for and not yet done.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// The number of the newest request.
    newest: u64,
    /// Requests up to this number have been answered.
    answered: u64,
    batch: RequestBatch,
    views: VecDeque<Arc<ViewSlot>>,
    wakers: Vec<Waker>,
    pub(super) is_stopped: bool,
    /// How often the render thread was told to look at its clock. Wraps.
    pub(super) nudges: u64,
}

/// The work that requests ask for, all of them together.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct RequestBatch {
    /// The number of the newest request in it.
    pub(super) number: u64,
    /// Whether a reading has to begin after the request.
    pub(super) needs_reading: bool,
    formats: FormatSet,
    gzips: FormatSet,
}

impl RequestBatch {
    pub(super) fn has(&self, format: Format) -> bool {
        self.formats.contains(format)
    }

    pub(super) fn has_gzip(&self, format: Format) -> bool {
        self.gzips.contains(format)
    }
}

impl Requests {
    /// Asks for a page; the number of the request.
    pub(super) fn ask(&mut self, format: Format, coding: Coding, needs_reading: bool) -> u64 {
        self.newest += 1;
        self.batch.number = self.newest;
        self.batch.needs_reading |= needs_reading;
        self.batch.formats = self.batch.formats.with(format);
        if coding == Coding::Gzip {
            self.batch.gzips = self.batch.gzips.with(format);
        }
        self.newest
    }

    /// Asks for a view; none if too many wait.
    pub(super) fn ask_view(&mut self, view: View) -> Option<Arc<ViewSlot>> {
        self.forget_views();
        if self.views.len() >= VIEWS || self.is_stopped {
            return None;
        }
        let slot = Arc::new(ViewSlot { view, state: Mutex::default() });
        self.views.push_back(slot.clone());
        Some(slot)
    }

    /// Whether there is work.
    pub(super) fn has_open(&self) -> bool {
        self.answered < self.batch.number || !self.views.is_empty()
    }

    /// Whether a reading is asked for.
    pub(super) fn needs_reading(&self) -> bool {
        self.batch.needs_reading
    }

    pub(super) fn take(&mut self) -> RequestBatch {
        let number = self.newest;
        RequestBatch { number, ..std::mem::take(&mut self.batch) }
    }

    pub(super) fn take_views(&mut self) -> ViewBatch {
        self.forget_views();
        ViewBatch(std::mem::take(&mut self.views))
    }

    /// Views whose asker has gone away need no place and no work.
    fn forget_views(&mut self) {
        self.views.retain(|slot| Arc::strong_count(slot) > 1);
    }

    /// Asks again for what was taken and not answered, as nobody is at it any more.
    pub(super) fn reopen(&mut self) {
        if self.answered < self.newest {
            self.batch.number = self.newest;
            self.batch.needs_reading = true;
        }
    }

    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Notes that all up to `number` are answered; who waited is to be woken.
    pub(super) fn answer(&mut self, number: u64) -> Vec<Waker> {
        self.answered = self.answered.max(number);
        std::mem::take(&mut self.wakers)
    }

    pub(super) fn is_answered(&self, number: u64) -> bool {
        self.answered >= number || self.is_stopped
    }

    /// Has `waker` woken when requests are answered.
    pub(super) fn wake(&mut self, waker: &Waker) {
        if !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }
}

/// Views that somebody sets out to make. Whatever becomes of that, nobody waits for them for ever.
#[derive(Debug)]
pub(super) struct ViewBatch(pub(super) VecDeque<Arc<ViewSlot>>);

impl Drop for ViewBatch {
    fn drop(&mut self) {
        self.0.iter().for_each(|slot| slot.put(None));
    }
}

/// Where a view that was asked for will lie.
#[derive(Debug)]
pub(super) struct ViewSlot {
    pub(super) view: View,
    state: Mutex<ViewState>,
}

#[derive(Debug, Default)]
struct ViewState {
    bytes: Option<Arc<[u8]>>,
    /// Whether nothing will come any more.
    is_over: bool,
    waker: Option<Waker>,
}

impl ViewSlot {
    /// Puts the view there, or says that none will come. The first word holds.
    pub(super) fn put(&self, bytes: Option<Arc<[u8]>>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            return;
        }
        state.bytes = bytes;
        state.is_over = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The view, or that none will come; until then the waker is noted.
    pub(super) fn poll(&self, waker: Option<&Waker>) -> Poll<Option<Arc<[u8]>>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            return Poll::Ready(state.bytes.take());
        }
        if let Some(waker) = waker {
            state.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}
