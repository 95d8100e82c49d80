//! How many servers of a publisher's pages listen, and how many wait until they can.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts of servers. Relaxed: each is a number that orders nothing.
#[derive(Debug, Default)]
pub(super) struct Listening {
    up: AtomicU32,
    waiting: AtomicU32,
}

impl Listening {
    /// Whether all that is to listen does; none if nothing is.
    pub(super) fn is_up(&self) -> Option<bool> {
        let [up, waiting] = [&self.up, &self.waiting].map(|count| count.load(Ordering::Relaxed));
        (up + waiting > 0).then_some(waiting == 0)
    }

    fn count(&self, is_up: bool) -> &AtomicU32 {
        if is_up { &self.up } else { &self.waiting }
    }
}

/// One server, counted as long as this lives.
#[derive(Debug)]
pub(crate) struct ListenerNote {
    listening: Arc<Listening>,
    is_up: bool,
}

#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
impl ListenerNote {
    pub(super) fn new(listening: &Arc<Listening>, is_up: bool) -> Self {
        listening.count(is_up).fetch_add(1, Ordering::Relaxed);
        Self { listening: listening.clone(), is_up }
    }
}

impl Drop for ListenerNote {
    fn drop(&mut self) {
        self.listening.count(self.is_up).fetch_sub(1, Ordering::Relaxed);
    }
}
