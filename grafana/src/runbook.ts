// Where it is written what to do.
export const RUNBOOKS = 'https://github.com/openclaw-prometheus/openclaw-prometheus/blob/main/grafana/runbooks/README.md';

export const runbook = (alert: string) => `${RUNBOOKS}#${alert.toLowerCase()}`;
