import { describe, expect, it } from 'vitest';
import { distribution as schema } from '../../src/result/schema.ts';
import { distribution, metricsOf } from '../../src/stats/distribution.ts';
import { decodeHistogram } from '../../src/stats/histogram.ts';
import { randomFrom } from '../../src/stats/random.ts';

/** 1 … n ms, in blocks of ten. */
function counting(n: number) {
  const values = Array.from({ length: n }, (_, index) => index + 1);
  return distribution({ values, blocks: values.map((value) => value % 10) }, randomFrom(1));
}

/** Whether p90, p95 and p99 are there. */
function shown(n: number): boolean[] {
  const { p90, p95, p99 } = counting(n) ?? {};
  return [p90 !== null, p95 !== null, p99 !== null];
}

describe('a distribution', () => {
  it('shows only the quantiles that its samples can carry', () => {
    expect(shown(49)).toEqual([false, false, false]);
    expect(shown(50)).toEqual([true, false, false]);
    expect(shown(199)).toEqual([true, false, false]);
    expect(shown(200)).toEqual([true, true, false]);
    expect(shown(999)).toEqual([true, true, false]);
    expect(shown(1000)).toEqual([true, true, true]);
  });

  it('says what the raw samples say', () => {
    const made = schema.parse(counting(1001));
    expect(made).toMatchObject({ n: 1001, median: 501, min: 1, max: 1001, mean: 501, p25: 251, p75: 751 });
    expect(made).toMatchObject({ p90: 901, p95: 951, p99: 991 });
    expect(made.low).toBeLessThan(501);
    expect(made.high).toBeGreaterThan(501);
    expect(decodeHistogram(made.histogram).totalCount).toBe(1001);
  });

  it('of no samples is none', () => {
    expect(distribution({ values: [], blocks: [] }, randomFrom(1))).toBeNull();
  });

  it('of one sample is that sample', () => {
    const made = distribution({ values: [3], blocks: [0] }, randomFrom(1));
    expect(made).toMatchObject({ n: 1, median: 3, low: 3, high: 3, min: 3, max: 3, mean: 3 });
  });

  it('keeps the sign of latencies that clocks made negative', () => {
    const made = distribution({ values: [-2, -1, 4], blocks: [0, 1, 2] }, randomFrom(1));
    expect(made).toMatchObject({ median: -1, min: -2 });
    expect(decodeHistogram(made?.histogram ?? '').minNonZeroValue).toBe(4000);
  });
});

describe('the metrics of a cell', () => {
  it('leave out missing values, and metrics without any', () => {
    const samples = {
      round: [0, 0, 1, 1],
      columns: { ttft: [1, null, 3, 5], e2e: [null, null, null, null] },
    };
    const metrics = metricsOf(samples, 1, 'cell');
    expect(Object.keys(metrics)).toEqual(['ttft']);
    expect(metrics.ttft).toMatchObject({ n: 3, median: 3 });
    expect(metricsOf(samples, 1, 'cell')).toEqual(metrics);
  });
});
