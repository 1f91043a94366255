import { describe, expect, test } from 'vitest';
import { linearScale, logScale, ratioScale } from '../../src/report/charts/scale.ts';
import {
  fixed,
  middle,
  range,
  roughTime,
  signedNumber,
  timeTick,
  withInterval,
} from '../../src/report/format.ts';

describe('a number', () => {
  test('of a sentence has the digits that one remembers', () => {
    expect([0.8412, 4.56, 302.4, 2479, -0.3].map(roughTime)).toEqual([
      '0.84 ms',
      '4.6 ms',
      '302 ms',
      '2.5 s',
      '−0.30 ms',
    ]);
  });

  test('has as many decimals as its interval carries', () => {
    expect(withInterval({ value: 302.123, low: 300.2, high: 304.9 }, 'ms')).toBe('302 ms (300–305)');
    expect(middle({ value: 302.123, low: 301.9, high: 302.4 }, 'ms')).toBe('302.1 ms');
  });

  test('shows a sign where the interval crosses zero', () => {
    expect(range({ low: -2, high: 9 })).toBe('−2 to +9');
    expect(signedNumber(-0.04, 1)).toBe('0.0');
  });

  test('of many digits is set apart by thousands', () => {
    expect(fixed(21_000, 0)).toBe('21\u202f000');
    expect(fixed(2479.4, 1)).toBe('2479.4');
  });
});

describe('an axis', () => {
  test('begins and ends at round numbers, and has few ticks', () => {
    const scale = linearScale(0, 3502, timeTick(3502));
    expect([scale.min, scale.max]).toEqual([0, 4000]);
    expect(scale.ticks.map(({ label }) => label)).toEqual(['0', '1 s', '2 s', '3 s', '4 s']);
    expect(scale.at(2000)).toBe(500);
  });

  test('does not let a mark out of the plot', () => {
    const scale = linearScale(200, 300, timeTick(300));
    expect([scale.at(0), scale.at(1e9)]).toEqual([0, 1000]);
  });

  test('of one single value is an axis all the same', () => {
    for (const value of [0, 5, -3]) {
      const places = linearScale(value, value, String).ticks.map(({ at }) => at);
      expect(places).toSatisfy(() => places.length > 1 && places.every(Number.isFinite));
    }
  });

  test('of ratios has 1 on it and 1 in sight', () => {
    for (const values of [
      [0.99, 1.01],
      [0.8, 11],
      [3, 5],
      [0.01, 0.02],
    ]) {
      const scale = ratioScale(values);
      expect(scale.ticks.map(({ label }) => label)).toContain('1×');
      expect(scale.ticks.length).toBeLessThan(9);
    }
  });

  test('of equal ratios gives equal lengths', () => {
    const scale = logScale(100, 4000, timeTick(4000));
    expect(scale.at(400) - scale.at(200)).toBeCloseTo(scale.at(2000) - scale.at(1000), 0);
  });
});
