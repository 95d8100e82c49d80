// One moment for all: what is pointed at in one chart is shown in each other, in the rows and in the vital signs.
//
// It is kept as a time, so that it stays where it is while the curves go on. The place of it in the points that are
// drawn is found anew with each answer.
import type { Curves } from './curves.ts';

type Watcher = (place: number | null) => void;
let time: number | null = null;
let curves: Curves | null = null;
const watchers = new Set<Watcher>();

export const watch = (watcher: Watcher): void => void watchers.add(watcher);

/** The place of the moment in the points; `null` if nothing is pointed at. */
export function place(): number | null {
  if (time === null || curves === null || curves.times.length === 0) return null;
  let nearest = 0;
  curves.times.forEach((at, i) => {
    if (Math.abs(at - time!) < Math.abs(curves!.times[nearest]! - time!)) nearest = i;
  });
  return nearest;
}

export const moment = (): number | null => {
  const at = place();
  return at === null ? null : curves!.times[at]!;
};

export function point(at: number | null): void {
  const next = at === null ? null : curves?.times[Math.max(0, Math.min(curves.times.length - 1, at))] ?? null;
  if (next === time) return;
  time = next;
  tell();
}

export function pointAtTime(at: number): void {
  time = at;
  tell();
}

/** New points are drawn. A moment that they no longer reach is let go. */
export function drawnWith(drawn: Curves): void {
  curves = drawn;
  if (time !== null && (time < drawn.from || time > drawn.to)) time = null;
}

function tell(): void {
  const at = place();
  for (const watcher of watchers) watcher(at);
}

/** Moves through time by the keys of a slider. True if the key was one of them. */
export function step(key: string): boolean {
  const count = curves?.times.length ?? 0;
  if (count === 0) return false;
  const at = place() ?? count - 1;
  const moves: Record<string, number | null> = {
    ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - 12, PageUp: at + 12, Home: 0, End: count - 1, Escape: null,
  };
  if (!(key in moves)) return false;
  if (key === 'Escape' && time === null) return false;
  point(moves[key]!);
  return true;
}
