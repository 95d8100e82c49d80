//! A page or view on its way to a client: how old it may be when it begins, how it gets on, and whether it has to stop.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::time::Duration;

use crate::publish::{Coding, Content, Delivery, Pages, ResetReason};

/// A page or view in the coding in which it is sent, and what it was read.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) content: Content,
    /// INVARIANT: the content is there in this coding.
    coding: Coding,
    read_at: Duration,
    pages: Arc<Pages>,
}

impl Shared {
    /// What was read at `read_at`, in this coding if it is there in it.
    pub(super) fn new(content: Content, coding: Coding, read_at: Duration, pages: Arc<Pages>) -> Self {
        Self { coding: content.coding(coding), content, read_at, pages }
    }

    pub(super) fn coding(&self) -> Coding {
        self.coding
    }

    pub(super) fn len(&self) -> usize {
        self.content.len(self.coding)
    }

    pub(super) fn piece(&self, index: usize) -> &[u8] {
        self.content.piece(index, self.coding)
    }

    pub(super) fn piece_count(&self) -> usize {
        self.content.piece_count(self.coding)
    }

    /// Notes that it is on its way now. `is_kept` has it let go at once when it is revoked, for a reader that cannot be
    /// woken.
    pub(super) fn send(&self, is_kept: bool) -> Outgoing {
        let Self { content, read_at, pages, .. } = self;
        let making = match content {
            Content::Page(_) | Content::Part(_) => Duration::ZERO,
            Content::View(view) => view.made_in(),
        };
        let kept = is_kept.then(|| content.clone());
        Outgoing {
            delivery: pages.deliveries().begin(content.id(), kept, pages.clock().now()),
            pages: pages.clone(),
            read_at: *read_at,
            expires_at: read_at.saturating_add(pages.age_limit()).saturating_add(making),
            has_begun: AtomicBool::new(false),
        }
    }
}

/// A page or view on its way.
#[derive(Debug)]
pub(super) struct Outgoing {
    delivery: Delivery,
    pages: Arc<Pages>,
    read_at: Duration,
    /// When it is too old to begin, by the publisher's clock.
    expires_at: Duration,
    has_begun: AtomicBool,
}

/// Why the body of an answer ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// The first byte could not be sent before what it belongs to was too old.
    TooOld,
    /// Too much was in flight, and this reader got on least.
    Revoked,
}

impl fmt::Display for BodyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooOld => "serve: the answer was too old before its first byte could be sent",
            Self::Revoked => {
                "serve: the answer was given up: it was read more slowly than others, and too much was in flight"
            }
        })
    }
}

impl std::error::Error for BodyError {}

impl Outgoing {
    /// Asked before each piece that is handed to the system.
    pub(super) fn may_go(&self) -> Result<(), BodyError> {
        if self.is_revoked() {
            return Err(BodyError::Revoked);
        }
        // Relaxed: told and asked by whoever writes, one after the other.
        if !self.has_begun.load(Ordering::Relaxed) && self.pages.clock().now() > self.expires_at {
            self.pages.deliveries().note_reset(ResetReason::TooOld);
            return Err(BodyError::TooOld);
        }
        Ok(())
    }

    /// So many bytes were taken by the system.
    pub(super) fn note_sent(&self, bytes: usize) {
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            self.pages.note_served(self.read_at);
        }
        self.delivery.note_sent(bytes);
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.delivery.is_revoked()
    }

    pub(super) fn wake_with(&self, waker: &Waker) {
        self.delivery.wake_with(waker);
    }

    /// What `use_it` makes of what is sent, if it is kept here; an error once it is revoked.
    pub(super) fn with_kept<R>(&self, use_it: impl FnOnce(&Content) -> R) -> Result<R, BodyError> {
        self.delivery.with_kept(use_it).ok_or(BodyError::Revoked)
    }
}
