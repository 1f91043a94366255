/**
 * What is drawn in a row: SVG in a box WIDTH × ROW that is stretched to the width there is. Strokes do not stretch
 * (vector-effect in the style), so dots stay round and lines stay thin.
 */
import type { Interval } from '../format.ts';
import type { RowChart } from './row-chart.ts';
import { type Scale, WIDTH } from './scale.ts';

/** Height of a row in pixels. */
export const ROW = 44;

/** Height of the cloud of dots. */
const CLOUD = 18;
/** Multiples of it, without their whole part, fill an interval evenly and without a pattern. */
const GOLDEN = 0.618034;

/** Raw samples, scattered up and down so that they hide each other less. */
export function dots(values: readonly number[], scale: Scale): string {
  const places = new Set(
    values.map(
      (value, index) =>
        `M${Math.round(scale.at(value))} ${4 + Math.round(((index * GOLDEN) % 1) * CLOUD)}h.1`,
    ),
  );
  return `<path class="dots" d="${[...places].join('')}"/>`;
}

/** An interval with its middle below the dots. */
export function intervalBelow({ low, value, high }: Interval, scale: Scale): string {
  const x = scale.at(value);
  return `<path class="band" d="M${scale.at(low)} 33H${scale.at(high)}"/><path class="median" d="M${x} 27V39"/>`;
}

/** An interval with its estimate as a dot, in the middle of the row. */
export function intervalAlone({ low, value, high }: Interval, scale: Scale): string {
  const y = ROW / 2;
  return `<path class="whisker" d="M${scale.at(low)} ${y}H${scale.at(high)}"/><path class="point" d="M${scale.at(value)} ${y}h.1"/>`;
}

/** A bar; `kind` is a class that fills it. */
export function bar(from: number, to: number, scale: Scale, kind: string, y = 14, height = 16): string {
  const x = scale.at(from);
  const width = Math.max(scale.at(to) - x, 0);
  return `<rect class="bar ${kind}" x="${x}" y="${y}" width="${round(width)}" height="${height}"/>`;
}

/** What became visible when; the more tokens at once, the thicker. */
export function chunkTicks(chunks: readonly { at_ms: number; tokens: number }[], scale: Scale): string {
  const inside = chunks.filter(({ at_ms }) => at_ms <= scale.max);
  const byWidth = Map.groupBy(inside, ({ tokens }) =>
    tokens <= 1 ? 1.5 : Math.min(2 + Math.sqrt(tokens), 9),
  );
  return [...byWidth]
    .map(([width, own]) => {
      const d = own.map(({ at_ms }) => `M${scale.at(at_ms)} 9v26`).join('');
      return `<path class="chunks" stroke-width="${round(width)}" d="${d}"/>`;
    })
    .join('');
}

/** A thin line: still going on, nothing new to see. */
export function thread(from: number, to: number, scale: Scale): string {
  return `<path class="thread" d="M${scale.at(from)} 22H${scale.at(to)}"/>`;
}

/** The lines of the axis behind a row, and the line that everything is held against. */
export function gridLines({
  scale,
  reference,
  zone,
}: Pick<RowChart, 'scale' | 'reference' | 'zone'>): string {
  const lines = scale.ticks.map(({ at }) => `M${at} 0V${ROW}`).join('');
  const rule = reference === undefined ? '' : `<path class="rule" d="M${scale.at(reference)} 0V${ROW}"/>`;
  const [from, to] = zone?.map((value) => scale.at(value)) ?? [0, 0];
  const shade = zone
    ? `<rect class="zone" x="${from}" y="0" width="${round((to ?? 0) - (from ?? 0))}" height="${ROW}"/>`
    : '';
  return `${shade}<path class="grid" d="${lines}M0 0V${ROW}M${WIDTH} 0V${ROW}"/>${rule}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
