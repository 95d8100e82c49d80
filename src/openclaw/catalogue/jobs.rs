//! What `cron.list` answers: scheduled jobs and how they went.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{CRON_DELIVERY, CRON_DISABLED, CRON_ERROR, CRON_RESULT, YES_NO_UNKNOWN};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Cron;
    /// Scheduled jobs that the Gateway lists, 200 at most, by whether they are switched on.
    #[zh = "Gateway 列出的计划任务数(最多 200 个),按是否已启用。"]
    jobs: gauge = "openclaw_cron_jobs" [enabled: YES_NO_UNKNOWN] replaces ["openclaw_cron_total"],
    /// Scheduled jobs that are running.
    #[zh = "正在运行的计划任务数。"]
    running: gauge = "openclaw_cron_running" [],

    /// Whether a scheduled job is switched on.
    #[zh = "计划任务是否已启用。"]
    enabled: gauge = "openclaw_cron_job_enabled" [cron_job],
    /// Whether a scheduled job is running.
    #[zh = "计划任务是否正在运行。"]
    job_running: gauge = "openclaw_cron_job_running" [cron_job],
    /// When the last run of a scheduled job that has ended began, in seconds since 1970.
    #[zh = "计划任务最近一次已结束的运行的开始时间(Unix 秒)。"]
    last_start: gauge = "openclaw_cron_last_start_timestamp_seconds" [cron_job],
    /// When the last run of a scheduled job ended, in seconds since 1970.
    #[zh = "计划任务最近一次运行的结束时间(Unix 秒)。"]
    last_end: gauge = "openclaw_cron_last_end_timestamp_seconds" [cron_job],
    /// Time the last run of a scheduled job took, in seconds.
    #[zh = "计划任务最近一次运行的耗时(秒)。"]
    last_duration: gauge = "openclaw_cron_last_duration_seconds" [cron_job],
    /// Whether the last run of a scheduled job went well: 1 for ok, 0 for an error; none for one that was skipped.
    #[zh = "计划任务最近一次运行是否成功:1 为 ok,0 为 error;被跳过则没有值。"]
    last_result: gauge = "openclaw_cron_last_result" [cron_job],
    /// Always 1: how the last run of a scheduled job ended.
    #[zh = "值恒为 1:计划任务最近一次运行的结果。"]
    last_status: gauge = "openclaw_cron_last_status" [cron_job, status: CRON_RESULT],
    /// Always 1: why the last run of a scheduled job failed, if it did.
    #[zh = "值恒为 1:计划任务最近一次运行失败的原因(若失败)。"]
    last_error: gauge = "openclaw_cron_last_error" [cron_job, reason: CRON_ERROR],
    /// Always 1: what became of the message of a scheduled job's last run.
    #[zh = "值恒为 1:计划任务最近一次运行的消息投递情况。"]
    last_delivery: gauge = "openclaw_cron_last_delivery" [cron_job, status: CRON_DELIVERY],
    /// Runs of a scheduled job that failed since the last that did not.
    #[zh = "计划任务自上次未失败以来的连续失败次数。"]
    consecutive_failures: gauge = "openclaw_cron_consecutive_failures" [cron_job]
        replaces ["openclaw_cron_consecutive_failures_total"],
    /// Runs of a scheduled job that were skipped since the last that was not.
    #[zh = "计划任务自上次未跳过以来的连续跳过次数。"]
    consecutive_skips: gauge = "openclaw_cron_consecutive_skips" [cron_job],
    /// Always 1: why the Gateway itself has switched a scheduled job off.
    #[zh = "值恒为 1:Gateway 自行停用计划任务的原因。"]
    auto_disabled: gauge = "openclaw_cron_auto_disabled" [cron_job, reason: CRON_DISABLED],
    /// When a scheduled job is to run next, in seconds since 1970.
    #[zh = "计划任务的下次运行时间(Unix 秒)。"]
    next_run: gauge = "openclaw_cron_next_run_timestamp_seconds" [cron_job],
    /// Time since a scheduled job that is switched on should have begun and has not, in seconds; 0 while it is in time.
    #[zh = "已启用的计划任务超过应开始时间而未开始的秒数;未超时为 0。"]
    overdue: gauge = "openclaw_cron_overdue_seconds" [cron_job],
}
