import { describe, expect, it } from 'vitest';
import { pairedRatio } from '../../src/stats/paired.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { lognormal } from './noise.ts';

/** n pairs whose ratios are 1 … n, out of order. */
function counting(n: number) {
  const floor = Array.from({ length: n }, (_, index) => 10 + index);
  return pairedRatio(
    floor.map((value, index) => value * (((index * 5) % n) + 1)),
    floor,
  );
}

describe('the ratio of pairs', () => {
  it('is the median of the ratios, not the ratio of the medians', () => {
    expect(pairedRatio([2, 30, 4], [1, 10, 4])?.estimate.value).toBe(2);
  });

  it('of seven pairs reaches from the smallest to the largest, which is more than 95 %', () => {
    expect(counting(7)).toEqual({ estimate: { value: 4, low: 1, high: 7 }, confidence: 1 - 2 / 128 });
  });

  it('leaves out extremes as soon as the rest still covers 95 %', () => {
    expect(counting(8)?.estimate).toEqual({ value: 4.5, low: 1, high: 8 });
    expect(counting(9)).toEqual({ estimate: { value: 5, low: 2, high: 8 }, confidence: 1 - 20 / 512 });
    expect(counting(12)?.estimate).toMatchObject({ low: 3, high: 10 });
  });

  it('of fewer than six pairs says that it covers less', () => {
    expect(counting(6)?.confidence).toBeGreaterThan(0.95);
    expect(counting(3)).toEqual({ estimate: { value: 2, low: 1, high: 3 }, confidence: 0.75 });
    expect(counting(1)).toEqual({ estimate: { value: 1, low: 1, high: 1 }, confidence: 0 });
  });

  it('covers the truth as often as it says, whatever the distribution', () => {
    const random = randomFrom(1);
    const ones = Array.from({ length: 9 }, () => 1);
    const missed = Array.from({ length: 2000 }, () => {
      const interval = pairedRatio(
        ones.map(() => lognormal(random)),
        ones,
      );
      return interval === null || interval.estimate.low > 1 || interval.estimate.high < 1;
    }).filter(Boolean).length;
    expect(missed / 2000).toBeGreaterThan(0.025);
    expect(missed / 2000).toBeLessThan(0.055);
  });

  it('needs pairs of positive measures', () => {
    expect(pairedRatio([], [])).toBeNull();
    expect(() => pairedRatio([1], [])).toThrow('1 and 0');
    expect(() => pairedRatio([1], [0])).toThrow('above zero');
    expect(() => pairedRatio([Number.NaN], [1])).toThrow('above zero');
  });
});
