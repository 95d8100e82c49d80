//! The Gateway process: memory, event loop, child processes, its own diagnostics.

use super::super::catalogue::sets;
use super::super::field::Field;
use super::super::objects::*;
use super::super::redact::policy;
use super::{Recorder, UNKNOWN, at};

impl Recorder {
    pub(in crate::openclaw) fn gc(&self, event: &Gc) {
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.gc_duration.observe(seconds);
        }
    }

    pub(in crate::openclaw) fn event_loop_sample(&self, event: &EventLoopSample) {
        if let Some(seconds) = self.required_seconds(&event.delay_max_ms) {
            self.families.event_loop_delay_max.observe(seconds);
        }
        if let Some(seconds) = self.required_seconds(&event.interval_ms).filter(|seconds| *seconds > 0.0) {
            self.families.event_loop_observed.add(seconds);
        }
    }

    pub(in crate::openclaw) fn memory_sample(&self, event: &MemorySample<'_>) {
        if let Some(seconds) = self.seconds(&event.uptime_ms) {
            self.families.uptime.set(seconds);
        }
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
            self.families.memory_rss.observe(bytes);
        }
        if let Some(count) = self.number(&memory.worker_count) {
            self.families.worker_count.set(count);
        }
        if let Some(count) = self.number(&memory.worker_heap_sampled_count) {
            self.families.worker_heap_sampled_count.set(count);
        }
        self.worker_heaps(memory);
        self.main_heap(memory);
        self.worker_totals(memory);
    }

    /// Replaces the heaps of all workers, so that one that has ended is no longer shown. Allocates.
    fn worker_heaps(&self, memory: &MemoryUsage<'_>) {
        let mut scripts: Vec<([&str; 1], f64)> = Vec::new();
        for heap in self.items(&memory.worker_heaps) {
            let script = [self.required_label(&heap.script).text];
            scripts.extend(self.required_number(&heap.heap_used).map(|bytes| (script, bytes)));
        }
        self.families.worker_heap_used.replace(added_up(scripts));
    }

    /// Replaces the spaces of the heap. Allocates.
    fn main_heap(&self, memory: &MemoryUsage<'_>) {
        let mut spaces: Vec<([&str; 2], f64)> = Vec::new();
        for space in self.items(&memory.heap_spaces) {
            let name = self.required_label(&space.space).text;
            for (stat, field) in [
                ("used", &space.used),
                ("size", &space.size),
                ("available", &space.available),
                ("physical", &space.physical),
            ] {
                spaces.extend(self.required_number(field).map(|bytes| ([name, stat], bytes)));
            }
        }
        self.families.heap_space.replace(added_up(spaces));
    }

    /// Brings what the host counts itself up to its figures, if it tells them. Allocates.
    fn worker_totals(&self, memory: &MemoryUsage<'_>) {
        if matches!(memory.worker_lifecycle, Field::Missing) {
            return;
        }
        let (mut started, mut retired) = (Vec::<([&str; 1], f64)>::new(), Vec::<([&str; 2], f64)>::new());
        for worker in self.items(&memory.worker_lifecycle) {
            let script = self.required_label(&worker.script).text;
            started.extend(self.required_number(&worker.started).map(|count| ([script], count)));
            for ended in self.items(&worker.retired) {
                let reason = self.required_label(&ended.reason).text;
                retired.extend(self.required_number(&ended.count).map(|count| ([reason, script], count)));
            }
        }
        self.families.worker_started.replace(added_up(started));
        self.families.worker_retired.replace(added_up(retired));
    }

    /// The sound items of a list that may be missing.
    fn items<'e, T>(&self, list: &'e Field<Vec<Field<T>>>) -> impl Iterator<Item = &'e T> {
        self.optional(list).into_iter().flatten().filter_map(|item| self.required(item))
    }

    pub(in crate::openclaw) fn memory_pressure(&self, event: &MemoryPressure<'_>) {
        let labels = [self.required_label(&event.level), self.required_label(&event.reason)];
        at(&self.families.memory_pressure, labels).inc();
    }

    pub(in crate::openclaw) fn child_process_spawn(&self, event: &ChildProcessSpawn<'_>) {
        let family = self.known(&event.family);
        let operation = match (self.host.tells_operations(), &event.operation) {
            // Where the host knows no operation, the family has no such label.
            (Some(false), _) | (None, Field::Missing) => self.words.empty,
            _ => self.label(&event.operation, if family.text == "git" { self.words.unknown } else { self.words.none }),
        };
        if let Some(count) = self.required_number(&event.count).filter(|count| *count > 0.0) {
            at(&self.families.child_process_spawn, [family, operation]).add(count);
        }
    }

    pub(in crate::openclaw) fn liveness_warning(&self, event: &LivenessWarning<'_>) {
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

    pub(in crate::openclaw) fn async_queue_dropped(&self, event: &AsyncQueueDropped) {
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
            self.families.async_queue_length.set(length);
        }
    }

    pub(in crate::openclaw) fn payload_large(&self, event: &PayloadLarge<'_>) {
        let labels = [
            self.required_label(&event.action),
            self.label(&event.channel, self.words.none),
            self.label(&event.plugin, self.words.none),
            self.label(&event.reason, self.words.none),
            self.known(&event.surface),
        ];
        at(&self.families.payload_large, labels).inc();
        if let Some(bytes) = self.number(&event.bytes) {
            at(&self.families.payload_large_size, labels).observe(bytes);
        }
    }

    pub(in crate::openclaw) fn telemetry_exporter(&self, event: &TelemetryExporter<'_>) {
        let labels = [
            self.known(&event.exporter),
            self.label(&event.reason, self.words.none),
            self.required_label(&event.signal),
            self.required_label(&event.status),
        ];
        at(&self.families.telemetry_exporter, labels).inc();
    }

    pub(in crate::openclaw) fn heartbeat(&self, event: &Heartbeat) {
        self.families.heartbeats.inc();
        for (state, field) in [("active", &event.active), ("waiting", &event.waiting), ("queued", &event.queued)] {
            if let Some(sessions) = self.required_number(field) {
                self.families.sessions.with([state]).set(sessions);
            }
        }
        let Some(webhooks) = self.required(&event.webhooks) else { return };
        for (state, field) in
            [("received", &webhooks.received), ("processed", &webhooks.processed), ("errors", &webhooks.errors)]
        {
            if let Some(count) = self.required_number(field) {
                self.families.heartbeat_webhooks.with([state]).set(count);
            }
        }
    }

    /// A phase that the host vouches for.
    pub(in crate::openclaw) fn phase_completed(&self, event: &PhaseCompleted<'_>) {
        self.phase_of_anybody(event);
        self.owner_phase(event);
    }

    /// A phase that anybody may have told.
    pub(in crate::openclaw) fn phase_of_anybody(&self, event: &PhaseCompleted<'_>) {
        let phase = [self.required_label(&event.name)];
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            at(&self.families.phase_duration, phase).observe(seconds);
        }
        if let Some(seconds) = self.seconds(&event.cpu_ms) {
            at(&self.families.phase_cpu, phase).add(seconds);
        }
    }

    pub(in crate::openclaw) fn log_record(&self, event: &LogRecord<'_>) {
        let level = self.one_of(&event.level, sets::LOG_LEVEL);
        at(&self.families.log_records, [level]).inc();
    }

    pub(in crate::openclaw) fn security_event(&self, event: &SecurityEvent<'_>) {
        let labels = [
            self.one_of(&event.category, sets::SECURITY_CATEGORY),
            self.one_of(&event.outcome, sets::SECURITY_OUTCOME),
        ];
        at(&self.families.security_events, labels).inc();
        let severity = self.one_of(&event.severity, sets::SECURITY_SEVERITY);
        at(&self.families.security_severities, [severity]).inc();
    }
}

/// Amounts of equal labels, added up: what may not be shown is the same label.
fn added_up<const N: usize>(mut rows: Vec<([&str; N], f64)>) -> Vec<([&str; N], f64)> {
    rows.sort_by_key(|(labels, _)| *labels);
    rows.dedup_by(|(labels, amount), (kept, sum)| {
        let is_same = labels == kept;
        if is_same {
            *sum = (*sum + *amount).min(f64::MAX);
        }
        is_same
    });
    rows
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
