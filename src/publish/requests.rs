//! Requests to the render thread.
//!
//! Requests are numbered; one piece of work answers all that came before it began, so that a thousand scrapes at once
//! cost one render.

use std::task::Waker;

use super::page::Coding;
use crate::encode::{Format, FormatSet};

/// What was asked for and not yet done.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// The number of the newest request.
    newest: u64,
    /// Requests up to this number have been answered.
    answered: u64,
    batch: RequestBatch,
    wakers: Vec<Waker>,
    pub(super) is_stopped: bool,
    /// How often the render thread was told to look at its clock. Wraps.
    pub(super) nudges: u64,
    /// Whether somebody waits for what is in flight to become less: the render thread is to look.
    pub(super) needs_room: bool,
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

    /// Whether there is work.
    pub(super) fn has_open(&self) -> bool {
        self.answered < self.batch.number
    }

    /// Whether a reading is asked for.
    pub(super) fn needs_reading(&self) -> bool {
        self.batch.needs_reading
    }

    pub(super) fn take(&mut self) -> RequestBatch {
        let number = self.newest;
        RequestBatch { number, ..std::mem::take(&mut self.batch) }
    }

    /// Asks again for what was taken and not answered, as nobody is at it any more. Which formats those were is not known
    /// any more: all are asked for.
    pub(super) fn reopen(&mut self) {
        if self.answered < self.newest {
            self.batch.number = self.newest;
            self.batch.needs_reading = true;
            self.batch.formats = FormatSet::ALL;
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
