//! What the library does to its process: the threads and descriptors that publisher and server take and give back.

#[cfg(feature = "rpc")]
mod asking;
mod collecting;
mod publishing;
mod serving;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Threads and descriptors of the process are looked at: one test at a time has any.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}
