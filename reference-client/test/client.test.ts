import { expect, test } from 'vitest';
import { type ClientOptions, createClient } from '../src/client.ts';
import { ConnectionError } from '../src/errors.ts';
import type { GenerateRequest } from '../src/request.ts';
import { fakeSockets, stillClock } from './fake-socket.ts';
import { end, ID, start, token, welcome } from './session/harness.ts';

const messages: GenerateRequest['messages'] = [{ role: 'user', content: 'Why is the sky blue?' }];

function setUp(options: Partial<ClientOptions> = {}) {
  const { sockets, WebSocket } = fakeSockets();
  const clock = stillClock();
  const client = createClient({ url: 'ws://test.example/ws', WebSocket, clock, random: () => 0, ...options });
  const socket = (n: number) => {
    const found = sockets[n];
    if (!found) throw new Error(`there are ${sockets.length} sockets`);
    return found;
  };
  const open = (n: number) => {
    socket(n).emit('open');
    socket(n).server(welcome());
  };
  return { client, clock, sockets, socket, open };
}

test('streams an answer', async () => {
  const { client, socket, open } = setUp();
  const answer = client.generate({ messages, id: ID });
  open(0);
  socket(0).server(start());
  socket(0).server(token(2, 'Hi'));
  socket(0).server(end(3, 2));
  expect(await Array.fromAsync(answer)).toEqual([{ text: 'Hi', seq: 2, from: 2 }]);
  expect(await answer.result).toEqual({ text: 'Hi', finishReason: 'stop', upstream: 'completed' });
});

test('offers the subprotocol, and puts neither credentials nor session into the URL', () => {
  const { client, socket } = setUp();
  client.connect();
  expect(socket(0).offered).toEqual(['tokenwire.v1']);
  expect(socket(0).url).toBe('ws://test.example/ws');
});

test('names itself by a random session of its own, the same on every connection', () => {
  const sessionOf = ({ client, socket, clock }: ReturnType<typeof setUp>) => {
    client.generate({ messages });
    socket(0).emit('open');
    socket(0).emit('close', { code: 1006, reason: '' });
    clock.fire();
    socket(1).emit('open');
    const [first, second] = [socket(0).sent[0], socket(1).sent[0]];
    expect(first).toEqual(second);
    return first?.type === 'hello' ? (first.session ?? '') : '';
  };
  const [one, other] = [sessionOf(setUp()), sessionOf(setUp())];
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(one).not.toBe(other);
});

test('asks for credentials anew for each connection, and then sends no session', async () => {
  let calls = 0;
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const auth = async () => {
    calls += 1;
    if (calls === 2) resolve();
    return { scheme: 'bearer', token: `t${calls}` };
  };
  const { client, socket, clock, open } = setUp({ auth });
  client.generate({ messages });
  await turn();
  open(0);
  socket(0).emit('close', { code: 4501, reason: '' });
  clock.fire();
  await asked;
  await turn();
  open(1);
  const hellos = [socket(0).sent[0], socket(1).sent[0]];
  expect(hellos).toMatchObject([{ auth: { token: 't1' } }, { auth: { token: 't2' } }]);
  expect(hellos[0]).not.toHaveProperty('session');
});

test('credentials that cannot be had count as a failed attempt', async () => {
  const { client, sockets } = setUp({
    auth: () => Promise.reject(new Error('token endpoint is down')),
    maxAttempts: 1,
  });
  const { error } = await client.generate({ messages }).result;
  expect(sockets).toEqual([]);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error?.message).toContain('token endpoint is down');
});

test('an aborted signal sends cancel and keeps what came, without an error', async () => {
  const { client, socket, open } = setUp();
  const abort = new AbortController();
  const answer = client.generate({ messages, id: ID, signal: abort.signal });
  open(0);
  socket(0).server(start());
  socket(0).server(token(2, 'Hi'));
  abort.abort();
  expect(socket(0).sent.at(-1)).toEqual({ type: 'cancel', id: ID, reason: 'aborted' });
  socket(0).server(end(3, 2, 'cancelled'));
  expect(await Array.fromAsync(answer)).toHaveLength(1);
  expect(await answer.result).toEqual({ text: 'Hi', finishReason: 'cancelled', upstream: 'aborted' });
});

test('a signal that was aborted before asks nothing', async () => {
  const { client, sockets } = setUp();
  const answer = client.generate({ messages, signal: AbortSignal.abort() });
  expect(await Array.fromAsync(answer)).toEqual([]);
  expect((await answer.result).finishReason).toBe('cancelled');
  expect(sockets).toEqual([]);
});

test.each<[string, Partial<GenerateRequest>]>([
  ['no messages', { messages: [] }],
  ['an impossible id', { id: 'short' }],
  ['a lone surrogate', { messages: [{ role: 'user', content: '\ud83d' }] }],
  ['a negative grace', { graceMs: -1 }],
])('throws at once on %s', (_, wrong) => {
  const { client } = setUp();
  expect(() => client.generate({ messages, ...wrong })).toThrow(TypeError);
});

test('throws on an id that is in use, on a foreign URL and after close', () => {
  const { client } = setUp();
  client.generate({ messages, id: ID });
  expect(() => client.generate({ messages, id: ID })).toThrow('on its way already');
  expect(() => setUp({ url: 'https://test.example' })).toThrow('expected a ws: or wss: URL');
  client.close();
  expect(() => client.generate({ messages })).toThrow('closed');
});

test('tells its listeners of states and frames, and survives what they do', async () => {
  const { client, socket, open } = setUp();
  const seen: string[] = [];
  client.on('state', ({ status }) => seen.push(status));
  const off = client.on('frame', ({ direction, text }) => {
    seen.push(`${direction} ${(JSON.parse(text) as { type: string }).type}`);
    if (text.includes('"welcome"')) client.generate({ messages, id: ID });
  });
  client.connect();
  open(0);
  off();
  socket(0).server({ type: 'ping', t: 1 });
  expect(seen).toEqual(['connecting', 'out hello', 'in welcome', 'ready', 'out generate']);
});

test('closing ends everything: sockets, timers and answers', async () => {
  const { client, clock, socket, open } = setUp();
  const answer = client.generate({ messages });
  open(0);
  const frames: string[] = [];
  client.on('frame', ({ text }) => frames.push(text));
  await client[Symbol.asyncDispose]();
  expect(socket(0).closed).toEqual([{ code: 1000, reason: '' }]);
  expect(clock.pending()).toBe(0);
  expect((await answer.result).error).toMatchObject({ name: 'ConnectionError', code: 'client_closed' });
  socket(0).server({ type: 'ping', t: 1 });
  socket(0).emit('close', { code: 1006, reason: '' });
  expect(frames).toEqual([]);
  expect(client.state.status).toBe('closed');
});

/** All that was promised by now has happened. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
