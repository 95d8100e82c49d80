//! What a scrape takes: the newest page, or a page or view that is made for it.
//!
//! Whoever waits holds a number and no lock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Document;
use super::documents::Asked;
use super::page::{Coding, Page};
use super::pages::Pages;
use super::shelf::{AskedView, Subject, ViewSlot};
use crate::encode::{Format, View};

/// What a scrape gets.
#[derive(Debug)]
pub enum TakenPage {
    /// The newest page.
    Ready(Arc<Page>),
    /// A page that is being made for this scrape and others like it.
    Pending(PendingPage),
    /// None: readers that cannot be made to give up what they hold are over the bound of what may be in flight.
    OverBudget,
}

/// A view that was asked for.
#[derive(Debug)]
pub enum TakenView {
    /// One that was made since the last render.
    Ready(Arc<Document>),
    /// One that is being made, for all who ask for the same.
    Pending(PendingView),
    /// None: too many different ones are waited for, or too much is in flight.
    Refused,
}

impl Pages {
    /// The page for a scrape: in the usual case one pointer load.
    ///
    /// It has to be made first if pages are made on demand, if nobody asked for the format in the last minutes, if the
    /// newest is older than [`age_limit`](Self::age_limit), or if its gzip form is wanted and nobody has wanted it of this
    /// page before. The render thread does that, once for all that ask in the meantime.
    pub fn take(self: &Arc<Self>, format: Format, coding: Coding) -> TakenPage {
        if self.is_full() {
            return TakenPage::OverBudget;
        }
        self.take_revocable(format, coding)
    }

    /// The same for who can be made to give it up.
    pub(crate) fn take_revocable(self: &Arc<Self>, format: Format, coding: Coding) -> TakenPage {
        let published = self.published(format);
        published.note_asked(coding);
        if self.is_on_demand() || self.is_too_old(self.rendered_at()) {
            return TakenPage::Pending(self.fresh(format, coding));
        }
        let page = published.newest.load();
        if page.is_absent() {
            return TakenPage::Pending(self.fresh(format, coding));
        }
        if coding == Coding::Gzip && page.has_gzip() && page.gzip().is_none() {
            return TakenPage::Pending(self.ask(format, coding, false));
        }
        TakenPage::Ready(page)
    }

    /// A page whose reading begins after this call. Requests that come while a page is made share the next one.
    pub fn fresh(self: &Arc<Self>, format: Format, coding: Coding) -> PendingPage {
        self.ask(format, coding, true)
    }

    /// A view: JSON of a reading that is no older than the newest page, or on demand of one that begins after this call.
    /// Made by the thread `ocp-views`, or where there is none by the next [`Publisher::tick`](super::Publisher::tick); once
    /// a round for all who ask for the same.
    pub fn view(self: &Arc<Self>, view: View, coding: Coding) -> TakenView {
        self.take_view(Subject::View(view), coding)
    }

    /// A document that the publisher's [documents](super::Publisher::documents) write; one that was written since they changed,
    /// for all who ask for the same.
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    pub(crate) fn document(self: &Arc<Self>, asked: Asked, coding: Coding) -> TakenView {
        self.take_view(Subject::Document(asked), coding)
    }

    fn take_view(self: &Arc<Self>, subject: Subject, coding: Coding) -> TakenView {
        if self.is_full() {
            return TakenView::Refused;
        }
        let since = self.fresh_since(&subject);
        match self.views.ask(subject, coding, since) {
            AskedView::Ready(document) => TakenView::Ready(document),
            AskedView::Waiting(slot) => {
                self.wake();
                TakenView::Pending(PendingView { slot })
            }
            AskedView::Refused => TakenView::Refused,
        }
    }

    fn ask(self: &Arc<Self>, format: Format, coding: Coding, needs_reading: bool) -> PendingPage {
        let number = self.request(|requests| requests.ask(format, coding, needs_reading));
        let until = self.clock().now().saturating_add(self.patience());
        PendingPage { pages: self.clone(), number, format, coding, until }
    }
}

/// A page that was asked for: a future, or something to wait for.
///
/// What comes is the newest page of the format at that time; its gzip form is there unless the page is tiny, or a newer
/// one was published in between. Once the publisher has stopped it is the last page there was, or an absent one. It is
/// waited for no longer than [`Pages::patience`]; what comes then may be too old ([`Pages::is_too_old`]).
///
/// As a future it is woken when the page is there. That its time is over it finds when it is polled again.
#[derive(Debug)]
#[must_use = "await it or wait for it"]
pub struct PendingPage {
    pages: Arc<Pages>,
    number: u64,
    format: Format,
    coding: Coding,
    /// By the publisher's clock.
    until: Duration,
}

/// What a wait for a page ended with.
#[derive(Debug)]
#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
pub(crate) struct WaitedPage {
    pub(crate) page: Arc<Page>,
    /// When what it shows was read, or seen not to have changed.
    pub(crate) read_at: Duration,
    /// Whether that is too long ago and there was no more time to wait for another.
    pub(crate) is_late: bool,
}

impl PendingPage {
    /// Where it comes from.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn pages(&self) -> &Arc<Pages> {
        &self.pages
    }

    /// Blocks the thread until the page is there.
    pub fn wait(self) -> Arc<Page> {
        loop {
            // Before the lock: the clock is code of others.
            let left = self.left();
            let requests = self.pages.lock();
            if left.is_zero() || requests.is_answered(self.number) {
                break;
            }
            drop(self.pages.wait(requests, Some(left)));
        }
        self.pages.newest(self.format)
    }

    /// How much longer it is waited for.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_sub(self.pages.clock().now())
    }

    fn poll_answered(&self, context: &mut Context<'_>) -> Poll<()> {
        let is_over = self.left().is_zero();
        let mut requests = self.pages.lock();
        if !is_over && !requests.is_answered(self.number) {
            requests.wake(context.waker());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// What came, and as of when. Asks again when it was old by the time that it was taken, while there is time.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn poll_waited(&mut self, context: &mut Context<'_>) -> Poll<WaitedPage> {
        loop {
            if self.poll_answered(context).is_pending() {
                return Poll::Pending;
            }
            if let Some(waited) = self.take_or_ask_again() {
                return Poll::Ready(waited);
            }
        }
    }

    /// The same for a thread that may block.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn wait_fresh(mut self) -> WaitedPage {
        loop {
            let again = Self { pages: self.pages.clone(), ..self };
            drop(again.wait());
            if let Some(waited) = self.take_or_ask_again() {
                return waited;
            }
        }
    }

    /// Looked at once: a thread that stands still behind this is not to be told that there is no page.
    fn take_or_ask_again(&mut self) -> Option<WaitedPage> {
        let pages = &self.pages;
        // In this order: the page is of this render or a newer one.
        let read_at = pages.rendered_at();
        let page = pages.newest(self.format);
        let waited = |is_late| Some(WaitedPage { page, read_at, is_late });
        if !pages.is_worth_making_anew(read_at) {
            return waited(false);
        }
        if pages.is_stopped() || self.left().is_zero() {
            return waited(pages.is_too_old(read_at));
        }
        self.number = pages.request(|requests| requests.ask(self.format, self.coding, true));
        None
    }
}

impl Future for PendingPage {
    type Output = Arc<Page>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Arc<Page>> {
        self.poll_answered(context).map(|()| self.pages.newest(self.format))
    }
}

/// A view that was asked for: a future, or something to wait for. None if the publisher stopped before it was made.
#[derive(Debug)]
#[must_use = "await it or wait for it"]
pub struct PendingView {
    slot: Arc<ViewSlot>,
}

impl PendingView {
    /// Blocks the thread until the view is there.
    pub fn wait(self) -> Option<Arc<Document>> {
        self.slot.wait()
    }
}

impl Future for PendingView {
    type Output = Option<Arc<Document>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Arc<Document>>> {
        self.slot.poll(context.waker())
    }
}
