//! Families that do not come from events. What they tell in English, and their labels, stand where they are registered.

use super::entry::{Entry, Section, Source, nothing};

const fn entry(
    name: &'static str,
    chinese_help: &'static str,
    (source, section): (Source, Section),
    replaces: &'static [&'static str],
) -> Entry {
    Entry {
        name,
        chinese_help,
        source,
        section,
        since: "0.1.0",
        labels: None,
        replaces,
        excepted: nothing,
        adds_up: false,
        has_overflow: false,
        events: &[],
        after: None,
    }
}

const OWN: (Source, Section) = (Source::Own, Section::Exporter);

const fn own(name: &'static str, chinese_help: &'static str) -> Entry {
    entry(name, chinese_help, OWN, &[])
}

const fn process(name: &'static str, chinese_help: &'static str) -> Entry {
    entry(name, chinese_help, (Source::Process, Section::Process), &[])
}

pub(super) const ENTRIES: &[Entry] = &[
    own("openclaw_exporter_build_info", "导出器的版本与名称,以及其实例名(若已设置)。"),
    own("openclaw_exporter_config_last_reload_successful", "最近一次读取的配置是否被采用。"),
    own("openclaw_exporter_config_last_reload_success_timestamp_seconds", "最近一次采用配置的时间(Unix 秒)。"),
    own("openclaw_prometheus_series_dropped_total", "因序列已满而被拒绝的观测数,每次拒绝计一次。"),
    own("openclaw_metrics_refused_total", "被拒绝的观测数,按指标族与原因。"),
    own("openclaw_metrics_http_requests_total", "已应答的请求数,按路由、方法、状态码与格式。"),
    own("openclaw_metrics_http_request_duration_seconds", "从请求到最后一个字节交给系统的时间(秒),按路由与方法。"),
    own("openclaw_metrics_http_refused_total", "因请求者或其所指主机而被拒绝的请求数,按原因。"),
    own("openclaw_metrics_http_requests_in_flight", "正在应答的请求数。"),
    own("openclaw_metrics_render_duration_seconds", "读取所有序列并写出变化的时间(秒)。"),
    own("openclaw_metrics_compress_duration_seconds", "压缩一个页面的时间(秒)。"),
    own("openclaw_metrics_last_scrape_duration_seconds", "最近一次渲染的时间(秒);抓取本身只取现成的页面。"),
    own("openclaw_metrics_page_bytes", "上一个页面的字节数,按格式与编码。"),
    own("openclaw_metrics_page_age_seconds", "上一个页面被替换时的存在时间(秒)。"),
    own("openclaw_metrics_page_read_timestamp_seconds", "本页面的值被读取的时间(Unix 秒)。"),
    own("openclaw_metrics_served_age_seconds", "所提供内容的首字节交给系统时的时龄(秒):两次渲染之间的最大值。"),
    own("openclaw_metrics_listener_up", "是否正在监听导出器自己的端口:端口被其他进程占用时为 0,没有该端口时不存在。"),
    own("openclaw_metrics_slow_readers", "仍在读取已被替换的页面或视图的读者数。"),
    own("openclaw_metrics_in_flight_bytes", "读者持有的已被替换的页面与视图的字节数。"),
    own("openclaw_metrics_in_flight_limit_bytes", "上述字节数的上限;超过时重置最慢的读者。"),
    own("openclaw_metrics_reset_readers_total", "应答途中被重置的读者数,按原因。"),
    entry("openclaw_metrics_series", "带有开放标签集的序列数。", OWN, &["openclaw_metrics_series_total"]),
    own("openclaw_metrics_series_capacity", "此类序列的容量。"),
    own("openclaw_metrics_label_bytes", "标签值占用的字节数。"),
    own("openclaw_metrics_label_capacity_bytes", "标签值的容量(字节)。"),
    own("openclaw_metrics_recording_threads", "使用中的记录线程内存数;其中一个是共享的。"),
    own("openclaw_metrics_recording_threads_capacity", "此类内存的容量。"),
    own("openclaw_metrics_collector_success", "采集器最近一次尝试是否成功。"),
    own("openclaw_metrics_collector_duration_seconds", "采集器最近一次尝试的时间(秒)。"),
    own("openclaw_metrics_collector_last_success_timestamp_seconds", "采集器最近一次成功的时间(Unix 秒)。"),
    own("openclaw_metrics_collect_errors_total", "采集器失败的次数。"),
    own("openclaw_metrics_collector_hanging", "采集器是否已超过期限且仍未返回。"),
    own("openclaw_metrics_panics_total", "导出器线程经受住的 panic 次数,按位置。"),
    own("openclaw_metrics_shortages_total", "因内存不足而略去的读取、页面、gzip 形式与视图的次数,按类别。"),
    process("process_cpu_seconds_total", "进程使用的用户与系统 CPU 时间(秒)。"),
    process("process_open_fds", "打开的文件描述符数。"),
    process("process_max_fds", "文件描述符数的上限。"),
    process("process_virtual_memory_bytes", "虚拟内存大小(字节)。"),
    process("process_virtual_memory_max_bytes", "虚拟内存的上限(字节)。"),
    process("process_resident_memory_bytes", "常驻内存大小(字节)。"),
    process("process_start_time_seconds", "进程启动的时间(Unix 秒)。"),
    process("process_threads", "进程的线程数。"),
];
