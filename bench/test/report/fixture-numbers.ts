/** Numbers of the right size for a made-up result; not the real statistics. */
import type { Distribution, Estimate } from '../../src/result/schema.ts';
import { encodeHistogram, record } from '../../src/stats/histogram.ts';
import { type Random, randomFrom } from '../../src/stats/random.ts';

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const at = (share: number): number => sorted[Math.min(Math.floor(share * n), n - 1)] ?? 0;
  const half = (1.57 * (at(0.75) - at(0.25))) / Math.sqrt(n);
  return {
    n,
    median: at(0.5),
    low: at(0.5) - half,
    high: at(0.5) + half,
    min: at(0),
    max: at(1),
    mean: sorted.reduce((sum, value) => sum + value, 0) / n,
    p25: at(0.25),
    p75: at(0.75),
    p90: n >= 50 ? at(0.9) : null,
    p95: n >= 200 ? at(0.95) : null,
    p99: n >= 1000 ? at(0.99) : null,
    histogram: encodeHistogram(record(sorted).histogram),
  };
}

export const estimateOf = (value: number, share: number): Estimate => ({
  value,
  low: value * (1 - share),
  high: value * (1 + share),
});

let source = randomFrom(42, 'fixture');

/** Each result begins anew, so that it does not depend on which were made before. */
export function reseed(): void {
  source = randomFrom(42, 'fixture');
}

export const random: Random = () => source();

/** Exponential, with this mean. */
export const noise = (mean: number): number => -Math.log(1 - random()) * mean;

/** Now and then something holds a request up. */
export const stall = (): number => (random() < 0.03 ? noise(40) : 0);
