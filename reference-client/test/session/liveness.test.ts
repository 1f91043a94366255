import { expect, test } from 'vitest';
import { streaming, token } from './harness.ts';

test('each ping gets one pong with the same t', () => {
  const h = streaming();
  h.server(1, { type: 'ping', t: 81_234 });
  expect(h.on(1).slice(1)).toEqual([{ type: 'pong', t: 81_234 }]);
});

test('gives a silent connection up after interval and timeout, and ignores what it says later', () => {
  const h = streaming();
  h.advance(24_999);
  expect(h.closes).toEqual([]);
  h.advance(1);
  expect(h.closes).toEqual([{ connection: 1, code: 4504 }]);
  h.server(1, token(4, 'late'));
  h.lose(1);
  expect(h.tokens).toHaveLength(2);
  h.advance(50);
  expect(h.opened).toEqual([1, 2]);
});

test('any message is a sign of life', () => {
  const h = streaming();
  h.advance(20_000);
  h.server(1, { type: 'pong', t: 1 });
  h.advance(24_999);
  expect(h.closes).toEqual([]);
  h.advance(1);
  expect(h.closes).toHaveLength(1);
});

test('a client that was suspended asks first, and waits 2 s', () => {
  const h = streaming();
  h.sleep(3_600_000);
  h.advance(0);
  expect(h.closes).toEqual([]);
  expect(h.on(1).at(-1)).toEqual({ type: 'ping', t: 1 });
  h.advance(1_999);
  expect(h.closes).toEqual([]);
  h.advance(1);
  expect(h.closes).toEqual([{ connection: 1, code: 4504 }]);
});

test('a woken connection that answers is kept', () => {
  const h = streaming();
  h.input({ kind: 'wake' });
  h.server(1, { type: 'pong', t: 1 });
  h.advance(2_000);
  expect(h.closes).toEqual([]);
  h.server(1, token(4, '!'));
  expect(h.tokens).toHaveLength(3);
});

test('a wake hurries the next attempt, still with jitter', () => {
  const h = streaming();
  for (let n = 1; n <= 3; n++) {
    h.lose(n, 4500);
    h.advance(400);
    h.connect(n + 1);
  }
  h.lose(4, 4500);
  expect(h.session.state.retryMs).toBe(400);
  h.input({ kind: 'wake' });
  expect(h.session.state.retryMs).toBe(50);
});
