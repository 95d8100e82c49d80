//! `channels.status`: channels and their accounts.
//!
//! A channel's name is the Gateway's. An account's is whoever configured it: one that names a telephone, a person or an
//! address, or that no label may hold, is shown as `account-N`, its place among the accounts of its channel. Of more than
//! [`MOST_ROWS`](super::rows::MOST_ROWS) accounts the last by channel are left out; the counts hold all of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::loose::Loose;
use super::rows::Sums;
use super::series::Series;
use super::words;
use super::{AnswerError, Figures, List, elements, moment, object};
use crate::openclaw::catalogue::channels::Families;
use crate::openclaw::catalogue::sets::{CHANNEL_HEALTH, CHANNEL_ISSUE, YES_NO_UNKNOWN};
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    channels: Loose<BTreeMap<String, Loose<Summary>>>,
    channel_labels: Loose<BTreeMap<String, Loose<String>>>,
    channel_accounts: Loose<BTreeMap<String, List<Account>>>,
    status_issues: List<Issue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Summary {
    configured: Loose<bool>,
    linked: Loose<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Account {
    account_id: Loose<String>,
    enabled: Loose<bool>,
    configured: Loose<bool>,
    linked: Loose<bool>,
    running: Loose<bool>,
    connected: Loose<bool>,
    reconnect_attempts: Loose<f64>,
    last_inbound_at: Loose<f64>,
    last_outbound_at: Loose<f64>,
    last_start_at: Loose<f64>,
    health_state: Loose<String>,
    last_error: Loose<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Issue {
    channel: Loose<String>,
    kind: Loose<String>,
}

/// The families of `channels.status`.
#[derive(Debug)]
pub(super) struct Channels {
    families: Families,
}

/// What an account tells for one family.
type AccountFigure = fn(&Account) -> Option<f64>;

impl Channels {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }

    /// One row for each channel.
    fn put_channels(&self, channels: &BTreeMap<String, Loose<Summary>>, answer: &Answer) {
        let mut links = Vec::new();
        let (mut info, mut linked, mut configured, mut accounts) =
            <(Series<2>, Series<1>, Series<1>, Series<1>)>::default();
        let all = answer.channel_accounts.get();
        let none = Summary::default();
        for (channel, summary) in channels {
            let summary = summary.get().unwrap_or(&none);
            let of_channel = all.and_then(|all| all.get(channel)?.get());
            // Of what its summary does not tell its accounts may: one is enough.
            let any = |told: fn(&Account) -> &Loose<bool>| {
                let told = elements(of_channel?).filter_map(|account| told(account).get().copied());
                told.reduce(|some, other| some || other)
            };
            let is_linked = summary.linked.get().copied().or_else(|| any(|account| &account.linked));
            let is_configured = summary.configured.get().copied().or_else(|| any(|account| &account.configured));
            links.push(words::yes_no(is_linked.as_ref()));
            let name = answer.channel_labels.get().and_then(|labels| words::name(labels.get(channel)?.text()));
            info.add([channel, name.as_deref().unwrap_or(channel)], Some(1.0));
            linked.add([channel], words::flag(is_linked.as_ref()));
            configured.add([channel], words::flag(is_configured.as_ref()));
            accounts.add([channel], of_channel.map(|accounts| accounts.len() as f64));
        }
        self.families.channels.replace(words::count(YES_NO_UNKNOWN, links.into_iter()));
        info.put(&self.families.info);
        linked.put(&self.families.linked);
        configured.put(&self.families.configured);
        accounts.put(&self.families.accounts);
    }

    /// One row for each account.
    fn put_accounts(&self, answer: &Answer) {
        let families = &self.families;
        let figures: [(_, AccountFigure); 7] = [
            (&families.enabled, |account| words::flag(account.enabled.get())),
            (&families.running, |account| words::flag(account.running.get())),
            (&families.connected, |account| words::flag(account.connected.get())),
            (&families.reconnect_attempts, |account| account.reconnect_attempts.amount()),
            (&families.last_inbound, |account| moment(&account.last_inbound_at)),
            (&families.last_outbound, |account| moment(&account.last_outbound_at)),
            (&families.last_start, |account| moment(&account.last_start_at)),
        ];
        let mut all = Vec::new();
        for (channel, accounts) in answer.channel_accounts.get().into_iter().flatten() {
            for (place, account) in accounts.get().into_iter().flat_map(|all| elements(all)).enumerate() {
                all.push((account_name(&account.account_id, place), channel.as_str(), account));
            }
        }
        for (family, value) in figures {
            let mut rows = Series::default();
            all.iter().for_each(|(name, channel, account)| rows.add([name, channel], value(account)));
            rows.put(family);
        }
        let (mut health, mut last_error) = <(Series<3>, Series<3>)>::default();
        for (name, channel, account) in &all {
            let state = account.health_state.get().map(|state| words::of(CHANNEL_HEALTH, state));
            health.add([name, channel, state.unwrap_or_default()], state.map(|_| 1.0));
            let error = account.last_error.get().filter(|error| !error.is_empty());
            let class = error.map(|error| words::error_class(error));
            last_error.add([name, channel, class.unwrap_or_default()], class.map(|_| 1.0));
        }
        health.put(&families.health);
        last_error.put(&families.last_error);
    }
}

/// What an account is shown as; who has one has no name for it.
fn account_name(id: &Loose<String>, place: usize) -> String {
    match id.text() {
        "" => "default".into(),
        id => words::name(id).filter(|name| name == id).unwrap_or_else(|| format!("account-{}", place + 1)),
    }
}

impl Figures for Channels {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let channels = answer.channels.get().ok_or(AnswerError::Shape)?;
        self.put_channels(channels, &answer);
        self.put_accounts(&answer);
        let mut issues = Sums::default();
        for issue in answer.status_issues.get().into_iter().flat_map(|all| elements(all)) {
            issues.add([issue.channel.text(), words::of(CHANNEL_ISSUE, issue.kind.text())], 1.0);
        }
        issues.put(&self.families.issues);
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::recorded_tests::{Rows, all, expected, figures, rows, taken};
    use crate::openclaw::rpc::Method;

    /// Shown names of the accounts of the recorded answer, by channel, in its order.
    const NAMES: [(&str, &[&str]); 3] =
        [("googlechat", &["default"]), ("telegram", &["alerts"]), ("whatsapp", &["default", "account-2"])];

    /// What each account of the answer tells, as rows.
    fn by_account(answer: &Value, value: impl Fn(&Value) -> Option<(String, f64)>) -> Rows {
        let mut rows = Rows::new();
        for (channel, names) in NAMES {
            let accounts = answer["channelAccounts"][channel].as_array().unwrap();
            assert_eq!(accounts.len(), names.len());
            for (account, name) in accounts.iter().zip(names) {
                rows.extend(
                    value(account).map(|(more, value)| (format!("account={name},channel={channel}{more}"), value)),
                );
            }
        }
        rows
    }

    fn plain(value: Option<f64>) -> Option<(String, f64)> {
        Some((String::new(), value?))
    }

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::ChannelsStatus);
        let flag = |field: &'static str| {
            by_account(&answer, move |account| plain(account[field].as_bool().map(|is| if is { 1.0 } else { 0.0 })))
        };
        assert_eq!(rows(&registry, "openclaw_channel_enabled"), flag("enabled"));
        assert_eq!(rows(&registry, "openclaw_channel_running"), flag("running"));
        assert_eq!(rows(&registry, "openclaw_channel_connected"), flag("connected"));
        let number = |field: &'static str, unit: f64| {
            by_account(&answer, move |account| plain(account[field].as_f64().map(|number| number / unit)))
        };
        assert_eq!(rows(&registry, "openclaw_channel_reconnect_attempts"), number("reconnectAttempts", 1.0));
        assert_eq!(rows(&registry, "openclaw_channel_last_inbound_timestamp_seconds"), number("lastInboundAt", 1000.0));
        assert_eq!(
            rows(&registry, "openclaw_channel_last_outbound_timestamp_seconds"),
            number("lastOutboundAt", 1000.0)
        );
        assert_eq!(rows(&registry, "openclaw_channel_last_start_timestamp_seconds"), number("lastStartAt", 1000.0));
        let health = by_account(&answer, |account| match account["healthState"].as_str()? {
            "paused-by-someone" => Some((",state=other".into(), 1.0)),
            state => Some((format!(",state={state}"), 1.0)),
        });
        assert_eq!(rows(&registry, "openclaw_channel_health"), health);
        assert_eq!(
            rows(&registry, "openclaw_channel_last_error"),
            expected(&[
                ("account=account-2,channel=whatsapp,class=network", 1.0),
                ("account=alerts,channel=telegram,class=auth", 1.0)
            ])
        );

        assert_eq!(
            rows(&registry, "openclaw_channels"),
            expected(&[("linked=true", 1.0), ("linked=false", 0.0), ("linked=unknown", 2.0)])
        );
        assert_eq!(rows(&registry, "openclaw_channel_linked"), expected(&[("channel=whatsapp", 1.0)]));
        let channels = answer["channels"].as_object().unwrap();
        let configured = channels.iter().map(|(channel, told)| {
            (format!("channel={channel}"), f64::from(u8::from(told["configured"].as_bool().unwrap())))
        });
        assert_eq!(rows(&registry, "openclaw_channel_configured"), configured.collect());
        let accounts = answer["channelAccounts"].as_object().unwrap();
        let accounts = accounts
            .iter()
            .map(|(channel, accounts)| (format!("channel={channel}"), accounts.as_array().unwrap().len() as f64));
        assert_eq!(rows(&registry, "openclaw_channel_accounts"), accounts.collect());
        assert_eq!(
            rows(&registry, "openclaw_channel_info"),
            expected(&[
                ("channel=googlechat,name=Google-Chat", 1.0),
                ("channel=telegram,name=Telegram", 1.0),
                ("channel=whatsapp,name=WhatsApp", 1.0)
            ])
        );
        assert_eq!(
            rows(&registry, "openclaw_channel_issues"),
            expected(&[
                ("channel=telegram,kind=auth", 1.0),
                ("channel=telegram,kind=other", 1.0),
                ("channel=whatsapp,kind=runtime", 2.0)
            ])
        );
    }

    #[test]
    fn a_gateway_without_channels_has_0_of_them() {
        let (registry, mut figures) = figures(Method::ChannelsStatus);
        figures.take(r#"{"channels":{},"channelAccounts":{},"statusIssues":[]}"#, 0.0).unwrap();
        let all = all(&registry);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["openclaw_channels"]);
        assert_eq!(all["openclaw_channels"].values().sum::<f64>(), 0.0);
    }

    #[test]
    fn what_the_summary_of_a_channel_does_not_tell_its_accounts_do() {
        let (registry, mut figures) = figures(Method::ChannelsStatus);
        let accounts = r#"[{"accountId":"a","linked":false,"configured":false},{"linked":true,"configured":false},{}]"#;
        let answer =
            format!(r#"{{"channels":{{"signal":{{}},"irc":null}},"channelAccounts":{{"signal":{accounts}}}}}"#);
        figures.take(&answer, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_channel_linked"), expected(&[("channel=signal", 1.0)]));
        assert_eq!(rows(&registry, "openclaw_channel_configured"), expected(&[("channel=signal", 0.0)]));
        assert_eq!(rows(&registry, "openclaw_channel_accounts"), expected(&[("channel=signal", 3.0)]));
    }

    #[test]
    fn accounts_beyond_the_bound_are_counted_and_not_shown() {
        let (registry, mut figures) = figures(Method::ChannelsStatus);
        let accounts: Vec<_> =
            (0..250).map(|number| format!(r#"{{"accountId":"a{number}","running":true}}"#)).collect();
        let accounts = accounts.join(",");
        let answer = format!(r#"{{"channels":{{"irc":{{}}}},"channelAccounts":{{"irc":[{accounts}]}}}}"#);
        figures.take(&answer, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_channel_accounts"), expected(&[("channel=irc", 250.0)]));
        assert_eq!(rows(&registry, "openclaw_channel_running").len(), 100);
    }
}
