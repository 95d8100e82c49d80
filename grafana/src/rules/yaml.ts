// Rules as YAML: only what rules need, and always the same text for the same rules.
import type { Alert, Group, Recording } from './rule';

const indent = (text: string, spaces: number) => text.split('\n').map(line => line === '' ? line : ' '.repeat(spaces) + line).join('\n');
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const field = (name: string, text: string) => text.includes('\n') ? `${name}: |-\n${indent(text, 2)}` : `${name}: ${quoted(text)}`;

function rule(rule: Alert | Recording, runbook: (alert: string) => string): string {
  if ('record' in rule) return [`record: ${rule.record}`, field('expr', rule.expr)].join('\n');
  return [
    `alert: ${rule.alert}`,
    field('expr', rule.expr),
    ...rule.for === undefined ? [] : [`for: ${rule.for}`],
    ...rule.keep === undefined ? [] : [`keep_firing_for: ${rule.keep}`],
    `labels:\n  severity: ${rule.severity}`,
    `annotations:\n${indent([field('summary', rule.summary), field('description', rule.description), `runbook_url: ${runbook(rule.alert)}`].join('\n'), 2)}`,
  ].join('\n');
}

export function groups(all: readonly Group[], runbook: (alert: string) => string): string {
  const item = (text: string) => `- ${indent(text, 2).trimStart()}`;
  const group = (group: Group) => item([
    `name: ${group.name}`,
    ...group.interval === undefined ? [] : [`interval: ${group.interval}`],
    `rules:\n${indent(group.rules.map(one => item(rule(one, runbook))).join('\n'), 2)}`,
  ].join('\n'));
  return `groups:\n${indent(all.map(group).join('\n'), 2)}\n`;
}

/** The same as an object of the Prometheus Operator. */
export function prometheusRule(groups: string): string {
  const head = `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: openclaw\n  labels:\n    app.kubernetes.io/name: openclaw\nspec:\n`;
  return head + indent(groups, 2).trimEnd() + '\n';
}
