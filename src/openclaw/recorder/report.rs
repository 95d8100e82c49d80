//! What a plugin inside the Gateway reports: hooks, runtime, channels, providers, and Node itself.

use super::super::catalogue::sets;
use super::super::field::{Field, Text};
use super::super::report::*;
use super::ages::Account;
use super::{Label, Recorder, at};
use crate::GaugeFamily;

impl Recorder {
    /// Brings what grows old by itself up to `now` by the monotonic clock, which is `unix` by the time of day, in seconds.
    pub(in crate::openclaw) fn refresh(&self, now: f64, unix: f64) {
        let oldest = self.oldest.look(now, unix);
        oldest.kinds.iter().for_each(|(kind, age)| self.families.inflight_oldest.with([kind.as_str()]).set(*age));
        oldest.lanes.iter().for_each(|(lane, age)| self.families.queue_lane_oldest.with_ids([*lane]).set(*age));
        oldest.forgotten.iter().for_each(|kind| self.families.forgotten.at(*kind).inc());
        let times = self.ages.lock();
        let age = |at: f64| (unix - at).max(0.0);
        if let Some(at) = times.loaded_at {
            self.families.plugin_uptime.set(age(at));
        }
        if let Some(at) = times.probed_at {
            self.families.snapshot_age.set(age(at));
        }
        for Account { channel, account, inbound_at, outbound_at } in times.accounts() {
            for (family, at) in
                [(&self.families.channel_inbound_age, inbound_at), (&self.families.channel_outbound_age, outbound_at)]
            {
                if let Some(at) = at {
                    family.with([&**account, &**channel]).set(age(*at));
                }
            }
        }
    }

    pub(in crate::openclaw) fn gateway_started(&self, _: &GatewayStarted) {
        self.families.ready.set(1.0);
    }

    pub(in crate::openclaw) fn gateway_stopping(&self, _: &GatewayStopping) {
        self.families.ready.set(0.0);
        self.oldest.all_ended();
    }

    /// Only counted as a hook: sessions that begin over HTTP do not call it.
    pub(in crate::openclaw) fn session_started(&self, _: &SessionStarted) {}

    pub(in crate::openclaw) fn session_ended(&self, report: &SessionEnded<'_>) {
        let reason = self.optional_of(&report.reason, sets::SESSION_END);
        at(&self.families.sessions_ended, [reason]).inc();
        if let Some(seconds) = self.seconds(&report.duration_ms) {
            at(&self.families.session_duration, [reason]).observe(seconds);
        }
        if let Some(messages) = self.number(&report.messages) {
            self.families.session_messages.observe(messages);
        }
    }

    pub(in crate::openclaw) fn session_reset(&self, report: &SessionReset<'_>) {
        at(&self.families.session_resets, [self.optional_of(&report.reason, sets::SESSION_RESET)]).inc();
    }

    pub(in crate::openclaw) fn compaction_started(&self, report: &CompactionStarted) {
        self.families.compactions.with(["before"]).inc();
        if let Some(tokens) = self.number(&report.tokens) {
            self.families.tokens_before_compaction.set(tokens);
        }
    }

    pub(in crate::openclaw) fn compaction_ended(&self, report: &CompactionEnded) {
        self.families.compactions.with(["after"]).inc();
        if let Some(messages) = self.number(&report.compacted) {
            self.families.messages_compacted.add(messages);
        }
        if let Some(tokens) = self.number(&report.tokens) {
            self.families.tokens_after_compaction.set(tokens);
        }
    }

    pub(in crate::openclaw) fn channel_message_received(&self, report: &ChannelMessageReceived<'_>) {
        self.channel_event(&report.channel, &report.account, &report.at_ms);
    }

    pub(in crate::openclaw) fn channel_message_sent(&self, report: &ChannelMessageSent<'_>) {
        self.channel_event(&report.channel, &report.account, &report.at_ms);
    }

    fn channel_event(&self, channel: &Field<Text<'_>>, account: &Field<Text<'_>>, at_ms: &Field<f64>) {
        if let Some(seconds) = self.seconds(at_ms) {
            let labels = [self.account(account), self.known(channel)];
            at(&self.families.channel_event_at, labels).set(seconds);
        }
    }

    /// An account of a channel; who has one has no name for it.
    fn account<'e>(&self, account: &'e Field<Text<'_>>) -> Label<'e> {
        self.label(account, self.words.default)
    }

    pub(in crate::openclaw) fn pairing_requested(&self, report: &PairingRequested<'_>) {
        at(&self.families.pairing_requests, [self.known(&report.channel)]).inc();
    }

    pub(in crate::openclaw) fn subagent_spawned(&self, report: &SubagentSpawned<'_>) {
        at(&self.families.subagents_spawned, [self.optional_of(&report.mode, sets::SUBAGENT_MODE)]).inc();
    }

    pub(in crate::openclaw) fn subagent_ended(&self, report: &SubagentEnded<'_>) {
        at(&self.families.subagents_ended, [self.optional_of(&report.outcome, sets::SUBAGENT_OUTCOME)]).inc();
    }

    pub(in crate::openclaw) fn cron_changed(&self, report: &CronChanged<'_>) {
        let action = self.one_of(&report.action, sets::CRON_ACTION);
        at(&self.families.cron_changes, [action]).inc();
        if action.text != "finished" {
            return;
        }
        if let Some(seconds) = self.seconds(&report.duration_ms) {
            let status = self.optional_of(&report.status, sets::CRON_STATUS);
            at(&self.families.cron_run_duration, [status]).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn cron_reconciled(&self, report: &CronReconciled) {
        if let Some(is_enabled) = self.required(&report.is_enabled) {
            self.families.cron_scheduler_enabled.set(f64::from(u8::from(*is_enabled)));
        }
    }

    pub(in crate::openclaw) fn agent_event(&self, report: &AgentEvent<'_>) {
        let stream = self.one_of(&report.stream, sets::AGENT_STREAM);
        at(&self.families.agent_events, [stream]).inc();
        if stream.text == "item" {
            let labels = [
                self.known(&report.kind),
                self.optional_of(&report.phase, sets::ITEM_PHASE),
                self.optional_of(&report.status, sets::ITEM_STATUS),
            ];
            at(&self.families.agent_items, labels).inc();
        }
    }

    pub(in crate::openclaw) fn transcript_updated(&self, report: &TranscriptUpdated) {
        self.families.transcript_updates.inc();
        if let Some(seconds) = self.required_seconds(&report.at_ms) {
            self.families.transcript_updated_at.set(seconds);
        }
    }

    pub(in crate::openclaw) fn channel_activity(&self, report: &ChannelActivity<'_>) {
        let (channel, account) = (self.known(&report.channel).text, self.account(&report.account).text);
        let (inbound_at, outbound_at) = (self.seconds(&report.inbound_at_ms), self.seconds(&report.outbound_at_ms));
        if inbound_at.is_none() && outbound_at.is_none() {
            return;
        }
        self.ages.lock().used(channel, account, inbound_at, outbound_at);
    }

    /// Replaces what was known of all providers. Allocates.
    pub(in crate::openclaw) fn providers_probed(&self, report: &ProvidersProbed<'_>) {
        let providers = self.required(&report.providers).map_or(&[][..], Vec::as_slice);
        let (mut infos, mut statuses) = (Vec::new(), Vec::new());
        for auth in providers.iter().filter_map(|provider| self.required(provider)) {
            let provider = self.required_label(&auth.provider).text;
            let status = self.one_of(&auth.status, sets::AUTH_STATUS).text;
            statuses.extend(sets::AUTH_STATUS.iter().map(|known| ([provider, *known], f64::from(*known == status))));
            if status == "ok" {
                let mode = self.optional_of(&auth.mode, sets::AUTH_MODE).text;
                infos.push(([mode, provider, self.optional_of(&auth.source, sets::AUTH_SOURCE).text], 1.0));
            }
            if status == "error" {
                at(&self.families.auth_probe_errors, [Label::from(provider)]).inc();
            }
        }
        self.families.auth_info.replace(infos);
        self.families.auth_status.replace(statuses);
        if let Some(seconds) = self.required_seconds(&report.at_ms) {
            self.families.snapshot_refreshed_at.set(seconds);
            self.ages.lock().probed_at = Some(seconds);
        }
    }

    pub(in crate::openclaw) fn plugin_loaded(&self, report: &PluginLoaded<'_>) {
        self.families.up.set(1.0);
        self.families.plugin_loaded.set(1.0);
        if let Some(seconds) = self.required_seconds(&report.at_ms) {
            self.ages.lock().loaded_at = Some(seconds);
        }
        if let Some(version) = self.optional(&report.version).and_then(|version| self.shown(version)) {
            at(&self.families.version, [version]).set(1.0);
        }
        if let Some(has_state_dir) = self.required(&report.has_state_dir) {
            self.families.state_dir_configured.set(f64::from(u8::from(*has_state_dir)));
        }
        let namespaces = self.required(&report.namespaces).map_or(&[][..], Vec::as_slice);
        let known = namespaces.iter().filter_map(|namespace| self.required(namespace));
        self.families.namespace_available.replace(known.map(|namespace| {
            let is_available = self.required(&namespace.is_available) == Some(&true);
            ([self.required_label(&namespace.name).text], f64::from(u8::from(is_available)))
        }));
    }

    pub(in crate::openclaw) fn callback_failed(&self, report: &CallbackFailed<'_>) {
        at(&self.families.callback_errors, [self.one_of(&report.callback, sets::CALLBACK)]).inc();
    }

    pub(in crate::openclaw) fn node_sample(&self, report: &NodeSample<'_>) {
        let families = &self.families;
        let [rss, heap_total, heap_used] = [&report.rss, &report.heap_total, &report.heap_used];
        let lag = self.optional(&report.lag);
        let delay = |pick: fn(&LoopLag) -> &Field<f64>| lag.and_then(|lag| self.number(pick(lag)));
        for (gauge, value) in [
            (&families.node_rss, self.required_number(rss)),
            (&families.node_heap_total, self.required_number(heap_total)),
            (&families.nodejs_heap_total, self.number(heap_total)),
            (&families.node_heap_used, self.required_number(heap_used)),
            (&families.nodejs_heap_used, self.number(heap_used)),
            (&families.node_external, self.required_number(&report.external)),
            (&families.nodejs_external, self.number(&report.external)),
            (&families.node_array_buffers, self.required_number(&report.array_buffers)),
            (&families.node_uptime, self.required_number(&report.uptime)),
            (&families.node_utilization, self.required_number(&report.utilization)),
            (&families.loop_lag, delay(|lag| &lag.last)),
            (&families.loop_lag_min, delay(|lag| &lag.min)),
            (&families.loop_lag_max, delay(|lag| &lag.max)),
            (&families.loop_lag_mean, delay(|lag| &lag.mean)),
            (&families.loop_lag_stddev, delay(|lag| &lag.stddev)),
            (&families.loop_lag_p50, delay(|lag| &lag.p50)),
            (&families.loop_lag_p90, delay(|lag| &lag.p90)),
            (&families.loop_lag_p99, delay(|lag| &lag.p99)),
        ] {
            if let Some(value) = value {
                gauge.set(value);
            }
        }
        let told = [self.required_number(&report.cpu_user), self.required_number(&report.cpu_system)];
        let counters = [&families.node_cpu_user, &families.node_cpu_system];
        let before = &mut self.ages.lock().cpu;
        for ((told, before), counter) in told.into_iter().zip(before).zip(counters) {
            if let Some(seconds) = told.filter(|seconds| *seconds > *before) {
                counter.add(seconds - *before);
                *before = seconds;
            }
        }
        self.heap_spaces(&report.spaces);
        let resources = self.optional(&report.resources).map_or(&[][..], Vec::as_slice);
        let known = resources.iter().filter_map(|resource| self.required(resource));
        families.node_resources.replace(known.filter_map(|resource| {
            Some(([self.required_label(&resource.kind).text], self.required_number(&resource.count)?))
        }));
    }

    fn heap_spaces(&self, spaces: &Field<Vec<Field<HeapSpace<'_>>>>) {
        let spaces = self.optional(spaces).map_or(&[][..], Vec::as_slice);
        let set = |family: &GaugeFamily<1>, space, bytes: &Field<f64>| {
            if let Some(bytes) = self.required_number(bytes) {
                at(family, [space]).set(bytes);
            }
        };
        for space in spaces.iter().filter_map(|space| self.required(space)) {
            let name = self.required_label(&space.space);
            set(&self.families.heap_space_total, name, &space.total);
            set(&self.families.heap_space_used, name, &space.used);
            set(&self.families.heap_space_available, name, &space.available);
        }
    }

    pub(in crate::openclaw) fn node_gc(&self, report: &NodeGc<'_>) {
        let kind = self.one_of(&report.kind, sets::GC_KIND);
        if let Some(seconds) = self.required_seconds(&report.duration_ms) {
            at(&self.families.node_gc, [kind]).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn node_version(&self, report: &NodeVersion<'_>) {
        let fields = [&report.major, &report.minor, &report.patch, &report.version];
        at(&self.families.node_version, fields.map(|field| self.required_label(field))).set(1.0);
    }

    /// A label with a list of values that may be left out.
    fn optional_of<'e>(&self, field: &'e Field<Text<'_>>, values: sets::Set) -> Label<'e> {
        match field {
            Field::Missing => self.words.unknown,
            field => self.listed(self.label(field, self.words.other), values),
        }
    }
}
