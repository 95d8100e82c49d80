//! What a scrape takes: the newest page, or a page or view that the render thread makes for it.
//!
//! Whoever waits holds a number and no lock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::page::{Coding, Page};
use super::pages::Pages;
use super::requests::ViewSlot;
use crate::encode::{Format, View};

/// What a scrape gets.
#[derive(Debug)]
pub enum TakenPage {
    /// The newest page.
    Ready(Arc<Page>),
    /// A page that is being made for this scrape and others like it.
    Pending(PendingPage),
}

impl Pages {
    /// The page for a scrape: in the usual case one pointer load.
    ///
    /// It has to be made first if pages are made on demand, if nobody asked for the format in the last minutes, or if its
    /// gzip form is wanted and nobody has wanted it of this page before. The render thread does that, once for all that
    /// ask in the meantime.
    pub fn take(self: &Arc<Self>, format: Format, coding: Coding) -> TakenPage {
        let published = self.published(format);
        published.note_asked(coding);
        if self.is_on_demand() {
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

    /// A view of the newest reading, or on demand of one that begins after this call; made by the render thread. None if
    /// too many wait already.
    pub fn view(self: &Arc<Self>, view: View) -> Option<PendingView> {
        let slot = self.request(|requests| requests.ask_view(view))?;
        Some(PendingView::new(self.clone(), slot))
    }

    fn ask(self: &Arc<Self>, format: Format, coding: Coding, needs_reading: bool) -> PendingPage {
        let number = self.request(|requests| requests.ask(format, coding, needs_reading));
        PendingPage::new(self.clone(), number, format)
    }
}

/// A page that was asked for: a future, or something to wait for.
///
/// What comes is the newest page of the format at that time; its gzip form is there unless the page is tiny, or a newer
/// one was published in between. Once the publisher has stopped it is the last page there was, or an absent one.
#[derive(Debug)]
#[must_use = "await it or wait for it"]
pub struct PendingPage {
    pages: Arc<Pages>,
    number: u64,
    format: Format,
}

impl PendingPage {
    pub(super) fn new(pages: Arc<Pages>, number: u64, format: Format) -> Self {
        Self { pages, number, format }
    }

    /// Where it comes from.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn pages(&self) -> &Arc<Pages> {
        &self.pages
    }

    /// Blocks the thread until the page is there.
    pub fn wait(self) -> Arc<Page> {
        let mut requests = self.pages.lock();
        while !requests.is_answered(self.number) {
            requests = self.pages.wait(requests, None);
        }
        drop(requests);
        self.pages.newest(self.format)
    }
}

impl Future for PendingPage {
    type Output = Arc<Page>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Arc<Page>> {
        let mut requests = self.pages.lock();
        if !requests.is_answered(self.number) {
            requests.wake(context.waker());
            return Poll::Pending;
        }
        drop(requests);
        Poll::Ready(self.pages.newest(self.format))
    }
}

/// A view that was asked for: a future, or something to wait for. None if the publisher stopped before it was made.
#[derive(Debug)]
#[must_use = "await it or wait for it"]
pub struct PendingView {
    pages: Arc<Pages>,
    slot: Arc<ViewSlot>,
}

impl PendingView {
    pub(super) fn new(pages: Arc<Pages>, slot: Arc<ViewSlot>) -> Self {
        Self { pages, slot }
    }

    /// Blocks the thread until the view is there.
    pub fn wait(self) -> Option<Arc<[u8]>> {
        let mut requests = self.pages.lock();
        loop {
            if let Poll::Ready(view) = self.slot.poll(None) {
                return view;
            }
            requests = self.pages.wait(requests, None);
        }
    }
}

impl Future for PendingView {
    type Output = Option<Arc<[u8]>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.slot.poll(Some(context.waker()))
    }
}
