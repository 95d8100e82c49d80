// One panel, as the dashboards here describe it, and as Grafana wants it.
//
// In expressions `$S` stands for the matchers of job and instance, which every selector has, and `$R` for the interval of rates.
import * as common from '@grafana/grafana-foundation-sdk/common';
import { DashboardLinkBuilder, FieldColorBuilder, FieldColorModeId, ThresholdsConfigBuilder, ThresholdsMode, type DynamicConfigValue, type Panel as Built, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as HeatBuilder, HeatmapColorOptionsBuilder, HeatmapColorMode, YAxisConfigBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Limit } from '../limits';
import { runbook } from '../runbook';

export type Query = readonly [expr: string, legend?: string];
/** A column of a table: the value of one query, or a label. */
export interface Column {
  readonly title: string;
  readonly expr?: string;
  readonly label?: string;
  readonly unit?: string;
  readonly limit?: Limit;
  readonly isBadBelow?: boolean;
  readonly width?: number;
  readonly decimals?: number;
  readonly words?: Words;
  readonly link?: string;
  /** Asked for, because it brings a label, and not shown. */
  readonly isHidden?: boolean;
}
/** What is said instead of a number. */
export type Words = Readonly<Record<string, readonly [text: string, color: Color]>>;
export type Color = 'green' | 'orange' | 'red' | 'blue' | 'text';

interface Common {
  readonly title: string;
  readonly about: string;
  readonly unit: string;
  readonly w?: number;
  readonly h?: number;
  readonly limit?: Limit;
  /** Whether it is bad to be under the limit. */
  readonly isBadBelow?: boolean;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** What is shown where there are no series, which is no fault. */
  readonly none?: string;
  readonly words?: Words;
  /** The alert that has these limits. */
  readonly alert?: string;
}
export type Panel = Common & (
  | { readonly kind: 'lines'; readonly queries: readonly Query[]; readonly stack?: boolean; readonly log?: boolean; readonly many?: boolean }
  | { readonly kind: 'stat' | 'bars'; readonly queries: readonly Query[]; readonly isText?: boolean; readonly trend?: boolean }
  | { readonly kind: 'heat'; readonly queries: readonly Query[]; readonly step?: string }
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly sort?: string }
);

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const MATCHERS = 'job=~"$job",instance=~"$instance"';
export const expand = (expr: string) => expr.replaceAll('$S', MATCHERS).replaceAll('$R', '$__rate_interval');

/** Words that mean the same everywhere have the same colour everywhere. */
const COLORS: Record<string, Color> = { failed: 'red', error: 'red', answered: 'green', delivered: 'green', completed: 'green', received: 'blue', begun: 'blue', ended: 'green', median: 'blue', '95 of 100 within': 'orange', critical: 'red', warning: 'orange' };
const COUNTED = ['none', 'cpm', 'cps', 'short'];
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function thresholds(limit: Limit | undefined, isBadBelow = false): ThresholdsConfigBuilder {
  const { warning, critical } = limit ?? {};
  const steps: { value: number | null; color: string }[] = [];
  if (isBadBelow) {
    steps.push({ value: null, color: critical === undefined ? 'orange' : 'red' });
    if (critical !== undefined && warning !== undefined) steps.push({ value: critical, color: 'orange' });
    steps.push({ value: warning ?? critical ?? null, color: 'green' });
  } else {
    steps.push({ value: null, color: limit === undefined ? 'text' : 'green' });
    if (warning !== undefined) steps.push({ value: warning, color: 'orange' });
    if (critical !== undefined) steps.push({ value: critical, color: 'red' });
  }
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

const mappings = (words: Words): ValueMapping[] => [{
  type: 'value' as never,
  options: Object.fromEntries(Object.entries(words).map(([value, [text, color]], index) => [value, { text, color, index }])),
}];

function query(expr: string, legend: string, at: number, format?: PromQueryFormat): DataqueryBuilder {
  const made = new DataqueryBuilder().datasource(DATASOURCE).expr(expand(expr)).legendFormat(legend).refId(LETTERS[at] ?? 'Z');
  if (format !== undefined) made.format(format);
  return made;
}

/** What all kinds have. */
function dress<B extends LinesBuilder | StatBuilder | BarsBuilder | HeatBuilder | TableBuilder>(made: B, panel: Panel): B {
  made.title(panel.title).description(panel.about).datasource(DATASOURCE).unit(panel.unit).thresholds(thresholds(panel.limit, panel.isBadBelow));
  if (panel.decimals !== undefined) made.decimals(panel.decimals);
  if (panel.min !== undefined) made.min(panel.min);
  if (panel.max !== undefined) made.max(panel.max);
  if (panel.none !== undefined) made.noValue(panel.none);
  if (panel.words !== undefined) made.mappings(mappings(panel.words));
  if (panel.alert !== undefined) {
    made.links([new DashboardLinkBuilder(`Runbook of ${panel.alert}`).type('link' as never).url(runbook(panel.alert)).targetBlank(true)]);
  }
  return made;
}

function lines(panel: Panel & { kind: 'lines' }): LinesBuilder {
  const made = dress(new LinesBuilder(), panel)
    .lineWidth(1.5).fillOpacity(panel.stack ? 40 : 8).showPoints(common.VisibilityMode.Never)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(panel.many ? common.LegendPlacement.Right : common.LegendPlacement.Bottom).calcs([]))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  if (panel.min === undefined) made.axisSoftMin(0);
  // What is 0 all the time is drawn at the bottom of a small axis, not of one to 100.
  if (COUNTED.includes(panel.unit) && panel.max === undefined) made.axisSoftMax(1);
  if (panel.unit === 'percentunit' && panel.max === undefined) made.axisSoftMax(1.2 * (panel.limit?.warning ?? panel.limit?.critical ?? 0.1));
  if (panel.stack) made.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
  if (panel.log) made.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10));
  if (panel.limit !== undefined) made.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  panel.queries.forEach(([expr, legend = '__auto'], at) => made.withTarget(query(expr, legend, at).range()));
  for (const [, legend] of panel.queries) {
    const color = COLORS[legend ?? ''];
    if (color !== undefined) made.overrideByName(legend!, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  }
  return made;
}

const last = () => new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

function stat(panel: Panel & { kind: 'stat' | 'bars' }): StatBuilder {
  const made = dress(new StatBuilder(), panel).reduceOptions(last()).colorMode(common.BigValueColorMode.Value)
    .graphMode(panel.trend ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .textMode(panel.isText ? common.BigValueTextMode.Name : common.BigValueTextMode.Auto).justifyMode(common.BigValueJustifyMode.Auto);
  // Of a range the last value is shown, also where it ended long ago: what was wrong and is no more would stay.
  panel.queries.forEach(([expr, legend = ''], at) => made.withTarget(panel.trend ? query(expr, legend, at).range() : query(expr, legend, at).instant()));
  return made;
}

function bars(panel: Panel & { kind: 'stat' | 'bars' }): BarsBuilder {
  const made = dress(new BarsBuilder(), panel).reduceOptions(last()).orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic).valueMode(common.BarGaugeValueMode.Text).showUnfilled(true)
    .colorScheme(new FieldColorBuilder().mode(panel.limit === undefined ? FieldColorModeId.PaletteClassicByName : FieldColorModeId.Thresholds));
  if (panel.min === undefined) made.min(0);
  panel.queries.forEach(([expr, legend = ''], at) => made.withTarget(query(`${panel.isBadBelow ? 'sort' : 'sort_desc'}(${expr})`, legend, at).instant()));
  return made;
}

function heat(panel: Panel & { kind: 'heat' }): HeatBuilder {
  const made = dress(new HeatBuilder(), panel).calculate(false).cellGap(1).maxDataPoints(60)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').steps(64).fill('dark-orange').exponent(0.5))
    .yAxis(new YAxisConfigBuilder().unit(panel.unit)).hideLegend();
  panel.queries.forEach(([expr, legend = '{{le}}'], at) => made.withTarget(query(expr, legend, at, PromQueryFormat.Heatmap).range()));
  return made;
}

function table(panel: Panel & { kind: 'table' }): TableBuilder {
  const made = dress(new TableBuilder(), panel).showHeader(true).minWidth(70).cellHeight(common.TableCellHeight.Sm);
  const values = panel.columns.filter(column => column.expr !== undefined);
  const name = (column: Column) => column.label ?? (values.length === 1 ? 'Value' : `Value #${LETTERS[values.indexOf(column)]}`);
  values.forEach((column, at) => made.withTarget(query(column.expr!, '', at, PromQueryFormat.Table).instant()));
  const shown = panel.columns.map(name);
  made.withTransformation({ id: 'merge', options: {} });
  made.withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true, ...Object.fromEntries(panel.columns.filter(column => column.isHidden).map(column => [name(column), true])) },
      indexByName: Object.fromEntries(shown.map((one, index) => [one, index])),
      renameByName: Object.fromEntries(panel.columns.map((column, index) => [shown[index], column.title])),
    },
  });
  for (const column of panel.columns) {
    const set: DynamicConfigValue[] = [];
    if (column.unit !== undefined) set.push({ id: 'unit', value: column.unit });
    if (column.decimals !== undefined) set.push({ id: 'decimals', value: column.decimals });
    if (column.width !== undefined) set.push({ id: 'custom.width', value: column.width });
    if (column.words !== undefined) set.push({ id: 'mappings', value: mappings(column.words) });
    if (column.limit !== undefined) set.push({ id: 'thresholds', value: thresholds(column.limit, column.isBadBelow).build() });
    if (column.limit !== undefined || column.words !== undefined) set.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
    if (column.link !== undefined) set.push({ id: 'links', value: [{ title: 'Open', url: column.link }] });
    if (set.length > 0) made.overrideByName(column.title, set);
  }
  if (panel.sort !== undefined) made.withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: panel.sort, desc: true }] } });
  return made;
}

/** The panel as Grafana wants it, without its place. */
export function built(panel: Panel): Built {
  switch (panel.kind) {
    case 'lines': return lines(panel).build();
    case 'stat': return stat(panel).build();
    case 'bars': return bars(panel).build();
    case 'heat': return heat(panel).build();
    case 'table': return table(panel).build();
  }
}
