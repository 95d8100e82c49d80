//! Node's own figures, under the names that dashboards know.

/// Hands its rows, behind those before, to the `next` macro.
macro_rules! node {
    ([$($before:tt)*] $next:ident $($rest:ident)*) => {
        $next! {
            [
                $($before)*
                /// Which Node it is: always 1.
                #[zh = "Node 的版本:值恒为 1。"]
                node_version: gauge = "nodejs_version_info" in Nodejs [major, minor, patch, version] from Node,
                /// Delay of the event loop when it was last sampled, in seconds.
                #[zh = "最近一次采样时事件循环的延迟(秒)。"]
                loop_lag: gauge = "nodejs_eventloop_lag_seconds" in Nodejs [] replaces ["openclaw_nodejs_event_loop_lag_ms"] from Node,
                /// Shortest delay of the event loop since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环的最短延迟(秒)。"]
                loop_lag_min: gauge = "nodejs_eventloop_lag_min_seconds" in Nodejs [] from Node,
                /// Longest delay of the event loop since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环的最长延迟(秒)。"]
                loop_lag_max: gauge = "nodejs_eventloop_lag_max_seconds" in Nodejs [] from Node,
                /// Mean delay of the event loop since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环的平均延迟(秒)。"]
                loop_lag_mean: gauge = "nodejs_eventloop_lag_mean_seconds" in Nodejs [] from Node,
                /// Standard deviation of the event loop's delay since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环延迟的标准差(秒)。"]
                loop_lag_stddev: gauge = "nodejs_eventloop_lag_stddev_seconds" in Nodejs [] from Node,
                /// Median delay of the event loop since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环延迟的中位数(秒)。"]
                loop_lag_p50: gauge = "nodejs_eventloop_lag_p50_seconds" in Nodejs [] from Node,
                /// 90th percentile of the event loop's delay since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环延迟的第 90 百分位(秒)。"]
                loop_lag_p90: gauge = "nodejs_eventloop_lag_p90_seconds" in Nodejs [] from Node,
                /// 99th percentile of the event loop's delay since the sample before, in seconds.
                #[zh = "自上次采样以来事件循环延迟的第 99 百分位(秒)。"]
                loop_lag_p99: gauge = "nodejs_eventloop_lag_p99_seconds" in Nodejs [] from Node,
                /// Share of the time since the sample before in which the event loop was busy, from 0 to 1.
                #[zh = "自上次采样以来事件循环忙碌的时间占比,从 0 到 1。"]
                node_utilization: gauge = "nodejs_eventloop_utilization_ratio" in Nodejs [] from Node,
                /// Time each garbage collection of the main isolate took, in seconds, by kind.
                #[zh = "主隔离区每次垃圾回收的耗时(秒),按种类。"]
                node_gc: seconds = "nodejs_gc_duration_seconds" in Nodejs [kind] from Node,
                /// Size of the heap, in bytes.
                #[zh = "堆的大小(字节)。"]
                nodejs_heap_total: gauge = "nodejs_heap_size_total_bytes" in Nodejs [] from Node,
                /// Used heap, in bytes.
                #[zh = "已使用的堆(字节)。"]
                nodejs_heap_used: gauge = "nodejs_heap_size_used_bytes" in Nodejs [] from Node,
                /// Memory of objects outside the heap, in bytes.
                #[zh = "堆外对象的内存(字节)。"]
                nodejs_external: gauge = "nodejs_external_memory_bytes" in Nodejs [] from Node,
                /// Size of each space of the heap, in bytes.
                #[zh = "堆各空间的大小(字节)。"]
                heap_space_total: gauge = "nodejs_heap_space_size_total_bytes" in Nodejs [space] from Node,
                /// Used part of each space of the heap, in bytes.
                #[zh = "堆各空间已使用的部分(字节)。"]
                heap_space_used: gauge = "nodejs_heap_space_size_used_bytes" in Nodejs [space] from Node,
                /// Free part of each space of the heap, in bytes.
                #[zh = "堆各空间空闲的部分(字节)。"]
                heap_space_available: gauge = "nodejs_heap_space_size_available_bytes" in Nodejs [space] from Node,
                /// What keeps the event loop alive: handles, requests and timers, by type.
                #[zh = "使事件循环保持运行的句柄、请求与定时器数,按类型。"]
                node_resources: snapshot = "nodejs_active_resources" in Nodejs [type] from Node,
                /// Resident memory as Node tells it, in bytes.
                #[zh = "Node 报告的常驻内存(字节)。"]
                node_rss: gauge = "openclaw_nodejs_rss_bytes" in Nodejs [] from Node,
                /// Size of the heap, in bytes; nodejs_heap_size_total_bytes is the same.
                #[zh = "堆的大小(字节);与 nodejs_heap_size_total_bytes 相同。"]
                node_heap_total: gauge = "openclaw_nodejs_heap_total_bytes" in Nodejs [] from Node,
                /// Used heap, in bytes; nodejs_heap_size_used_bytes is the same.
                #[zh = "已使用的堆(字节);与 nodejs_heap_size_used_bytes 相同。"]
                node_heap_used: gauge = "openclaw_nodejs_heap_used_bytes" in Nodejs [] from Node,
                /// Memory of objects outside the heap, in bytes; nodejs_external_memory_bytes is the same.
                #[zh = "堆外对象的内存(字节);与 nodejs_external_memory_bytes 相同。"]
                node_external: gauge = "openclaw_nodejs_external_bytes" in Nodejs [] from Node,
                /// Memory of array buffers, in bytes; a part of the memory outside the heap.
                #[zh = "ArrayBuffer 的内存(字节);堆外内存的一部分。"]
                node_array_buffers: gauge = "openclaw_nodejs_array_buffers_bytes" in Nodejs [] from Node,
                /// Time since the start of Node, in seconds.
                #[zh = "自 Node 启动起的时间(秒)。"]
                node_uptime: gauge = "openclaw_nodejs_uptime_seconds" in Nodejs [] from Node,
                /// Processor time of the process's own code, in seconds.
                #[zh = "进程自身代码的处理器时间(秒)。"]
                node_cpu_user: amount = "openclaw_nodejs_process_cpu_user_seconds_total" in Nodejs [] from Node,
                /// Processor time of the system on behalf of the process, in seconds.
                #[zh = "系统代表进程使用的处理器时间(秒)。"]
                node_cpu_system: amount = "openclaw_nodejs_process_cpu_system_seconds_total" in Nodejs [] from Node,
            ]
            $($rest)*
        }
    };
}

pub(super) use node;
