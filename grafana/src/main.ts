// Everything that is written, by name.
import { GROUPS } from './rules/all';
import { groups, prometheusRule } from './rules/yaml';

const RUNBOOKS = 'https://github.com/openclaw-prometheus/openclaw-prometheus/blob/main/grafana/runbooks/README.md';
const HEAD = '# Recording rules and alerts for OpenClaw Gateways. Written by `node build` in grafana from grafana/src; do not edit.\n';

export function files(): Record<string, string> {
  const rules = groups(GROUPS, alert => `${RUNBOOKS}#${alert.toLowerCase()}`);
  return {
    'rules/openclaw.yml': HEAD + rules,
    'rules/openclaw-prometheusrule.yml': HEAD + prometheusRule(rules),
  };
}

export { LIMITS } from './limits';
export { GROUPS } from './rules/all';
