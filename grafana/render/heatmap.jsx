// A heatmap of a histogram's buckets; Grafana's own is no component that can be had.
import React from 'react';
import { getValueFormat } from '@grafana/data';

const LEFT = 56, BOTTOM = 22, TOP = 8;

/** Rows from the lowest bound up, each what is between its bound and the one below. */
function cells(frames) {
  const sorted = frames.map(frame => ({ bound: Number(frame.fields[1].labels.le.replace('+Inf', 'Infinity')), times: frame.fields[0].values, counts: frame.fields[1].values })).sort((a, b) => a.bound - b.bound);
  const times = [...new Set(sorted.flatMap(row => row.times))].sort((a, b) => a - b);
  const at = row => new Map(row.times.map((time, index) => [time, row.counts[index]]));
  let below = new Map();
  return { times, rows: sorted.map(row => {
    const here = at(row);
    const counts = times.map(time => Math.max(0, (here.get(time) ?? 0) - (below.get(time) ?? 0)));
    below = here;
    return { bound: row.bound, counts };
  }) };
}

export function Heatmap({ frames, unit, width, height, theme }) {
  const { times, rows } = cells(frames);
  const used = rows.map(row => row.counts.some(count => count > 0));
  const shown = rows.slice(Math.max(0, used.indexOf(true) - 1), used.lastIndexOf(true) + 2);
  // A single burst does not make all else pale.
  const counts = shown.flatMap(row => row.counts).filter(count => count > 0).sort((a, b) => a - b);
  const largest = counts[Math.floor(0.98 * (counts.length - 1))];
  if (!(largest > 0)) return <Center text="Nothing was observed" theme={theme} />;
  const w = (width - LEFT) / times.length, h = (height - BOTTOM - TOP) / shown.length;
  const format = getValueFormat(unit);
  const said = value => { const { text, suffix } = format(value, undefined); return `${text}${suffix ?? ''}`; };
  const every = Math.ceil(shown.length / Math.max(1, Math.floor((height - BOTTOM - TOP) / 16)));
  const style = { fill: theme.colors.text.secondary, fontSize: 11, fontFamily: theme.typography.fontFamily };
  return <svg width={width} height={height}>
    {shown.map((row, index) => {
      const y = height - BOTTOM - (index + 1) * h;
      return <g key={row.bound}>
        {row.counts.map((count, column) => count > 0 && <rect key={column} x={LEFT + column * w} y={y} width={Math.max(1, w - 1)} height={Math.max(1, h - 1)} fill="#FF780A" fillOpacity={Math.min(1, Math.sqrt(count / largest))} />)}
        {index % every === 0 && <text x={LEFT - 6} y={y + 4} textAnchor="end" {...style}>{Number.isFinite(row.bound) ? said(row.bound) : '+Inf'}</text>}
      </g>;
    })}
    {[0, 0.25, 0.5, 0.75, 1].map(share => {
      const time = new Date(times[Math.round(share * (times.length - 1))]);
      return <text key={share} x={LEFT + share * (width - LEFT)} y={height - 6} textAnchor={share === 1 ? 'end' : share === 0 ? 'start' : 'middle'} {...style}>{time.toISOString().slice(11, 16)}</text>;
    })}
  </svg>;
}

export function Center({ text, theme }) {
  return <div style={{ height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center', color: theme.colors.text.secondary }}>{text}</div>;
}
