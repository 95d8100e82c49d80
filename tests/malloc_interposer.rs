//! Promise: recording never allocates, locks, makes a system call or reads a clock — seen from below, in libc and at
//! the kernel's door.
//!
//! A small C library is compiled and put before libc with LD_PRELOAD; this program runs itself once more under it. It
//! needs a C compiler, glibc, x86-64 and Linux 5.11, and fails without them: a promise that was not looked at is not
//! kept.
#![cfg(target_os = "linux")]

use std::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;

use support::recordings::{BOUND_RECORDINGS, Fixture, RECORDINGS};

/// Set in the child, which has the library.
const CHILD: &str = "OCP_MALLOC_COUNT_CHILD";
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/malloc_count.c");

/// What is counted, in the order of the library.
const CLASSES: [&str; 5] = ["memory", "locks", "calls of the system in libc", "clocks", "calls of the system"];
const CLOCKS: usize = 3;
type Counts = [c_ulong; CLASSES.len()];

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn pthread_mutex_lock(mutex: *mut c_void) -> c_int;
    fn pthread_mutex_unlock(mutex: *mut c_void) -> c_int;
    fn getppid() -> c_int;
}

/// The functions of tests/data/malloc_count.c.
#[derive(Clone, Copy)]
struct Watcher {
    counts: extern "C" fn(*mut c_ulong),
    watch: extern "C" fn() -> c_int,
    unwatch: extern "C" fn(),
}

impl Watcher {
    fn preloaded() -> Self {
        let symbol = |name: &CStr| {
            // SAFETY: RTLD_DEFAULT is null, and the name is a C string.
            let place = unsafe { dlsym(std::ptr::null_mut(), name.as_ptr()) };
            assert!(!place.is_null(), "{name:?} is not there: LD_PRELOAD had no effect");
            place
        };
        Self {
            // SAFETY: the library defines it with this signature.
            counts: unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_ulong)>(symbol(c"ocp_counts")) },
            // SAFETY: as above.
            watch: unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> c_int>(symbol(c"ocp_watch")) },
            // SAFETY: as above.
            unwatch: unsafe { std::mem::transmute::<*mut c_void, extern "C" fn()>(symbol(c"ocp_unwatch")) },
        }
    }

    /// What `work` called, in this thread.
    fn of(self, work: impl FnOnce()) -> Counts {
        let (mut before, mut after) = (Counts::default(), Counts::default());
        let error = (self.watch)();
        assert_eq!(error, 0, "the kernel gives no syscall user dispatch; Linux 5.11 on x86-64 has it");
        (self.counts)(before.as_mut_ptr());
        work();
        (self.counts)(after.as_mut_ptr());
        (self.unwatch)();
        std::array::from_fn(|class| after[class] - before[class])
    }
}

/// Compiles the library into cargo's directory for what tests make.
fn compiled_library(user: &str) -> PathBuf {
    let file = format!("malloc_count-{}-{user}.so", std::process::id());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let compiler = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-fno-builtin", "-o"])
        .arg(&target)
        .args([SOURCE, "-ldl"])
        .output();
    let output = match compiler {
        Ok(output) => output,
        Err(error) => panic!("no C compiler: `cc` on PATH is needed to build {SOURCE}: {error}"),
    };
    assert!(output.status.success(), "cc refused {SOURCE}:\n{}", String::from_utf8_lossy(&output.stderr));
    target
}

/// Runs the test `name` of this program again, under the library.
fn run_again_under_the_library(name: &str) {
    let library = compiled_library(name);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("LD_PRELOAD", &library)
        .output()
        .unwrap();
    std::fs::remove_file(&library).unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "under LD_PRELOAD ({}):\n{out}\n{err}", output.status);
    // A name that matches nothing would pass too.
    assert!(out.contains("1 passed"), "the child ran something else:\n{out}\n{err}");
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// What is wrong with the counts of an operation, in words.
fn complaint(name: &str, slabs: u32, counts: Counts, may_read_clock: bool) -> Option<String> {
    let bad: Vec<String> = (0..CLASSES.len())
        .filter(|class| counts[*class] > 0 && !(may_read_clock && *class == CLOCKS))
        .map(|class| format!("{} {}", counts[class], CLASSES[class]))
        .collect();
    (!bad.is_empty()).then(|| format!("{name} ({slabs} slabs): {}", bad.join(", ")))
}

fn check_recordings(prepare: fn(&Fixture)) {
    let watcher = Watcher::preloaded();
    let mut complaints = Vec::new();
    for slabs in [32, 1] {
        for recording in RECORDINGS {
            let fixture = Fixture::new(slabs);
            let counts = std::thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    prepare(&fixture);
                    watcher.of(|| (recording.run)(&fixture))
                });
                thread.join().unwrap()
            });
            complaints.extend(complaint(recording.name, slabs, counts, recording.has_system_clock));
        }
        for recording in BOUND_RECORDINGS {
            let fixture = Fixture::new(slabs);
            let counts = std::thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    prepare(&fixture);
                    let handles = fixture.bound_handles();
                    watcher.of(|| (recording.run)(&handles))
                });
                thread.join().unwrap()
            });
            complaints.extend(complaint(recording.name, slabs, counts, false));
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn a_thread_that_has_recorded_once_calls_nothing_any_more() {
    if is_child() {
        check_recordings(Fixture::record_once);
    } else {
        run_again_under_the_library("a_thread_that_has_recorded_once_calls_nothing_any_more");
    }
}

#[test]
fn a_warmed_thread_calls_nothing_from_its_first_recording_on() {
    if is_child() {
        check_recordings(Fixture::warm_thread);
    } else {
        run_again_under_the_library("a_warmed_thread_calls_nothing_from_its_first_recording_on");
    }
}

#[test]
fn the_library_sees_what_it_is_to_see() {
    if !is_child() {
        return run_again_under_the_library("the_library_sees_what_it_is_to_see");
    }
    let watcher = Watcher::preloaded();
    let mut mutex = [0u64; 8];
    let mutex = mutex.as_mut_ptr().cast::<c_void>();
    assert_eq!(watcher.of(|| ()), [0; 5]);
    let [memory, ..] = watcher.of(|| drop(std::hint::black_box(Box::new(7))));
    assert_eq!(memory, 2, "malloc and free");
    let [memory, ..] = watcher.of(|| drop(std::hint::black_box(vec![0u8; 64 << 20])));
    assert!(memory >= 2, "calloc and free");
    let [_, locks, ..] = watcher.of(|| {
        // SAFETY: zeroed memory of more than its size is an initialised mutex of glibc.
        unsafe { pthread_mutex_lock(mutex) };
        // SAFETY: it was locked above.
        unsafe { pthread_mutex_unlock(mutex) };
    });
    assert_eq!(locks, 1);
    let [_, _, calls, _, kernel] = watcher.of(std::thread::yield_now);
    assert_eq!((calls, kernel), (1, 1), "sched_yield, in libc and in the kernel");
    let [_, _, _, clocks, kernel] = watcher.of(|| {
        std::hint::black_box(std::time::Instant::now());
    });
    assert_eq!((clocks, kernel), (1, 0), "the clock is read without the kernel");
    let [_, _, calls, _, kernel] = watcher.of(|| {
        // SAFETY: it only asks.
        std::hint::black_box(unsafe { getppid() });
    });
    assert_eq!((calls, kernel), (0, 1), "a call of the system that no function of the library stands for");
}
