//! What `may` does to the whole process when its first coroutine runs, and how that is undone.
//!
//! The first coroutine starts a timer thread and the workers, which never end, takes SIGSEGV and SIGBUS over, and wraps
//! the panic hook. So it is run here, once, empty, before any traffic: the two signal actions and the hook that the
//! program had are put back after it. Whoever sets one of them at the same moment may find it gone.

use std::io;
use std::mem::MaybeUninit;
use std::panic;
use std::ptr;
use std::sync::{Mutex, PoisonError};

/// The stack size that `may` has unless somebody sets another, in words.
const MAY_STACK_WORDS: usize = 0x1000;
/// 256 KiB of address space; what is touched of it is a few pages.
const STACK_WORDS: usize = 0x8000;
/// Stacks that are kept for later connections. `may` would make a thousand at its start.
const POOL: usize = 16;
/// The signals that `may` takes over.
const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// Whether it was done.
static IS_PREPARED: Mutex<bool> = Mutex::new(false);

/// Sets `may` up for a guest, once in a process. A program that has set its stack size before has set it up itself.
pub(super) fn prepare() -> io::Result<()> {
    let mut is_prepared = IS_PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
    if *is_prepared {
        return Ok(());
    }
    if may::coroutine::is_coroutine() {
        // Whoever runs us so has started `may`, and what it has done is done.
        *is_prepared = true;
        return Ok(());
    }
    if may::config().get_stack_size() == MAY_STACK_WORDS {
        may::config().set_workers(1).set_pool_capacity(POOL).set_stack_size(STACK_WORDS).set_worker_pin(false);
    }
    // The threads of `may` have no names, so they are shown under that of the thread which starts them.
    let first = std::thread::Builder::new().name("ocp-may".into()).spawn(run_first_coroutine)?;
    *is_prepared = first.join().unwrap_or_else(|_| Err(io::Error::other("the coroutines could not be started")))?;
    Ok(())
}

fn run_first_coroutine() -> io::Result<bool> {
    let actions = SIGNALS.map(|signal| (signal, action_of(signal)));
    let hook = panic::take_hook();
    // SAFETY: it does nothing, so it touches no thread-local and no stack.
    let first = unsafe { may::coroutine::spawn(|| ()) };
    let is_run = first.join().is_ok();
    drop(panic::take_hook());
    panic::set_hook(hook);
    for (signal, action) in actions {
        set_action(signal, &action?)?;
    }
    Ok(is_run)
}

fn action_of(signal: libc::c_int) -> io::Result<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action it is only asked, and the old one is written to room of that type.
    let outcome = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros are an action, and it was written over since.
    Ok(unsafe { action.assume_init() })
}

fn set_action(signal: libc::c_int, action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: the action is one that the system gave for this signal, so its handler is one that the program chose.
    let outcome = unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// How many descriptors the process may have.
pub(super) fn descriptors() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit is written to room of its type.
    let outcome = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    if outcome == 0 { usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX) } else { 0 }
}
