//! `POST /-/reload`: a host is asked to read its configuration again, and its answer is waited for.

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

/// What is to be done about a request to reload; false if it cannot be taken now.
type Hook = dyn Fn(ReloadRequest) -> bool + Send + Sync;

/// Somebody asks for a reload, and waits. Dropped without an answer, it has failed.
#[derive(Debug)]
pub struct ReloadRequest(oneshot::Sender<Result<(), String>>);

impl ReloadRequest {
    /// Says how it went: the reason in a sentence or several lines if nothing was changed.
    pub fn answer(self, outcome: Result<(), String>) {
        // Who asked may have gone.
        let _ = self.0.send(outcome);
    }
}

/// What becomes of a request to reload.
pub(super) type Outcome = oneshot::Receiver<Result<(), String>>;

/// Who is asked to reload, if anybody is.
#[derive(Clone, Default)]
pub(super) struct Lifecycle(Option<Arc<Hook>>);

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Lifecycle(on)" } else { "Lifecycle(off)" })
    }
}

impl Lifecycle {
    pub(super) fn new(hook: impl Fn(ReloadRequest) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Asks for a reload: none if nobody is to be asked, an error if it cannot be taken now.
    pub(super) fn ask(&self) -> Option<Result<Outcome, ()>> {
        let hook = self.0.as_ref()?;
        let (asked, outcome) = oneshot::channel();
        Some(if hook(ReloadRequest(asked)) { Ok(outcome) } else { Err(()) })
    }
}
