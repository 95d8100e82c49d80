//! What is asked of the Gateway.

use std::time::Duration;

use crate::openclaw::catalogue::Section;

/// A method of the Gateway's RPC that is asked. Those that cost the Gateway too much are not here: `status` takes its main
/// thread for up to 108 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Method {
    /// When the last heartbeat was, and how it went.
    LastHeartbeat,
    /// Who is connected.
    Presence,
    /// Whether jobs are scheduled.
    CronStatus,
    /// The jobs, with how they went.
    CronList,
    /// The queues of commands.
    Lanes,
    /// Channels and their accounts.
    ChannelsStatus,
    /// The Gateway's own idea of its health.
    Health,
    /// Nodes that are paired.
    Nodes,
    /// The machine.
    SystemInfo,
    /// Sessions and what they have used.
    Sessions,
    /// What was used, by day.
    UsageCost,
    /// What was used, by model, provider, agent, channel and tool.
    SessionsUsage,
    /// Models that can be used.
    Models,
    /// How providers are authenticated.
    AuthStatus,
    /// What is left of the quotas of providers.
    UsageStatus,
    /// Skills of the agents.
    Skills,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Method {
    /// Every method.
    pub const ALL: [Self; 16] = [
        Self::LastHeartbeat,
        Self::Presence,
        Self::CronStatus,
        Self::CronList,
        Self::Lanes,
        Self::ChannelsStatus,
        Self::Health,
        Self::Nodes,
        Self::SystemInfo,
        Self::Sessions,
        Self::UsageCost,
        Self::SessionsUsage,
        Self::Models,
        Self::AuthStatus,
        Self::UsageStatus,
        Self::Skills,
    ];

    /// Its name in the protocol, and as a collector's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastHeartbeat => "last-heartbeat",
            Self::Presence => "system-presence",
            Self::CronStatus => "cron.status",
            Self::CronList => "cron.list",
            Self::Lanes => "diagnostics.lanes",
            Self::ChannelsStatus => "channels.status",
            Self::Health => "health",
            Self::Nodes => "node.list",
            Self::SystemInfo => "system.info",
            Self::Sessions => "sessions.list",
            Self::UsageCost => "usage.cost",
            Self::SessionsUsage => "sessions.usage",
            Self::Models => "models.list",
            Self::AuthStatus => "models.authStatus",
            Self::UsageStatus => "usage.status",
            Self::Skills => "skills.status",
        }
    }

    /// The section of all families that its answers feed.
    pub const fn section(self) -> Section {
        match self {
            Self::LastHeartbeat => Section::Heartbeat,
            Self::Presence => Section::Presence,
            Self::CronStatus | Self::CronList => Section::Cron,
            Self::Lanes => Section::Queues,
            Self::ChannelsStatus => Section::Channels,
            Self::Health => Section::Health,
            Self::Nodes => Section::Nodes,
            Self::SystemInfo => Section::System,
            Self::Sessions => Section::Sessions,
            Self::UsageCost | Self::SessionsUsage => Section::Usage,
            Self::Models => Section::Models,
            Self::AuthStatus => Section::Auth,
            Self::UsageStatus => Section::Quotas,
            Self::Skills => Section::Skills,
        }
    }

    /// What it is asked with, as JSON.
    pub const fn params(self) -> &'static str {
        match self {
            // 200 is the most that it lists. Previews of deliveries cannot be left out: only the newest Gateway knows the
            // parameter, and the others refuse what they do not know.
            Self::CronList => r#"{"includeDisabled":true,"limit":200}"#,
            // A probe asks the channels' own servers.
            Self::ChannelsStatus => r#"{"probe":false}"#,
            // Of all that is read but their number the figures are of those that are listed, some 2 kB each.
            Self::Sessions => r#"{"limit":200}"#,
            // Of all agents (without a scope only of the one that is the default), by days of the Gateway's own time zone
            // (without a mode by days of UTC).
            Self::UsageCost => r#"{"range":"30d","mode":"gateway","agentScope":"all"}"#,
            // The limit is of the sessions that are listed, which nobody reads; sums are over all. By family what a session
            // used before it was reset stays with its channel.
            Self::SessionsUsage => {
                r#"{"range":"30d","mode":"gateway","agentScope":"all","groupBy":"family","limit":1}"#
            }
            _ => "{}",
        }
    }

    /// The time between two questions with the default of `snapshotIntervalMs`, a minute, which scales it.
    pub const fn cadence(self) -> Duration {
        match self {
            Self::Sessions | Self::UsageCost | Self::SessionsUsage => MINUTE,
            Self::Models | Self::AuthStatus | Self::UsageStatus => Duration::from_secs(300),
            Self::Skills => Duration::from_secs(600),
            _ => Duration::from_secs(30),
        }
    }

    /// How long an answer may take. Over a WebSocket a first `usage.cost` took 4.7 s on a loaded machine.
    pub const fn deadline(self) -> Duration {
        match self {
            Self::UsageCost | Self::SessionsUsage => Duration::from_secs(30),
            _ => Duration::from_secs(10),
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_has_a_name_of_its_own_and_parameters_that_are_an_object() {
        for (place, method) in Method::ALL.into_iter().enumerate() {
            assert_eq!(method as usize, place);
            assert!(
                method.name().bytes().all(|byte| byte.is_ascii_alphabetic() || b".-".contains(&byte)),
                "{method:?}"
            );
            assert_eq!(Method::named(method.name()), Some(method));
            assert!(serde_json::from_str::<serde_json::Value>(method.params()).unwrap().is_object(), "{method:?}");
        }
        assert_eq!(Method::named("status"), None);
    }
}
