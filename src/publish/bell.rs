//! What wakes a render thread that has several publishers: a bell with a rope for each, so that it looks only at those
//! of whom something is asked.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bell.
#[derive(Debug, Default)]
pub(super) struct Bell {
    /// Who pulled since it was last heard, by number.
    rung: Mutex<BTreeSet<usize>>,
    changed: Condvar,
}

impl Bell {
    /// A rope for the publisher of this number.
    pub(super) fn rope(self: &Arc<Self>, number: usize) -> BellRope {
        BellRope { bell: self.clone(), number }
    }

    /// Sleeps until somebody pulls, or has pulled since the last call, or it is time. Who pulled.
    pub(super) fn wait(&self, until: Option<Instant>) -> BTreeSet<usize> {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |rung: &mut BTreeSet<usize>| rung.is_empty();
        let mut rung = match until {
            None => self.changed.wait_while(rung, is_silent).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let time = until.checked_duration_since(Instant::now()).unwrap_or(Duration::ZERO);
                self.changed.wait_timeout_while(rung, time, is_silent).unwrap_or_else(PoisonError::into_inner).0
            }
        };
        std::mem::take(&mut *rung)
    }
}

/// What one publisher's pages pull.
#[derive(Debug)]
pub(super) struct BellRope {
    bell: Arc<Bell>,
    number: usize,
}

impl BellRope {
    /// Wakes the thread. What it is to see has to be there before.
    pub(super) fn pull(&self) {
        self.bell.rung.lock().unwrap_or_else(PoisonError::into_inner).insert(self.number);
        self.bell.changed.notify_all();
    }
}
