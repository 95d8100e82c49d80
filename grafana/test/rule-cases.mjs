// When each alert fires and when it does not: for a target of job "openclaw" and instance "a", minute by minute.
//
// `series` are what is scraped besides what every target has (see `rules.test.mjs`), values in promtool's notation. `firing` says at each
// time the whole set of alerts that fire, each as its name, its severity and its other labels: what is not listed is silent.

const NEVER = '_x400';
/** Nothing, then from a minute on a value that stays: the first event of a series that was not there before. */
const first = (minute, value = 1) => `_x${minute} ${value}x400`;

export const CASES = [
  {
    name: 'a target without fault raises nothing, from its first minute on',
    series: {
      openclaw_ready: '1x400', openclaw_health_ok: '1x400', 'openclaw_rpc_up{way="in_process"}': '1x400', openclaw_metrics_listener_up: '1x400',
      openclaw_metrics_page_read_timestamp_seconds: '0+60x400', 'openclaw_exporter_events_total{event="x"}': '5+30x400', openclaw_gateway_uptime_seconds: '0+60x400',
      'openclaw_message_received_total{channel="telegram",source="x"}': '1+4x400', 'openclaw_message_processed_total{channel="telegram",outcome="completed",reason="none"}': '1+4x400',
      'openclaw_model_call_total{provider="anthropic",outcome="completed"}': '1+9x400', 'openclaw_model_cost_usd_total{model="m"}': '1+0.5x400',
      'openclaw_sli_events_total{sli="model_call"}': '1+9x400', 'openclaw_sli_good_events_total{sli="model_call"}': '1+9x400',
      'openclaw_queue_lane_oldest_wait_seconds{lane="main"}': '0 10 3 0 59x400', 'openclaw_memory_pressure_total{level="critical",reason="rss_threshold"}': '0x400',
      openclaw_gateway_event_loop_observed_seconds_total: '0+60x400',
    },
    firing: { '1m': [], '16m': [], '3h': [], '6h': [] },
  },

  // --- is it there?
  { name: 'a Gateway goes away', series: { up: '1x20 0x40', openclaw_exporter_build_info: '1x20 stale' }, firing: { '22m': [], '24m': ['OpenClawDown critical'] } },
  {
    name: 'nothing is scraped at all', series: { up: NEVER, openclaw_exporter_build_info: NEVER, process_start_time_seconds: NEVER },
    firing: { '4m': [], '6m': ['OpenClawAbsent critical -job -instance'] },
  },
  { name: 'something else answers on the port', series: { openclaw_exporter_build_info: '1x20 stale' }, firing: { '21m': [], '24m': ['OpenClawPortLost critical'], '28m': ['OpenClawAbsent critical -job -instance', 'OpenClawPortLost critical'] } },
  { name: 'the plugin waits for its port', series: { openclaw_metrics_listener_up: '1x10 0x60' }, firing: { '12m': [], '14m': ['OpenClawPortLost critical'] } },
  {
    name: 'the Gateway answers no question, on no way',
    series: { 'openclaw_rpc_up{way="in_process"}': '1x10 0x60', 'openclaw_rpc_up{way="websocket"}': '0x60' },
    firing: { '10m': [], '14m': ['OpenClawNotReachable critical'] },
  },
  { name: 'the Gateway does not get ready', series: { openclaw_ready: '0x60' }, firing: { '4m': [], '6m': ['OpenClawNotReady critical'] } },
  { name: 'the Gateway calls itself unhealthy', series: { openclaw_health_ok: '1x10 0x60' }, firing: { '14m': [], '17m': ['OpenClawUnhealthy warning'] } },
  { name: 'the Gateway tells nothing any more', series: { 'openclaw_exporter_events_total{event="x"}': '0+10x20 200x40' }, firing: { '23m': [], '28m': ['OpenClawSilent critical'] } },
  { name: 'a Gateway that is only asked tells nothing, which is no fault', series: { 'openclaw_exporter_events_total{event="x"}': '0x60' }, firing: { '20m': [] } },
  { name: 'the Gateway restarts three times', series: { openclaw_gateway_uptime_seconds: '0+60x20 0+60x5 0+60x5 0+60x60' }, firing: { '28m': [], '34m': ['OpenClawRestartsOften warning'], '2h': [] } },
  { name: 'a Gateway that is asked restarts three times', series: { openclaw_gateway_process_uptime_seconds: '0+60x20 0+60x5 0+60x5 0+60x60' }, firing: { '34m': ['OpenClawRestartsOften warning'] } },
  { name: 'the page is old', series: { openclaw_metrics_page_read_timestamp_seconds: '0+60x10 600x20' }, firing: { '12m': [], '15m': ['OpenClawPageStale warning'] } },
  { name: 'a plugin failed', series: { 'openclaw_gateway_plugin_problem{plugin="voice",state="error"}': '1x60' }, firing: { '9m': [], '11m': ['OpenClawPluginFailed warning plugin=voice state=error'] } },
  { name: 'models are not ready', series: { openclaw_model_runtime_degraded: '1x60' }, firing: { '9m': [], '11m': ['OpenClawModelsDegraded warning'] } },

  // --- messages
  {
    name: 'messages come in and none is answered any more',
    series: { 'openclaw_message_received_total{channel="telegram",source="x"}': '0+1x80', 'openclaw_message_processed_total{channel="telegram",outcome="completed",reason="none"}': '0+1x20 20x60' },
    firing: { '30m': [], '42m': ['OpenClawNotAnswering critical'] },
  },
  {
    name: 'messages come in and never was one answered',
    series: { 'openclaw_message_received_total{channel="telegram",source="x"}': '_x20 1+1x60' },
    firing: { '21m': [], '30m': ['OpenClawNotAnswering critical'] },
  },
  {
    name: 'messages that are all skipped need no answer',
    series: { 'openclaw_message_received_total{channel="discord",source="x"}': '0+1x80', 'openclaw_message_processed_total{channel="discord",outcome="skipped",reason="no_mention"}': '0+1x80' },
    firing: { '1h': [] },
  },
  {
    name: 'one message of three fails',
    series: {
      'openclaw_message_processed_total{channel="telegram",outcome="completed",reason="none"}': '0+2x60',
      'openclaw_message_processed_total{channel="telegram",outcome="error",reason="x"}': `_x20 1+1x40`,
    },
    firing: { '21m': [], '26m': ['OpenClawMessagesFail critical channel=telegram'] },
  },
  {
    name: 'two failed messages are chance',
    series: { 'openclaw_message_processed_total{channel="telegram",outcome="completed",reason="none"}': '0+0.1x60', 'openclaw_message_processed_total{channel="telegram",outcome="error",reason="x"}': first(20, 2) },
    firing: { '30m': [] },
  },
  {
    name: 'three answers at once do not arrive, and none before',
    series: { 'openclaw_message_delivery_total{channel="slack",outcome="completed"}': '0+0.5x60', 'openclaw_message_delivery_total{channel="slack",outcome="error"}': first(20, 3) },
    firing: { '21m': [], '24m': ['OpenClawDeliveriesFail critical channel=slack'], '50m': [] },
  },
  { name: 'messages are given up', series: { 'openclaw_delivery_queue_failed_messages{queue="outbound"}': '2x60' }, firing: { '4m': [], '6m': ['OpenClawDeliveriesGivenUp warning queue=outbound'] } },
  {
    name: 'messages that came in are stuck', series: { 'openclaw_channel_ingress_stuck_messages{channel="telegram",state="pending"}': '2x60' },
    firing: { '4m': [], '6m': ['OpenClawIngressStuck critical channel=telegram'] },
  },

  // --- models
  {
    name: 'a provider fails a little',
    series: { 'openclaw_model_call_total{provider="anthropic",outcome="completed"}': '0+9x60', 'openclaw_model_call_total{provider="anthropic",outcome="error"}': '0x20 0+1x40' },
    firing: { '20m': [], '40m': ['OpenClawProviderFails warning provider=anthropic'] },
  },
  {
    name: 'a provider fails from its first call on, the other does not',
    series: { 'openclaw_model_call_total{provider="openai",outcome="error",error_category="auth"}': first(20, 3), 'openclaw_model_call_total{provider="anthropic",outcome="completed"}': '0+9x60' },
    firing: { '21m': [], '24m': ['OpenClawProviderFails critical provider=openai', 'OpenClawProviderFails warning provider=openai'], '50m': [] },
  },
  {
    name: 'runs leave a model, three times at once, and there are few',
    series: { 'openclaw_model_failover_total{from_provider="anthropic",from_model="m",to_model="n"}': first(20, 3), 'openclaw_run_completed_total{model="n",outcome="completed"}': '0+0.5x60' },
    firing: { '21m': [], '24m': ['OpenClawFailovers warning'], '60m': [] },
  },
  {
    name: 'a run of many leaves its model now and then',
    series: { 'openclaw_model_failover_total{from_provider="anthropic",from_model="m",to_model="n"}': '0+1x60', 'openclaw_run_completed_total{model="n",outcome="completed"}': '0+20x60' },
    firing: { '30m': [] },
  },
  {
    name: 'a model is slow',
    series: {
      'openclaw_model_call_duration_seconds_bucket{provider="p",model="m",le="60"}': '0+1x60', 'openclaw_model_call_duration_seconds_bucket{provider="p",model="m",le="300"}': '0+2x60',
      'openclaw_model_call_duration_seconds_bucket{provider="p",model="m",le="+Inf"}': '0+2x60', 'openclaw_model_call_duration_seconds_count{provider="p",model="m"}': '0+2x60',
      'openclaw_model_call_duration_seconds_bucket{provider="p",model="quick",le="60"}': '0+2x60', 'openclaw_model_call_duration_seconds_bucket{provider="p",model="quick",le="300"}': '0+2x60',
      'openclaw_model_call_duration_seconds_bucket{provider="p",model="quick",le="+Inf"}': '0+2x60', 'openclaw_model_call_duration_seconds_count{provider="p",model="quick"}': '0+2x60',
    },
    firing: { '10m': [], '30m': ['OpenClawModelSlow warning model=m provider=p'] },
  },
  {
    name: 'the first byte is late',
    series: {
      'openclaw_model_call_time_to_first_byte_seconds_bucket{provider="p",model="m",le="10"}': '0+1x60', 'openclaw_model_call_time_to_first_byte_seconds_bucket{provider="p",model="m",le="30"}': '0+2x60',
      'openclaw_model_call_time_to_first_byte_seconds_bucket{provider="p",model="m",le="+Inf"}': '0+2x60', 'openclaw_model_call_time_to_first_byte_seconds_count{provider="p",model="m"}': '0+2x60',
    },
    firing: { '10m': [], '30m': ['OpenClawFirstByteSlow warning model=m provider=p'] },
  },
  {
    name: 'the first byte is very late',
    series: {
      'openclaw_model_call_time_to_first_byte_seconds_bucket{provider="p",model="m",le="60"}': '0+1x60', 'openclaw_model_call_time_to_first_byte_seconds_bucket{provider="p",model="m",le="120"}': '0+2x60',
      'openclaw_model_call_time_to_first_byte_seconds_bucket{provider="p",model="m",le="+Inf"}': '0+2x60', 'openclaw_model_call_time_to_first_byte_seconds_count{provider="p",model="m"}': '0+2x60',
    },
    firing: { '30m': ['OpenClawFirstByteSlow critical model=m provider=p', 'OpenClawFirstByteSlow warning model=m provider=p'] },
  },
  { name: 'a key expires within the day', series: { 'openclaw_model_auth_provider_remaining_seconds{provider="p"}': '90000-60x200' }, firing: { '50m': [], '70m': ['OpenClawKeyExpires warning provider=p'] } },
  {
    name: 'a key has expired', series: { 'openclaw_model_auth_provider_remaining_seconds{provider="p"}': '-60x60', 'openclaw_model_auth_state{provider="p",status="expired"}': '1x60' },
    firing: { '4m': [], '6m': ['OpenClawKeyUnusable critical provider=p status=expired'] },
  },
  {
    name: 'a key is missing where it is used, and nobody minds elsewhere',
    series: { 'openclaw_model_auth_state{provider="p",status="missing"}': '1x60', 'openclaw_model_auth_state{provider="unused",status="missing"}': '1x60', 'openclaw_model_call_total{provider="p",outcome="completed"}': '0+1x60' },
    firing: { '4m': [], '10m': ['OpenClawKeyUnusable critical provider=p status=missing'] },
  },
  {
    name: 'the plugin finds no key for a watched provider', series: { 'openclaw_model_auth_provider_status{provider="p",status="missing"}': '1x60', 'openclaw_model_auth_provider_status{provider="p",status="ok"}': '0x60' },
    firing: { '10m': ['OpenClawKeyUnusable critical provider=p status=missing'] },
  },
  {
    name: 'quotas run out', series: { 'openclaw_model_quota_remaining_ratio{provider="p",window="5h"}': '0.5x10 0.08x20 0.01x60', 'openclaw_model_quota_remaining_ratio{provider="q",window="5h"}': '0.5x90' },
    firing: { '14m': [], '17m': ['OpenClawQuotaLow warning provider=p window=5h'], '50m': ['OpenClawQuotaLow critical provider=p window=5h', 'OpenClawQuotaLow warning provider=p window=5h'] },
  },

  // --- channels
  {
    name: 'a channel is disconnected, another is switched off',
    series: {
      'openclaw_channel_health{channel="telegram",account="main",state="disconnected"}': '1x60', 'openclaw_channel_enabled{channel="telegram",account="main"}': '1x60',
      'openclaw_channel_health{channel="slack",account="main",state="not-running"}': '1x60', 'openclaw_channel_enabled{channel="slack",account="main"}': '0x60',
      'openclaw_channel_health{channel="discord",account="main",state="healthy"}': '1x60',
    },
    firing: { '4m': [], '6m': ['OpenClawChannelDown critical account=main channel=telegram state=disconnected'] },
  },
  {
    name: 'a channel is not linked', series: { 'openclaw_channel_linked{channel="whatsapp"}': '0x60', 'openclaw_channel_configured{channel="whatsapp"}': '1x60', 'openclaw_channel_linked{channel="signal"}': '0x60', 'openclaw_channel_configured{channel="signal"}': '0x60' },
    firing: { '14m': [], '16m': ['OpenClawChannelUnlinked warning channel=whatsapp'] },
  },
  {
    name: 'a channel is silent that had messages yesterday; one that is quiet each night is not', interval: '15m',
    series: {
      'openclaw_channel_last_inbound_age_seconds{channel="telegram",account="main"}': '0x120 0+900x40', 'openclaw_message_received_total{channel="telegram",source="x"}': '0+4x120 480x40',
      'openclaw_channel_last_inbound_age_seconds{channel="slack",account="main"}': '0x20 0+900x60 0x20 0+900x60', 'openclaw_message_received_total{channel="slack",source="x"}': '0+4x20 80x60 80+4x20 164x60',
    },
    // Slack is quiet from hour 5 to 20 and from 25 on: at hour 34 it was quiet yesterday too.
    firing: { '32h': [], '34h': ['OpenClawChannelSilent warning account=main channel=telegram'] },
  },
  {
    name: 'webhook requests fail', series: { 'openclaw_webhook_received_total{channel="telegram",webhook="update"}': '0+1x60', 'openclaw_webhook_error_total{channel="telegram",webhook="update"}': first(20, 4) },
    firing: { '22m': [], '27m': ['OpenClawWebhooksFail warning channel=telegram'] },
  },

  // --- work
  {
    name: 'the first session that is stuck is told', series: { 'openclaw_session_stuck_total{state="processing",reason="x"}': first(30) },
    firing: { '29m': [], '31m': ['OpenClawSessionStuck critical reason=x state=processing'], '60m': [] },
  },
  { name: 'one more stuck session is told', series: { 'openclaw_session_stuck_total{state="processing",reason="x"}': '7x30 8x60' }, firing: { '30m': [], '32m': ['OpenClawSessionStuck critical reason=x state=processing'], '60m': [] } },
  {
    name: 'what was counted before anybody watched is not new',
    series: { up: '_x30 1x60', openclaw_exporter_build_info: '_x30 1x60', process_start_time_seconds: '_x30 -36000x60', 'openclaw_session_stuck_total{state="processing",reason="x"}': '_x30 5x60' },
    firing: { '32m': [], '50m': [] },
  },
  {
    name: 'a session that is stuck right after a start is told',
    series: { up: '0x30 1x60', openclaw_exporter_build_info: '_x30 1x60', process_start_time_seconds: '_x30 1800x60', 'openclaw_session_stuck_total{state="processing",reason="x"}': '_x32 1x60' },
    firing: { '31m': [], '34m': ['OpenClawSessionStuck critical reason=x state=processing'] },
  },
  {
    name: 'the first stalled session is told', series: { 'openclaw_session_stalled_total{classification="stalled_agent_run",state="processing",active_work_kind="none"}': first(30) },
    firing: { '30m': [], '34m': ['OpenClawSessionStalled critical classification=stalled_agent_run'], '60m': [] },
  },
  { name: 'the first loop is told', series: { 'openclaw_tool_loops_total{tool="read",action="warn",detector="ping_pong"}': first(30) }, firing: { '29m': [], '31m': ['OpenClawToolLoops warning action=warn tool=read'], '60m': [] } },
  {
    name: 'a tool fails', series: { 'openclaw_tool_execution_total{tool="exec",outcome="completed"}': '0+1x60', 'openclaw_tool_execution_total{tool="exec",outcome="error"}': '0+1x60', 'openclaw_tool_execution_total{tool="read",outcome="completed"}': '0+1x60' },
    firing: { '4m': [], '10m': ['OpenClawToolFails warning tool=exec'] },
  },
  {
    name: 'a tool fails always, from its first time on', series: { 'openclaw_tool_execution_total{tool="browser",outcome="error"}': first(20, 4) },
    firing: { '22m': [], '28m': ['OpenClawToolFails critical tool=browser', 'OpenClawToolFails warning tool=browser'] },
  },
  {
    name: 'a lane does not get on', series: { 'openclaw_queue_lane_oldest_wait_seconds{lane="main"}': '0x10 0+60x20', 'openclaw_queue_lane_oldest_wait_seconds{lane="cron"}': '0x60' },
    firing: { '11m': [], '14m': ['OpenClawLaneWaits warning lane=main'], '20m': ['OpenClawLaneWaits critical lane=main', 'OpenClawLaneWaits warning lane=main'] },
  },
  {
    name: 'a model call does not end, a run may take longer',
    series: { 'openclaw_inflight_oldest_age_seconds{kind="model_call"}': '0+60x40', 'openclaw_inflight_oldest_age_seconds{kind="run"}': '0+60x40', 'openclaw_inflight_oldest_age_seconds{kind="tool"}': '0x40' },
    firing: { '9m': [], '12m': ['OpenClawWorkHangs warning kind=model_call'], '32m': ['OpenClawWorkHangs warning kind=model_call', 'OpenClawWorkHangs warning kind=run'] },
  },
  {
    name: 'contexts are full',
    series: {
      'openclaw_model_context_utilization_ratio_bucket{model="m",le="0.75"}': '0+1x90', 'openclaw_model_context_utilization_ratio_count{model="m"}': '0+3x90',
      'openclaw_model_context_utilization_ratio_bucket{model="n",le="0.75"}': '0+2x90', 'openclaw_model_context_utilization_ratio_count{model="n"}': '0+3x90',
    },
    firing: { '12m': [], '60m': ['OpenClawContextNearlyFull info model=m'] },
  },

  // --- cost
  {
    name: 'the budget of a day is used', series: { 'openclaw_usage_daily_cost_usd{day="today",date="2026-11-26"}': '0+1x60', 'openclaw_budget_usd{window="day"}': '30x60' },
    firing: { '20m': [], '27m': ['OpenClawBudgetUsed warning'], '40m': ['OpenClawBudgetUsed critical', 'OpenClawBudgetUsed warning'] },
  },
  { name: 'without a budget none is used up', series: { 'openclaw_usage_daily_cost_usd{day="today",date="2026-11-26"}': '900x60' }, firing: { '40m': [] } },
  {
    name: 'cost jumps, where there is a usual hour', interval: '5m',
    series: { 'openclaw_model_cost_usd_total{model="m"}': '0+0.05x300 15+1x20' },
    firing: { '25h': [], '26h': ['OpenClawCostJumps warning'] },
  },
  {
    name: 'a Gateway that is new has no usual hour', interval: '5m',
    series: { up: '_x300 1x20', openclaw_exporter_build_info: '_x300 1x20', process_start_time_seconds: '_x300 90000x20', 'openclaw_model_cost_usd_total{model="m"}': '_x300 0+1x20' },
    firing: { '26h': [] },
  },

  // --- scheduled jobs
  {
    name: 'a job fails, and goes on failing', series: { 'openclaw_cron_consecutive_failures{cron_job="digest"}': '0x10 1x10 3x40', 'openclaw_cron_consecutive_failures{cron_job="backup"}': '0x60' },
    firing: { '10m': [], '14m': ['OpenClawCronFails warning cron_job=digest'], '25m': ['OpenClawCronFails critical cron_job=digest', 'OpenClawCronFails warning cron_job=digest'] },
  },
  { name: 'a job was switched off', series: { 'openclaw_cron_auto_disabled{cron_job="digest",reason="consecutive-failures"}': first(10) }, firing: { '9m': [], '12m': ['OpenClawCronSwitchedOff critical cron_job=digest reason=consecutive-failures'] } },
  { name: 'a job is late', series: { 'openclaw_cron_overdue_seconds{cron_job="digest"}': '0+60x60' }, firing: { '9m': [], '13m': ['OpenClawCronLate warning cron_job=digest'] } },
  { name: 'the scheduler is switched off', series: { openclaw_cron_enabled: '0x60', 'openclaw_cron_jobs{enabled="true"}': '2x60' }, firing: { '29m': [], '31m': ['OpenClawCronStopped warning'] } },
  { name: 'a scheduler without jobs may be switched off', series: { openclaw_cron_scheduler_enabled: '0x60', 'openclaw_cron_jobs{enabled="true"}': '0x60' }, firing: { '40m': [] } },

  // --- process
  {
    name: 'the event loop stood still once for two seconds',
    series: { 'openclaw_gateway_event_loop_delay_max_seconds_bucket{le="1"}': '0+6x60', 'openclaw_gateway_event_loop_delay_max_seconds_bucket{le="5"}': '0+6x19 121+6x40', 'openclaw_gateway_event_loop_delay_max_seconds_bucket{le="+Inf"}': '0+6x19 121+6x40' },
    firing: { '19m': [], '21m': ['OpenClawLoopStalls warning'], '32m': [] },
  },
  {
    name: 'the event loop stood still for long, as Prometheus 3 writes it',
    series: { 'openclaw_gateway_event_loop_delay_max_seconds_bucket{le="1.0"}': '0+6x60', 'openclaw_gateway_event_loop_delay_max_seconds_bucket{le="5.0"}': '0+6x60', 'openclaw_gateway_event_loop_delay_max_seconds_bucket{le="+Inf"}': '0+6x19 121+6x40' },
    firing: { '19m': [], '21m': ['OpenClawLoopStalls critical', 'OpenClawLoopStalls warning'] },
  },
  { name: 'the event loop stands still', series: { openclaw_gateway_event_loop_observed_seconds_total: '0+60x20 1200x20' }, firing: { '20m': [], '23m': ['OpenClawLoopStandsStill critical'] } },
  {
    name: 'memory runs short for the first time', series: { 'openclaw_memory_pressure_total{level="warning",reason="rss_growth"}': '0x30 1x60', 'openclaw_memory_pressure_total{level="critical",reason="rss_threshold"}': first(40) },
    firing: { '29m': [], '32m': ['OpenClawMemoryPressure warning reason=rss_growth'], '42m': ['OpenClawMemoryPressure critical reason=rss_threshold', 'OpenClawMemoryPressure warning reason=rss_growth'], '70m': [] },
  },
  {
    name: 'memory grows and grows', interval: '5m', series: { 'openclaw_memory_bytes{kind="rss"}': '1e9+5e6x200', openclaw_gateway_uptime_seconds: '0+300x200' },
    firing: { '5h': [], '8h': ['OpenClawMemoryGrows warning kind=rss'] },
  },
  { name: 'memory that grows after a start is no leak', interval: '5m', series: { 'openclaw_memory_bytes{kind="rss"}': '2e9x80 1e9+5e6x60', openclaw_gateway_uptime_seconds: '0+300x80 0+300x60' }, firing: { '9h': [] } },
  { name: 'descriptors run out', series: { process_open_fds: '900x60', process_max_fds: '1024x60' }, firing: { '14m': [], '16m': ['OpenClawDescriptorsRunOut warning'] } },
  {
    name: 'the disk is nearly full', series: { openclaw_state_disk_available_bytes: '500x10 90x20 10x60', openclaw_state_disk_size_bytes: '1000x90' },
    firing: { '15m': [], '25m': ['OpenClawDiskFull warning'], '50m': ['OpenClawDiskFull critical', 'OpenClawDiskFull warning'] },
  },

  // --- security and the exporter
  {
    name: 'the first security event of each kind is told', series: { 'openclaw_security_events_by_severity_total{severity="critical"}': first(30), 'openclaw_security_events_by_severity_total{severity="high"}': '0x30 1x60', 'openclaw_security_events_by_severity_total{severity="low"}': first(30) },
    firing: { '29m': [], '32m': ['OpenClawSecurityEvent critical', 'OpenClawSecurityEvent warning'], '60m': [] },
  },
  {
    name: 'the first refused observation is told', series: { 'openclaw_metrics_refused_total{family="openclaw_model_call_total",reason="family_limit"}': first(30) },
    firing: { '30m': [], '34m': ['OpenClawSeriesRefused warning family=openclaw_model_call_total reason=family_limit'], '70m': [] },
  },
  {
    name: 'a label takes ever new values', series: { openclaw_metrics_series: '600x20 600+40x60', openclaw_metrics_series_capacity: '8192x90' },
    firing: { '20m': [], '30m': [], '40m': ['OpenClawLabelLeaks warning'] },
  },
  { name: 'a Gateway that has started gets to know its channels and models', series: { openclaw_metrics_series: '0+160x4 640x60', openclaw_metrics_series_capacity: '8192x90' }, firing: { '8m': [], '16m': [], '30m': [] } },
  { name: 'the exporter is nearly full', series: { openclaw_metrics_series: '1900x60', openclaw_metrics_series_capacity: '2048x60' }, firing: { '14m': [], '16m': ['OpenClawSeriesNearlyFull warning'] } },
  {
    name: 'a collector hangs, another fails',
    series: { 'openclaw_metrics_collector_hanging{collector="a"}': '1x60', 'openclaw_metrics_collector_success{collector="a"}': '0x60', 'openclaw_metrics_collector_hanging{collector="b"}': '0x60', 'openclaw_metrics_collector_success{collector="b"}': '0x60' },
    firing: { '1m': [], '4m': ['OpenClawCollectorHangs warning collector=a'], '17m': ['OpenClawCollectorFails warning collector=b', 'OpenClawCollectorHangs warning collector=a'] },
  },
  { name: 'a configuration is not taken', series: { openclaw_exporter_config_last_reload_successful: '1x10 0x30 1x30' }, firing: { '10m': [], '14m': [], '16m': ['OpenClawReloadFailed warning'], '42m': [] } },
  { name: 'the first lost event is told', series: { 'openclaw_diagnostic_async_queue_dropped_total{drop_class="total"}': '0x30 1x60' }, firing: { '30m': [], '32m': ['OpenClawEventsLost warning'], '70m': [] } },
  {
    name: 'the first faults of the exporter are told', series: { 'openclaw_metrics_panics_total{place="render"}': first(30), 'openclaw_metrics_shortages_total{what="page"}': first(30) },
    firing: { '29m': [], '32m': ['OpenClawExporterFails warning place=render', 'OpenClawExporterFails warning what=page'], '70m': [] },
  },

  // --- error budgets
  {
    name: 'four messages of ten fail for a while', series: { 'openclaw_sli_events_total{sli="message"}': '0+10x200', 'openclaw_sli_good_events_total{sli="message"}': '0+10x60 600+6x140' },
    firing: {
      '60m': [],
      '80m': ['OpenClawErrorBudgetLastsTwoDays critical sli=message', 'OpenClawErrorBudgetLastsFiveDays critical sli=message', 'OpenClawErrorBudgetLastsTenDays warning sli=message'],
    },
  },
  {
    name: 'two failures of few are chance', series: { 'openclaw_sli_events_total{sli="model_call"}': '0+0.1x200', 'openclaw_sli_good_events_total{sli="model_call"}': '0+0.1x60 6x10 6+0.1x100' },
    firing: { '75m': [] },
  },
  {
    // A quarter of an hour between two samples would be too long: Prometheus 3 leaves out the sample with which a range begins.
    name: 'deliveries fail slowly', interval: '10m', series: { 'openclaw_message_delivery_total{channel="x",outcome="completed"}': '0+800x480', 'openclaw_message_delivery_total{channel="x",outcome="error"}': '0+200x480' },
    firing: { '78h': ['OpenClawDeliveriesFail critical channel=x', 'OpenClawErrorBudgetLastsTenDays warning sli=delivery', 'OpenClawErrorBudgetLastsThirtyDays warning sli=delivery'] },
  },
  {
    name: 'model calls fail a little all the time', interval: '15m', series: { 'openclaw_sli_events_total{sli="model_call"}': '0+1000x320', 'openclaw_sli_good_events_total{sli="model_call"}': '0+960x320' },
    firing: { '78h': ['OpenClawErrorBudgetLastsThirtyDays warning sli=model_call'] },
  },
  {
    name: 'what is within its objective for three days raises nothing', interval: '15m', series: { 'openclaw_sli_events_total{sli="model_call"}': '0+1000x320', 'openclaw_sli_good_events_total{sli="model_call"}': '0+980x320' },
    firing: { '78h': [] },
  },
  {
    name: 'one message of twenty-five fails for hours', interval: '5m', series: { 'openclaw_sli_events_total{sli="message"}': '0+100x200', 'openclaw_sli_good_events_total{sli="message"}': '0+96x200' },
    firing: { '7h': ['OpenClawErrorBudgetLastsFiveDays critical sli=message', 'OpenClawErrorBudgetLastsTenDays warning sli=message', 'OpenClawErrorBudgetLastsThirtyDays warning sli=message'] },
  },
];
