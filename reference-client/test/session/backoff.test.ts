import { expect, test } from 'vitest';
import { fullJitter, withinWindow } from '../../src/session/backoff.ts';

const options = { baseMs: 100, maxMs: 1_000 };

test('full jitter draws from zero to a ceiling that doubles up to a maximum', () => {
  expect([0, 1, 2, 3, 4, 50].map((attempt) => fullJitter(attempt, 0.999999, options))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect(fullJitter(5, 0, options)).toBe(0);
});

test('the window of a goaway is drawn from whole', () => {
  expect([0, 0.5, 0.999999].map((random) => withinWindow([100, 300], random))).toEqual([100, 200, 300]);
});
