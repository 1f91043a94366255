/** Which metrics of which cells two results can be compared on; the others get a reason, none is dropped silently. */
import type { Cell, RequestMetric, Result } from '../result/schema.ts';
import { byBlock, type Samples, samplesOf } from '../stats/samples.ts';

/** Two rounds leave one degree of freedom: an interval that bounds nothing. */
const LEAST_ROUNDS = 3;

export interface Test {
  readonly cell: string;
  readonly metric: RequestMetric;
  readonly before: Samples;
  readonly after: Samples;
}

export interface Plan {
  readonly tests: readonly Test[];
  readonly skipped: readonly { readonly cell: string; readonly reason: string }[];
}

export function planCell(id: string, a: Result, b: Result, metrics: readonly RequestMetric[]): Plan {
  const [before, after] = [cellOf(a, id), cellOf(b, id)];
  if (before === undefined) return skip(id, 'missing in the first file');
  if (after === undefined) return skip(id, 'missing in the second file');
  const voids = [...a.void, ...before.void, ...b.void, ...after.void];
  if (voids.length > 0) return skip(id, `void: ${[...new Set(voids)].join('; ')}`);
  const plans = metrics.map((metric) => planMetric(before, after, metric));
  if (plans.every(({ tests, skipped }) => tests.length + skipped.length === 0)) {
    return skip(id, `no samples of ${metrics.join(', ')} in either file`);
  }
  return { tests: plans.flatMap(({ tests }) => tests), skipped: plans.flatMap(({ skipped }) => skipped) };
}

function planMetric(a: Cell, b: Cell, metric: RequestMetric): Plan {
  const [before, after] = [samplesOf(a.samples, metric), samplesOf(b.samples, metric)];
  const rounds = [byBlock(before).size, byBlock(after).size] as const;
  if (rounds[0] === 0 && rounds[1] === 0) return { tests: [], skipped: [] };
  if (Math.min(...rounds) >= LEAST_ROUNDS) {
    return { tests: [{ cell: a.id, metric, before, after }], skipped: [] };
  }
  return skip(
    a.id,
    `${metric} has ${rounds[0]} rounds in the first file and ${rounds[1]} in the second, at least ${LEAST_ROUNDS} are needed`,
  );
}

function skip(cell: string, reason: string): Plan {
  return { tests: [], skipped: [{ cell, reason }] };
}

export function cellOf({ cells }: Result, id: string): Cell | undefined {
  return cells.find((cell) => cell.id === id);
}
