// A dashboard: its variables, links and marks, and where its panels are.
import { AnnotationQueryBuilder, DashboardBuilder, DashboardCursorSync, DashboardLinkBuilder, DashboardLinkType, DatasourceVariableBuilder, QueryVariableBuilder, RowBuilder, VariableRefresh, VariableSort, type Dashboard, type DashboardLink, type Panel as Built } from '@grafana/grafana-foundation-sdk/dashboard';
import { RUNBOOKS } from '../runbook';
import { DATASOURCE, built, expand, type Panel } from './panel';

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  readonly from: string;
  readonly refresh: string;
  /** What is seen at once. */
  readonly first: readonly Row[];
  /** What opens with a click. */
  readonly below: readonly Row[];
}

const WIDTH = 24;
export const TAG = 'openclaw';

/** To the other dashboards that are there, with time and variables; a page of logs is among them only where somebody has put it. */
export const LINKS = [
  new DashboardLinkBuilder('OpenClaw').type(DashboardLinkType.Dashboards).tags([TAG]).asDropdown(false).keepTime(true).includeVars(true),
  new DashboardLinkBuilder('Runbooks').type(DashboardLinkType.Link).icon('doc').targetBlank(true).url(RUNBOOKS),
];
/** What Grafana 12 would keep in a menu is shown. */
export const shown = (links: DashboardLink[] | undefined) => links?.map(({ placement, ...link }) => link as DashboardLink);

/** A number that stays as long as dashboard and title do, whatever else moves. */
export function id(...words: string[]): number {
  let hash = 2_166_136_261;
  for (const unit of words.join('\0')) hash = Math.imul(hash ^ unit.codePointAt(0)!, 16_777_619);
  return (hash >>> 0) % 1_000_000 + 1;
}

/** Puts panels beside each other as long as they fit. */
function place(uid: string, panels: readonly Panel[], top: number): { panels: Built[]; bottom: number } {
  let [x, y, tallest] = [0, top, 0];
  const placed = panels.map(panel => {
    const w = panel.w ?? 8;
    const h = panel.h ?? 8;
    if (x + w > WIDTH) [x, y, tallest] = [0, y + tallest, 0];
    const one = { ...built(panel), id: id(uid, panel.title), gridPos: { x, y, w, h } };
    [x, tallest] = [x + w, Math.max(tallest, h)];
    return one;
  });
  return { panels: placed, bottom: y + tallest };
}

const variable = (name: string, query: string) => new QueryVariableBuilder(name).label(name).query(query).datasource(DATASOURCE)
  .multi(true).includeAll(true).allValue('.+').current({ selected: true, text: ['All'], value: ['$__all'] }).refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalAsc);

const mark = (name: string, color: string, expr: string, title: string, text: string) => {
  const made = new AnnotationQueryBuilder().name(name).datasource(DATASOURCE).enable(true).iconColor(color).expr(expand(expr)).build();
  const { placement, ...mark } = made;
  return { ...mark, titleFormat: title, textFormat: text, step: '60s', useValueForTime: false } as never;
};

export function dashboard(board: Board): Dashboard & { id: null } {
  const made = new DashboardBuilder(board.title).uid(board.uid).description(board.about).tags([TAG]).readonly().refresh(board.refresh)
    .time({ from: board.from, to: 'now' }).tooltip(DashboardCursorSync.Crosshair).timezone('browser')
    .links(LINKS)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('job', 'label_values(openclaw_exporter_build_info, job)'))
    .withVariable(variable('instance', 'label_values(openclaw_exporter_build_info{job=~"$job"}, instance)'))
    .build();
  const panels: Built[] = [];
  let top = 0;
  for (const row of board.first) {
    panels.push(heading(board.uid, row, top, false, []));
    const { panels: placed, bottom } = place(board.uid, row.panels, top + 1);
    panels.push(...placed);
    top = bottom;
  }
  for (const row of board.below) {
    panels.push(heading(board.uid, row, top, true, place(board.uid, row.panels, top + 1).panels));
    top += 1;
  }
  return {
    ...made, id: null, links: shown(made.links), panels: panels as never,
    annotations: { list: [
      mark('Restarts', 'red', 'resets(openclaw_gateway_uptime_seconds{$S}[$__interval]) > 0', 'Restart', 'The Gateway of {{instance}} restarted.'),
      mark('Versions', 'blue', 'openclaw_gateway_version_info{$S} unless openclaw_gateway_version_info{$S} offset $__interval', 'Version', '{{instance}} runs {{version}}.'),
    ] },
  };
}

function heading(uid: string, row: Row, y: number, collapsed: boolean, panels: Built[]): Built {
  const made = new RowBuilder(row.title).collapsed(collapsed).gridPos({ x: 0, y, w: WIDTH, h: 1 }).build();
  return { ...made, id: id(uid, 'row', row.title), panels } as never;
}
