// What Grafana's Prometheus data source would do: queries become frames.
import { FieldType, toDataFrame } from '@grafana/data';

const NAN = value => value === 'NaN' ? null : Number(value);

export class Source {
  constructor({ prometheus, from, to, step, instance }) {
    Object.assign(this, { prometheus, from, to, step, instance });
  }

  expand(expr) {
    const range = `${Math.round((this.to - this.from) / 1000)}s`;
    return expr.replaceAll('$__rate_interval', `${Math.max(4 * this.step, 60)}s`).replaceAll('$__interval', `${this.step}s`).replaceAll('$__range', range)
      .replaceAll('$job', '.+').replaceAll('$instance', this.instance);
  }

  async ask({ expr, instant }) {
    const query = encodeURIComponent(this.expand(expr));
    const path = instant ? `query?query=${query}&time=${this.to / 1000}` : `query_range?query=${query}&start=${this.from / 1000}&end=${this.to / 1000}&step=${this.step}`;
    const answer = await (await fetch(`${this.prometheus}/api/v1/${path}`)).json();
    if (answer.status !== 'success') throw new Error(`${answer.error} in ${this.expand(expr)}`);
    return answer.data.result;
  }

  /** A frame for each series, as lines, stats and bars take them. */
  async series(panel) {
    const all = await Promise.all(panel.targets.map(async target => (await this.ask(target)).map(({ metric, values, value }) => {
      const points = values ?? [value];
      const { __name__, ...labels } = metric;
      const name = target.legendFormat === '__auto' || target.legendFormat === '' ? Object.values(labels).join(' ') || panel.title
        : target.legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '').trim();
      return toDataFrame({
        refId: target.refId, name,
        fields: [
          { name: 'Time', type: FieldType.time, values: points.map(([time]) => time * 1000) },
          { name: 'Value', type: FieldType.number, values: points.map(([, number]) => NAN(number)), labels, config: { displayNameFromDS: name } },
        ],
      });
    })));
    return all.flat();
  }

  /** A frame for each query, a row for each series, as tables take them. */
  async tables(panel) {
    return Promise.all(panel.targets.map(async target => {
      const found = await this.ask(target);
      const labels = [...new Set(found.flatMap(({ metric }) => Object.keys(metric)))].filter(label => label !== '__name__').sort();
      return toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: FieldType.time, values: found.map(({ value }) => value[0] * 1000) },
          ...labels.map(label => ({ name: label, type: FieldType.string, values: found.map(({ metric }) => metric[label] ?? '') })),
          { name: panel.targets.length === 1 ? 'Value' : `Value #${target.refId}`, type: FieldType.number, values: found.map(({ value }) => NAN(value[1])) },
        ],
      });
    }));
  }
}
