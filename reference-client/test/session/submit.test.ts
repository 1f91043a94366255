import { expect, test } from 'vitest';
import {
  end,
  type Harness,
  harness,
  ID,
  OTHER_ID,
  refusal,
  request,
  resumed,
  start,
  streaming,
  token,
  welcome,
} from './harness.ts';

const opened = (connection: number) => ({ kind: 'opened', connection, protocol: 'tokenwire.v1' }) as const;

test('hello goes first and generate right behind it, before welcome', () => {
  const h = harness({ session: 'a-secret-of-at-least-22-letters' });
  h.generate();
  h.input({ ...opened(1), auth: { scheme: 'bearer', token: 't' } });
  expect(h.sent.map(({ message }) => message)).toEqual([
    {
      type: 'hello',
      auth: { scheme: 'bearer', token: 't' },
      session: 'a-secret-of-at-least-22-letters',
      features: {},
    },
    request(),
  ]);
});

test('a message larger than 65,536 bytes waits for welcome', () => {
  const h = harness();
  h.input({ kind: 'generate', request: request(ID, 'é'.repeat(33_000)) });
  h.input(opened(1));
  expect(h.on(1)).toEqual([]);
  h.server(1, welcome());
  expect(h.on(1)).toHaveLength(1);
});

test('what is pipelined stays under 65,536 bytes in all', () => {
  const h = harness();
  h.input({ kind: 'generate', request: request(ID, 'x'.repeat(40_000)) });
  h.input({ kind: 'generate', request: request(OTHER_ID, 'x'.repeat(40_000)) });
  h.input(opened(1));
  expect(h.on(1)).toHaveLength(1);
  h.server(1, welcome());
  expect(h.on(1)).toHaveLength(2);
});

test('a request above the limit of the server is refused here, before it costs the connection', () => {
  const h = harness();
  h.input({ kind: 'generate', request: request(ID, 'x'.repeat(80_000)) });
  h.input(opened(1));
  h.server(1, welcome('e-1', 65_536));
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'refused', code: 'too_large' } });
  expect(h.session.state.status).toBe('ready');
});

test('a generate that was never sent is no resend', () => {
  const h = harness();
  h.generate();
  h.lose(1);
  h.advance(50);
  h.connect(2);
  expect(h.on(2)).toEqual([request()]);
});

test('a generate without an answer is repeated with the epoch of its first connection', () => {
  const h = harness();
  h.generate();
  h.connect(1, 'e-1');
  h.lose(1);
  h.advance(50);
  h.connect(2, 'e-2');
  expect(h.on(2)).toEqual([{ ...request(), resend: { epoch: 'e-1' } }]);
  h.lose(2);
  h.advance(200);
  h.connect(3, 'e-3');
  expect(h.on(3)).toEqual([{ ...request(), resend: { epoch: 'e-1' } }]);
});

test('a generate whose connection was lost before welcome is repeated without an epoch', () => {
  const h = harness();
  h.generate();
  h.input(opened(1));
  h.lose(1);
  h.advance(50);
  h.connect(2);
  expect(h.on(2)).toEqual([{ ...request(), resend: {} }]);
});

test('a generate whose connection timed out before welcome is repeated without an epoch', () => {
  const h = harness();
  h.generate();
  h.input(opened(1));
  h.advance(10_050);
  h.connect(2);
  expect(h.on(2)).toEqual([{ ...request(), resend: {} }]);
});

test('credentials refused before welcome left nothing processed, so the generate is no resend', () => {
  const h = harness();
  h.generate();
  h.input(opened(1));
  h.lose(1, 4501);
  h.advance(50);
  h.connect(2);
  expect(h.on(2)).toEqual([request()]);
});

test('an outcome that nobody knows is surfaced, never generated again', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.lose(1);
  h.advance(50);
  h.connect(2, 'e-2');
  h.server(2, refusal('generate', 'outcome_unknown'));
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'outcome_unknown', code: 'outcome_unknown' } });
});

test('an accepted stream is resumed from its cursor, and ignores entries until the answer', () => {
  const h = streaming();
  h.lose(1);
  h.advance(50);
  h.connect(2);
  expect(h.on(2)).toEqual([{ type: 'resume', id: ID, epoch: 'e-1', after: 3 }]);
  h.server(2, token(4, 'too early'));
  h.server(2, resumed(4, 4));
  h.server(2, token(4, '!'));
  h.server(2, end(5, 8));
  expect(h.endings.get(ID)).toMatchObject({ text: 'Because!', finishReason: 'stop' });
});

test('what an old connection still says about a stream is ignored', () => {
  const h = streaming();
  h.lose(1);
  h.server(1, token(4, 'late'));
  expect(h.tokens).toHaveLength(2);
});

test('cancel of a stream is sent once, and its end brings what arrived', () => {
  const h = streaming();
  h.input({ kind: 'cancel', id: ID, reason: 'stop' });
  h.input({ kind: 'cancel', id: ID });
  expect(h.on(1).slice(1)).toEqual([{ type: 'cancel', id: ID, reason: 'stop' }]);
  h.server(1, { type: 'cancel_ok', id: ID, state: 'cancelling' });
  h.server(1, token(4, '!'));
  h.server(1, end(5, 8, 'cancelled'));
  expect(h.endings.get(ID)).toEqual({ text: 'Because!', finishReason: 'cancelled', upstream: 'aborted' });
});

test('cancel while disconnected is sent after the reconnect, before the resume', () => {
  const h = streaming();
  h.lose(1);
  h.input({ kind: 'cancel', id: ID });
  h.advance(50);
  h.connect(2);
  expect(h.on(2)).toEqual([
    { type: 'cancel', id: ID },
    { type: 'resume', id: ID, epoch: 'e-1', after: 3 },
  ]);
});

test('a lost cancel is sent again', () => {
  const h = streaming();
  h.input({ kind: 'cancel', id: ID });
  h.lose(1);
  h.advance(50);
  h.connect(2);
  expect(h.on(2)[0]).toEqual({ type: 'cancel', id: ID });
});

test('cancel of what was never sent ends it here, and sends nothing', () => {
  const h = harness();
  h.generate();
  h.input({ kind: 'cancel', id: ID });
  expect(h.endings.get(ID)).toEqual({ text: '', finishReason: 'cancelled', upstream: 'none' });
  h.connect(1);
  expect(h.on(1)).toEqual([]);
});

test('cancel of a generate of unknown outcome asks, and does not send the generate again', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.lose(1);
  h.input({ kind: 'cancel', id: ID });
  h.advance(50);
  h.connect(2);
  expect(h.on(2)).toEqual([{ type: 'cancel', id: ID }]);
  h.server(2, { type: 'cancel_ok', id: ID, state: 'unknown' });
  expect(h.endings.get(ID)).toEqual({ text: '', finishReason: 'cancelled', upstream: 'none' });
});

test.each<[string, (h: Harness) => void]>([
  ['another store answers', (h) => h.connect(1, 'e-0')],
  ['nobody named the store of the first try', (h) => void h.input(opened(1))],
])('a cancelled generate of unknown outcome may have run when %s', (_, first) => {
  const h = harness();
  h.generate();
  first(h);
  h.lose(1);
  h.input({ kind: 'cancel', id: ID });
  h.advance(50);
  h.connect(2, 'e-1');
  h.server(2, { type: 'cancel_ok', id: ID, state: 'unknown' });
  expect(h.endings.get(ID)).toEqual({ text: '', finishReason: 'cancelled', upstream: 'unknown' });
});

test('cancel of a generate that did run fetches its log', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.lose(1);
  h.input({ kind: 'cancel', id: ID });
  h.advance(50);
  h.connect(2);
  h.server(2, { type: 'cancel_ok', id: ID, state: 'cancelling' });
  expect(h.on(2).at(-1)).toEqual({ type: 'resume', id: ID, epoch: 'e-1', after: 0 });
  h.server(2, resumed(1, 3));
  h.server(2, start());
  h.server(2, token(2, 'Hi'));
  h.server(2, end(3, 2, 'cancelled'));
  expect(h.endings.get(ID)).toEqual({ text: 'Hi', finishReason: 'cancelled', upstream: 'aborted' });
});

test('a cancel that does not fit before welcome follows it', () => {
  const h = harness();
  h.input({ kind: 'generate', request: request(ID, 'x'.repeat(65_400)) });
  h.input(opened(1));
  h.input({ kind: 'cancel', id: ID });
  expect(h.on(1).map((m) => m.type)).toEqual(['generate']);
  h.server(1, welcome());
  expect(h.on(1).map((m) => m.type)).toEqual(['generate', 'cancel']);
});

test('a cancel ends the wait of a refused request', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.server(1, refusal('generate', 'overloaded', { retryable: true, retry_after_ms: 5_000 }));
  h.input({ kind: 'cancel', id: ID });
  expect(h.endings.get(ID)).toEqual({ text: '', finishReason: 'cancelled', upstream: 'none' });
  expect(h.timers()).not.toContain('retry');
});
