//! What `usage.status` answers: what model providers say is left of quotas and money.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::BILLING;
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Quotas;
    /// Used share of a model provider's quota as the provider tells it, from 0 to 1, by the window that the quota is for.
    #[zh = "模型提供方报告的配额已用比例(0 到 1),按配额窗口。"]
    used: gauge = "openclaw_model_quota_used_ratio" [provider, window],
    /// Share of a model provider's quota that is left, from 0 to 1, by the window that the quota is for.
    #[zh = "模型提供方配额的剩余比例(0 到 1),按配额窗口。"]
    left: gauge = "openclaw_model_quota_remaining_ratio" [provider, window],
    /// When a model provider's quota begins anew, in seconds since 1970.
    #[zh = "模型提供方配额重置的时间(Unix 秒)。"]
    reset: gauge = "openclaw_model_quota_reset_timestamp_seconds" [provider, window],
    /// Time until a model provider's quota begins anew, in seconds; 0 from then on until the provider tells a new time.
    #[zh = "模型提供方配额距重置的秒数;到时后为 0,直至提供方给出新的时间。"]
    until_reset: gauge = "openclaw_model_quota_reset_seconds" [provider, window],
    /// Money or credits of a model provider as the provider tells them, in the unit: a balance, what was spent, what of a budget was used, the budget.
    #[zh = "模型提供方报告的金额或额度(以 unit 为单位):余额、支出、预算已用额与预算上限。"]
    billing: gauge = "openclaw_model_billing" [item, kind: BILLING, provider, unit],
    /// Always 1: the plan of a model provider's account.
    #[zh = "值恒为 1:模型提供方账户的套餐。"]
    plan: gauge = "openclaw_model_plan_info" [plan, provider],
    /// Whether the Gateway could not learn the quotas of a model provider.
    #[zh = "Gateway 是否未能获取模型提供方的配额。"]
    failed: gauge = "openclaw_model_quota_failed" [provider],
    /// When the Gateway last asked the model providers for quotas, in seconds since 1970.
    #[zh = "Gateway 最近一次向模型提供方查询配额的时间(Unix 秒)。"]
    updated: gauge = "openclaw_model_quota_updated_timestamp_seconds" [],
}
