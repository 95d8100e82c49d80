//! A thread that reads answers, for who may not take the time: the Gateway's own thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::method::Method;
use super::poll::Rpc;
use crate::foreign;
use crate::thread::Thread;

/// The thread `ocp-rpc`, which reads the answers that are put in. Dropping it waits for the one that is being read and leaves
/// the rest.
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
    thread: Option<Thread>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<InboxState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct InboxState {
    /// One at a time is asked, so there is one at most.
    answer: Option<Answer>,
    is_stopped: bool,
}

#[derive(Debug)]
struct Answer {
    method: Method,
    payload: String,
    cost: Duration,
}

impl Inbox {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(rpc: &Rpc) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (of_thread, rpc) = (shared.clone(), rpc.clone());
        let thread = Thread::spawn("ocp-rpc", move || of_thread.read_all(&rpc))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Puts in the answer of the method that is being asked: [`Rpc::answered`] is called with it in a moment. Costs a lock and
    /// a wake-up.
    pub fn put(&self, method: Method, payload: String, cost: Duration) {
        self.shared.lock().answer = Some(Answer { method, payload, cost });
        self.shared.changed.notify_one();
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.shared.lock().is_stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join();
        }
    }
}

impl Shared {
    fn read_all(&self, rpc: &Rpc) {
        while let Some(Answer { method, payload, cost }) = self.take() {
            if let Err(panic) = foreign::call(|| rpc.answered(method, &payload, cost)) {
                rpc.failed(method, &format!("a panic was survived while its answer was read: {panic}"));
            }
        }
    }

    /// The next answer; none once it is time to stop.
    fn take(&self) -> Option<Answer> {
        let waits = |state: &mut InboxState| state.answer.is_none() && !state.is_stopped;
        let state = self.changed.wait_while(self.lock(), waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.answer.take().filter(|_| !state.is_stopped)
    }

    fn lock(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
