// A dashboard for those who have Loki: from each panel a link to what its Gateways said in the same time. Grafana cannot hide a
// link where there is no such source, so this is a form of its own.
interface Placed {
  readonly type?: string;
  readonly panels?: readonly Placed[];
  readonly links?: readonly object[];
}

const LINK = { title: 'What was said then?', url: '/d/openclaw-logs?${__url_time_range}&${job:queryparam}&${instance:queryparam}', targetBlank: true };

const linked = (panel: Placed): object =>
  panel.type === 'row' ? { ...panel, panels: panel.panels?.map(linked) ?? [] } : { ...panel, links: [...panel.links ?? [], LINK] };

export const withLogs = (dashboard: { readonly panels?: unknown }): object =>
  ({ ...dashboard, panels: (dashboard.panels as readonly Placed[]).map(linked) });
