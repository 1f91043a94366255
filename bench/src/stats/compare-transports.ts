/** Transports against each other, within one run. */
import type { Cell, Comparison, RequestMetric } from '../result/schema.ts';
import { compareMedians } from './bootstrap.ts';
import { randomFrom } from './random.ts';
import { samplesOf } from './samples.ts';
import { verdictOf } from './verdict.ts';

export interface CompareTransportsOptions {
  readonly seed: number;
  /** What every other transport is compared with; all pairs would be more than anybody reads. */
  readonly against?: string;
  readonly metrics?: readonly RequestMetric[];
}

/**
 * Each transport (`a`) against the WebSocket (`b`) under the same network, TLS and temperature: cold with cold, warm with
 * warm. Rounds are interleaved, so blocks are drawn in pairs. Void cells are left out: nothing may be concluded from them.
 */
export function compareTransports(
  cells: readonly Cell[],
  { seed, against = 'websocket', metrics = ['ttft'] }: CompareTransportsOptions,
): Comparison[] {
  const valid = cells.filter((cell) => cell.void.length === 0);
  const baselines = new Map(
    valid.filter((cell) => cell.transport === against).map((cell) => [condition(cell), cell]),
  );
  return valid.flatMap((cell) => {
    const baseline = baselines.get(condition(cell));
    if (baseline === undefined || cell.transport === against) return [];
    return metrics.flatMap((metric) => comparison(cell, baseline, metric, seed) ?? []);
  });
}

function comparison(a: Cell, b: Cell, metric: RequestMetric, seed: number): Comparison | undefined {
  const [ofA, ofB] = [samplesOf(a.samples, metric), samplesOf(b.samples, metric)];
  if (ofA.values.length === 0 || ofB.values.length === 0) return undefined;
  const random = randomFrom(seed, `${a.id} ${b.id} ${metric}`);
  const compared = compareMedians(ofA, ofB, { random, paired: true });
  const { network, tls, temperature } = a;
  const verdict = verdictOf(compared);
  return { metric, network, tls, temperature, a: a.transport, b: b.transport, ...compared, verdict };
}

function condition({ network, tls, temperature }: Cell): string {
  return JSON.stringify([network, tls, temperature]);
}
