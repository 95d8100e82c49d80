//! `system.info`: the machine and the process that the Gateway runs in. Names, addresses and paths are not read.

use serde::Deserialize;

use super::super::loose::Loose;
use super::series::{Series, put};
use super::{AnswerError, Figures, List, object, words};
use crate::openclaw::catalogue::sets::{LOAD_MINUTES, PROCESS_MEMORY};
use crate::openclaw::catalogue::system::Families;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    platform: Loose<String>,
    arch: Loose<String>,
    node_version: Loose<String>,
    uptime_ms: Loose<f64>,
    cpu_count: Loose<f64>,
    load_average: List<f64>,
    memory_total_bytes: Loose<f64>,
    memory_free_bytes: Loose<f64>,
    disk_total_bytes: Loose<f64>,
    disk_available_bytes: Loose<f64>,
    process_memory: Loose<ProcessMemory>,
    event_loop: Loose<EventLoop>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ProcessMemory {
    rss_bytes: Loose<f64>,
    heap_used_bytes: Loose<f64>,
    heap_total_bytes: Loose<f64>,
    external_bytes: Loose<f64>,
    array_buffers_bytes: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EventLoop {
    degraded: Loose<bool>,
    #[serde(rename = "delayP99Ms")]
    delay_p99_ms: Loose<f64>,
    utilization: Loose<f64>,
    cpu_breakdown: Loose<CpuBreakdown>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CpuBreakdown {
    host_utilization: Loose<f64>,
}

/// The families of `system.info`.
#[derive(Debug)]
pub(super) struct System {
    families: Families,
    /// The last time that was told since the start of the Gateway's process, and when it was told; both in seconds.
    uptime: Option<(f64, f64)>,
}

impl System {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)?, uptime: None })
    }

    fn put_info(&self, answer: &Answer) {
        let mut info = Series::default();
        let told = [&answer.arch, &answer.node_version, &answer.platform];
        let is_told = told.iter().any(|text| text.get().is_some());
        let platform = words::platform(answer.platform.text());
        info.add([answer.arch.text(), answer.node_version.text(), platform], is_told.then_some(1.0));
        info.put(&self.families.info);
    }

    fn put_machine(&self, answer: &Answer) {
        let families = &self.families;
        put(&families.cpus, answer.cpu_count.amount());
        let mut load = Series::default();
        for (minutes, average) in LOAD_MINUTES.iter().zip(answer.load_average.get().into_iter().flatten()) {
            load.add([minutes], average.amount());
        }
        load.put(&families.load);
        put(&families.memory_size, answer.memory_total_bytes.amount());
        put(&families.memory_free, answer.memory_free_bytes.amount());
        put(&families.disk_size, answer.disk_total_bytes.amount());
        put(&families.disk_available, answer.disk_available_bytes.amount());
    }

    fn put_process(&self, answer: &Answer) {
        let families = &self.families;
        let mut memory = Series::default();
        if let Some(told) = answer.process_memory.get() {
            let bytes = [
                &told.rss_bytes,
                &told.heap_used_bytes,
                &told.heap_total_bytes,
                &told.external_bytes,
                &told.array_buffers_bytes,
            ];
            PROCESS_MEMORY.iter().zip(bytes).for_each(|(kind, bytes)| memory.add([kind], bytes.amount()));
        }
        memory.put(&families.process_memory);
        let event_loop = answer.event_loop.get();
        put(&families.loop_degraded, event_loop.and_then(|told| words::flag(told.degraded.get())));
        put(&families.loop_delay, event_loop.and_then(|told| told.delay_p99_ms.seconds()));
        put(&families.loop_utilization, event_loop.and_then(|told| told.utilization.amount()));
        let cpu = event_loop.and_then(|told| told.cpu_breakdown.get());
        put(&families.cpu_utilization, cpu.and_then(|told| told.host_utilization.amount()));
    }
}

impl Figures for System {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        if answer.uptime_ms.get().is_none() && answer.memory_total_bytes.get().is_none() {
            return Err(AnswerError::Shape);
        }
        self.put_info(&answer);
        self.put_machine(&answer);
        self.put_process(&answer);
        self.uptime = answer.uptime_ms.seconds().map(|uptime| (uptime, now));
        self.refresh(now);
        Ok(())
    }

    fn refresh(&mut self, now: f64) {
        put(&self.families.uptime, self.uptime.map(|(uptime, told)| uptime + (now - told).max(0.0)));
    }

    fn clear(&mut self) {
        self.uptime = None;
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{NOW, all, expected, figures, one, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, mut figures, answer) = taken(Method::SystemInfo);
        let number = |pointer: &str| answer.pointer(pointer).unwrap().as_f64().unwrap();
        let is = |family: &str, value: f64| assert_eq!(one(&registry, family), Some(value), "{family}");
        is("openclaw_gateway_process_uptime_seconds", number("/uptimeMs") / 1000.0);
        is("openclaw_host_cpus", number("/cpuCount"));
        is("openclaw_host_memory_size_bytes", number("/memoryTotalBytes"));
        is("openclaw_host_memory_free_bytes", number("/memoryFreeBytes"));
        is("openclaw_state_disk_size_bytes", number("/diskTotalBytes"));
        is("openclaw_state_disk_available_bytes", number("/diskAvailableBytes"));
        is("openclaw_gateway_event_loop_degraded", 1.0);
        is("openclaw_gateway_event_loop_delay_p99_seconds", number("/eventLoop/delayP99Ms") / 1000.0);
        is("openclaw_gateway_event_loop_utilization_ratio", number("/eventLoop/utilization"));
        is("openclaw_host_cpu_utilization_ratio", number("/eventLoop/cpuBreakdown/hostUtilization"));
        assert_eq!(
            rows(&registry, "openclaw_gateway_host_info"),
            expected(&[("arch=x64,node_version=v24.21.0,platform=linux", 1.0)])
        );
        assert_eq!(
            rows(&registry, "openclaw_host_load_average"),
            expected(&[
                ("minutes=1", number("/loadAverage/0")),
                ("minutes=5", number("/loadAverage/1")),
                ("minutes=15", number("/loadAverage/2")),
            ])
        );
        assert_eq!(
            rows(&registry, "openclaw_gateway_process_memory_bytes"),
            expected(&[
                ("kind=rss", number("/processMemory/rssBytes")),
                ("kind=heap_used", number("/processMemory/heapUsedBytes")),
                ("kind=heap_total", number("/processMemory/heapTotalBytes")),
                ("kind=external", number("/processMemory/externalBytes")),
                ("kind=array_buffers", number("/processMemory/arrayBuffersBytes")),
            ])
        );
        figures.refresh(NOW + 60.0);
        is("openclaw_gateway_process_uptime_seconds", number("/uptimeMs") / 1000.0 + 60.0);
    }

    #[test]
    fn a_machine_that_tells_no_load_has_no_load() {
        let (registry, mut figures) = figures(Method::SystemInfo);
        figures.take(r#"{"uptimeMs":1000,"loadAverage":["a",null,0.5]}"#, 1.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_host_load_average"), expected(&[("minutes=15", 0.5)]));
        assert_eq!(all(&registry).len(), 2);
    }
}
