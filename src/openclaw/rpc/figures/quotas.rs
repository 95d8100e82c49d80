//! `usage.status`: what model providers say is left of quotas and money.
//!
//! Whose account it is, is not read. Of more than [`MOST_ROWS`](super::rows::MOST_ROWS) rows the last by provider are left
//! out.

use serde::Deserialize;

use super::super::loose::Loose;
use super::series::{Series, put};
use super::windows::{Window, Windows};
use super::{AnswerError, Figures, List, elements, moment, object, words};
use crate::openclaw::catalogue::quotas::Families;
use crate::openclaw::policy::UNKNOWN;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    updated_at: Loose<f64>,
    providers: List<Provider>,
    refreshing: Loose<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Provider {
    provider: Loose<String>,
    windows: List<Window>,
    billing: List<Bill>,
    plan: Loose<String>,
    error: Loose<String>,
}

/// Money or credits. What is less than 0 is owed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bill {
    r#type: Loose<String>,
    label: Loose<String>,
    amount: Loose<f64>,
    used: Loose<f64>,
    limit: Loose<f64>,
    unit: Loose<String>,
}

impl Bill {
    /// What it tells, by kind.
    fn amounts(&self) -> [(&'static str, Option<f64>); 2] {
        let amount = self.amount.get().copied();
        match self.r#type.text() {
            "balance" => [("balance", amount), ("balance", None)],
            "spend" => [("spend", amount), ("spend", None)],
            "budget" => [("budget_used", self.used.get().copied()), ("budget", self.limit.get().copied())],
            _ => [("", None), ("", None)],
        }
    }
}

/// The families of `usage.status`.
#[derive(Debug)]
pub(super) struct Quotas {
    families: Families,
    windows: Windows,
}

impl Quotas {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)?, windows: Windows::default() })
    }
}

impl Figures for Quotas {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let providers = answer.providers.get().ok_or(AnswerError::Shape)?;
        if providers.is_empty() && answer.refreshing.get() == Some(&true) {
            return Err(AnswerError::NotReady);
        }
        let families = &self.families;
        self.windows = Windows::default();
        let (mut failed, mut plans, mut billing) = <(Series<1>, Series<2>, Series<4>)>::default();
        for provider in elements(providers) {
            let name = provider.provider.text();
            provider
                .windows
                .get()
                .into_iter()
                .flat_map(|all| elements(all))
                .for_each(|window| self.windows.add(name, window));
            failed.add([name], Some(f64::from(!provider.error.text().is_empty())));
            let plan = words::name(provider.plan.text());
            plans.add([plan.as_deref().unwrap_or_default(), name], plan.as_ref().map(|_| 1.0));
            for bill in provider.billing.get().into_iter().flat_map(|all| elements(all)) {
                let item = words::name(bill.label.text()).unwrap_or_else(|| UNKNOWN.into());
                let unit = words::name(bill.unit.text()).unwrap_or_else(|| UNKNOWN.into());
                bill.amounts().into_iter().for_each(|(kind, amount)| billing.add([&item, kind, name, &unit], amount));
            }
        }
        self.windows.put(&families.used, &families.left, &families.reset);
        self.windows.put_until_reset(&families.until_reset, now);
        failed.put(&families.failed);
        plans.put(&families.plan);
        billing.put(&families.billing);
        put(&families.updated, moment(&answer.updated_at));
        Ok(())
    }

    fn refresh(&mut self, now: f64) {
        self.windows.put_until_reset(&self.families.until_reset, now);
    }

    fn clear(&mut self) {
        self.windows = Windows::default();
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::recorded_tests::{NOW, Rows, all, expected, figures, one, rows, taken};
    use super::*;
    use crate::openclaw::rpc::Method;

    /// The windows of the recorded answer, with what they are shown as; one of them has the name of a fuller one.
    const WINDOWS: [(&str, usize, usize); 3] = [
        ("provider=anthropic,window=5h", 0, 0),
        ("provider=anthropic,window=Opus-Week", 0, 1),
        ("provider=zai,window=Tokens-5h", 1, 1),
    ];

    fn by_window(answer: &Value, value: impl Fn(&Value) -> Option<f64>) -> Rows {
        let rows = WINDOWS.iter().filter_map(|(labels, provider, window)| {
            Some(((*labels).to_owned(), value(&answer["providers"][provider]["windows"][window])?))
        });
        rows.collect()
    }

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::UsageStatus);
        let used = |window: &Value| Some(window["usedPercent"].as_f64()? / 100.0);
        assert_eq!(rows(&registry, "openclaw_model_quota_used_ratio"), by_window(&answer, used));
        let left = by_window(&answer, |window| Some(1.0 - used(window)?));
        assert_eq!(rows(&registry, "openclaw_model_quota_remaining_ratio"), left);
        let reset = by_window(&answer, |window| Some(window["resetAt"].as_f64()? / 1000.0));
        assert_eq!(reset.len(), 2);
        assert_eq!(rows(&registry, "openclaw_model_quota_reset_timestamp_seconds"), reset);
        let updated = answer["updatedAt"].as_f64().unwrap() / 1000.0;
        assert_eq!(one(&registry, "openclaw_model_quota_updated_timestamp_seconds"), Some(updated));
        assert_eq!(
            rows(&registry, "openclaw_model_quota_failed"),
            expected(&[("provider=anthropic", 0.0), ("provider=zai", 0.0), ("provider=openrouter", 1.0)])
        );
        assert_eq!(rows(&registry, "openclaw_model_plan_info"), expected(&[("plan=Max-20x,provider=anthropic", 1.0)]));
        assert_eq!(
            rows(&registry, "openclaw_model_billing"),
            expected(&[
                ("item=Account-balance,kind=balance,provider=openrouter,unit=USD", -1.25),
                ("item=API-key-budget,kind=budget,provider=openrouter,unit=USD", 50.0),
                ("item=API-key-budget,kind=budget_used,provider=openrouter,unit=USD", 12.5),
                ("item=unknown,kind=spend,provider=openrouter,unit=credits", 7.0),
            ])
        );
    }

    #[test]
    fn the_time_until_a_quota_begins_anew_goes_down_to_0() {
        let (registry, mut figures, answer) = taken(Method::UsageStatus);
        for later in [0.0, 60.0, 1e7] {
            figures.refresh(NOW + later);
            let left = by_window(&answer, |window| Some((window["resetAt"].as_f64()? / 1000.0 - NOW - later).max(0.0)));
            assert_eq!(left.values().sum::<f64>() > 0.0, later < 1e7);
            assert_eq!(rows(&registry, "openclaw_model_quota_reset_seconds"), left);
        }
    }

    #[test]
    fn both_methods_name_a_quota_alike() {
        let (quotas, ..) = taken(Method::UsageStatus);
        let (auth, ..) = taken(Method::AuthStatus);
        let quotas = rows(&quotas, "openclaw_model_quota_used_ratio");
        for (labels, used) in rows(&auth, "openclaw_model_auth_provider_usage_used_ratio") {
            assert_eq!(quotas.get(&labels), Some(&used), "{labels}");
        }
    }

    #[test]
    fn a_gateway_that_is_still_asking_has_nothing_to_tell() {
        let (registry, mut figures) = figures(Method::UsageStatus);
        let refreshing = r#"{"updatedAt":1,"providers":[],"refreshing":true}"#;
        assert_eq!(figures.take(refreshing, 0.0), Err(AnswerError::NotReady));
        assert!(all(&registry).is_empty());
        assert_eq!(figures.take(r#"{"updatedAt":1,"providers":[]}"#, 0.0), Ok(()));
    }
}
