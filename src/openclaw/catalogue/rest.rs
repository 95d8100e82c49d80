//! Families that do not come from events. What they tell, and their labels, stand where they are registered.

use super::{Entry, Source, nothing};

const fn entry(name: &'static str, source: Source, replaces: &'static [&'static str]) -> Entry {
    Entry {
        name,
        source,
        since: "0.1.0",
        labels: None,
        replaces,
        excepted: nothing,
        adds_up: false,
        has_overflow: false,
    }
}

const fn own(name: &'static str) -> Entry {
    entry(name, Source::Own, &[])
}

const fn process(name: &'static str) -> Entry {
    entry(name, Source::Process, &[])
}

pub(super) const ENTRIES: &[Entry] = &[
    own("openclaw_exporter_build_info"),
    own("openclaw_prometheus_series_dropped_total"),
    own("openclaw_metrics_refused_total"),
    own("openclaw_metrics_http_requests_total"),
    own("openclaw_metrics_http_request_duration_seconds"),
    own("openclaw_metrics_http_requests_in_flight"),
    own("openclaw_metrics_render_duration_seconds"),
    own("openclaw_metrics_compress_duration_seconds"),
    own("openclaw_metrics_last_scrape_duration_seconds"),
    own("openclaw_metrics_page_bytes"),
    own("openclaw_metrics_page_age_seconds"),
    own("openclaw_metrics_page_read_timestamp_seconds"),
    own("openclaw_metrics_held_looks_total"),
    entry("openclaw_metrics_series", Source::Own, &["openclaw_metrics_series_total"]),
    own("openclaw_metrics_series_capacity"),
    own("openclaw_metrics_label_bytes"),
    own("openclaw_metrics_label_capacity_bytes"),
    own("openclaw_metrics_recording_threads"),
    own("openclaw_metrics_recording_threads_capacity"),
    own("openclaw_metrics_collector_success"),
    own("openclaw_metrics_collector_duration_seconds"),
    own("openclaw_metrics_collector_last_success_timestamp_seconds"),
    own("openclaw_metrics_collect_errors_total"),
    process("process_cpu_seconds_total"),
    process("process_open_fds"),
    process("process_max_fds"),
    process("process_virtual_memory_bytes"),
    process("process_virtual_memory_max_bytes"),
    process("process_resident_memory_bytes"),
    process("process_start_time_seconds"),
    process("process_threads"),
];
