//! The `process_*` families, with the names and meanings that every Prometheus client uses:
//! <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>.
//!
//! From procfs, so Linux only; elsewhere the families do not exist, which is better than a wrong figure. In a host the
//! process is the host's.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use procfs::process::{LimitValue, Process as Proc};

use crate::clock::Clock;
use crate::publish::{Collect, CollectError, Ours};
use crate::record::{Counter, Gauge};
use crate::registry::{RegisterError, Registry};

/// Counting the descriptors takes as long as there are many, so it is not done each tick.
const EVERY: Duration = Duration::from_secs(5);

/// Brings the `process_*` families up to date, at most once in five seconds.
pub struct Process {
    clock: Box<dyn Clock>,
    next: Duration,
    families: Families,
    /// What the counter was brought to: the sum of exactly what was added, so that nothing drifts.
    cpu_seconds: f64,
}

struct Families {
    cpu_seconds: Counter<f64>,
    open_fds: Gauge,
    max_fds: Gauge,
    virtual_bytes: Gauge,
    virtual_max_bytes: Gauge,
    resident_bytes: Gauge,
    start_time: Gauge,
    threads: Gauge,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("next", &self.next).finish_non_exhaustive()
    }
}

impl Process {
    /// Registers the families.
    ///
    /// # Errors
    /// One of them is registered already, or there is no room.
    pub fn register(registry: &Registry, clock: impl Clock + 'static) -> Result<Self, RegisterError> {
        let gauge = |name: &str, help: &str| registry.gauge(name, help).register();
        let families = Families {
            cpu_seconds: registry
                .counter_f64("process_cpu_seconds_total", "Total user and system CPU time spent, in seconds.")
                .register()?,
            open_fds: gauge("process_open_fds", "Number of open file descriptors.")?,
            max_fds: gauge("process_max_fds", "Maximum number of open file descriptors.")?,
            virtual_bytes: gauge("process_virtual_memory_bytes", "Virtual memory size, in bytes.")?,
            virtual_max_bytes: gauge(
                "process_virtual_memory_max_bytes",
                "Maximum amount of virtual memory available, in bytes; -1 if it has no limit.",
            )?,
            resident_bytes: gauge("process_resident_memory_bytes", "Resident memory size, in bytes.")?,
            start_time: gauge(
                "process_start_time_seconds",
                "Start time of the process since the Unix epoch, in seconds.",
            )?,
            threads: gauge("process_threads", "Number of threads in the process.")?,
        };
        Ok(Self { clock: Box::new(clock), next: Duration::ZERO, families, cpu_seconds: 0.0 })
    }

    fn read(&mut self) -> procfs::ProcResult<()> {
        let Self { families, cpu_seconds, .. } = self;
        let process = Proc::myself()?;
        let stat = process.stat()?;
        let per_second = procfs::ticks_per_second();
        let cpu = (stat.utime + stat.stime) as f64 / per_second as f64;
        let more = cpu - *cpu_seconds;
        if more > 0.0 {
            families.cpu_seconds.add(more);
            *cpu_seconds += more;
        }
        families.virtual_bytes.set(stat.vsize as f64);
        families.resident_bytes.set((stat.rss * procfs::page_size()) as f64);
        families.threads.set(stat.num_threads as f64);
        let after_boot = stat.starttime as f64 / per_second as f64;
        families.start_time.set(STARTED.of(stat.pid, || Ok(procfs::boot_time_secs()? as f64 + after_boot))?);
        families.open_fds.set(process.fd_count()? as f64);
        let limits = process.limits()?;
        families.max_fds.set(limit(limits.max_open_files.soft_limit));
        families.virtual_max_bytes.set(limit(limits.max_address_space.soft_limit));
        Ok(())
    }
}

/// When this process started. The system tells the time of its boot anew whenever the clock is set, and a start that moves
/// looks like a restart; so the first answer stays, for all collectors of the process.
static STARTED: StartTime = StartTime(Mutex::new(None));

struct StartTime(Mutex<Option<(i32, f64)>>);

impl StartTime {
    /// The start of the process `pid`; found by `find` the first time. A child after a fork is another process.
    fn of(&self, pid: i32, find: impl FnOnce() -> procfs::ProcResult<f64>) -> procfs::ProcResult<f64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some((of, seconds)) if of == pid => Ok(seconds),
            _ => Ok(known.insert((pid, find()?)).1),
        }
    }
}

fn limit(value: LimitValue) -> f64 {
    match value {
        LimitValue::Value(value) => value as f64,
        LimitValue::Unlimited => -1.0,
    }
}

impl Collect for Process {
    fn name(&self) -> &str {
        "process"
    }

    fn runs_inline(&self, _: Ours) -> bool {
        true
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        let now = self.clock.now();
        if now < self.next {
            return Ok(());
        }
        self.next = now.saturating_add(EVERY);
        self.read().map_err(|error| CollectError::because("the process's figures cannot be read", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_stands_still_when_the_clock_steps_and_is_the_childs_own_after_a_fork() {
        let start = StartTime(Mutex::new(None));
        let failed = start.of(7, || Err(procfs::ProcError::Other("no /proc".into())));
        assert!(failed.is_err());
        assert_eq!(start.of(7, || Ok(1_000.25)).ok(), Some(1_000.25));
        // The clock was set an hour ahead: so the boot seems to be an hour later.
        assert_eq!(start.of(7, || Ok(4_600.25)).ok(), Some(1_000.25));
        assert_eq!(start.of(8, || Ok(4_700.0)).ok(), Some(4_700.0));
    }
}
