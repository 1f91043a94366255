import { describe, expect, it } from 'vitest';
import { addHistograms, decodeHistogram, encodeHistogram, record } from '../../src/stats/histogram.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { lognormal } from './noise.ts';

const HOUR_MS = 3_600_000;

function encoded(values: readonly number[]): string {
  return encodeHistogram(record(values).histogram);
}

describe('the histogram', () => {
  it('holds microseconds within 0.1 %, from one to an hour and beyond', () => {
    for (const ms of [0.001, 0.999, 2.047, 302.417, 61_234.5, 2_500_000, HOUR_MS, 5 * HOUR_MS]) {
      const { maxValue, totalCount } = decodeHistogram(encoded([ms]));
      expect(Math.abs(maxValue / 1000 - ms) / ms).toBeLessThan(0.001);
      expect(totalCount).toBe(1);
    }
  });

  it('records negative latencies as 0, and counts them', () => {
    const { histogram, clamped } = record([-0.2, -5, 0, 1]);
    expect(clamped).toBe(2);
    expect(histogram.totalCount).toBe(4);
    expect(histogram.getValueAtPercentile(75)).toBe(0);
    expect(histogram.maxValue).toBe(1000);
  });

  it('refuses what is no latency', () => {
    expect(() => record([Number.NaN])).toThrow('finite');
    expect(() => record([Number.POSITIVE_INFINITY])).toThrow('finite');
  });

  it('is the same after encoding and decoding, and again after the next', () => {
    const random = randomFrom(1);
    const text = encoded(Array.from({ length: 500 }, () => lognormal(random)));
    expect(encodeHistogram(decodeHistogram(text))).toBe(text);
    expect(decodeHistogram(encoded([])).totalCount).toBe(0);
  });

  it('throws at a text that is none', () => {
    expect(() => decodeHistogram('bm8gaGlzdG9ncmFt')).toThrow('V2');
  });
});

describe('added histograms', () => {
  it('are the histogram of all samples, to the letter', () => {
    const random = randomFrom(2);
    const parts = [300, 1, 0, 57].map((count) =>
      Array.from({ length: count }, () => 100 * lognormal(random)),
    );
    const sum = addHistograms(parts.map(encoded));
    expect(encodeHistogram(sum)).toBe(encoded(parts.flat()));
    expect(sum.totalCount).toBe(358);
  });

  it('count alike when only one of them reaches beyond an hour', () => {
    const parts = [[1, 2], [2 * HOUR_MS], [3]];
    for (const order of [parts, parts.toReversed()]) {
      const sum = addHistograms(order.map(encoded));
      const whole = record(parts.flat()).histogram;
      for (const p of [0, 25, 50, 75, 100]) {
        expect(sum.getValueAtPercentile(p)).toBe(whole.getValueAtPercentile(p));
      }
      expect(sum.totalCount).toBe(4);
    }
  });
});
