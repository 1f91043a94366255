import { expect, test } from 'vitest';
import { newStream, step, endingOf } from '../../src/session/stream.ts';
import { end, request } from './harness.ts';

test('an entry is next, known or behind a gap', () => {
  expect(step(3, 4, 4)).toBe('next');
  expect(step(3, 4, 9)).toBe('next');
  expect(step(3, 3, 3)).toBe('known');
  expect(step(3, 1, 2)).toBe('known');
  expect(step(3, 5, 5)).toBe('gap');
});

test('a merge that begins below the cursor and ends above it cannot be applied', () => {
  expect(step(3, 2, 5)).toBe('gap');
});

test('an end with another byte count than the text is a failure', () => {
  expect(endingOf(newStream(request()), end(2, 1)).failure).toMatchObject({
    kind: 'protocol',
    code: 'utf8_bytes',
  });
  expect(endingOf(newStream(request()), end(2, 0)).failure).toBeUndefined();
});

test('an unknown finish reason was read as an error, and without one it still has a code', () => {
  const message = { ...end(2, 0), finish_reason: 'error' as const };
  expect(endingOf(newStream(request()), message).failure).toMatchObject({ kind: 'failed', code: 'unknown' });
});

test('an abandoned stream is a failure', () => {
  const message = { ...end(2, 0), finish_reason: 'abandoned' as const };
  expect(endingOf(newStream(request()), message).failure).toMatchObject({
    kind: 'failed',
    code: 'abandoned',
  });
});
