// How messages, sessions, channels and scheduled jobs go.
import { LIMITS } from '../../limits';
import { buckets, each, max, percentiles, perMinute, quantile, sum, told } from '../expr';
import type { Row } from '../board';
import type { Words } from '../panel';

const YES: Words = { 0: ['no', 'red'], 1: ['yes', 'green'] };
const ON: Words = { 0: ['off', 'orange'], 1: ['on', 'green'] };
/** The age of a time, where there is one. */
const since = (metric: string, match = '') => `time() - ${metric}{$S${match === '' ? '' : `,${match}`}}`;

export const MESSAGES: Row = {
  title: 'Messages and delivery',
  panels: [
    { kind: 'lines', title: 'From which channel do messages come?', about: 'Messages received a minute, by channel. A channel that falls to nothing may have lost its link.', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_message_received_total', 'channel'), 'channel') },
    { kind: 'heat', title: 'How long are messages processed?', about: 'Messages by time from their arrival to the end. A band that climbs is a model or lane that gets slow.', unit: 's', queries: buckets('openclaw_message_processed_duration_seconds') },
    { kind: 'lines', title: 'Which channel is slow?', about: 'Within which time 95 of 100 messages are processed, by channel.', unit: 's', queries: each(quantile(0.95, 'openclaw_message_processed_duration_seconds', 'channel'), 'channel') },
    { kind: 'lines', title: 'Do messages get to an agent?', about: 'Messages a minute: queued, dispatch begun and ended. A gap tells where they are lost.', unit: 'cpm', queries: [[perMinute('openclaw_message_queued_total'), 'queued'], [perMinute('openclaw_message_dispatch_started_total'), 'dispatch begun'], [perMinute('openclaw_message_dispatch_completed_total', 'outcome'), 'dispatch {{outcome}}']] },
    { kind: 'lines', title: 'How long does dispatch take?', about: 'Time that handing a message to an agent takes. Long: the lane is full, or the event loop late.', unit: 's', queries: percentiles('openclaw_message_dispatch_duration_seconds') },
    { kind: 'lines', title: 'How long are the queues of messages?', about: 'Length of the queue that the last message of a channel was put into. It grows where one session gets more than it can do.', unit: 'none', queries: each(max('openclaw_message_queue_depth', 'channel'), 'channel') },
    { kind: 'lines', title: 'How long does delivery take?', about: 'Within which time 95 of 100 deliveries end, by channel. Long: the channel\'s service is slow, or limits the rate.', unit: 's', queries: each(quantile(0.95, 'openclaw_message_delivery_duration_seconds', 'channel'), 'channel') },
    { kind: 'lines', title: 'What is delivered?', about: 'Deliveries begun a minute, by kind. Reactions and edits without text: an answer was lost on its way.', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_message_delivery_started_total', 'delivery_kind'), 'delivery_kind') },
    { kind: 'lines', title: 'How long do webhooks take?', about: 'Within which time 95 of 100 webhook requests are processed, by channel. Services give up after some seconds.', unit: 's', queries: each(quantile(0.95, 'openclaw_webhook_duration_seconds', 'channel'), 'channel') },
    { kind: 'bars', title: 'What was given up or is stuck?', about: 'Messages that the Gateway has given up, outbound by queue and inbound by channel, and inbound ones that do not get on. Any is too many.', unit: 'none', none: 'nothing',
      queries: [[sum('openclaw_delivery_queue_failed_messages', 'queue'), 'out, given up: {{queue}}'], [sum('openclaw_channel_ingress_failed_messages', 'channel'), 'in, given up: {{channel}}'], [sum('openclaw_channel_ingress_stuck_messages', 'channel, state'), 'in, {{state}}: {{channel}}']], limit: { warning: 1 }, alert: 'OpenClawIngressStuck' },
    { kind: 'bars', title: 'Since when?', about: 'Age of the oldest message that was given up or does not get on.', unit: 's', none: 'nothing',
      queries: [[`max by (queue) (${since('openclaw_delivery_queue_oldest_failed_timestamp_seconds')})`, 'out: {{queue}}'], [`max by (channel) (${since('openclaw_channel_ingress_oldest_timestamp_seconds')})`, 'in: {{channel}}']], alert: 'OpenClawDeliveriesGivenUp' },
  ],
};

export const SESSIONS: Row = {
  title: 'Sessions, lanes and ages',
  panels: [
    { kind: 'lines', title: 'What is stuck?', about: 'Sessions found stuck, stalled or working for long, each time they are found, in the interval shown. Stuck ones need a reset.', unit: 'none',
      queries: [['sum by (state, reason) (increase(openclaw_session_stuck_total{$S}[$R]))', 'stuck {{state}} {{reason}}'], ['sum by (classification) (increase(openclaw_session_stalled_total{$S}[$R]))', '{{classification}}'], ['sum by (active_work_kind) (increase(openclaw_session_long_running_total{$S}[$R])) > 0', 'long {{active_work_kind}}']], alert: 'OpenClawSessionStuck' },
    { kind: 'lines', title: 'How old is what is stuck?', about: 'Age of sessions when they were found, 95th percentile. Older than minutes: reset the session.', unit: 's',
      queries: [[told(quantile(0.95, 'openclaw_session_stuck_age_seconds', 'state')), 'stuck {{state}}'], [told(quantile(0.95, 'openclaw_session_stalled_age_seconds', 'classification')), '{{classification}}'], [told(quantile(0.95, 'openclaw_session_long_running_age_seconds')), 'long running']], none: 'nothing is stuck' },
    { kind: 'lines', title: 'Does the Gateway recover them?', about: 'Recoveries of sessions a minute by action and status; noop and skipped mean that somebody has to look.', unit: 'cpm', queries: each(perMinute('openclaw_session_recovery_total', 'action, status'), 'action, status'), none: 'no recovery' },
    { kind: 'lines', title: 'How old is the oldest work?', about: 'Age of the oldest run, model call and tool in flight. Over the line stop it, or give it a timeout.', unit: 's', queries: each(max('openclaw_inflight_oldest_age_seconds', 'kind'), 'kind'), limit: LIMITS.modelCallAge, alert: 'OpenClawWorkHangs' },
    { kind: 'lines', title: 'Can these ages be believed?', about: 'What began unseen as too much was in flight, and ends that never came and are given up after 48 hours, in the interval shown.', unit: 'none', none: 'yes', queries: [['sum by (kind) (increase(openclaw_inflight_untracked_total{$S}[$R])) > 0', '{{kind}} unseen'], ['sum by (kind) (increase(openclaw_inflight_forgotten_total{$S}[$R])) > 0', '{{kind}} without end']] },
    { kind: 'lines', title: 'Which lane waits?', about: 'Time that the oldest entry of each lane has waited. Over the line stop the run that holds the lane.', unit: 's', queries: each(max('openclaw_queue_lane_oldest_wait_seconds', 'lane'), 'lane'), limit: LIMITS.laneWait, alert: 'OpenClawLaneWaits' },
    { kind: 'lines', title: 'How long are the lanes?', about: 'Entries in each lane as events tell, and commands that wait as the Gateway answers. What grows is not worked off.', unit: 'none', queries: [[sum('openclaw_queue_lane_size', 'lane'), '{{lane}}'], [sum('openclaw_command_lane_queued', 'lane'), '{{lane}}, asked']] },
    { kind: 'lines', title: 'How full are the lanes?', about: 'Share of what a lane may carry out at the same time that is being carried out. A lane that stays at 1 is too narrow.', unit: 'percentunit', min: 0, max: 1, queries: each('sum by (lane) (openclaw_command_lane_active{$S}) / sum by (lane) (openclaw_command_lane_limit{$S})', 'lane') },
    { kind: 'heat', title: 'How long do entries wait?', about: 'Entries of all lanes by the time they waited. A band above a second: the lane is too narrow for its work.', unit: 's', queries: buckets('openclaw_queue_lane_wait_seconds') },
    { kind: 'lines', title: 'What do sessions do?', about: 'Sessions at the Gateway\'s last look, by what they were doing. Many that wait: see Which lane waits?', unit: 'none', stack: true, queries: each(sum('openclaw_sessions', 'state'), 'state') },
    { kind: 'lines', title: 'How often do sessions change?', about: 'Changes of state a minute, by the new state and why. A state that is entered and not left: see What is stuck?', unit: 'cpm', queries: each(perMinute('openclaw_session_state_total', 'state, reason'), 'state, reason') },
    { kind: 'lines', title: 'How deep is a session\'s queue?', about: 'Queue depth that the last session to enter a state reported. It grows where one person writes faster than is answered.', unit: 'none', queries: each(max('openclaw_session_queue_depth', 'state'), 'state') },
    { kind: 'lines', title: 'How many sessions begin and end?', about: 'Sessions a minute that began, and that ended by reason. Many resets: people lose their context, see why.', unit: 'cpm', queries: [[perMinute('openclaw_sessions_started_total'), 'begun'], [`${perMinute('openclaw_sessions_ended_total', 'reason')} > 0`, 'ended: {{reason}}'], [`${perMinute('openclaw_session_reset_requests_total', 'reason')} > 0`, 'asked for: {{reason}}']] },
    { kind: 'lines', title: 'How long do sessions live?', about: 'Time from beginning to end of sessions. Much shorter than before: see how they end.', unit: 's', queries: percentiles('openclaw_session_duration_seconds') },
    { kind: 'lines', title: 'How many messages has a session?', about: 'Messages in sessions that ended. More make contexts long and dear.', unit: 'none', queries: percentiles('openclaw_session_messages') },
    { kind: 'lines', title: 'How often are sessions compacted?', about: 'Compactions a minute, and messages that they took away. Often: contexts are filled by tools, or too small.', unit: 'cpm', queries: [[perMinute('openclaw_session_compaction_events_total', 'phase'), '{{phase}}'], [perMinute('openclaw_session_compaction_messages_compacted_total'), 'messages taken away']] },
    { kind: 'lines', title: 'What did the last compaction bring?', about: 'Tokens of the last session that was compacted, before and after.', unit: 'short', queries: [[max('openclaw_session_compaction_last_tokens_before'), 'before'], [max('openclaw_session_compaction_last_tokens_after'), 'after']] },
    { kind: 'lines', title: 'How large are contexts of sessions?', about: 'Tokens in the context of the 200 sessions that changed last: largest and mean.', unit: 'short', queries: [[max('openclaw_session_context_tokens', 'stat', 'stat!="sum"'), '{{stat}}']] },
    { kind: 'stat', title: 'How many sessions are stored?', about: 'Sessions in the store, and those that changed within the last hour.', unit: 'none', queries: [[sum('openclaw_sessions_stored'), 'stored'], [sum('openclaw_session_active_recent'), 'last hour']] },
    { kind: 'bars', title: 'Which sessions are there?', about: 'Sessions among the 200 that changed last, by kind, state and channel.', unit: 'none', queries: each(sum('openclaw_sessions_listed', 'kind, state, channel'), 'kind, state, channel') },
  ],
};

export const CHANNELS: Row = {
  title: 'Channels, clients and nodes',
  panels: [
    {
      kind: 'table', title: 'How are the channels?', about: 'Each account of a channel. One that is not connected or silent for hours needs openclaw channels status.', unit: 'none', w: 24, h: 8, alert: 'OpenClawChannelDown', columns: [
        { title: 'Instance', label: 'instance' }, { title: 'Channel', label: 'channel' }, { title: 'Account', label: 'account' },
        { title: 'State', label: 'state', words: { healthy: ['healthy', 'green'], busy: ['busy', 'green'], disconnected: ['disconnected', 'red'], stuck: ['stuck', 'red'], blocked: ['blocked', 'red'], 'not-running': ['not running', 'red'] } },
        { title: 'Healthy', expr: 'max by (instance, channel, account, state) (openclaw_channel_health{$S})', isHidden: true },
        { title: 'Switched on', expr: max('openclaw_channel_enabled', 'instance, channel, account'), words: ON },
        { title: 'Runs', expr: max('openclaw_channel_running', 'instance, channel, account'), words: YES },
        { title: 'Connected', expr: max('openclaw_channel_connected', 'instance, channel, account'), words: YES },
        { title: 'Tries to connect', expr: max('openclaw_channel_reconnect_attempts', 'instance, channel, account'), limit: { warning: 1 } },
        { title: 'Last message in', expr: `min by (instance, channel, account) (${since('openclaw_channel_last_inbound_timestamp_seconds')})`, unit: 's', limit: LIMITS.channelSilence, decimals: 0 },
        { title: 'Last message out', expr: `min by (instance, channel, account) (${since('openclaw_channel_last_outbound_timestamp_seconds')})`, unit: 's', decimals: 0 },
        { title: 'Started', expr: `min by (instance, channel, account) (${since('openclaw_channel_last_start_timestamp_seconds')})`, unit: 's', decimals: 0 },
      ],
    },
    { kind: 'lines', title: 'How long is a channel silent?', about: 'Time since something last came in, by channel. The alert compares it with the same hours of yesterday.', unit: 's', queries: each(max('openclaw_channel_last_inbound_age_seconds', 'channel, account'), 'channel, account'), limit: LIMITS.channelSilence, log: true, alert: 'OpenClawChannelSilent' },
    { kind: 'lines', title: 'When did we last say something?', about: 'Time since something last went out, by channel. Long, while messages come in: see Do answers arrive?', unit: 's', log: true, queries: each(max('openclaw_channel_last_outbound_age_seconds', 'channel, account'), 'channel, account') },
    { kind: 'bars', title: 'Are channels linked?', about: 'Channels by whether they are linked; unknown where there is nothing to link.', unit: 'none', queries: [[sum('openclaw_channels', 'linked'), 'linked: {{linked}}']], alert: 'OpenClawChannelUnlinked' },
    { kind: 'bars', title: 'What is wrong with channels?', about: 'Issues that the Gateway finds with channels, and the class of the last error of an account.', unit: 'none', none: 'nothing', limit: { warning: 1 }, queries: [[sum('openclaw_channel_issues', 'channel, kind'), '{{channel}}: {{kind}}'], [sum('openclaw_channel_last_error', 'channel, class'), '{{channel}} last: {{class}}']] },
    { kind: 'bars', title: 'Who is there?', about: 'Clients and nodes that the Gateway knows to be there. A client that you do not know: see openclaw devices.', unit: 'none', queries: each(sum('openclaw_presence', 'mode, platform', 'state="present"'), 'mode, platform') },
    { kind: 'bars', title: 'Are nodes connected?', about: 'Nodes by whether they are connected, and by approval. An unapproved one waits for openclaw nodes.', unit: 'none', queries: [[sum('openclaw_nodes', 'connected'), 'connected: {{connected}}'], [sum('openclaw_node_approvals', 'state'), '{{state}}'], [sum('openclaw_node_connected', 'platform'), 'on {{platform}}']] },
    { kind: 'lines', title: 'Who asks to be paired?', about: 'Requests to be paired with a channel, a minute. Many from strangers: see who may write.', unit: 'cpm', queries: each(perMinute('openclaw_channel_pairing_requests_total', 'channel'), 'channel') },
  ],
};

const JOB = 'instance, cron_job';
export const CRON: Row = {
  title: 'Scheduled jobs',
  panels: [
    {
      kind: 'table', title: 'How are the jobs?', about: 'Each scheduled job. Failures in a row and lateness wake somebody; openclaw cron runs tells why.', unit: 'none', w: 24, h: 8, alert: 'OpenClawCronFails', columns: [
        { title: 'Instance', label: 'instance' }, { title: 'Job', label: 'cron_job' },
        { title: 'On', expr: max('openclaw_cron_job_enabled', JOB), words: ON },
        { title: 'Running', expr: max('openclaw_cron_job_running', JOB), words: { 0: ['no', 'text'], 1: ['yes', 'blue'] } },
        { title: 'Last went well', expr: max('openclaw_cron_last_result', JOB), words: YES },
        { title: 'Failures in a row', expr: max('openclaw_cron_consecutive_failures', JOB), limit: LIMITS.cronFailures },
        { title: 'Skips in a row', expr: max('openclaw_cron_consecutive_skips', JOB), limit: { warning: 1 } },
        { title: 'Took', expr: max('openclaw_cron_last_duration_seconds', JOB), unit: 's' },
        { title: 'Ended ago', expr: `min by (${JOB}) (${since('openclaw_cron_last_end_timestamp_seconds')})`, unit: 's', decimals: 0 },
        { title: 'Next in', expr: `min by (${JOB}) (openclaw_cron_next_run_timestamp_seconds{$S} - time())`, unit: 's', decimals: 0 },
        { title: 'Late by', expr: max('openclaw_cron_overdue_seconds', JOB), unit: 's', limit: LIMITS.cronLate },
      ],
    },
    { kind: 'lines', title: 'How do runs of jobs end?', about: 'Runs of jobs a minute by how they ended. For errors see openclaw cron runs.', unit: 'cpm', queries: each(perMinute('openclaw_cron_run_duration_seconds_count', 'status'), 'status') },
    { kind: 'lines', title: 'How long do jobs take?', about: 'Within which time 95 of 100 runs of jobs end, by how they ended.', unit: 's', queries: each(quantile(0.95, 'openclaw_cron_run_duration_seconds', 'status'), 'status') },
    { kind: 'lines', title: 'Is a job late?', about: 'Time since a job should have begun. Over the line the lane is full, or the timer dead.', unit: 's', queries: each(max('openclaw_cron_overdue_seconds', 'cron_job'), 'cron_job'), limit: LIMITS.cronLate, alert: 'OpenClawCronLate' },
    { kind: 'bars', title: 'Why did jobs fail, or were switched off?', about: 'The last error of each job, and why the Gateway switched one off.', unit: 'none', none: 'no job fails', limit: { warning: 1 }, queries: [[sum('openclaw_cron_last_error', 'cron_job, reason'), '{{cron_job}}: {{reason}}'], [sum('openclaw_cron_auto_disabled', 'cron_job, reason'), '{{cron_job}} off: {{reason}}']], alert: 'OpenClawCronSwitchedOff' },
    { kind: 'bars', title: 'What became of the jobs\' messages?', about: 'Jobs by what became of the message of their last run. Not delivered: see the channel that they are for.', unit: 'none', queries: [['count by (status) (openclaw_cron_last_delivery{$S})', '{{status}}']] },
    { kind: 'stat', title: 'Does the scheduler run?', about: 'Whether scheduled jobs are run at all, how many are on, and how many run now.', unit: 'none', queries: [['min(openclaw_cron_enabled{$S})', 'runs'], [sum('openclaw_cron_jobs', '', 'enabled="true"'), 'on'], [sum('openclaw_cron_running'), 'now']], alert: 'OpenClawCronStopped' },
    { kind: 'lines', title: 'What changes in the schedule?', about: 'Jobs added, updated, removed, started and finished, a minute. Started without finished: a job hangs.', unit: 'cpm', queries: [[`${perMinute('openclaw_cron_changes_total', 'action')} > 0`, '{{action}}']] },
    { kind: 'stat', title: 'When does it wake next?', about: 'Time until the scheduler next has something to do. Less than nothing for long: the timer is dead, restart the Gateway.', unit: 's', decimals: 0, queries: [['min(openclaw_cron_next_wake_timestamp_seconds{$S} - time())']] },
  ],
};

export const QUOTA: Row = {
  title: 'Quotas and credentials',
  panels: [
    { kind: 'bars', title: 'What is left of quotas?', about: 'Share of each provider\'s quota that is left, by window. Under a tenth move work elsewhere.', unit: 'percentunit', max: 1, queries: [['min by (provider, window) (openclaw_model_quota_remaining_ratio{$S})', '{{provider}} {{window}}']], limit: LIMITS.quotaLeft, isBadBelow: true, none: 'no provider tells', alert: 'OpenClawQuotaLow' },
    { kind: 'lines', title: 'How fast is a quota used?', about: 'Used share over time: a line that meets 1 before the quota begins anew is too steep.', unit: 'percentunit', min: 0, max: 1, queries: each(max('openclaw_model_quota_used_ratio', 'provider, window'), 'provider, window') },
    { kind: 'bars', title: 'When does a quota begin anew?', about: 'Time until each quota begins anew. Until then move work to another provider if little is left.', unit: 's', decimals: 0, queries: [['min by (provider, window) (openclaw_model_quota_reset_seconds{$S})', '{{provider}} {{window}}']] },
    { kind: 'bars', title: 'When do credentials expire?', about: 'Time until credentials expire, by provider and profile. Within a day log in again.', unit: 's', decimals: 0, queries: [['min by (provider, profile) (openclaw_model_auth_profile_remaining_seconds{$S})', '{{provider}} {{profile}}'], ['min by (provider) (openclaw_model_auth_provider_remaining_seconds{$S})', '{{provider}}']], limit: LIMITS.keyLeft, isBadBelow: true, none: 'none expires', alert: 'OpenClawKeyExpires' },
    {
      kind: 'table', title: 'Can every provider be used?', about: 'The state of each provider\'s credentials, how many profiles it has, and how it is authenticated.', unit: 'none', alert: 'OpenClawKeyUnusable', columns: [
        { title: 'Instance', label: 'instance' }, { title: 'Provider', label: 'provider' },
        { title: 'State', label: 'status', words: { ok: ['ok', 'green'], static: ['static', 'green'], expiring: ['expiring', 'orange'], expired: ['expired', 'red'], missing: ['missing', 'red'] } },
        { title: 'Known', expr: max('openclaw_model_auth_state', 'instance, provider, status'), isHidden: true },
        { title: 'Profiles', expr: max('openclaw_model_auth_provider_profiles', 'instance, provider') },
      ],
    },
    { kind: 'bars', title: 'In which state are credentials?', about: 'Model providers by the state of their credentials; expiring means within a day.', unit: 'none', queries: each(sum('openclaw_model_auth_providers', 'status'), 'status') },
    { kind: 'bars', title: 'What do providers say of money?', about: 'Balance, spending and budgets as providers tell them, in their units.', unit: 'none', decimals: 2, queries: each(max('openclaw_model_billing', 'provider, item, unit'), 'provider, item, unit'), none: 'no provider tells' },
    { kind: 'bars', title: 'How many models can be used?', about: 'Models that can be chosen, by whether they can be used as things stand, and by provider.', unit: 'none', queries: [[sum('openclaw_models', 'available'), 'available: {{available}}'], [sum('openclaw_model_by_provider', 'provider'), '{{provider}}']] },
    { kind: 'stat', title: 'How old is what we know?', about: 'Time since the Gateway last asked providers for quotas, and since it watched credentials.', unit: 's', decimals: 0, queries: [[`max(${since('openclaw_model_quota_updated_timestamp_seconds')})`, 'quotas'], [max('openclaw_runtime_snapshot_age_seconds'), 'credentials']] },
    { kind: 'lines', title: 'Does asking for credentials fail?', about: 'Questions for a watched provider\'s credentials that failed in the interval shown, and providers whose quota could not be learnt.', unit: 'none', none: 'no', queries: [['sum by (provider) (increase(openclaw_model_auth_provider_probe_errors_total{$S}[$R]))', '{{provider}} credentials'], [`${max('openclaw_model_quota_failed', 'provider')} == 1`, '{{provider}} quota unknown']] },
  ],
};
