import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../src/stats/verdict.ts';

/** `[value, low, high]` of each. */
function verdict(ratio: [number, number, number], difference: [number, number, number]): string {
  const [value, low, high] = ratio;
  const [value_ms, low_ms, high_ms] = difference;
  return verdictOf({
    ratio: { value, low, high },
    difference_ms: { value: value_ms, low: low_ms, high: high_ms },
  });
}

describe('a difference', () => {
  it('beyond both margins and away from equality is faster or slower', () => {
    expect(verdict([0.7, 0.6, 0.8], [-30, -40, -20])).toBe('faster');
    expect(verdict([1.4, 1.3, 1.5], [30, 20, 40])).toBe('slower');
    expect(verdict([1.06, 1.001, 1.1], [6, 0.1, 10])).toBe('slower');
  });

  it('whose whole interval is inside a margin is of no practical difference', () => {
    expect(verdict([1.02, 1.01, 1.03], [20, 10, 30])).toBe('no practical difference');
    expect(verdict([2, 1.5, 2.5], [0.6, 0.3, 1.9])).toBe('no practical difference');
    expect(verdict([1, 1, 1], [0, 0, 0])).toBe('no practical difference');
  });

  it('is undecided when the interval reaches from equality to beyond the margins', () => {
    expect(verdict([1.2, 0.9, 1.6], [10, -5, 25])).toBe('undecided');
    expect(verdict([1, 0.9, 1.1], [0, -10, 10])).toBe('undecided');
  });

  it('is undecided when it is certain but lies inside a margin only with its estimate', () => {
    expect(verdict([1.04, 1.02, 1.08], [12, 6, 24])).toBe('undecided');
    expect(verdict([1.5, 1.2, 1.8], [1.9, 0.8, 3])).toBe('undecided');
  });

  it('is undecided when ratio and difference do not agree', () => {
    expect(verdict([1.2, 1.01, 1.5], [10, -1, 20])).toBe('undecided');
    expect(verdict([0.8, 0.6, 0.99], [-10, -20, 1])).toBe('undecided');
  });

  it('is mirrored when the sides change places', () => {
    expect(verdict([1.051, 1.03, 1.08], [10, 5, 15])).toBe('slower');
    expect(verdict([1 / 1.051, 1 / 1.08, 1 / 1.03], [-10, -15, -5])).toBe('faster');
    expect(verdict([1 / 1.04, 1 / 1.049, 1 / 1.03], [-10, -15, -5])).toBe('no practical difference');
  });

  it('is judged by the margins that are given', () => {
    const compared = {
      ratio: { value: 1.03, low: 1.02, high: 1.04 },
      difference_ms: { value: 9, low: 6, high: 12 },
    };
    expect(verdictOf(compared)).toBe('no practical difference');
    expect(verdictOf(compared, { relative: 0.02, absoluteMs: 2 })).toBe('slower');
    expect(verdictOf(compared, { relative: 0.02, absoluteMs: 10 })).toBe('undecided');
  });
});
