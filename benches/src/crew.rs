//! Threads that stay: each takes its share of a number of operations, pinned to a core.

use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::peers::Loop;

/// Threads that do the same work together, again and again.
pub struct Crew {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    start: Barrier,
    end: Barrier,
    job: Mutex<Job>,
}

struct Job {
    /// None ends the threads.
    run: Option<Loop>,
    each: u64,
    started: Option<Instant>,
    ended: Option<Instant>,
}

impl Crew {
    /// `count` threads, thread number n on core n modulo the cores there are.
    pub fn new(count: usize) -> Self {
        let job = Mutex::new(Job { run: None, each: 0, started: None, ended: None });
        let shared = Arc::new(Shared { start: Barrier::new(count + 1), end: Barrier::new(count + 1), job });
        let threads = (0..count)
            .map(|number| {
                let shared = shared.clone();
                std::thread::spawn(move || {
                    pin(number);
                    while shared.work(number) {}
                })
            })
            .collect();
        Self { shared, threads }
    }

    /// The time from the first thread's start to the last one's end, for `operations` shared out among them.
    pub fn time(&self, operations: u64, run: &Loop) -> Duration {
        let each = operations.div_ceil(self.threads.len() as u64);
        *self.shared.lock() = Job { run: Some(run.clone()), each, started: None, ended: None };
        self.shared.start.wait();
        self.shared.end.wait();
        let job = self.shared.lock();
        match (job.started, job.ended) {
            (Some(started), Some(ended)) => ended - started,
            _ => Duration::ZERO,
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.lock().run = None;
        self.shared.start.wait();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, number: usize) -> bool {
        self.start.wait();
        let (run, each) = {
            let job = self.lock();
            (job.run.clone(), job.each)
        };
        let Some(run) = run else { return false };
        let started = Instant::now();
        run(each, number);
        let ended = Instant::now();
        let mut job = self.lock();
        job.started = Some(job.started.map_or(started, |other| other.min(started)));
        job.ended = Some(job.ended.map_or(ended, |other| other.max(ended)));
        drop(job);
        self.end.wait();
        true
    }
}

/// A moment in the calling thread's own processor time.
///
/// For rows of one thread: what other processes take of a shared machine is not in it. Rows of several threads are
/// wall time, for waiting is part of what they ask about.
#[derive(Debug, Clone, Copy)]
pub struct CpuMoment(Duration);

impl CpuMoment {
    /// Now.
    pub fn now() -> Self {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the clock exists on Linux, and the time is written to a place of ours.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
        Self(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }

    /// The thread's time since then.
    pub fn elapsed(self) -> Duration {
        Self::now().0 - self.0
    }
}

/// Keeps the calling thread on core `number` modulo the cores there are.
pub fn pin(number: usize) {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    // SAFETY: an all-zero set is an empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the number is below the cores there are, which a set holds.
    unsafe { libc::CPU_SET(number % cores, &mut set) };
    // SAFETY: the set is a valid one of the size given; 0 is the calling thread. Failing only costs steadiness.
    unsafe { libc::sched_setaffinity(0, size_of_val(&set), &set) };
}
