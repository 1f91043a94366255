import { expect, test } from 'vitest';
import {
  end,
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

test('connects only when there is something to ask', () => {
  const h = harness();
  expect(h.opened).toEqual([]);
  h.generate();
  expect(h.opened).toEqual([1]);
});

test.each(['', 'graphql-ws'])('closes when the server selected "%s" as subprotocol', (protocol) => {
  const h = harness();
  h.generate();
  h.input({ kind: 'opened', connection: 1, protocol });
  expect(h.closes).toEqual([{ connection: 1, code: 1000 }]);
  expect(h.sent).toEqual([]);
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'protocol', code: 'subprotocol' } });
});

test.each([4400, 4401, 4403, 4408, 4409, 4413, 4499, 1002, 1003, 1007, 1009, 1010])(
  'does not come back after %i, and says so',
  (code) => {
    const h = streaming();
    h.lose(1, code);
    h.advance(60_000);
    expect(h.opened).toEqual([1]);
    expect(h.endings.get(ID)).toMatchObject({
      text: 'Because',
      failure: { kind: 'connection', closeCode: code },
    });
    expect(h.session.state).toMatchObject({ status: 'stopped', closeCode: code });
  },
);

test.each([4500, 4501, 4503, 4504, 4508, 4529, 4599, 1001, 1006, 1011, 1012, 1013, 1000, 1005, 3000])(
  'comes back after %i and resumes',
  (code) => {
    const h = streaming();
    h.lose(1, code);
    h.advance(50);
    h.connect(2);
    expect(h.on(2)).toEqual([{ type: 'resume', id: ID, epoch: 'e-1', after: 3 }]);
  },
);

test('comes back after 1000 only with something unfinished', () => {
  const h = streaming();
  h.server(1, end(4, 7));
  h.lose(1, 1000);
  h.advance(60_000);
  expect(h.opened).toEqual([1]);
  expect(h.session.state.status).toBe('idle');
});

test('new work after a final close code begins anew', () => {
  const h = streaming();
  h.lose(1, 4401);
  h.generate(OTHER_ID);
  expect(h.opened).toEqual([1, 2]);
});

test('waits with full jitter, longer each time, until entries arrive again', () => {
  const h = streaming();
  const waits: (number | undefined)[] = [];
  for (let n = 1; n <= 4; n++) {
    h.lose(n, 4500);
    waits.push(h.session.state.retryMs);
    h.advance(500);
    h.connect(n + 1);
  }
  expect(waits).toEqual([50, 100, 200, 400]);
  h.server(5, resumed(4, 4));
  h.server(5, token(4, '!'));
  h.lose(5, 4500);
  expect(h.session.state.retryMs).toBe(50);
});

test('4529 counts as a failed attempt, also after a connection that was of use', () => {
  const h = streaming();
  const waits: (number | undefined)[] = [];
  for (let n = 1; n <= 3; n++) {
    h.lose(n, 4529);
    waits.push(h.session.state.retryMs);
    h.advance(500);
    h.connect(n + 1);
    h.server(n + 1, resumed(n + 3, n + 3));
    h.server(n + 1, token(n + 3, '!'));
  }
  expect(waits).toEqual([50, 100, 200]);
});

test('a connection that lived for 5 s begins the backoff anew', () => {
  const h = streaming();
  h.lose(1, 4500);
  h.advance(50);
  h.connect(2);
  h.advance(5_000);
  h.lose(2, 4500);
  expect(h.session.state.retryMs).toBe(50);
});

test('gives up after a number of attempts on which no welcome came, whether a socket opened or not', () => {
  const h = streaming();
  for (let n = 1; n <= 4; n++) {
    if (n === 3) h.input({ kind: 'opened', connection: n, protocol: 'tokenwire.v1' });
    h.lose(n);
    h.advance(1_000);
  }
  expect(h.opened).toEqual([1, 2, 3, 4]);
  expect(h.endings.get(ID)).toMatchObject({
    text: 'Because',
    failure: { kind: 'connection', code: 'unreachable', closeCode: 1006 },
  });
});

test('a welcome begins the count of attempts anew', () => {
  const h = streaming();
  for (let n = 1; n <= 6; n++) {
    h.lose(n);
    h.advance(1_000);
    if (n % 2 === 0) h.connect(n + 1);
  }
  expect(h.opened).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(h.endings.size).toBe(0);
});

test('a socket that neither opens nor fails is given up in time', () => {
  const h = harness();
  h.generate();
  h.advance(10_000);
  expect(h.closes).toEqual([{ connection: 1, code: 4504 }]);
  h.advance(50);
  expect(h.opened).toEqual([1, 2]);
});

test('a second 4501 without a welcome in between is final', () => {
  const h = streaming();
  h.lose(1, 4501);
  h.advance(50);
  h.input({ kind: 'opened', connection: 2, protocol: 'tokenwire.v1' });
  h.lose(2, 4501);
  expect(h.endings.get(ID)).toMatchObject({ failure: { kind: 'connection', code: 'unauthenticated' } });
  h.advance(60_000);
  expect(h.opened).toEqual([1, 2]);
});

test('a second 4501 after a welcome is not final', () => {
  const h = streaming();
  h.lose(1, 4501);
  h.advance(50);
  h.connect(2);
  h.lose(2, 4501);
  h.advance(100);
  expect(h.opened).toEqual([1, 2, 3]);
});

test.each([{}, { re: { type: 'generate', id: OTHER_ID } }])(
  'an attempt obeys retry_after_ms, error%o',
  (re) => {
    const h = streaming();
    h.server(1, {
      type: 'error',
      code: 'overloaded',
      message: '',
      retryable: true,
      retry_after_ms: 7_000,
      ...re,
    });
    h.lose(1, 4529);
    h.advance(6_999);
    expect(h.opened).toEqual([1]);
    h.advance(1);
    expect(h.opened).toEqual([1, 2]);
  },
);

test('after goaway it reads on, sends new work on a new connection in the given window, and resumes when the old closes', () => {
  const h = streaming();
  h.server(1, { type: 'goaway', reason: 'deploy', deadline_ms: 10_000, reconnect_ms: [1_000, 2_000] });
  h.generate(OTHER_ID);
  h.advance(1_499);
  expect(h.opened).toEqual([1]);
  h.advance(1);
  h.connect(2);
  expect(h.on(2)).toEqual([request(OTHER_ID)]);
  h.server(1, token(4, '!'));
  expect(h.tokens).toHaveLength(3);
  h.lose(1, 4503);
  expect(h.on(2).at(-1)).toEqual({ type: 'resume', id: ID, epoch: 'e-1', after: 4 });
  expect(h.opened).toEqual([1, 2]);
});

test('cancel of a stream on a draining connection goes there', () => {
  const h = streaming();
  h.server(1, { type: 'goaway', reason: 'deploy', deadline_ms: 10_000, reconnect_ms: [0, 0] });
  h.input({ kind: 'cancel', id: ID });
  expect(h.on(1).at(-1)).toEqual({ type: 'cancel', id: ID });
});

test('a generate that crossed a goaway is sent again on the new connection, not as a resend', () => {
  const h = harness();
  h.generate();
  h.connect(1);
  h.server(1, { type: 'goaway', reason: 'deploy', deadline_ms: 10_000, reconnect_ms: [0, 0] });
  h.server(1, refusal('generate', 'draining', { retryable: true }));
  h.advance(0);
  h.connect(2);
  h.advance(100);
  expect(h.on(2)).toEqual([request()]);
});

test('closes a draining connection when nothing is left to read on it', () => {
  const h = streaming();
  h.server(1, { type: 'goaway', reason: 'deploy', deadline_ms: 10_000, reconnect_ms: [0, 0] });
  expect(h.closes).toEqual([]);
  h.server(1, end(4, 7));
  expect(h.closes).toEqual([{ connection: 1, code: 1000 }]);
});

test.each([
  ['not json', 4400],
  ['[]', 4400],
  ['{"seq":1}', 4400],
  [JSON.stringify(welcome()), 4409],
])('gives up a peer that says %s', (text, code) => {
  const h = streaming();
  h.input({ kind: 'message', connection: 1, text });
  expect(h.closes).toEqual([{ connection: 1, code }]);
  expect(h.endings.get(ID)).toMatchObject({ text: 'Because', failure: { kind: 'protocol' } });
  h.advance(60_000);
  expect(h.opened).toEqual([1]);
});

test('gives up a peer that sends binary, or speaks before welcome', () => {
  const binary = streaming();
  binary.input({ kind: 'binary', connection: 1 });
  expect(binary.closes).toEqual([{ connection: 1, code: 4400 }]);
  const early = harness();
  early.generate();
  early.input({ kind: 'opened', connection: 1, protocol: 'tokenwire.v1' });
  early.server(1, start());
  expect(early.closes).toEqual([{ connection: 1, code: 4409 }]);
});

test('closing fails what is unfinished, without cancelling it', () => {
  const h = streaming();
  h.input({ kind: 'close' });
  expect(h.closes).toEqual([{ connection: 1, code: 1000 }]);
  expect(h.endings.get(ID)).toMatchObject({ text: 'Because', failure: { code: 'client_closed' } });
  expect(h.on(1).filter((m) => m.type === 'cancel')).toEqual([]);
  expect(h.timers()).toEqual([]);
});
