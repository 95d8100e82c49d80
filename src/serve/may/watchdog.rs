//! What the coroutines of a server share with its watchdog, and the watchdog: the thread `ocp-may-watch`.
//!
//! The crate knows no time limits and no limits of size. The watchdog asks the kernel what has gone over each connection
//! and ends those whose time is over: every 20 ms while a head is coming or an answer is going, four times a second
//! while connections only wait, and not at all without connections.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::table::{Activity, ConnectionTable};
use crate::serve::Limits;
use crate::serve::site::Site;

const BUSY_TICK: Duration = Duration::from_millis(20);
const IDLE_TICK: Duration = Duration::from_millis(250);

pub(super) struct Shared {
    pub(super) site: Arc<Site>,
    pub(super) limits: Limits,
    table: Mutex<ConnectionTable>,
    /// There is something to watch, or the server is stopped.
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(site: Arc<Site>, limits: Limits) -> Self {
        Self { site, limits, table: Mutex::default(), changed: Condvar::new() }
    }

    /// The connections. Never held over a switch of coroutines.
    pub(super) fn table(&self) -> MutexGuard<'_, ConnectionTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the watchdog look soon at what has changed. While it looks each 20 ms it is not woken for each change.
    pub(super) fn notify(&self, table: MutexGuard<'_, ConnectionTable>) {
        let is_late = !table.is_watched || table.is_stopped;
        drop(table);
        if is_late {
            self.changed.notify_all();
        }
    }
}

/// Watches until the server is stopped.
pub(super) fn run_watchdog(shared: &Shared) {
    let mut table = shared.table();
    while !table.is_stopped {
        let activity = table.check(Instant::now(), &shared.limits);
        table.is_watched = activity == Activity::Busy;
        let tick = match activity {
            Activity::Empty => Duration::MAX,
            Activity::Idle => IDLE_TICK,
            Activity::Busy => BUSY_TICK,
        };
        table = shared.changed.wait_timeout(table, tick).unwrap_or_else(PoisonError::into_inner).0;
    }
}
