//! Requests to the render thread.
//!
//! Requests are numbered; one piece of work answers all that came before it began, so that a thousand scrapes at once
//! cost one look.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use super::page::Coding;
use crate::encode::{Format, FormatSet, View};

/// Views that wait to be made at most; each is a look through everything.
const VIEWS: usize = 8;

/// What was asked for and not yet done.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// The number of the newest request.
    newest: u64,
    /// Requests up to this number have been answered.
    answered: u64,
    wants: Wants,
    views: VecDeque<Arc<ViewSlot>>,
    wakers: Vec<Waker>,
    pub(super) is_stopped: bool,
}

/// The work that requests ask for, all of them together.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Wants {
    /// The number of the newest request in it.
    pub(super) number: u64,
    /// Whether a reading has to begin after the request.
    pub(super) is_look: bool,
    formats: FormatSet,
    gzips: FormatSet,
}

impl Wants {
    pub(super) fn has(&self, format: Format) -> bool {
        self.formats.contains(format)
    }

    pub(super) fn has_gzip(&self, format: Format) -> bool {
        self.gzips.contains(format)
    }
}

impl Requests {
    /// Asks for a page; the number of the request.
    pub(super) fn ask(&mut self, format: Format, coding: Coding, is_look: bool) -> u64 {
        self.newest += 1;
        self.wants.number = self.newest;
        self.wants.is_look |= is_look;
        self.wants.formats = self.wants.formats.with(format);
        if coding == Coding::Gzip {
            self.wants.gzips = self.wants.gzips.with(format);
        }
        self.newest
    }

    /// Asks for a view; none if too many wait.
    pub(super) fn ask_view(&mut self, view: View) -> Option<Arc<ViewSlot>> {
        self.forget_views();
        if self.views.len() >= VIEWS || self.is_stopped {
            return None;
        }
        let slot = Arc::new(ViewSlot { view, made: Mutex::default() });
        self.views.push_back(slot.clone());
        Some(slot)
    }

    /// Whether there is work.
    pub(super) fn has_open(&self) -> bool {
        self.answered < self.wants.number || !self.views.is_empty()
    }

    /// Whether a reading is asked for.
    pub(super) fn wants_look(&self) -> bool {
        self.wants.is_look
    }

    pub(super) fn take(&mut self) -> Wants {
        let number = self.newest;
        Wants { number, ..std::mem::take(&mut self.wants) }
    }

    pub(super) fn take_views(&mut self) -> TakenViews {
        self.forget_views();
        TakenViews(std::mem::take(&mut self.views))
    }

    /// Views whose asker has gone away need no place and no work.
    fn forget_views(&mut self) {
        self.views.retain(|slot| Arc::strong_count(slot) > 1);
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
pub(super) struct TakenViews(pub(super) VecDeque<Arc<ViewSlot>>);

impl Drop for TakenViews {
    fn drop(&mut self) {
        self.0.iter().for_each(|slot| slot.put(None));
    }
}

/// Where a view that was asked for will lie.
#[derive(Debug)]
pub(super) struct ViewSlot {
    pub(super) view: View,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    bytes: Option<Arc<[u8]>>,
    /// Whether nothing will come any more.
    is_over: bool,
    waker: Option<Waker>,
}

impl ViewSlot {
    /// Puts the view there, or says that none will come. The first word holds.
    pub(super) fn put(&self, bytes: Option<Arc<[u8]>>) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_over {
            return;
        }
        made.bytes = bytes;
        made.is_over = true;
        let waker = made.waker.take();
        drop(made);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The view, or that none will come; until then the waker is noted.
    pub(super) fn poll(&self, waker: Option<&Waker>) -> Poll<Option<Arc<[u8]>>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_over {
            return Poll::Ready(made.bytes.take());
        }
        if let Some(waker) = waker {
            made.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}
