//! What `channels.status` answers: channels and their accounts.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{CHANNEL_ERROR, CHANNEL_HEALTH, CHANNEL_ISSUE, YES_NO_UNKNOWN};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Channels;
    /// Channels that the Gateway has, by whether they are linked; unknown where there is nothing to link.
    #[zh = "Gateway 拥有的渠道数,按是否已链接;无需链接的渠道为 unknown。"]
    channels: gauge = "openclaw_channels" [linked: YES_NO_UNKNOWN]
        replaces ["openclaw_channel_linked_total", "openclaw_channel_unlinked_total"],
    /// Always 1: the name that the Gateway shows for a channel.
    #[zh = "值恒为 1:Gateway 为渠道显示的名称。"]
    info: gauge = "openclaw_channel_info" [channel, name] replaces ["openclaw_channel_total"],
    /// Whether a channel is linked; only channels that have something to link.
    #[zh = "渠道是否已链接;仅限需要链接的渠道。"]
    linked: gauge = "openclaw_channel_linked" [channel],
    /// Whether a channel is configured.
    #[zh = "渠道是否已配置。"]
    configured: gauge = "openclaw_channel_configured" [channel],
    /// Accounts of a channel.
    #[zh = "渠道的账户数。"]
    accounts: gauge = "openclaw_channel_accounts" [channel],
    /// Things that the Gateway finds wrong with a channel, by kind.
    #[zh = "Gateway 发现的渠道问题数,按类别。"]
    issues: gauge = "openclaw_channel_issues" [channel, kind: CHANNEL_ISSUE],

    /// Whether an account of a channel is switched on.
    #[zh = "渠道账户是否已启用。"]
    enabled: gauge = "openclaw_channel_enabled" [account, channel],
    /// Whether an account of a channel is running.
    #[zh = "渠道账户是否正在运行。"]
    running: gauge = "openclaw_channel_running" [account, channel],
    /// Whether an account of a channel is connected; only channels that tell it.
    #[zh = "渠道账户是否已连接;仅限报告此项的渠道。"]
    connected: gauge = "openclaw_channel_connected" [account, channel],
    /// Attempts to connect an account again since it was last connected.
    #[zh = "渠道账户自上次连接以来的重连尝试次数。"]
    reconnect_attempts: gauge = "openclaw_channel_reconnect_attempts" [account, channel],
    /// When something last came in over an account of a channel, in seconds since 1970; openclaw_channel_last_inbound_age_seconds is the time since then as the plugin sees it.
    #[zh = "渠道账户最近一次入站的时间(Unix 秒);openclaw_channel_last_inbound_age_seconds 为插件所见距今的时间。"]
    last_inbound: gauge = "openclaw_channel_last_inbound_timestamp_seconds" [account, channel],
    /// When something last went out over an account of a channel, in seconds since 1970; openclaw_channel_last_outbound_age_seconds is the time since then as the plugin sees it.
    #[zh = "渠道账户最近一次出站的时间(Unix 秒);openclaw_channel_last_outbound_age_seconds 为插件所见距今的时间。"]
    last_outbound: gauge = "openclaw_channel_last_outbound_timestamp_seconds" [account, channel],
    /// When an account of a channel was last started, in seconds since 1970.
    #[zh = "渠道账户最近一次启动的时间(Unix 秒)。"]
    last_start: gauge = "openclaw_channel_last_start_timestamp_seconds" [account, channel],
    /// Always 1: the state in which the Gateway finds an account of a channel.
    #[zh = "值恒为 1:Gateway 所见的渠道账户状态。"]
    health: gauge = "openclaw_channel_health" [account, channel, state: CHANNEL_HEALTH],
    /// Always 1: of which class the last error of an account of a channel is.
    #[zh = "值恒为 1:渠道账户最近一次错误的类别。"]
    last_error: gauge = "openclaw_channel_last_error" [account, channel, class: CHANNEL_ERROR],
}
