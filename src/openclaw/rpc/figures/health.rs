//! `health`: what the Gateway thinks of itself, and what waits for delivery.
//!
//! Channels are told by `channels.status`, sessions by `sessions.list`, the event loop by `system.info`. Messages that
//! came in are added up by channel: an account may be a telephone number. Of more than
//! [`MOST_ROWS`](super::rows::MOST_ROWS) plugins with a problem or agents the last are left out; the counts hold all.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::loose::Loose;
use super::rows::Sums;
use super::series::{Series, put};
use super::{AnswerError, Figures, List, elements, moment, object, words};
use crate::openclaw::catalogue::health::Families;
use crate::openclaw::catalogue::sets::CONFIG_RELOAD;
use crate::openclaw::policy::{self, UNKNOWN};
use crate::{RegisterError, Registry, SnapshotFamily};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    ok: Loose<bool>,
    ts: Loose<f64>,
    duration_ms: Loose<f64>,
    plugins: Loose<Plugins>,
    agents: List<Agent>,
    model_runtime: Loose<ModelRuntime>,
    context_engines: Loose<ContextEngines>,
    config_reload: Loose<ConfigReload>,
    delivery_queues: Loose<DeliveryQueues>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Plugins {
    loaded: List<IgnoredAny>,
    errors: List<Plugin>,
    unavailable: List<Plugin>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Plugin {
    id: Loose<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Agent {
    agent_id: Loose<String>,
    heartbeat: Loose<AgentHeartbeat>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AgentHeartbeat {
    enabled: Loose<bool>,
    every_ms: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ModelRuntime {
    degraded: Loose<bool>,
    pending_agents: List<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContextEngines {
    quarantined: List<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConfigReload {
    hot_reload_status: Loose<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DeliveryQueues {
    failed: List<Failed>,
    ingress_failed: List<Failed>,
    ingress_pressure: List<Pressure>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Failed {
    queue_name: Loose<String>,
    channel_id: Loose<String>,
    count: Loose<f64>,
    oldest_failed_at: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Pressure {
    channel_id: Loose<String>,
    pending_count: Loose<f64>,
    claimed_count: Loose<f64>,
    blocked_count: Loose<f64>,
    oldest_received_at: Loose<f64>,
}

/// How many elements there are, of whatever shape.
fn length<T>(list: &List<T>) -> Option<f64> {
    list.get().map(|list| list.len() as f64)
}

fn each<T>(list: &List<T>) -> impl Iterator<Item = &T> {
    list.get().into_iter().flat_map(|list| elements(list))
}

/// The lane that a queue belongs to, unless it names somebody.
fn queue(name: &str) -> String {
    words::name(policy::lane(name)).unwrap_or_else(|| UNKNOWN.into())
}

/// Replaces a family by the earliest time of each name.
fn put_earliest(family: &SnapshotFamily<1>, times: impl Iterator<Item = (String, Option<f64>)>) {
    let mut earliest = BTreeMap::new();
    for (name, time) in times {
        let Some(time) = time else { continue };
        earliest.entry(name).and_modify(|known: &mut f64| *known = known.min(time)).or_insert(time);
    }
    let mut rows = Series::default();
    earliest.iter().for_each(|(name, time)| rows.add([name], Some(*time)));
    rows.put(family);
}

/// The families of `health`.
#[derive(Debug)]
pub(super) struct Health {
    families: Families,
}

impl Health {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }

    fn put_plugins(&self, plugins: &Plugins) {
        let (mut counts, mut problems) = <(Series<1>, Series<2>)>::default();
        counts.add(["loaded"], length(&plugins.loaded));
        for (state, list) in [("error", &plugins.errors), ("unavailable", &plugins.unavailable)] {
            counts.add([state], length(list));
            each(list).for_each(|plugin| problems.add([plugin.id.text(), state], Some(1.0)));
        }
        counts.put(&self.families.plugins);
        problems.put(&self.families.plugin_problem);
    }

    fn put_agents(&self, agents: &List<Agent>) {
        let (mut enabled, mut interval) = <(Series<1>, Series<1>)>::default();
        for agent in each(agents) {
            let Some(heartbeat) = agent.heartbeat.get() else { continue };
            enabled.add([agent.agent_id.text()], words::flag(heartbeat.enabled.get()));
            interval.add([agent.agent_id.text()], heartbeat.every_ms.seconds().filter(|every| *every > 0.0));
        }
        put(&self.families.agents, length(agents));
        enabled.put(&self.families.heartbeat_enabled);
        interval.put(&self.families.heartbeat_interval);
    }

    fn put_queues(&self, queues: &DeliveryQueues) {
        let families = &self.families;
        let (mut failed, mut ingress, mut pressure) = <(Sums<1>, Sums<1>, Sums<2>)>::default();
        for told in each(&queues.failed) {
            if let Some(count) = told.count.amount() {
                failed.add([&queue(told.queue_name.text())], count);
            }
        }
        for told in each(&queues.ingress_failed) {
            if let Some(count) = told.count.amount() {
                ingress.add([told.channel_id.text()], count);
            }
        }
        for told in each(&queues.ingress_pressure) {
            let counts =
                [("pending", &told.pending_count), ("claimed", &told.claimed_count), ("blocked", &told.blocked_count)];
            for (state, count) in counts {
                if let Some(count) = count.amount() {
                    pressure.add([told.channel_id.text(), state], count);
                }
            }
        }
        failed.put(&families.delivery_failed);
        ingress.put(&families.ingress_failed);
        pressure.put(&families.ingress_pressure);
        let failed = each(&queues.failed).map(|told| (queue(told.queue_name.text()), moment(&told.oldest_failed_at)));
        put_earliest(&families.delivery_oldest, failed);
        let stuck = each(&queues.ingress_pressure);
        let stuck = stuck.map(|told| (told.channel_id.text().to_owned(), moment(&told.oldest_received_at)));
        put_earliest(&families.ingress_oldest, stuck);
    }
}

impl Figures for Health {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        if answer.ok.get().is_none() && answer.ts.get().is_none() {
            return Err(AnswerError::Shape);
        }
        let families = &self.families;
        put(&families.ok, words::flag(answer.ok.get()));
        put(&families.checked, moment(&answer.ts));
        put(&families.duration, answer.duration_ms.seconds());
        self.put_plugins(answer.plugins.get().unwrap_or(&Plugins::default()));
        self.put_agents(&answer.agents);
        let models = answer.model_runtime.get();
        put(&families.models_degraded, models.and_then(|models| words::flag(models.degraded.get())));
        put(&families.agents_pending, models.and_then(|models| length(&models.pending_agents)));
        let engines = answer.context_engines.get();
        put(&families.engines_quarantined, engines.and_then(|engines| length(&engines.quarantined)));
        let reload = answer.config_reload.get().and_then(|reload| reload.hot_reload_status.get());
        let reload = reload.map(|status| words::of(CONFIG_RELOAD, status));
        let mut status = Series::default();
        status.add([reload.unwrap_or_default()], reload.map(|_| 1.0));
        status.put(&families.config_reload);
        self.put_queues(answer.delivery_queues.get().unwrap_or(&DeliveryQueues::default()));
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{all, expected, figures, one, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::Health);
        let ms = |field: &str| answer[field].as_f64().map(|ms| ms / 1000.0);
        assert_eq!((answer["ok"].as_bool(), one(&registry, "openclaw_health_ok")), (Some(true), Some(1.0)));
        assert_eq!(one(&registry, "openclaw_health_check_timestamp_seconds"), ms("ts"));
        assert_eq!(one(&registry, "openclaw_health_check_duration_seconds"), ms("durationMs"));
        let length = |pointer: &str| answer.pointer(pointer).unwrap().as_array().unwrap().len() as f64;
        assert_eq!(
            rows(&registry, "openclaw_gateway_plugins"),
            expected(&[
                ("state=loaded", length("/plugins/loaded")),
                ("state=error", length("/plugins/errors")),
                ("state=unavailable", length("/plugins/unavailable")),
            ])
        );
        assert_eq!(
            rows(&registry, "openclaw_gateway_plugin_problem"),
            expected(&[("plugin=lab-probe,state=error", 1.0), ("plugin=voice,state=unavailable", 1.0)])
        );
        assert_eq!(one(&registry, "openclaw_gateway_agents"), Some(length("/agents")));
        assert_eq!(
            rows(&registry, "openclaw_agent_heartbeat_enabled"),
            expected(&[("agent=main", 1.0), ("agent=ops", 0.0)])
        );
        let every = answer.pointer("/agents/0/heartbeat/everyMs").unwrap().as_f64().unwrap() / 1000.0;
        assert_eq!(rows(&registry, "openclaw_agent_heartbeat_interval_seconds"), expected(&[("agent=main", every)]));
        assert_eq!(one(&registry, "openclaw_model_runtime_degraded"), Some(1.0));
        let pending = length("/modelRuntime/pendingAgents");
        assert_eq!(one(&registry, "openclaw_model_runtime_pending_agents"), Some(pending));
        let engines = length("/contextEngines/quarantined");
        assert_eq!(one(&registry, "openclaw_context_engines_quarantined"), Some(engines));
        assert_eq!(rows(&registry, "openclaw_config_hot_reload_status"), expected(&[("status=disabled", 1.0)]));
    }

    #[test]
    fn what_waits_for_delivery_is_told_by_queue_and_channel() {
        let (registry, _, answer) = taken(Method::Health);
        let number = |pointer: &str| answer.pointer(&format!("/deliveryQueues/{pointer}")).unwrap().as_f64().unwrap();
        assert_eq!(
            rows(&registry, "openclaw_delivery_queue_failed_messages"),
            expected(&[("queue=outbound", number("failed/0/count")), ("queue=unknown", number("failed/1/count"))])
        );
        assert_eq!(
            rows(&registry, "openclaw_delivery_queue_oldest_failed_timestamp_seconds"),
            expected(&[("queue=outbound", number("failed/0/oldestFailedAt") / 1000.0)])
        );
        let failed = number("ingressFailed/0/count") + number("ingressFailed/1/count");
        assert_eq!(
            rows(&registry, "openclaw_channel_ingress_failed_messages"),
            expected(&[("channel=whatsapp", failed)])
        );
        let both =
            |field: &str| number(&format!("ingressPressure/0/{field}")) + number(&format!("ingressPressure/1/{field}"));
        assert_eq!(
            rows(&registry, "openclaw_channel_ingress_stuck_messages"),
            expected(&[
                ("channel=whatsapp,state=pending", both("pendingCount")),
                ("channel=whatsapp,state=claimed", both("claimedCount")),
                ("channel=whatsapp,state=blocked", both("blockedCount")),
            ])
        );
        let oldest = number("ingressPressure/0/oldestReceivedAt").min(number("ingressPressure/1/oldestReceivedAt"));
        assert_eq!(
            rows(&registry, "openclaw_channel_ingress_oldest_timestamp_seconds"),
            expected(&[("channel=whatsapp", oldest / 1000.0)])
        );
    }

    #[test]
    fn what_health_does_not_tell_is_not_shown() {
        let (registry, mut figures) = figures(Method::Health);
        figures.take(r#"{"ok":true}"#, 0.0).unwrap();
        assert_eq!(all(&registry).into_keys().collect::<Vec<_>>(), ["openclaw_health_ok"]);
    }
}
