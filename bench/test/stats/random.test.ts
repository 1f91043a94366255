import { describe, expect, it } from 'vitest';
import { exponential, randomFrom, shuffle } from '../../src/stats/random.ts';

function draws(seed: number, label: string, count: number): number[] {
  const random = randomFrom(seed, label);
  return Array.from({ length: count }, random);
}

describe('the seeded generator', () => {
  it('repeats itself for an equal seed and label, and for no other', () => {
    expect(draws(1, 'a', 5)).toEqual(draws(1, 'a', 5));
    expect(draws(1, 'a', 5)).not.toEqual(draws(2, 'a', 5));
    expect(draws(1, 'a', 5)).not.toEqual(draws(1, 'b', 5));
    expect(draws(11, '', 5)).not.toEqual(draws(1, '1', 5));
  });

  it('fills [0, 1) evenly', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const value of draws(3, '', 100_000)) {
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(tenths).toHaveLength(10);
  });

  it('has first draws that do not resemble each other for neighbouring seeds', () => {
    const first = Array.from({ length: 1000 }, (_, seed) => draws(seed, '', 1)[0] ?? Number.NaN);
    const mean = first.reduce((a, b) => a + b) / first.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(new Set(first.map((value) => Math.floor(value * 20))).size).toBe(20);
  });
});

describe('shuffle', () => {
  it('keeps every item, leaves the original alone, and reaches every order about equally often', () => {
    const items = [1, 2, 3];
    const random = randomFrom(7);
    const orders = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = shuffle(items, random).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(items).toEqual([1, 2, 3]);
    expect([...orders.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('exponential', () => {
  it('waits 1/rate on average, and as long as its distribution says at the median', () => {
    const random = randomFrom(5);
    const gaps = Array.from({ length: 50_000 }, () => exponential(4, random)).sort((a, b) => a - b);
    expect(gaps.reduce((a, b) => a + b) / gaps.length).toBeCloseTo(0.25, 2);
    expect(gaps[25_000]).toBeCloseTo(Math.LN2 / 4, 2);
    expect(gaps[0]).toBeGreaterThanOrEqual(0);
    expect(gaps.every(Number.isFinite)).toBe(true);
  });
});
