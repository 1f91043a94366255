import { expect, test } from 'vitest';
import { end, harness, ID, OTHER_ID, refusal, resumed, start, streaming, token } from './harness.ts';

test('delivers tokens in order and ends with the whole text', () => {
  const h = streaming();
  h.server(1, end(4, 7));
  expect(h.tokens.map((t) => t.text)).toEqual(['Be', 'cause']);
  expect(h.endings.get(ID)).toEqual({ text: 'Because', finishReason: 'stop', upstream: 'completed' });
});

test('a merged token tells its range', () => {
  const h = streaming();
  h.server(1, token(6, ' of it', 4));
  expect(h.tokens.at(-1)).toEqual({ text: ' of it', from: 4, seq: 6 });
});

test('drops what it has applied already', () => {
  const h = streaming();
  h.server(1, token(2, 'Be'));
  h.server(1, token(3, 'Because', 2));
  expect(h.tokens).toHaveLength(2);
});

test('stops applying at a jump in seq, resumes once, and applies again after the answer', () => {
  const h = streaming();
  h.server(1, token(5, 'x'));
  h.server(1, token(6, 'y'));
  expect(h.on(1).slice(1)).toEqual([{ type: 'resume', id: ID, epoch: 'e-1', after: 3 }]);
  h.server(1, resumed(4, 6));
  h.server(1, token(6, ' wxy', 4));
  expect(h.tokens.map((t) => t.text).join('')).toBe('Because wxy');
});

test('a server that keeps jumping is given up after three resumes', () => {
  const h = streaming();
  for (let i = 0; i < 4; i++) {
    h.server(1, token(9, 'x'));
    h.server(1, resumed(4, 9));
  }
  expect(h.on(1).filter((m) => m.type === 'resume')).toHaveLength(3);
  expect(h.endings.get(ID)).toMatchObject({
    text: 'Because',
    failure: { kind: 'protocol', code: 'sequence' },
  });
});

test('a replay that does not begin behind the cursor is a failure', () => {
  const h = streaming();
  h.server(1, token(5, 'x'));
  h.server(1, resumed(5, 5));
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'protocol', code: 'resumed' } });
});

test('a replay from another epoch is a failure', () => {
  const h = streaming();
  h.server(1, token(5, 'x'));
  h.server(1, resumed(4, 5, 'e-2'));
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'protocol', code: 'resumed' } });
});

test('advances over a sequenced message of unknown type, and ignores an unsequenced one', () => {
  const h = streaming();
  h.server(1, { type: 'reasoning', id: ID, from: 4, seq: 6, text: 'hm' });
  h.server(1, { type: 'weather', id: ID });
  h.server(1, token(7, '!'));
  expect(h.tokens.at(-1)).toEqual({ text: '!', from: 7, seq: 7 });
});

test('ignores fields that it does not know', () => {
  const h = streaming();
  h.server(1, { ...token(4, '!'), 'x.example.com.mood': 'calm' });
  expect(h.tokens).toHaveLength(3);
});

test('a message of one of its streams that cannot be read fails that stream only', () => {
  const h = streaming();
  h.server(1, { type: 'token', id: ID, seq: 4, text: 7 });
  expect(h.endings.get(ID)).toMatchObject({
    text: 'Because',
    failure: { kind: 'protocol', code: 'invalid' },
  });
  expect(h.closes.filter(({ code }) => code !== 1000)).toEqual([]);
});

test('after detached{superseded} it does not resume by itself', () => {
  const h = streaming();
  h.server(1, { type: 'detached', id: ID, reason: 'superseded', head: 8 });
  expect(h.endings.get(ID)).toMatchObject({
    text: 'Because',
    failure: { kind: 'incomplete', code: 'superseded', head: 8 },
  });
  expect(h.on(1).filter((m) => m.type === 'resume')).toEqual([]);
});

test('after detached{slow} it resumes from its cursor', () => {
  const h = streaming();
  h.server(1, { type: 'detached', id: ID, reason: 'slow', head: 8 });
  expect(h.on(1).at(-1)).toEqual({ type: 'resume', id: ID, epoch: 'e-1', after: 3 });
});

test.each(['epoch_mismatch', 'unknown_stream', 'expired', 'cursor_ahead', 'gap'])(
  'keeps the text and never generates again after %s, even when the server calls it retryable',
  (code) => {
    const h = streaming();
    h.lose(1);
    h.advance(50);
    h.connect(2);
    h.server(2, { ...refusal('resume', code, { retryable: true }), oldest: 5, head: 9 });
    expect(h.endings.get(ID)).toMatchObject({
      text: 'Because',
      failure: { kind: 'incomplete', code, oldest: 5, head: 9 },
    });
    h.advance(60_000);
    expect(h.sent.filter(({ message }) => message.type === 'generate')).toHaveLength(1);
  },
);

test('a refused request is handed to the caller', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.server(1, refusal('generate', 'unsupported_param'));
  expect(h.endings.get(ID)).toMatchObject({
    text: '',
    failure: { kind: 'refused', code: 'unsupported_param' },
  });
});

test('sends a request again that was refused for now, not before retry_after_ms and not for ever', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  const generates = () => h.on(1).filter((m) => m.type === 'generate');
  h.server(1, refusal('generate', 'overloaded', { retryable: true, retry_after_ms: 3_000 }));
  h.advance(2_999);
  expect(generates()).toHaveLength(1);
  h.advance(1);
  expect(generates()).toHaveLength(2);
  expect(generates()[1]).toEqual(generates()[0]);
  h.server(1, refusal('generate', 'overloaded', { retryable: true }));
  h.advance(200);
  h.server(1, refusal('generate', 'overloaded', { retryable: true, retry_after_ms: 9 }));
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'refused', retryable: true, retryAfterMs: 9 } });
});

test('credentials that expired are answered with a new connection, and the resume goes there', () => {
  const h = streaming();
  h.server(1, token(9, 'x'));
  h.server(1, refusal('resume', 'auth_expired', { retryable: true }));
  h.advance(100);
  expect(h.opened).toEqual([1, 2]);
  h.connect(2);
  expect(h.on(2)).toEqual([{ type: 'resume', id: ID, epoch: 'e-1', after: 3 }]);
});

test('what a connection says about a stream that went elsewhere is ignored', () => {
  const h = streaming();
  h.generate(OTHER_ID);
  h.server(1, start(OTHER_ID));
  h.server(1, token(9, 'x'));
  h.server(1, refusal('resume', 'auth_expired', { retryable: true }));
  h.advance(100);
  h.connect(2);
  h.server(2, resumed(4, 9));
  h.server(1, token(4, 'old'));
  expect(h.closes).toEqual([]);
  h.server(2, token(4, 'new'));
  expect(h.tokens.at(-1)?.text).toBe('new');
});

test('an error about something else leaves the stream alone', () => {
  const h = streaming();
  h.server(1, refusal('cancel', 'internal', { retryable: true }));
  h.server(1, refusal('generate', 'internal', { retryable: true }));
  h.server(1, token(4, '!'));
  expect(h.tokens).toHaveLength(3);
});

test('a resend that finds its stream is answered with resumed and gets the log from start', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.lose(1);
  h.advance(50);
  h.connect(2);
  h.server(2, resumed(1, 2));
  h.server(2, start());
  h.server(2, token(2, 'Hi'));
  h.server(2, end(3, 2));
  expect(h.endings.get(ID)).toMatchObject({ text: 'Hi', finishReason: 'stop' });
});
