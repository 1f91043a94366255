import type { ClientMessage } from '@tokenwire/spec';
import { expect, test } from 'vitest';
import type { Verdict } from '../src/auth.ts';
import { type FakeClient, FakeHouse, ID, SESSION } from './support/fake-house.ts';

const hello: ClientMessage = { type: 'hello', session: SESSION, features: {} };
const generate: ClientMessage = { type: 'generate', id: ID, messages: [{ role: 'user', content: 'hi' }] };

/** Lets promises that are settled run their reactions. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

function closeOf(client: FakeClient): number | undefined {
  return client.socket.closed?.code;
}

test('processes what is pipelined behind hello after welcome, in order', () => {
  const house = new FakeHouse();
  const a = house.connect();
  a.send(hello, generate, { type: 'ping', t: 1 });
  expect(a.read()).toEqual(['welcome', 'start 1', 'pong 1']);
});

test.each<[string, number]>([
  [JSON.stringify(generate), 4409],
  ['{"type":"ping","t":1}', 4409],
  ['{"type":"x.example.com.hi"}', 4409],
  [`{"type":"generate","id":"${ID}"}`, 4409],
  ['hello', 4400],
  ['[]', 4400],
  ['{}', 4400],
  ['{"type":"hello"}', 4400],
])('closes a connection that begins with %s with %i', (text, code) => {
  const house = new FakeHouse();
  const a = house.connect();
  a.sendText(text);
  expect(a.read()).toEqual([]);
  expect(closeOf(a)).toBe(code);
});

test('closes with 4408 when hello is late, and not before', () => {
  const house = new FakeHouse({ limits: { hello_timeout_ms: 500 } });
  const a = house.connect();
  house.clock.advance(499);
  expect(closeOf(a)).toBeUndefined();
  house.clock.advance(1);
  expect(closeOf(a)).toBe(4408);
});

test('rejects a second hello and processes nothing behind it', () => {
  const house = new FakeHouse();
  const a = house.connect();
  a.send(hello, hello, generate);
  expect(a.read()).toEqual(['welcome']);
  expect(closeOf(a)).toBe(4409);
  expect(house.model.calls).toHaveLength(0);
});

test('answers wrong fields and unknown types, and lives on', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.sendText(`{"type":"resume","id":"${ID}"}`);
  a.sendText('{"type":"x.example.com.hi"}');
  a.sendText(`{"type":"generate","id":"${ID}","messages":[{"role":"user","content":"\\ud800"}]}`);
  expect(a.take()).toMatchObject([
    { code: 'invalid', re: { type: 'resume', id: ID }, retryable: false },
    { code: 'unknown_type', re: { type: 'x.example.com.hi' } },
    { code: 'invalid', re: { type: 'generate', id: ID } },
  ]);
  expect(closeOf(a)).toBeUndefined();
});

test('keeps its answers small and well-formed, whatever the client quotes at it', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.sendText(`{"type":"\\ud800${'y'.repeat(100_000)}"}`);
  const [error] = a.take();
  const text = JSON.stringify(error);
  expect(text.length).toBeLessThan(4096);
  expect(text).not.toContain('\\ud800');
  const b = house.connect();
  b.sendText(`{"type":"hello","features":{"${'\u00e9'.repeat(500)}\\ud800":1}}`);
  expect(closeOf(b)).toBe(4400);
  expect(Buffer.byteLength(b.socket.closed?.reason ?? '')).toBeLessThanOrEqual(123);
});

test.each([
  '{"type":"ping"}',
  '{"type":"pong","t":-1}',
  '{"type":"cancel"}',
  '{"type":"generate","id":"short"}',
  '{',
])('closes with 4400 on %s', (text) => {
  const a = new FakeHouse().join();
  a.sendText(text);
  expect(closeOf(a)).toBe(4400);
});

test('closes with 1003 on a binary message', () => {
  const a = new FakeHouse().join();
  a.connection.receiveBinary();
  expect(closeOf(a)).toBe(1003);
});

test('without a session, nobody else reaches the streams of a connection', () => {
  const house = new FakeHouse();
  const [a, b] = [house.connect(), house.connect()];
  a.send({ type: 'hello', features: {} }, generate);
  b.send({ type: 'hello', features: {} }, { type: 'resume', id: ID, epoch: 'e-7Qm2', after: 0 });
  expect(b.read()).toEqual(['welcome', 'error unknown_stream']);
});

test('does nothing before the verdict, and everything in order after it', async () => {
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const house = new FakeHouse({ authenticate: () => promise });
  const a = house.connect();
  a.send(hello, generate, { type: 'ping', t: 2 });
  await settle();
  expect(a.read()).toEqual([]);
  expect(house.model.calls).toHaveLength(0);
  resolve({ principal: 'anna' });
  await settle();
  expect(a.read()).toEqual(['welcome', 'start 1', 'pong 2']);
});

test('stops reading when more is pipelined than it wants to hold', async () => {
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const house = new FakeHouse({ authenticate: () => promise });
  const a = house.connect();
  a.send(hello);
  a.sendText(`{"type":"ping","t":1,"x":"${'x'.repeat(60_000)}"}`);
  expect(a.socket.paused).toBe(false);
  a.sendText(`{"type":"ping","t":2,"x":"${'x'.repeat(60_000)}"}`);
  expect(a.socket.paused).toBe(true);
  resolve({ principal: 'anna' });
  await settle();
  expect(a.read()).toEqual(['welcome', 'pong 1', 'pong 2']);
  expect(a.socket.paused).toBe(false);
});

test.each<[string, () => Verdict | Promise<Verdict>, number]>([
  ['wrong credentials', () => undefined, 4401],
  ['credentials for something else', () => Promise.resolve({ forbidden: 'not you' }), 4403],
  ['a function that throws', () => Promise.reject(new Error('database is down')), 4500],
  ['a function that does not answer', () => new Promise(() => {}), 4500],
])('closes on %s', async (_what, authenticate, code) => {
  const house = new FakeHouse({ authenticate });
  const a = house.connect();
  a.send(hello, generate);
  await settle();
  if (closeOf(a) === undefined) house.clock.advance(10_000);
  expect(closeOf(a)).toBe(code);
  expect(a.read()).toEqual([]);
  expect(house.model.calls).toHaveLength(0);
});

test('logs why the authentication failed, and nothing secret', async () => {
  const house = new FakeHouse({ authenticate: () => Promise.reject(new Error('database is down')) });
  const a = house.connect();
  a.send({ type: 'hello', session: SESSION, auth: { scheme: 'bearer', token: 's3cret' }, features: {} });
  await settle();
  const log = JSON.stringify(house.logged);
  expect(log).toContain('database is down');
  expect(log).not.toMatch(/s3cret|kq3vX0/);
});

test('closes with 4501 when the credentials expire, and a refreshed connection resumes', async () => {
  const house = new FakeHouse({ authenticate: () => ({ principal: 'anna', expiresInMs: 900 }) });
  const [a, b] = [house.connect(), house.connect()];
  a.send(hello, generate);
  await settle();
  a.read();
  house.clock.advance(900);
  expect(closeOf(a)).toBe(4501);
  b.send(hello, { type: 'resume', id: ID, epoch: 'e-7Qm2', after: 1 });
  await settle();
  expect(b.read()).toEqual(['welcome', 'resumed 2 of 1']);
});

test('pings while a model thinks, and closes with 4504 when the client is silent', () => {
  const house = new FakeHouse({ heartbeat: { interval_ms: 100, timeout_ms: 50 } });
  const a = house.join();
  a.generate();
  a.read();
  house.clock.advance(100);
  expect(a.read()).toEqual(['ping 100']);
  house.clock.advance(49);
  expect(closeOf(a)).toBeUndefined();
  house.clock.advance(1);
  expect(closeOf(a)).toBe(4504);
});

test('any message of the client is a sign of life, a part of one too', () => {
  const house = new FakeHouse({ heartbeat: { interval_ms: 100, timeout_ms: 50 } });
  const a = house.join();
  for (let i = 0; i < 10; i++) {
    house.clock.advance(90);
    a.send({ type: 'pong', t: 1 });
  }
  for (let i = 0; i < 10; i++) {
    house.clock.advance(90);
    a.socket.received += 10;
  }
  expect(closeOf(a)).toBeUndefined();
});

test('counts the silence from the last message, not from when it was noticed', () => {
  const house = new FakeHouse({ heartbeat: { interval_ms: 100, timeout_ms: 50 } });
  const a = house.join();
  house.clock.advance(10);
  a.send({ type: 'pong', t: 1 });
  house.clock.advance(149);
  expect(closeOf(a)).toBeUndefined();
  house.clock.advance(1);
  expect(closeOf(a)).toBe(4504);
});

test('closes with 4508 when the socket takes nothing, and the stream goes on', () => {
  const house = new FakeHouse({ noProgressMs: 1000, heartbeat: { interval_ms: 10_000, timeout_ms: 1000 } });
  const a = house.join();
  a.generate();
  a.read();
  a.socket.stalled = true;
  house.model.last.say('x');
  house.clock.advance(2000);
  expect(closeOf(a)).toBe(4508);
  expect(house.model.last.aborted).toBe(false);
});

test('stops reading from a client that asks faster than it reads', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.socket.stalled = true;
  a.socket.buffered = 100_000;
  for (let t = 0; t < 20_000 && !a.socket.paused; t++) a.send({ type: 'ping', t });
  expect(a.socket.paused).toBe(true);
  a.drainSocket();
  expect(a.socket.paused).toBe(false);
});

test('a drained connection refuses new work, lets streams finish, then closes with 4503', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.generate();
  house.house.hub.drain();
  a.connection.drain({ type: 'goaway', reason: 'deploy', deadline_ms: 10_000, reconnect_ms: [0, 1] });
  a.generate('another-question-01');
  expect(a.read()).toEqual(['start 1', 'goaway', 'error draining']);
  house.clock.advance(5000);
  house.model.last.say('still');
  house.model.last.stop();
  expect(closeOf(a)).toBeUndefined();
  expect(a.read()).toEqual(['token 2 still', 'end 3 stop completed']);
  expect(closeOf(a)).toBe(4503);
});

test('answers what is waiting before it closes, and nothing that comes after', () => {
  const house = new FakeHouse();
  const a = house.join();
  a.send({ type: 'ping', t: 1 });
  a.sendText('garbage');
  a.send(generate);
  expect(a.socket.sent.map(({ type }) => type)).toEqual(['pong']);
  expect(house.model.calls).toHaveLength(0);
});

test('one request fails when the model adapter throws, and not the process', () => {
  const house = new FakeHouse();
  const a = house.join();
  house.model.breaks = true;
  a.generate();
  a.generate();
  expect(a.read()).toEqual(['error internal', 'start 1']);
  expect(house.logged).toMatchObject([
    { level: 'error', event: 'internal', message: 'generate: out of order' },
  ]);
});
