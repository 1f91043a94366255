import { expect, test } from 'vitest';
import { retryWait } from '../src/retry.ts';

const refused = (status: number, headers: Record<string, string> = {}, attempt = 0): number | undefined =>
  retryWait({ status, headers: new Headers(headers), attempt, random: 1 });

test('repeats only what was refused with 429 or 503, twice at most, longer each time', () => {
  expect(refused(429)).toBe(250);
  expect(refused(503, {}, 1)).toBe(500);
  expect(refused(429, {}, 2)).toBeUndefined();
  for (const status of [400, 401, 404, 408, 500, 502, 504]) expect(refused(status)).toBeUndefined();
});

test('waits as long as the model asks, up to a cap', () => {
  expect(refused(429, { 'retry-after': '2' })).toBe(2000);
  expect(refused(429, { 'retry-after-ms': '30' })).toBe(30);
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
  expect(refused(503, { 'retry-after': 'Sun, 06 Nov 1994 08:49:40 GMT', date })).toBe(3000);
  expect(refused(429, { 'retry-after': '60' })).toBeUndefined();
});

test('does not repeat what the model says not to', () => {
  expect(refused(429, { 'x-should-retry': 'false' })).toBeUndefined();
});
