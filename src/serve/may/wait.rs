//! Waiting inside of a coroutine, so that its worker goes on with others.
//!
//! What waits for a time is woken on the timer thread of `may`; it goes back to a worker at once, so that no connection
//! is served where the time of all is kept. All times waited for are of a few lengths: `may` keeps a list for each.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use may::coroutine;

/// How often it is looked whether a wait is over in vain.
const LOOK: Duration = Duration::from_millis(50);

/// Waits that become longer while nothing happens.
#[derive(Debug)]
pub(super) struct Pause {
    next: Duration,
    longest: Duration,
}

impl Pause {
    /// Of a millisecond at first, doubled up to `longest`.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self { next: Duration::from_millis(1), longest }
    }

    pub(super) fn wait(&mut self) {
        coroutine::sleep(self.next);
        coroutine::yield_now();
        self.next = (self.next * 2).min(self.longest);
    }

    /// Something has happened.
    pub(super) fn reset(&mut self) {
        self.next = Duration::from_millis(1);
    }
}

struct Unpark(coroutine::Coroutine);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What `future` gives, or none once it `is_vain` to wait. In a coroutine only.
pub(super) fn wait_for<T>(future: impl Future<Output = T>, is_vain: impl Fn() -> bool) -> Option<T> {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(coroutine::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if is_vain() {
            return None;
        }
        coroutine::park_timeout(LOOK);
        coroutine::yield_now();
    }
}
