//! What `models.authStatus` answers: how model providers are authenticated, and until when.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{AUTH_STATE, PROFILE_TYPE};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Auth;
    /// Model providers that have or need credentials, by the state of these; expiring means within a day.
    #[zh = "拥有或需要凭据的模型提供方数,按凭据状态;expiring 指一天之内到期。"]
    providers: gauge = "openclaw_model_auth_providers" [status: AUTH_STATE] replaces [
        "openclaw_model_auth_providers_total",
        "openclaw_model_auth_providers_expiring_total",
        "openclaw_model_auth_providers_expired_total",
    ],
    /// Always 1: the state of a model provider's credentials; openclaw_model_auth_provider_status tells what the plugin finds when it asks for them.
    #[zh = "值恒为 1:模型提供方凭据的状态;openclaw_model_auth_provider_status 表示插件索取凭据时的结果。"]
    state: gauge = "openclaw_model_auth_state" [provider, status: AUTH_STATE],
    /// Profiles of credentials for a model provider.
    #[zh = "模型提供方的凭据配置数。"]
    profiles: gauge = "openclaw_model_auth_provider_profiles" [provider]
        replaces ["openclaw_model_auth_provider_profiles_total"],
    /// When the credentials of a model provider expire, in seconds since 1970.
    #[zh = "模型提供方凭据的到期时间(Unix 秒)。"]
    expiry: gauge = "openclaw_model_auth_provider_expiry_timestamp_seconds" [provider],
    /// Time until the credentials of a model provider expire, in seconds; less than 0 once they have.
    #[zh = "模型提供方凭据距到期的秒数;到期后小于 0。"]
    remaining: gauge = "openclaw_model_auth_provider_remaining_seconds" [provider],
    /// Always 1: the state of one profile of credentials, and its type.
    #[zh = "值恒为 1:单个凭据配置的状态及类型。"]
    profile_state: gauge = "openclaw_model_auth_profile_state"
        [profile, provider, status: AUTH_STATE, type: PROFILE_TYPE],
    /// When one profile of credentials expires, in seconds since 1970.
    #[zh = "单个凭据配置的到期时间(Unix 秒)。"]
    profile_expiry: gauge = "openclaw_model_auth_profile_expiry_timestamp_seconds" [profile, provider],
    /// Time until one profile of credentials expires, in seconds; less than 0 once it has.
    #[zh = "单个凭据配置距到期的秒数;到期后小于 0。"]
    profile_remaining: gauge = "openclaw_model_auth_profile_remaining_seconds" [profile, provider],
    /// Used share of a quota of a model provider, from 0 to 1; openclaw_model_quota_used_ratio has it from usage.status.
    #[zh = "模型提供方配额的已用比例(0 到 1);openclaw_model_quota_used_ratio 取自 usage.status。"]
    used: gauge = "openclaw_model_auth_provider_usage_used_ratio" [provider, window],
    /// Share of a quota of a model provider that is left, from 0 to 1.
    #[zh = "模型提供方配额的剩余比例(0 到 1)。"]
    left: gauge = "openclaw_model_auth_provider_usage_remaining_ratio" [provider, window],
    /// When a quota of a model provider begins anew, in seconds since 1970.
    #[zh = "模型提供方配额重置的时间(Unix 秒)。"]
    reset: gauge = "openclaw_model_auth_provider_usage_reset_timestamp_seconds" [provider, window],
}
