/** What a report says of a metric, from its raw samples. */
import { type Cell, type Distribution, requestMetrics } from '../result/schema.ts';
import { medianInterval } from './bootstrap.ts';
import { encodeHistogram, record } from './histogram.ts';
import { ascending, median, quantile } from './quantile.ts';
import { type Random, randomFrom } from './random.ts';
import { type Samples, samplesOf } from './samples.ts';

/** How many samples a quantile needs: about ten beyond p95 and p99, five beyond p90. */
const NEEDED = { p90: 50, p95: 200, p99: 1000 } as const;

/** Of samples in ms; null when there are none. The interval of the median: 95 %, see `medianInterval`. */
export function distribution(samples: Samples, random: Random): Distribution | null {
  const sorted = ascending(Array.from(samples.values));
  const n = sorted.length;
  if (n === 0) return null;
  const { low, high } = medianInterval(samples, { random });
  const tail = (p: number, needed: number): number | null => (n < needed ? null : quantile(sorted, p));
  return {
    n,
    median: median(sorted),
    low,
    high,
    min: quantile(sorted, 0),
    max: quantile(sorted, 1),
    mean: sorted.reduce((sum, value) => sum + value, 0) / n,
    p25: quantile(sorted, 0.25),
    p75: quantile(sorted, 0.75),
    p90: tail(0.9, NEEDED.p90),
    p95: tail(0.95, NEEDED.p95),
    p99: tail(0.99, NEEDED.p99),
    histogram: encodeHistogram(record(sorted).histogram),
  };
}

/** Every metric that the raw samples of a cell hold. `label` is the cell's id: equal seeds and ids give equal intervals. */
export function metricsOf(columns: Cell['samples'], seed: number, label: string): Cell['metrics'] {
  const metrics: Cell['metrics'] = {};
  for (const metric of requestMetrics) {
    const made = distribution(samplesOf(columns, metric), randomFrom(seed, `${label} ${metric}`));
    if (made !== null) metrics[metric] = made;
  }
  return metrics;
}
