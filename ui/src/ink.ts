// What the charts are drawn with: the colours and the font of the style sheet, as the browser resolves them.
import { drawn, element } from './dom.ts';

export type Ink = 'c1' | 'c2' | 'c3' | 'c4' | 'c5' | 'ink' | 'wrong';
/** How a series is told apart without colour: an area, a hatched area, a line, a thin or a dashed one. */
export type Kind = 'area' | 'hatch' | 'line' | 'thin' | 'dash';

const probe = element('i');
const tints = new Map<string, string>();
/** Forgets the colours: the theme is another. */
export const forgetTints = (): void => tints.clear();
/** A colour of the style sheet, as it is now. */
export function tint(name: string): string {
  const known = tints.get(name);
  if (known !== undefined) return known;
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color;
  tints.set(name, found);
  return found;
}

const parts = (colour: string): number[] => colour.match(/[\d.]+/g)?.slice(0, 3).map(Number) ?? [0, 0, 0];
/** A colour that lets through what is behind it. */
export const faded = (colour: string, share: number): string => `rgba(${parts(colour).join(', ')}, ${share})`;
/** `share` of one colour with the rest of another. */
export const mixed = (one: string, other: string, share: number): string =>
  `rgb(${parts(one).map((value, i) => Math.round(value * share + (parts(other)[i] ?? 0) * (1 - share))).join(', ')})`;

/** Oblique lines: what failed. */
export function hatch(colour: string): CanvasPattern {
  const canvas = document.createElement('canvas');
  const dots = devicePixelRatio;
  canvas.width = canvas.height = Math.round(6 * dots);
  const context = canvas.getContext('2d')!;
  context.scale(dots, dots);
  context.fillStyle = faded(colour, 0.22);
  context.fillRect(0, 0, 6, 6);
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  for (const x of [-6, 0, 6]) {
    context.moveTo(x, 6);
    context.lineTo(x + 6, 0);
  }
  context.stroke();
  return context.createPattern(canvas, 'repeat')!;
}

/** The font of the page, at a size. */
export const font = (size: number): string => `${size}px ${getComputedStyle(document.body).fontFamily}`;

/** The sign of a series in a legend. */
export function swatch(kind: Kind, ink: Ink): SVGSVGElement {
  const shapes: Record<Kind, () => SVGElement[]> = {
    area: () => [drawn('rect', { class: 'fill', x: 0.75, y: 0.75, width: 10.5, height: 8.5, 'stroke-width': 1.5 })],
    hatch: () => [drawn('rect', { x: 0.5, y: 0.5, width: 11, height: 9, 'stroke-width': 1 }), drawn('path', { d: 'M1 9 9 1M5.5 9.5l6-6M.5 5 5 .5', 'stroke-width': 1.3 })],
    line: () => [drawn('path', { d: 'M0 5h12', 'stroke-width': 2.5 })],
    thin: () => [drawn('path', { d: 'M0 5h12', 'stroke-width': 1.2 })],
    dash: () => [drawn('path', { d: 'M0 5h12', 'stroke-width': 2, 'stroke-dasharray': '3 2' })],
  };
  return drawn('svg', { class: `swatch ink-${ink}`, viewBox: '0 0 12 10', 'aria-hidden': 'true' }, ...shapes[kind]());
}
