//! Threads of ours, and in which process they run.
//!
//! A child that was forked has all memory of its parent and of its threads the one that forked. What belongs to a thread
//! therefore knows its process: in another one nobody waits for the thread, and what it held at the time is left as it is.

use std::io;
use std::thread::JoinHandle;

/// A process, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// This one. A system call.
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }

    /// Its number, which is never 0.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// A thread's handle that may be dropped in a child, where there is no such thread.
#[derive(Debug)]
pub(crate) struct Thread {
    process: Process,
    /// INVARIANT: there until it is joined or dropped.
    handle: Option<JoinHandle<()>>,
}

impl Thread {
    /// Starts a thread.
    pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let handle = std::thread::Builder::new().name(name.into()).spawn(run)?;
        Ok(Self { process: Process::current(), handle: Some(handle) })
    }

    /// Whether it is a thread of this process.
    pub(crate) fn is_here(&self) -> bool {
        self.process.is_current()
    }

    /// Waits for its end, if it is a thread of this process.
    pub(crate) fn join(mut self) {
        if self.is_here()
            && let Some(handle) = self.handle.take()
        {
            let _ = handle.join();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // To detach a thread that is not there would detach whichever has its place by now.
        if !self.is_here() {
            std::mem::forget(self.handle.take());
        }
    }
}
