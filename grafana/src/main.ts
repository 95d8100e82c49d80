// Everything that is written, by name.
import { COSTS } from './dashboards/costs';
import { FLEET } from './dashboards/fleet';
import { GATEWAY } from './dashboards/gateway';
import { withLogs } from './dashboards/linked';
import { LOGS } from './dashboards/logs';
import { GROUPS } from './rules/all';
import { groups, prometheusRule } from './rules/yaml';
import { runbook } from './runbook';

export { LIMITS } from './limits';
export { GROUPS };

const HEAD = '# Recording rules and alerts for OpenClaw Gateways. Written by `node build` in grafana from grafana/src; do not edit.\n';

export function files(): Record<string, string> {
  const rules = groups(GROUPS, runbook);
  const dashboard = (of: object) => `${JSON.stringify(of, null, 2)}\n`;
  return {
    'gateway.json': dashboard(GATEWAY),
    'fleet.json': dashboard(FLEET),
    'costs.json': dashboard(COSTS),
    'logs.json': dashboard(LOGS),
    'with-logs/gateway.json': `${JSON.stringify(withLogs(GATEWAY))}\n`,
    'with-logs/fleet.json': `${JSON.stringify(withLogs(FLEET))}\n`,
    'with-logs/costs.json': `${JSON.stringify(withLogs(COSTS))}\n`,
    'rules/openclaw.yml': HEAD + rules,
    'rules/openclaw-prometheusrule.yml': HEAD + prometheusRule(rules),
  };
}
