//! Ends what a connection is doing, from another thread.
//!
//! A thread that waits for the Gateway sits in the kernel. To stop it the socket is shut under it, also while it connects:
//! it is awake within a moment, finds that it was asked to stop, and goes.

use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socket2::Socket;

/// Stops the connections that were opened with it, and those that will be. Clones are the same stop.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_asked: AtomicBool,
    watched: Mutex<WatchedSockets>,
}

#[derive(Debug, Default)]
struct WatchedSockets {
    last: u64,
    /// What connections are using, by number; each a descriptor of its own.
    sockets: Vec<(u64, Socket)>,
}

impl Shared {
    fn watched(&self) -> MutexGuard<'_, WatchedSockets> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stop {
    /// One that nobody has asked for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for it. Whoever waits in a connection is awake within a few milliseconds; but for one that looks a host's name
    /// up, within 50 ms.
    pub fn ask(&self) {
        // ORDERING: Release; pairs with the Acquire load in `is_asked`. A socket that comes in behind this is not shut here:
        // whoever brought it under the lock sees the flag, and shuts it.
        self.0.is_asked.store(true, Ordering::Release);
        for (_, socket) in &self.0.watched().sockets {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        // ORDERING: Acquire; pairs with the Release store in `ask`.
        self.0.is_asked.load(Ordering::Acquire)
    }

    /// From now on, `ask` shuts this socket. Its clone is dropped with the guard.
    pub(super) fn watch(&self, socket: &Socket) -> std::io::Result<Watched> {
        let clone = socket.try_clone()?;
        let mut watched = self.0.watched();
        watched.last += 1;
        let number = watched.last;
        watched.sockets.push((number, clone));
        drop(watched);
        if self.is_asked() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        Ok(Watched { stop: self.clone(), number })
    }
}

/// A socket that a stop shuts, for as long as this lives.
#[derive(Debug)]
pub(super) struct Watched {
    stop: Stop,
    number: u64,
}

impl Watched {
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.stop.0.watched().sockets.retain(|(number, _)| *number != self.number);
    }
}
