// Many Gateways: which one needs a look? Expressions ask for what the rules record, which stays cheap with thousands of them.
import { LIMITS } from '../limits';
import { dashboard } from './board';
import type { Panel } from './panel';

const UP = 'instance:openclaw_up:min{$S}';
const NEEDS = ' Needs the recording rules.';
const failing = (sli: string) => `instance_sli:openclaw_errors:ratio_rate5m{$S,sli="${sli}"}`;
const GATEWAY = '/d/openclaw-gateway/openclaw-gateway?${datasource:queryparam}&${__url_time_range}&var-job=${job:raw}&var-instance=${__value.raw}';

/** The ten Gateways that are worst by something. */
const worst = (title: string, about: string, expr: string, unit: string, more: Partial<Panel> = {}): Panel => ({
  kind: 'lines', title, about, unit, queries: [[`topk(10, ${expr})`, '{{instance}}']], ...more,
} as Panel);

export const FLEET = dashboard({
  uid: 'openclaw-fleet',
  title: 'OpenClaw / Fleet',
  about: 'Many OpenClaw Gateways: how many answer, which ones stand out, what all of them do together. A click on an instance opens it.',
  from: 'now-1h',
  refresh: '1m',
  first: [
    {
      title: 'How is the fleet?',
      panels: [
        { kind: 'stat', title: 'Answering?', about: `Gateways that Prometheus gets a page from. Fewer than you run: see Down?, and whether discovery finds them.${NEEDS}`, unit: 'none', w: 3, h: 4, queries: [[`count(${UP} == 1)`]], none: 'none' },
        { kind: 'stat', title: 'Down?', about: `Gateways that answered within a day and do not now. The table below names them.${NEEDS}`, unit: 'none', w: 3, h: 4, queries: [[`count(${UP} == 0)`]], limit: { critical: 1 }, none: 'none', alert: 'OpenClawDown' },
        { kind: 'stat', title: 'Critical?', about: 'Gateways for which at least one alert of these rules fires that is critical.', unit: 'none', w: 3, h: 4, queries: [['count(count by (job, instance) (ALERTS{$S,alertname=~"OpenClaw.+",alertstate="firing",severity="critical"}))']], limit: { critical: 1 }, none: 'none' },
        { kind: 'stat', trend: true, title: 'Messages?', about: `Messages a minute that all Gateways receive. A fall while all answer: a channel is down for many.${NEEDS}`, unit: 'cpm', w: 3, h: 4, queries: [['60 * sum(instance:openclaw_message_received:rate5m{$S})']] },
        { kind: 'stat', title: 'Calls fail?', about: `Share of the model calls of all Gateways that fail. All at once: a provider; one Gateway: its key.${NEEDS}`, unit: 'percentunit', decimals: 1, w: 3, h: 4, queries: [['sum(instance_sli:openclaw_errors:rate5m{$S,sli="model_call"}) / sum(instance_sli:openclaw_events:rate5m{$S,sli="model_call"})']], limit: LIMITS.providerFailing, none: 'no calls' },
        { kind: 'stat', trend: true, title: 'Cost an hour?', about: `Dollars an hour of all Gateways, over the last hour. OpenClaw / Costs tells who spends it.${NEEDS}`, unit: 'currencyUSD', decimals: 2, w: 3, h: 4, queries: [['3600 * sum(instance:openclaw_model_cost_usd:rate1h{$S})']], none: 'not told' },
        { kind: 'stat', trend: true, title: 'Tokens?', about: `Tokens a minute of all Gateways. A rise without more messages: loops or retries.${NEEDS}`, unit: 'short', w: 3, h: 4, queries: [['60 * sum(instance:openclaw_model_tokens:rate5m{$S})']] },
        { kind: 'stat', title: 'Versions?', about: 'Different versions of the Gateway that run. More than two make faults hard to compare.', unit: 'none', w: 3, h: 4, queries: [['count(count by (version) (openclaw_gateway_version_info{$S} or openclaw_rpc_gateway_info{$S}))']], limit: { warning: 3 }, none: 'not told' },
        {
          kind: 'table', title: 'Which Gateway needs a look?', about: `A row for each Gateway, the one with most alerts first. A click on its name opens it with the same time.${NEEDS}`, unit: 'none', w: 24, h: 11, sort: 'Alerts',
          columns: [
            { title: 'Gateway', label: 'instance', link: GATEWAY, width: 190 },
            { title: 'There', expr: `min by (instance) (${UP})`, words: { 0: ['no', 'red'], 1: ['yes', 'green'] }, width: 80 },
            { title: 'Alerts', expr: `count by (instance) (ALERTS{$S,alertname=~"OpenClaw.+",alertstate="firing"}) or 0 * min by (instance) (${UP})`, limit: { warning: 1 }, width: 80 },
            { title: 'Messages /min', expr: '60 * sum by (instance) (instance:openclaw_message_received:rate5m{$S})', decimals: 1 },
            { title: 'Messages fail', expr: `max by (instance) (${failing('message')})`, unit: 'percentunit', decimals: 1, limit: LIMITS.messagesFailing },
            { title: 'Calls fail', expr: `max by (instance) (${failing('model_call')})`, unit: 'percentunit', decimals: 1, limit: LIMITS.providerFailing },
            { title: 'Run, 95 of 100', expr: 'max by (instance) (instance:openclaw_run_duration_seconds:p95_5m{$S})', unit: 's' },
            { title: 'First byte', expr: 'max by (instance) (instance:openclaw_first_byte_seconds:p95_5m{$S})', unit: 's', limit: LIMITS.firstByte },
            { title: 'Oldest wait', expr: 'max by (instance) (instance:openclaw_queue_lane_oldest_wait_seconds:max{$S})', unit: 's', decimals: 0, limit: LIMITS.laneWait },
            { title: '$ /hour', expr: '3600 * sum by (instance) (instance:openclaw_model_cost_usd:rate1h{$S})', unit: 'currencyUSD', decimals: 2 },
            { title: 'Memory', expr: 'max by (instance) (openclaw_memory_bytes{$S,kind="rss"})', unit: 'bytes' },
            { title: 'Up for', expr: 'max by (instance) (openclaw_gateway_uptime_seconds{$S})', unit: 's', decimals: 0 },
          ],
        },
      ],
    },
    {
      title: 'Which ones stand out?',
      panels: [
        worst('Where do model calls fail?', `Share of model calls that fail, the ten Gateways with the most.${NEEDS}`, failing('model_call'), 'percentunit', { limit: LIMITS.providerFailing, min: 0, alert: 'OpenClawProviderFails' }),
        worst('Where do messages fail?', `Share of messages that fail, the ten Gateways with the most. Open the one on top.${NEEDS}`, failing('message'), 'percentunit', { limit: LIMITS.messagesFailing, min: 0, alert: 'OpenClawMessagesFail' }),
        worst('Where does something wait?', `The longest wait in a lane, the ten Gateways with the longest.${NEEDS}`, 'instance:openclaw_queue_lane_oldest_wait_seconds:max{$S}', 's', { limit: LIMITS.laneWait, alert: 'OpenClawLaneWaits' }),
        worst('Where are runs slow?', `The 95th percentile of runs, the ten slowest Gateways. All at once: a provider; one: that Gateway.${NEEDS}`, 'instance:openclaw_run_duration_seconds:p95_5m{$S}', 's'),
        worst('Where does it cost most?', `Dollars an hour, the ten dearest Gateways. Open the one on top in OpenClaw / Costs.${NEEDS}`, '3600 * instance:openclaw_model_cost_usd:rate1h{$S}', 'currencyUSD', { alert: 'OpenClawCostJumps' }),
        worst('Where is most memory used?', 'Resident memory, the ten Gateways with the most. One that only rises leaks.', 'openclaw_memory_bytes{$S,kind="rss"}', 'bytes', { alert: 'OpenClawMemoryGrows' }),
      ],
    },
  ],
  below: [
    {
      title: 'What do all do together?',
      panels: [
        { kind: 'lines', title: 'How many messages do all receive?', about: `Messages a minute over all Gateways. A fall at once: a channel is down for many.${NEEDS}`, unit: 'cpm', queries: [['60 * sum by (job) (instance:openclaw_message_received:rate5m{$S})', '{{job}}']], stack: true },
        { kind: 'lines', title: 'How many model calls do all make?', about: `Model calls a minute over all Gateways. More calls by message than before: retries or loops.${NEEDS}`, unit: 'cpm', queries: [['60 * sum by (job) (instance:openclaw_model_call:rate5m{$S})', '{{job}}']], stack: true },
        { kind: 'lines', title: 'Which provider is paid?', about: `Dollars an hour over all Gateways, by provider. Compare it with the contract and its quota.${NEEDS}`, unit: 'currencyUSD', queries: [['3600 * sum by (provider) (instance_provider:openclaw_model_cost_usd:rate1h{$S})', '{{provider}}']], stack: true },
        { kind: 'heat', title: 'How long do all runs take?', about: `Runs of all Gateways a second, by duration. All slower at once: a provider.${NEEDS}`, unit: 's', queries: [['sum by (le) (instance_le:openclaw_run_duration_seconds_bucket:rate5m{$S})', '{{le}}']] },
        { kind: 'lines', title: 'How fast do error budgets burn?', about: `The fastest of each service level: 1 uses the budget of a month up in a month.${NEEDS}`, unit: 'none', limit: { warning: 1, critical: 14.4 }, queries: [['max by (sli) (instance_sli:openclaw_error_budget_burn:ratio_rate1h{$S})', '{{sli}}']], alert: 'OpenClawErrorBudgetLastsTwoDays' },
        { kind: 'lines', title: 'Which alerts fire, over time?', about: 'Gateways by alert that fires. One alert on many Gateways at once has one cause.', unit: 'none', queries: [['count by (alertname) (ALERTS{$S,alertname=~"OpenClaw.+",alertstate="firing"})', '{{alertname}}']], stack: true, none: 'none' },
      ],
    },
    {
      title: 'Versions, restarts and scraping',
      panels: [
        { kind: 'bars', title: 'Which versions of the Gateway run?', about: 'Gateways by version. Update those that lag behind: faults differ by version.', unit: 'none', queries: [['count by (version) (openclaw_gateway_version_info{$S} or openclaw_rpc_gateway_info{$S})', '{{version}}']] },
        { kind: 'bars', title: 'Which versions of the exporter run?', about: 'Targets by version of the exporter. Restart Gateways that run an older one after an update.', unit: 'none', queries: [['count by (version) (openclaw_exporter_build_info{$S})', '{{version}}']] },
        worst('Which Gateways restart?', 'Restarts within an hour, the ten Gateways with the most. Open it: memory or an exception.', '(resets(openclaw_gateway_uptime_seconds{$S}[1h]) > 0)', 'none', { limit: LIMITS.restarts, none: 'none', alert: 'OpenClawRestartsOften' }),
        worst('Which scrapes are slow?', 'Time of a scrape as Prometheus sees it, the ten longest. It must stay far under the interval.', '(scrape_duration_seconds{$S} and on (job, instance) openclaw_exporter_build_info{$S})', 's'),
        worst('Which Gateways have most series?', 'Samples of a scrape, the ten largest pages: what a Gateway costs Prometheus.', '(scrape_samples_scraped{$S} and on (job, instance) openclaw_exporter_build_info{$S})', 'short', { alert: 'OpenClawSeriesNearlyFull' }),
        worst('Which event loops stand still?', 'The longest delay of the event loop since the sample before, the ten longest.', 'nodejs_eventloop_lag_max_seconds{$S}', 's', { limit: LIMITS.loopDelay, alert: 'OpenClawLoopStalls' }),
      ],
    },
  ],
});
