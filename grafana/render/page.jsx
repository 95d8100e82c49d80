// Draws the rows of a dashboard: the panels are Grafana's components, the data is Prometheus'.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { firstValueFrom } from 'rxjs';
import { EventBusSrv, ThemeContext, applyFieldOverrides, createTheme, dateTime, getFieldDisplayValues, standardTransformers, standardTransformersRegistry, transformDataFrame, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, PanelContextProvider, TimeSeries } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Center, Heatmap } from './heatmap.jsx';
import { Source } from './query.js';

const CELL = 30, GAP = 8;
const asked = new URLSearchParams(location.search);
const theme = createTheme({ colors: { mode: asked.get('theme') } });
const to = Date.now(), from = to - Number(asked.get('minutes')) * 60_000;
const source = new Source({ prometheus: asked.get('prometheus'), from, to, step: Math.max(5, Math.round((to - from) / 1000 / 240)), instance: asked.get('instance') ?? '.+' });
const range = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };
const eventBus = new EventBusSrv();
const replaceVariables = text => text;

standardTransformersRegistry.setInit(() => ['mergeTransformer', 'organizeFieldsTransformer', 'renameFieldsTransformer', 'orderFieldsTransformer', 'filterFieldsByNameTransformer', 'filterFieldsTransformer', 'sortByTransformer']
  .map(name => ({ id: standardTransformers[name].id, name, editor: null, transformation: async () => standardTransformers[name] })));

/** Thresholds as Grafana reads them from JSON, where the lowest has no number. */
const lowest = thresholds => ({ ...thresholds, steps: thresholds.steps.map(step => ({ ...step, value: step.value ?? -Infinity })) });

/** A field's configuration: the panel's, then what is said for its name. */
function configure(frames, panel) {
  const { defaults, overrides } = panel.fieldConfig;
  for (const frame of frames) {
    for (const field of frame.fields) {
      const config = structuredClone({ ...defaults, ...field.config, custom: { ...defaults.custom } });
      for (const { matcher, properties } of overrides) {
        if (matcher.options !== (field.config.displayNameFromDS ?? field.name)) continue;
        for (const { id, value } of properties) {
          if (id.startsWith('custom.')) config.custom[id.slice(7)] = value;
          else config[id] = value;
        }
      }
      if (config.thresholds !== undefined) config.thresholds = lowest(config.thresholds);
      config.color ??= { mode: 'thresholds' };
      // Links lead away from the picture.
      delete config.links;
      field.config = field.type === 'time' ? {} : config;
    }
  }
  return applyFieldOverrides({ data: frames, fieldConfig: { defaults: {}, overrides: [] }, theme, replaceVariables, timeZone: 'utc' });
}

async function data(panel) {
  if (panel.type !== 'table') return configure(await source.series(panel), panel);
  const tables = await source.tables(panel);
  const merged = await firstValueFrom(transformDataFrame(panel.transformations, tables.filter(table => table.length > 0)));
  // Columns are renamed by their configuration, which the components here read before it is there.
  for (const frame of merged) frame.fields = frame.fields.map(field => ({ ...field, name: field.config.displayName ?? field.name, state: undefined }));
  return configure(merged, panel);
}

const values = (frames, panel) => getFieldDisplayValues({
  fieldConfig: { defaults: {}, overrides: [] }, reduceOptions: { calcs: ['lastNotNull'] }, replaceVariables, theme, data: frames, sparkline: true, timeZone: 'utc',
});

const DRAW = {
  stat: ({ frames, panel, width, height }) => {
    const all = values(frames, panel);
    return <div style={{ display: 'flex' }}>{all.map((one, index) => <BigValue key={index} value={all.length === 1 ? { ...one.display, title: panel.options.textMode === 'name' ? one.display.title : undefined } : one.display} sparkline={panel.options.graphMode === 'none' ? undefined : one.sparkline}
      colorMode={panel.options.colorMode} graphMode={panel.options.graphMode} count={all.length} textMode={panel.options.textMode} justifyMode="auto" width={width / all.length} height={height} theme={theme} />)}</div>;
  },
  bargauge: ({ frames, panel, width, height }) => {
    const all = values(frames, panel);
    const each = Math.min(40, height / all.length);
    const longest = Math.max(...all.map(one => one.display.title?.length ?? 0));
    const maximum = Math.max(...all.map(one => one.display.numeric));
    return <div>{all.map((one, index) => <div key={index} style={{ height: each }}><BarGauge value={one.display} field={{ ...one.field, max: one.field.max ?? maximum }} display={one.view?.getFieldDisplayProcessor(one.colIndex)}
      width={width} height={each - 3} orientation={VizOrientation.Horizontal} displayMode="basic" valueDisplayMode="text" showUnfilled alignmentFactors={{ title: 'x'.repeat(longest), text: '000.00 Mil' }} itemSpacing={8} lcdCellWidth={12} theme={theme} /></div>)}</div>;
  },
  timeseries: ({ frames, panel, width, height }) => <PanelContextProvider value={{ eventsScope: 'x', eventBus, onToggleSeriesVisibility: () => {} }}>
    <TimeSeries frames={frames} timeRange={range} timeZone="utc" width={width} height={height} legend={panel.options.legend} />
  </PanelContextProvider>,
  heatmap: ({ frames, panel, width, height }) => <Heatmap frames={frames} unit={panel.fieldConfig.defaults.unit} width={width} height={height} theme={theme} />,
  table: ({ frames, panel, width, height }) => <TableNG data={frames[0]} width={width} height={height} fieldConfig={{ defaults: {}, overrides: [] }} structureRev={1} cellHeight="sm" />,
};

let waiting = 0;
const faults = [], empty = [];

function Content({ panel, width, height }) {
  const [state, show] = React.useState(null);
  React.useEffect(() => {
    waiting += 1;
    data(panel).then(frames => show({ frames }), error => { faults.push(`${panel.title}: ${error.message}`); show({ error: String(error) }); }).finally(() => { waiting -= 1; });
  }, []);
  if (state === null) return null;
  if (state.error) return <Center text={state.error} theme={theme} />;
  const isEmpty = state.frames.length === 0 || state.frames.every(frame => frame.length === 0);
  if (isEmpty) {
    if (!empty.includes(panel.title)) empty.push(panel.title);
    return <Center text={panel.fieldConfig.defaults.noValue ?? 'No data'} theme={theme} />;
  }
  return DRAW[panel.type]({ frames: state.frames, panel, width, height });
}

function Panel({ panel, top }) {
  const { x, y, w, h } = panel.gridPos;
  const unit = document.documentElement.clientWidth / 24;
  const [width, height] = [w * unit - GAP, h * (CELL + GAP) - GAP];
  return <div style={{ position: 'absolute', left: x * unit + GAP / 2, top: (y - top) * (CELL + GAP), width, height }}>
    <PanelChrome title={panel.title} description={panel.description} width={width} height={height}>{(w, h) => <Content panel={panel} width={w} height={h} />}</PanelChrome>
  </div>;
}

function Row({ row, panels }) {
  const top = Math.min(...panels.map(panel => panel.gridPos.y));
  const bottom = Math.max(...panels.map(panel => panel.gridPos.y + panel.gridPos.h));
  return <section data-row={row.title} style={{ background: theme.colors.background.canvas, padding: '4px 0' }}>
    <div style={{ padding: '6px 10px', font: `500 16px ${theme.typography.fontFamily}`, color: theme.colors.text.primary }}>{row.title}</div>
    <div style={{ position: 'relative', height: (bottom - top) * (CELL + GAP) }}>{panels.map(panel => <Panel key={panel.id} panel={panel} top={top} />)}</div>
  </section>;
}

/** Each row with its panels, also where the panels follow it because it is open. */
function rows(dashboard) {
  const found = [];
  for (const panel of dashboard.panels) {
    if (panel.type === 'row') found.push({ row: panel, panels: [...panel.panels] });
    else found.at(-1).panels.push(panel);
  }
  return found;
}

const dashboard = await (await fetch(`/${asked.get('dashboard')}.json`)).json();
const wanted = rows(dashboard).filter((_, index) => asked.get('row') === null || Number(asked.get('row')) === index);
createRoot(document.getElementById('root')).render(<ThemeContext.Provider value={theme}><GlobalStyles />{wanted.map(one => <Row key={one.row.id} {...one} />)}</ThemeContext.Provider>);
window.state = () => ({ waiting, faults, empty, rows: rows(dashboard).length });
