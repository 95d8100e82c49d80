//! What the render thread and the servers share: the newest page, and requests for a newer one.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::Page;
use crate::sync::Published;

/// The published pages of one registry.
#[derive(Debug)]
pub struct Pages {
    text: Published<Page>,
    requests: Mutex<Requests>,
    changed: Condvar,
    /// When the registry was last looked at, in nanoseconds of the publisher's clock.
    looked_at: AtomicU64,
    /// Looks whose page could not be published because slow readers held all of them.
    held: AtomicU64,
    is_on_demand: bool,
}

/// Requests for a page whose reading begins after them.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// The number of the newest request.
    newest: u64,
    /// Requests up to this number have been answered.
    answered: u64,
    wakers: Vec<Waker>,
    pub(super) is_stopped: bool,
}

impl<T> std::fmt::Debug for Published<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Published").finish_non_exhaustive()
    }
}

impl Pages {
    pub(super) fn new(text: Published<Page>, is_on_demand: bool) -> Self {
        Self {
            text,
            requests: Mutex::default(),
            changed: Condvar::new(),
            looked_at: AtomicU64::new(0),
            held: AtomicU64::new(0),
            is_on_demand,
        }
    }

    /// The newest page: one pointer load.
    pub fn current(&self) -> Arc<Page> {
        self.text.load()
    }

    /// Whether pages are made only when asked for (a collect interval of 0): then ask [`fresh`](Self::fresh).
    pub fn is_on_demand(&self) -> bool {
        self.is_on_demand
    }

    /// A page whose reading begins after this call. Requests that come while a page is made share the next one.
    pub fn fresh(self: &Arc<Self>) -> Fresh {
        let mut requests = self.lock();
        requests.newest += 1;
        let number = requests.newest;
        drop(requests);
        self.changed.notify_all();
        Fresh { pages: self.clone(), number }
    }

    /// When the registry was last looked at, by the publisher's clock. A page may be older if nothing changed since.
    pub fn looked_at(&self) -> Duration {
        Duration::from_nanos(self.looked_at.load(Ordering::Relaxed))
    }

    /// Looks whose page could not be published because slow readers held all pages.
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    // --- the render thread's side

    pub(super) fn text(&self) -> &Published<Page> {
        &self.text
    }

    pub(super) fn note_look(&self, at: Duration, is_held: bool) {
        self.looked_at.store(at.as_nanos() as u64, Ordering::Relaxed);
        self.held.fetch_add(u64::from(is_held), Ordering::Relaxed);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Requests> {
        // Numbers and wakers: a panic in between leaves nothing half done.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the newest request: a look that starts now answers it and all before.
    pub(super) fn newest_request(&self) -> u64 {
        self.lock().newest
    }

    /// Sleeps until somebody requests, stops or advances the clock, or the time is over.
    pub(super) fn wait<'a>(
        &self,
        requests: MutexGuard<'a, Requests>,
        time: Option<Duration>,
    ) -> MutexGuard<'a, Requests> {
        match time {
            Some(time) => self.changed.wait_timeout(requests, time).unwrap_or_else(PoisonError::into_inner).0,
            None => self.changed.wait(requests).unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Answers all requests up to `number`.
    pub(super) fn answer(&self, number: u64) {
        let mut requests = self.lock();
        requests.answered = requests.answered.max(number);
        let wakers = std::mem::take(&mut requests.wakers);
        drop(requests);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Lets the render thread end, and every request be answered with what there is.
    pub(super) fn stop(&self) {
        let mut requests = self.lock();
        requests.is_stopped = true;
        let newest = requests.newest;
        drop(requests);
        self.answer(newest);
    }

    /// Wakes the render thread so that it looks at its clock.
    pub(super) fn nudge(&self) {
        // Taking the lock first: a thread that has looked at the clock and not yet gone to sleep holds it.
        drop(self.lock());
        self.changed.notify_all();
    }
}

impl Requests {
    /// Whether there is a request that was not answered.
    pub(super) fn has_open(&self) -> bool {
        self.answered < self.newest
    }

    fn is_answered(&self, number: u64) -> bool {
        self.answered >= number || self.is_stopped
    }
}

/// A request for a page whose reading begins after it was made: a future, or something to wait for.
#[derive(Debug)]
#[must_use = "await it or wait for it"]
pub struct Fresh {
    pages: Arc<Pages>,
    number: u64,
}

impl Fresh {
    /// Blocks the thread until the page is there.
    pub fn wait(self) -> Arc<Page> {
        let mut requests = self.pages.lock();
        while !requests.is_answered(self.number) {
            requests = self.pages.wait(requests, None);
        }
        drop(requests);
        self.pages.current()
    }
}

impl Future for Fresh {
    type Output = Arc<Page>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Arc<Page>> {
        let mut requests = self.pages.lock();
        if requests.is_answered(self.number) {
            drop(requests);
            return Poll::Ready(self.pages.current());
        }
        if !requests.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            requests.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }
}
