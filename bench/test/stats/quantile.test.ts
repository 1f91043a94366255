import { describe, expect, it } from 'vitest';
import { ascending, median, quantile } from '../../src/stats/quantile.ts';
import { studentCdf, studentQuantile } from '../../src/stats/student-t.ts';

describe('quantiles', () => {
  it('sort by number, also above nine and below zero', () => {
    expect([...ascending([10, 9, -2, 1])]).toEqual([-2, 1, 9, 10]);
  });

  it('lie linearly between samples, as R does by default', () => {
    const sorted = ascending([1, 2, 4, 8]);
    expect(quantile(sorted, 0)).toBe(1);
    expect(quantile(sorted, 0.25)).toBe(1.75);
    expect(quantile(sorted, 0.9)).toBeCloseTo(6.8, 12);
    expect(quantile(sorted, 1)).toBe(8);
    expect(median(sorted)).toBe(3);
    expect(median(ascending([5]))).toBe(5);
  });

  it('do not exist without samples', () => {
    expect(() => median(ascending([]))).toThrow('no samples');
  });
});

describe('the t distribution', () => {
  it('agrees with printed tables', () => {
    expect(studentQuantile(0.95, 1)).toBeCloseTo(12.7062, 3);
    expect(studentQuantile(0.95, 4)).toBeCloseTo(2.7764, 4);
    expect(studentQuantile(0.99, 9)).toBeCloseTo(3.2498, 4);
    expect(studentQuantile(0.999, 8)).toBeCloseTo(5.0413, 4);
    expect(studentQuantile(0.95, 1e6)).toBeCloseTo(1.96, 4);
    expect(studentCdf(0, 3)).toBeCloseTo(0.5, 12);
    expect(studentCdf(1, 1)).toBeCloseTo(0.75, 10);
  });
});
