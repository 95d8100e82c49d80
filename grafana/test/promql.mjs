// What an expression of PromQL asks for, read with the parser of Prometheus' own interface.
import { parser } from '@prometheus-io/lezer-promql';

/**
 * The series that an expression selects, each with its matchers, its range if it has one, and the functions around it; and the
 * labels that it groups by, matches on or makes. Throws where it is no PromQL.
 */
export function read(expr) {
  const text = node => expr.slice(node.from, node.to);
  const selectors = [];
  const labels = new Set();
  const made = new Set();
  const around = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new SyntaxError(`not PromQL at ${node.from}: …${expr.slice(Math.max(0, node.from - 30), node.from + 30)}…`);
      around.push(node.name === 'FunctionCall' ? text(node.node.firstChild) : undefined);
      if (node.name === 'VectorSelector') selectors.push(selector(node.node, text, around));
      if (node.name === 'LabelName' && node.node.parent?.name === 'GroupingLabels') labels.add(text(node));
      if (node.name === 'FunctionCall' && text(node.node.firstChild) === 'label_replace') {
        const [label] = node.node.getChild('FunctionCallBody').getChildren('StringLiteral');
        made.add(text(label).slice(1, -1));
      }
    },
    leave() { around.pop(); },
  });
  return { selectors, labels, made };
}

function selector(node, text, around) {
  const name = node.getChild('Identifier');
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return {
    name: name === null ? '' : text(name),
    matchers: matchers.map(matcher => {
      const [, label, op, value] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/s.exec(text(matcher));
      return { label, op, value };
    }),
    range: node.parent.name === 'MatrixSelector' ? text(node.parent.getChild('DurationExpr')) : undefined,
    functions: around.filter(one => one !== undefined),
  };
}
