// What the Gateways said, for those who have Loki: a page of its own, so that the others need none.
import * as common from '@grafana/grafana-foundation-sdk/common';
import { CustomVariableBuilder, DashboardBuilder, DashboardCursorSync, DatasourceVariableBuilder, FieldColorBuilder, FieldColorModeId, QueryVariableBuilder, TextBoxVariableBuilder, VariableRefresh, VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/loki';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { LINKS, TAG, id, shown } from './board';

const UID = 'openclaw-logs';
/** Not the name that the other dashboards have for theirs, which links bring along. */
const LOKI = { type: 'loki', uid: '${loki_datasource}' };
const CHOSEN = '{job=~"$job",instance=~"$instance",level=~"$level"}';
const BAD = '{job=~"$job",instance=~"$instance",level=~"warn|error|fatal"}';
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const COLORS = { info: 'blue', warn: 'orange', error: 'red', fatal: 'dark-red' };

const query = (expr: string, legend: string) => new DataqueryBuilder().datasource(LOKI).expr(expr).legendFormat(legend).queryType('range').refId('A');

const variable = (name: string, query: string) => new QueryVariableBuilder(name).label(name).query(query).datasource(LOKI)
  .multi(true).includeAll(true).allValue('.+').current({ selected: true, text: ['All'], value: ['$__all'] }).refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalAsc);

function bars(title: string, about: string, expr: string, legend: string, x: number): LinesBuilder {
  const made = new LinesBuilder().id(id(UID, title)).title(title).description(about).datasource(LOKI).unit('short')
    .gridPos({ x, y: 0, w: 8, h: 7 }).drawStyle(common.GraphDrawStyle.Bars).fillOpacity(70).lineWidth(0).axisSoftMin(0)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'))
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom).calcs([]))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName)).withTarget(query(expr, legend));
  for (const [level, fixedColor] of Object.entries(COLORS)) made.overrideByName(level, [{ id: 'color', value: { mode: 'fixed', fixedColor } }]);
  return made;
}

const made = new DashboardBuilder('OpenClaw / Logs').uid(UID).description('What OpenClaw Gateways said, beside their metrics: choose the same instance and time.')
  .tags([TAG]).readonly().refresh('30s').time({ from: 'now-1h', to: 'now' }).tooltip(DashboardCursorSync.Crosshair).timezone('browser').links(LINKS)
  .withVariable(new DatasourceVariableBuilder('loki_datasource').label('Loki data source').type('loki'))
  .withVariable(variable('job', 'label_values(job)'))
  .withVariable(variable('instance', 'label_values({job=~"$job"}, instance)'))
  .withVariable(new CustomVariableBuilder('level').label('level').values(LEVELS.join(',')).multi(true).includeAll(true).allValue('.*').current({ selected: true, text: ['All'], value: ['$__all'] }))
  .withVariable(new TextBoxVariableBuilder('search').label('search').defaultValue(''))
  .withPanel(bars('How many lines, by level?', 'Lines of the chosen Gateways by level. A wall of errors begins where something broke: drag over it.', `sum by (level) (count_over_time(${CHOSEN} [$__auto]))`, '{{level}}', 0))
  .withPanel(bars('Which subsystems complain?', 'Warnings and errors by subsystem, the ten with most. The subsystem says whether it is a channel, the models or the Gateway.', `topk(10, sum by (subsystem) (count_over_time(${BAD} | subsystem=~".+" [$__auto])))`, '{{subsystem}}', 8))
  .withPanel(bars('Which Gateway complains?', 'Warnings and errors by Gateway, the ten with most. All at once: a provider; one: that Gateway.', `topk(10, sum by (instance) (count_over_time(${BAD} [$__auto])))`, '{{instance}}', 16))
  .withPanel(new LogsBuilder().id(id(UID, 'What was said?')).title('What was said?')
    .description('The lines, newest first. Open one for its subsystem and its trace id, and search for that to see all of one run.')
    .datasource(LOKI).unit('short').gridPos({ x: 0, y: 7, w: 24, h: 20 }).showTime(true).wrapLogMessage(true).enableLogDetails(true).sortOrder(common.LogsSortOrder.Descending)
    .withTarget(query(`${CHOSEN} |~ "(?i)\${search}"`, '')))
  .build();

export const LOGS = { ...made, id: null, links: shown(made.links) };
