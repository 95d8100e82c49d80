//! What `system.info` answers: the machine and the process that the Gateway runs in.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{LOAD_MINUTES, PLATFORM, PROCESS_MEMORY};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in System;
    /// Always 1: what the Gateway runs on.
    #[zh = "值恒为 1:Gateway 的运行环境。"]
    info: gauge = "openclaw_gateway_host_info" [arch, node_version, platform: PLATFORM],
    /// Time since the start of the Gateway's process, in seconds; openclaw_gateway_uptime_seconds tells it from events.
    #[zh = "Gateway 进程启动以来的时间(秒);openclaw_gateway_uptime_seconds 取自事件。"]
    uptime: gauge = "openclaw_gateway_process_uptime_seconds" [],
    /// Processors of the Gateway's machine.
    #[zh = "Gateway 所在机器的处理器数。"]
    cpus: gauge = "openclaw_host_cpus" [],
    /// Mean number of processes that ran or wanted to on the Gateway's machine, over the last minutes.
    #[zh = "Gateway 所在机器最近若干分钟内运行或待运行的平均进程数。"]
    load: gauge = "openclaw_host_load_average" [minutes: LOAD_MINUTES],
    /// Memory of the Gateway's machine, in bytes.
    #[zh = "Gateway 所在机器的内存(字节)。"]
    memory_size: gauge = "openclaw_host_memory_size_bytes" [],
    /// Memory of the Gateway's machine that is free, in bytes.
    #[zh = "Gateway 所在机器的空闲内存(字节)。"]
    memory_free: gauge = "openclaw_host_memory_free_bytes" [],
    /// Size of the file system that holds the Gateway's state, in bytes.
    #[zh = "保存 Gateway 状态的文件系统的大小(字节)。"]
    disk_size: gauge = "openclaw_state_disk_size_bytes" [],
    /// Room on the file system that holds the Gateway's state, in bytes.
    #[zh = "保存 Gateway 状态的文件系统的可用空间(字节)。"]
    disk_available: gauge = "openclaw_state_disk_available_bytes" [],
    /// Memory of the Gateway's process, in bytes, by kind; openclaw_memory_bytes tells it from events.
    #[zh = "Gateway 进程的内存(字节),按类别;openclaw_memory_bytes 取自事件。"]
    process_memory: gauge = "openclaw_gateway_process_memory_bytes" [kind: PROCESS_MEMORY],
    /// Whether the Gateway finds its event loop too busy.
    #[zh = "Gateway 是否认为其事件循环过于繁忙。"]
    loop_degraded: gauge = "openclaw_gateway_event_loop_degraded" [],
    /// 99th percentile of the event loop's delay in the Gateway's last sample, in seconds.
    #[zh = "Gateway 最近一次采样中事件循环延迟的第 99 百分位(秒)。"]
    loop_delay: gauge = "openclaw_gateway_event_loop_delay_p99_seconds" [],
    /// Share of the Gateway's last sample in which its event loop was busy, from 0 to 1.
    #[zh = "Gateway 最近一次采样中事件循环繁忙的时间比例(0 到 1)。"]
    loop_utilization: gauge = "openclaw_gateway_event_loop_utilization_ratio" [],
    /// Share of the processors of the Gateway's machine that were busy in its last sample, from 0 to 1.
    #[zh = "Gateway 最近一次采样中所在机器处理器的繁忙比例(0 到 1)。"]
    cpu_utilization: gauge = "openclaw_host_cpu_utilization_ratio" [],
}
