//! What `cron.status` answers: whether jobs are scheduled.

use super::entry::{Entry, Section, Source, nothing};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Cron;
    /// Whether scheduled jobs are run at all; openclaw_cron_scheduler_enabled tells the same where the plugin sees it.
    #[zh = "计划任务是否会运行;插件可见时,openclaw_cron_scheduler_enabled 表示同一事实。"]
    enabled: gauge = "openclaw_cron_enabled" [],
    /// Whether jobs that something else than time sets off are run.
    #[zh = "由时间以外的事件触发的任务是否会运行。"]
    triggers_enabled: gauge = "openclaw_cron_triggers_enabled" [],
    /// Jobs in the store of the scheduler.
    #[zh = "调度器存储中的任务数。"]
    stored: gauge = "openclaw_cron_stored_jobs" [],
    /// When the scheduler next has something to do, in seconds since 1970.
    #[zh = "调度器下次有任务要执行的时间(Unix 秒)。"]
    next_wake: gauge = "openclaw_cron_next_wake_timestamp_seconds" [],
}
