import { describe, expect, it } from 'vitest';
import { compareMedians, medianInterval } from '../../src/stats/bootstrap.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { blockEffects, measured, normal, withOutliers } from './noise.ts';

const width = ({ low, high }: { low: number; high: number }): number => high - low;

describe('the interval of a median', () => {
  it('is wide when blocks differ, however many samples each has', () => {
    const random = randomFrom(1);
    const apart = measured(100, [-10, -5, 0, 5, 10], 200, normal, random);
    const alike = measured(100, [0, 0, 0, 0, 0], 200, normal, random);
    expect(width(medianInterval(apart, { random }))).toBeGreaterThan(10);
    expect(width(medianInterval(alike, { random }))).toBeLessThan(1);
  });

  it('narrows with more blocks', () => {
    const random = randomFrom(2);
    const [few, many] = [5, 50].map((blocks) => {
      return medianInterval(measured(100, blockEffects(blocks, 3, random), 8, normal, random), { random });
    });
    expect(width(few ?? { low: 0, high: 0 })).toBeGreaterThan(2 * width(many ?? { low: 0, high: 0 }));
  });

  it("of two samples is Student's interval of their mean", () => {
    const { value, low, high } = medianInterval(
      { values: [0, 10], blocks: [0, 1] },
      { random: randomFrom(3) },
    );
    expect(value).toBe(5);
    expect(Math.abs((high - low) / 2 / (5 * 12.706) - 1)).toBeLessThan(0.05);
  });

  it('widens with confidence', () => {
    const samples = measured(100, [1, 0, 2, 1, 0], 8, normal, randomFrom(3));
    const at = (confidence: number) => width(medianInterval(samples, { random: randomFrom(4), confidence }));
    expect(at(0.999)).toBeGreaterThan(2 * at(0.95));
  });

  it('of a hundred thousand samples is that of a few thousand: narrow, and around the median', () => {
    const random = randomFrom(5);
    const samples = measured(50, [0, 0, 0, 0], 25_000, normal, random);
    const { value, low, high } = medianInterval(samples, { random });
    expect(Math.abs(value - 50)).toBeLessThan(0.05);
    expect(low).toBeLessThan(value);
    expect(high - low).toBeLessThan(0.5);
    expect(high - low).toBeGreaterThan(0.1);
  });
});

describe('two medians', () => {
  it('are compared as ratio and as difference, a against b', () => {
    const a = { values: [30, 30, 30], blocks: [0, 1, 2] };
    const b = { values: [20, 20, 20], blocks: [0, 1, 2] };
    for (const paired of [true, false]) {
      const { ratio, difference_ms } = compareMedians(a, b, { random: randomFrom(1), paired });
      for (const value of [ratio.value, ratio.low, ratio.high]) expect(value).toBeCloseTo(1.5, 12);
      expect(difference_ms).toEqual({ value: 10, low: 10, high: 10 });
    }
  });

  it('of the same rounds are compared without what the rounds did to both', () => {
    const random = randomFrom(6);
    const effects = blockEffects(8, 20, random);
    const a = measured(105, effects, 8, withOutliers, random);
    const b = measured(100, effects, 8, withOutliers, random);
    const paired = compareMedians(a, b, { random, paired: true });
    const separate = compareMedians(a, b, { random, paired: false });
    expect(width(paired.difference_ms)).toBeLessThan(width(separate.difference_ms) / 3);
    expect(separate.difference_ms.low).toBeLessThan(0);
  });

  it('are compared also when a side lacks blocks of the other', () => {
    const random = randomFrom(7);
    const a = measured(100, [0, 0, 0, 0, 0, 0], 8, normal, random);
    const b = measured(110, [0, 0], 8, normal, random);
    const { difference_ms } = compareMedians(a, b, { random, paired: true });
    expect(difference_ms.high).toBeLessThan(0);
    expect(difference_ms.low).toBeGreaterThan(-20);
  });

  it('have a finite ratio also where one of them is nothing', () => {
    const zero = { values: [0, -1, 0.5, 0], blocks: [0, 0, 1, 1] };
    const some = { values: [5, 6, 7, 8], blocks: [0, 0, 1, 1] };
    const { ratio } = compareMedians(some, zero, {
      random: randomFrom(8),
      paired: false,
      confidence: 0.9999,
    });
    for (const value of [ratio.value, ratio.low, ratio.high]) expect(Number.isFinite(value)).toBe(true);
    expect(ratio.value).toBeGreaterThan(1000);
  });

  it('come out the same for an equal seed', () => {
    const a = measured(100, [0, 1, 2], 8, normal, randomFrom(9));
    const b = measured(101, [0, 1, 2], 8, normal, randomFrom(10));
    const once = compareMedians(a, b, { random: randomFrom(11), paired: true });
    expect(compareMedians(a, b, { random: randomFrom(11), paired: true })).toEqual(once);
    expect(compareMedians(a, b, { random: randomFrom(12), paired: true })).not.toEqual(once);
  });
});
