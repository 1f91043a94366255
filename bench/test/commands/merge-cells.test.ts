import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/result/schema.ts';
import { distribution } from '../../src/stats/distribution.ts';
import { decodeHistogram, encodeHistogram, record } from '../../src/stats/histogram.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { cellOf } from './made-result.ts';
import { first, merged, onlyCell, run, second } from './runs-to-merge.ts';

describe('a merged cell', () => {
  const cell = onlyCell(merged([run([first]), run([second])]).result);
  const values = [...(first.samples.columns.ttft ?? []), ...(second.samples.columns.ttft ?? [])];

  it('holds all raw samples, with the rounds of each run apart', () => {
    expect(cell.samples.columns.ttft).toEqual(values);
    expect([...new Set(cell.samples.round)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(cell.samples.round).toHaveLength(64);
  });

  it('has quantiles of all raw samples, not averages of quantiles', () => {
    const numbers = values.filter((value) => value !== null);
    const { ttft } = cell.metrics;
    const expected = distribution(
      { values: numbers, blocks: cell.samples.round },
      randomFrom(1, `${cell.id} ttft`),
    );
    expect(ttft).toEqual(expected);
    const [one, two] = [first.metrics.ttft?.median ?? 0, second.metrics.ttft?.median ?? 0];
    expect(Math.abs((ttft?.median ?? 0) - (one + two) / 2)).toBeGreaterThan(5);
  });

  it('has the histogram of all samples, made by adding those of the files', () => {
    const numbers = values.filter((value) => value !== null);
    expect(cell.metrics.ttft?.histogram).toBe(encodeHistogram(record(numbers).histogram));
    const strange = encodeHistogram(record(Array.from({ length: 24 }, () => 7)).histogram);
    const altered = structuredClone(first);
    if (altered.metrics.ttft) altered.metrics.ttft.histogram = strange;
    const sum = onlyCell(merged([run([altered]), run([second])]).result).metrics.ttft?.histogram ?? '';
    expect(decodeHistogram(sum).minNonZeroValue).toBe(7000);
  });

  it('has missing values where a run did not measure a metric', () => {
    const more = cellOf({ transport: 'sse', added: true, seed: 3, rounds: 3 });
    const { samples, metrics } = onlyCell(merged([run([first]), run([more])]).result);
    expect(samples.columns.added?.slice(0, 24)).toEqual(Array.from({ length: 24 }, () => null));
    expect(samples.columns.added).toHaveLength(48);
    expect(metrics.added?.n).toBe(24);
  });

  it('has summed counts, and means weighed by what they are means of', () => {
    const a: Cell = {
      ...first,
      failed: 2,
      missed_warm: 1,
      goodput: 1,
      errors: [{ message: 'cut', count: 2 }],
    };
    const b: Cell = {
      ...second,
      failed: 1,
      goodput: 3,
      errors: [
        { message: 'cut', count: 1 },
        { message: 'late', count: 4 },
      ],
      wire: { up_bytes_per_token: 5, down_bytes_per_token: 10 },
    };
    const sum = onlyCell(merged([run([a]), run([b])]).result);
    expect(sum).toMatchObject({ planned: 64, measured: 64, failed: 3, missed_warm: 1 });
    expect(sum.goodput).toBeCloseTo((1 * 24 + 3 * 40) / 64, 12);
    expect(sum.errors).toEqual([
      { message: 'cut', count: 3 },
      { message: 'late', count: 4 },
    ]);
    expect(sum.tokens).toMatchObject({ expected: 640, received: 640 });
    expect(sum.wire?.up_bytes_per_token).toBeCloseTo((240 * 1 + 400 * 5) / 640, 12);
    expect(sum.wire?.down_bytes_per_token).toBeCloseTo((240 * 50 + 400 * 10) / 640, 12);
    expect(onlyCell(merged([run([a]), run([{ ...b, wire: null }])]).result).wire).toBeNull();
  });

  it('is void when it was void in any run', () => {
    const dead = { ...second, void: ['late'] };
    expect(onlyCell(merged([run([first]), run([dead])]).result).void).toEqual(['late']);
  });

  it('has the phases of the run that measured most', () => {
    expect(cell.phases).toEqual(second.phases);
    expect(onlyCell(merged([run([second]), run([first])]).result).phases).toEqual(second.phases);
  });
});
