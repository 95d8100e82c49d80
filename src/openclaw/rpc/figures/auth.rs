//! `models.authStatus`: how model providers are authenticated, and until when.
//!
//! A profile of credentials is shown by what stands behind its provider in its name; where that names a person, may not be
//! shown for another reason, or is another's name as well, as `profile-N`, its place among the provider's. Accounts, addresses of mail and names that
//! people gave are not read. Of more than [`MOST_ROWS`](super::rows::MOST_ROWS) rows the last are left out; the counts hold
//! all.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::loose::Loose;
use super::series::Series;
use super::windows::{Window, Windows};
use super::{AnswerError, Figures, List, elements, moment, object, words};
use crate::openclaw::catalogue::auth::Families;
use crate::openclaw::catalogue::sets::{AUTH_STATE, PROFILE_TYPE};
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    providers: List<Provider>,
    unavailable: Loose<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Provider {
    provider: Loose<String>,
    status: Loose<String>,
    expiry: Loose<Expiry>,
    profiles: List<Profile>,
    usage: Loose<Usage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Profile {
    profile_id: Loose<String>,
    r#type: Loose<String>,
    status: Loose<String>,
    expiry: Loose<Expiry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expiry {
    at: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Usage {
    windows: List<Window>,
}

fn expiry(told: &Loose<Expiry>) -> Option<f64> {
    moment(&told.get()?.at)
}

/// The families of `models.authStatus`.
#[derive(Debug)]
pub(super) struct Auth {
    families: Families,
    /// When the credentials of each provider expire, in seconds since 1970.
    providers: Vec<(String, f64)>,
    /// When each profile expires, by profile and provider, in seconds since 1970.
    profiles: Vec<([String; 2], f64)>,
}

impl Auth {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)?, providers: Vec::new(), profiles: Vec::new() })
    }

    fn put_providers(&mut self, providers: &[Loose<Provider>]) {
        let families = &self.families;
        let status = |provider: &Provider| Some(words::of(AUTH_STATE, provider.status.get()?));
        families.providers.replace(words::count(AUTH_STATE, elements(providers).filter_map(status)));
        let (mut state, mut profiles, mut ends) = <(Series<2>, Series<1>, Series<1>)>::default();
        let mut windows = Windows::default();
        self.providers.clear();
        for provider in elements(providers) {
            let name = provider.provider.text();
            let status = status(provider);
            state.add([name, status.unwrap_or_default()], status.map(|_| 1.0));
            profiles.add([name], provider.profiles.get().map(|profiles| profiles.len() as f64));
            let end = expiry(&provider.expiry);
            ends.add([name], end);
            self.providers.extend(end.map(|end| (name.to_owned(), end)));
            let told = provider.usage.get().and_then(|usage| usage.windows.get());
            told.into_iter().flat_map(|all| elements(all)).for_each(|window| windows.add(name, window));
        }
        state.put(&families.state);
        profiles.put(&families.profiles);
        ends.put(&families.expiry);
        windows.put(&families.used, &families.left, &families.reset);
    }

    fn put_profiles(&mut self, providers: &[Loose<Provider>]) {
        let (mut state, mut ends) = <(Series<4>, Series<2>)>::default();
        self.profiles.clear();
        for provider in elements(providers) {
            let name = provider.provider.text();
            let profiles = provider.profiles.get().into_iter().flat_map(|all| elements(all));
            let mut taken = BTreeSet::new();
            for (place, profile) in profiles.enumerate() {
                let id = profile.profile_id.text();
                let shown = words::name(id.split_once(':').map_or(id, |(_, name)| name));
                let shown = shown.filter(|name| taken.insert(name.clone()));
                let shown = shown.unwrap_or_else(|| format!("profile-{}", place + 1));
                let status = profile.status.get().map(|status| words::of(AUTH_STATE, status));
                let kind = words::of(PROFILE_TYPE, profile.r#type.text());
                state.add([&shown, name, status.unwrap_or_default(), kind], status.map(|_| 1.0));
                let end = expiry(&profile.expiry);
                ends.add([&shown, name], end);
                self.profiles.extend(end.map(|end| ([shown, name.to_owned()], end)));
            }
        }
        state.put(&self.families.profile_state);
        ends.put(&self.families.profile_expiry);
    }

    fn put_remaining(&self, now: f64) {
        let (mut providers, mut profiles) = <(Series<1>, Series<2>)>::default();
        self.providers.iter().for_each(|(name, end)| providers.add([name], Some(end - now)));
        self.profiles
            .iter()
            .for_each(|(labels, end)| profiles.add(labels.each_ref().map(String::as_str), Some(end - now)));
        providers.put(&self.families.remaining);
        profiles.put(&self.families.profile_remaining);
    }
}

impl Figures for Auth {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let providers = answer.providers.get().ok_or(AnswerError::Shape)?;
        if answer.unavailable.get().is_some() {
            return Err(AnswerError::NotReady);
        }
        self.put_providers(providers);
        self.put_profiles(providers);
        self.put_remaining(now);
        Ok(())
    }

    fn refresh(&mut self, now: f64) {
        self.put_remaining(now);
    }

    fn clear(&mut self) {
        self.providers.clear();
        self.profiles.clear();
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::recorded_tests::{NOW, Rows, all, expected, figures, rows, taken};
    use super::*;
    use crate::openclaw::rpc::Method;

    /// Shown names of the profiles of the recorded answer, by provider.
    const PROFILES: [(&str, &[&str]); 3] =
        [("anthropic", &["claude-cli", "profile-2"]), ("openai", &["profile-1"]), ("deepseek", &["default"])];

    fn by_provider(answer: &Value, value: impl Fn(&Value) -> Option<(String, f64)>) -> Rows {
        let rows = answer["providers"].as_array().unwrap().iter().filter_map(|provider| {
            let (more, value) = value(provider)?;
            Some((format!("provider={}{more}", provider["provider"].as_str()?), value))
        });
        rows.collect()
    }

    fn by_profile(answer: &Value, value: impl Fn(&Value) -> Option<(String, f64)>) -> Rows {
        let mut rows = Rows::new();
        for (provider, names) in PROFILES {
            let all = answer["providers"].as_array().unwrap();
            let told = all.iter().find(|told| told["provider"] == provider).unwrap()["profiles"].as_array().unwrap();
            assert_eq!(told.len(), names.len());
            for (profile, name) in told.iter().zip(names) {
                rows.extend(
                    value(profile).map(|(more, value)| (format!("profile={name},provider={provider}{more}"), value)),
                );
            }
        }
        rows
    }

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::AuthStatus);
        let all = [("ok", 1.0), ("static", 1.0), ("expiring", 1.0), ("expired", 0.0), ("missing", 1.0), ("other", 1.0)];
        let all: Rows = all.iter().map(|(status, count)| (format!("status={status}"), *count)).collect();
        assert_eq!(rows(&registry, "openclaw_model_auth_providers"), all);
        assert_eq!(all.values().sum::<f64>(), answer["providers"].as_array().unwrap().len() as f64);
        let state = by_provider(&answer, |provider| match provider["status"].as_str()? {
            "tired" => Some((",status=other".into(), 1.0)),
            status => Some((format!(",status={status}"), 1.0)),
        });
        assert_eq!(rows(&registry, "openclaw_model_auth_state"), state);
        let profiles =
            by_provider(&answer, |provider| Some((String::new(), provider["profiles"].as_array()?.len() as f64)));
        assert_eq!(rows(&registry, "openclaw_model_auth_provider_profiles"), profiles);
        let expiry = |told: &Value| Some((String::new(), told["expiry"]["at"].as_f64()? / 1000.0));
        assert_eq!(
            rows(&registry, "openclaw_model_auth_provider_expiry_timestamp_seconds"),
            by_provider(&answer, expiry)
        );
        assert_eq!(
            rows(&registry, "openclaw_model_auth_profile_expiry_timestamp_seconds"),
            by_profile(&answer, expiry)
        );
        let state = by_profile(&answer, |profile| {
            Some((format!(",status={},type={}", profile["status"].as_str()?, profile["type"].as_str()?), 1.0))
        });
        assert_eq!(rows(&registry, "openclaw_model_auth_profile_state"), state);
    }

    #[test]
    fn quotas_are_told_by_provider_and_window() {
        let (registry, _, answer) = taken(Method::AuthStatus);
        let windows = &answer["providers"][0]["usage"]["windows"];
        let used = |window: &Value| window["usedPercent"].as_f64().unwrap() / 100.0;
        let of = |value: &dyn Fn(&Value) -> f64| {
            expected(&[
                ("provider=anthropic,window=5h", value(&windows[0])),
                ("provider=anthropic,window=Opus-Week", value(&windows[1])),
            ])
        };
        assert_eq!(rows(&registry, "openclaw_model_auth_provider_usage_used_ratio"), of(&used));
        assert_eq!(
            rows(&registry, "openclaw_model_auth_provider_usage_remaining_ratio"),
            of(&|window| 1.0 - used(window))
        );
        assert_eq!(
            rows(&registry, "openclaw_model_auth_provider_usage_reset_timestamp_seconds"),
            of(&|window| window["resetAt"].as_f64().unwrap() / 1000.0)
        );
    }

    #[test]
    fn the_time_left_goes_down_by_itself_and_below_0() {
        let (registry, mut figures, answer) = taken(Method::AuthStatus);
        for later in [0.0, 60.0, 1e7] {
            figures.refresh(NOW + later);
            let left = |told: &Value| Some((String::new(), told["expiry"]["at"].as_f64()? / 1000.0 - NOW - later));
            let providers = by_provider(&answer, left);
            assert_eq!(rows(&registry, "openclaw_model_auth_provider_remaining_seconds"), providers);
            assert_eq!(rows(&registry, "openclaw_model_auth_profile_remaining_seconds"), by_profile(&answer, left));
            assert_eq!(providers.values().any(|left| *left < 0.0), later == 1e7);
        }
    }

    #[test]
    fn a_gateway_that_cannot_tell_yet_has_not_0_providers() {
        let (registry, mut figures) = figures(Method::AuthStatus);
        let unavailable = r#"{"providers":[],"unavailable":{"code":"PREPARED_MODEL_AUTH_UNAVAILABLE","message":"…"}}"#;
        assert_eq!(figures.take(unavailable, 0.0), Err(AnswerError::NotReady));
        assert!(all(&registry).is_empty());
    }
}
