//! The Gateway process: memory, event loop, child processes, its own diagnostics.

use super::super::event::*;
use super::super::policy;
use super::{NONE, OpenClaw, UNKNOWN};

impl OpenClaw {
    pub(super) fn gc(&self, event: &Gc) {
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.gc_duration.with([]).observe(seconds);
        }
    }

    pub(super) fn event_loop_sample(&self, event: &EventLoopSample) {
        if let Some(seconds) = self.required_seconds(&event.delay_max_ms) {
            self.families.event_loop_delay_max.with([]).observe(seconds);
        }
        if let Some(seconds) = self.required_seconds(&event.interval_ms).filter(|seconds| *seconds > 0.0) {
            self.families.event_loop_observed.with([]).add(seconds);
        }
    }

    pub(super) fn memory_sample(&self, event: &MemorySample<'_>) {
        let Some(memory) = self.required(&event.memory) else { return };
        let rss = self.required_number(&memory.rss);
        for (kind, bytes) in [
            ("rss", rss),
            ("heap_total", self.required_number(&memory.heap_total)),
            ("heap_used", self.required_number(&memory.heap_used)),
            ("external", self.required_number(&memory.external)),
            ("array_buffers", self.required_number(&memory.array_buffers)),
            ("worker_heap_total", self.number(&memory.worker_heap_total)),
            ("worker_heap_used", self.number(&memory.worker_heap_used)),
        ] {
            if let Some(bytes) = bytes {
                self.families.memory.with([kind]).set(bytes);
            }
        }
        if let Some(bytes) = rss {
            self.families.memory_rss.with([]).observe(bytes);
        }
        if let Some(count) = self.number(&memory.worker_count) {
            self.families.worker_count.with([]).set(count);
        }
        if let Some(count) = self.number(&memory.worker_heap_sampled_count) {
            self.families.worker_heap_sampled_count.with([]).set(count);
        }
        self.worker_heaps(memory);
    }

    /// Replaces the heaps of all workers, so that one that has ended is no longer shown. Allocates.
    fn worker_heaps(&self, memory: &MemoryUsage<'_>) {
        let heaps = self.optional(&memory.worker_heaps).map_or(&[][..], Vec::as_slice);
        let mut scripts: Vec<(&str, f64)> = Vec::new();
        for heap in heaps.iter().filter_map(|heap| self.required(heap)) {
            let script = self.required_label(&heap.script);
            scripts.extend(self.required_number(&heap.heap_used).map(|bytes| (script, bytes)));
        }
        scripts.sort_by_key(|(script, _)| *script);
        scripts.dedup_by(|(script, bytes), (kept, sum)| {
            let is_same = script == kept;
            if is_same {
                *sum = (*sum + *bytes).min(f64::MAX);
            }
            is_same
        });
        self.families.worker_heap_used.replace(scripts.into_iter().map(|(script, bytes)| ([script], bytes)));
    }

    pub(super) fn memory_pressure(&self, event: &MemoryPressure<'_>) {
        let labels = [self.required_label(&event.level), self.required_label(&event.reason)];
        self.families.memory_pressure.with(labels).inc();
    }

    pub(super) fn child_process_spawn(&self, event: &ChildProcessSpawn<'_>) {
        let family = self.label(&event.family, UNKNOWN);
        if let Some(count) = self.required_number(&event.count).filter(|count| *count > 0.0) {
            self.families.child_process_spawn.with([family]).add(count);
        }
    }

    pub(super) fn liveness_warning(&self, event: &LivenessWarning<'_>) {
        let families = &self.families;
        let mut joined = Joined::default();
        for reason in self.required(&event.reasons).into_iter().flatten() {
            if let Some(reason) = self.required(reason) {
                joined.push(reason);
            }
        }
        let reason = [policy::value(joined.as_str(), UNKNOWN)];
        families.liveness_warning.with(reason).inc();
        for (state, field) in [("active", &event.active), ("waiting", &event.waiting), ("queued", &event.queued)] {
            if let Some(sessions) = self.required_number(field) {
                families.liveness_sessions.with([state]).set(sessions);
            }
        }
        for (family, value) in [
            (&families.liveness_delay_p99, self.seconds(&event.event_loop_delay_p99_ms)),
            (&families.liveness_delay_max, self.seconds(&event.event_loop_delay_max_ms)),
            (&families.liveness_utilization, self.number(&event.event_loop_utilization)),
            (&families.liveness_cpu_core, self.number(&event.cpu_core_ratio)),
        ] {
            if let Some(value) = value {
                family.with(reason).observe(value);
            }
        }
    }

    pub(super) fn async_queue_dropped(&self, event: &AsyncQueueDropped) {
        for (class, dropped) in [
            ("total", self.required_number(&event.dropped)),
            ("trusted", self.number(&event.dropped_trusted)),
            ("untrusted", self.number(&event.dropped_untrusted)),
            ("priority", self.number(&event.dropped_priority)),
        ] {
            if let Some(dropped) = dropped.filter(|dropped| *dropped > 0.0) {
                self.families.async_queue_dropped.with([class]).add(dropped);
            }
        }
        if let Some(length) = self.required_number(&event.queue_length) {
            self.families.async_queue_length.with([]).set(length);
        }
    }

    pub(super) fn payload_large(&self, event: &PayloadLarge<'_>) {
        let labels = [
            self.required_label(&event.action),
            self.label(&event.channel, NONE),
            self.label(&event.plugin, NONE),
            self.label(&event.reason, NONE),
            self.label(&event.surface, UNKNOWN),
        ];
        self.families.payload_large.with(labels).inc();
        if let Some(bytes) = self.number(&event.bytes) {
            self.families.payload_large_size.with(labels).observe(bytes);
        }
    }

    pub(super) fn telemetry_exporter(&self, event: &TelemetryExporter<'_>) {
        let labels = [
            self.label(&event.exporter, UNKNOWN),
            self.label(&event.reason, NONE),
            self.required_label(&event.signal),
            self.required_label(&event.status),
        ];
        self.families.telemetry_exporter.with(labels).inc();
    }
}

/// Words joined by `:` without allocation. More than a label holds becomes nothing at all.
struct Joined {
    bytes: [u8; policy::LIMIT_BYTES],
    length: usize,
    is_too_long: bool,
}

impl Default for Joined {
    fn default() -> Self {
        Joined { bytes: [0; policy::LIMIT_BYTES], length: 0, is_too_long: false }
    }
}

impl Joined {
    fn push(&mut self, word: &str) {
        let joint = if self.length == 0 { "" } else { ":" };
        for part in [joint, word] {
            let end = self.length + part.len();
            match self.bytes.get_mut(self.length..end) {
                Some(room) => room.copy_from_slice(part.as_bytes()),
                None => return self.is_too_long = true,
            }
            self.length = end;
        }
    }

    fn as_str(&self) -> &str {
        let bytes = if self.is_too_long { &[] } else { self.bytes.get(..self.length).unwrap_or_default() };
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}
