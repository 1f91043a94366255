/** The whole server over real sockets, with the mock model. */
import { once } from 'node:events';
import { request } from 'node:http';
import { hang, type MockModel, role, say, startMockModel, text } from '@tokenwire/mock-llm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openAiModel } from '../src/openai-model.ts';
import { ID } from './support/fake-house.ts';
import { type RunningServer, serve, WireClient } from './support/wire.ts';

let model: MockModel;
let server: RunningServer;
const adapter = () => openAiModel({ baseURL: model.baseUrl, apiKey: 'k', model: 'mock-1' });

beforeAll(async () => {
  model = await startMockModel();
  server = await serve({ model: adapter() });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model.close();
});

let count = 0;
const newId = (): string => `server-test-stream-${++count}`;

/** The status that an upgrade request gets. */
async function upgrade(headers: Record<string, string>, path = '/'): Promise<number | undefined> {
  const handshake = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
  const asked = request(new URL(path, server.url.replace('ws', 'http')), {
    headers: { connection: 'Upgrade', upgrade: 'websocket', ...handshake, ...headers },
  });
  asked.end();
  return await new Promise((resolve) => {
    asked.on('response', (response) => resolve(response.resume().statusCode));
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
  });
}

test('streams an answer from the model to the client, token by token', async () => {
  const key = newId();
  const marker = model.script(key, say(['a', 'b'], { gate: true }));
  using client = await WireClient.join(server.url);
  client.generate(key, marker);
  expect(await client.until('start')).toEqual(['welcome', 'start 1']);
  model.release(key, '0');
  expect(await client.until('token')).toEqual(['token 2 a']);
  model.release(key, '1');
  expect(await client.until('end')).toEqual(['token 3 b', 'end 4 stop completed']);
});

test('replays and goes on live after a cut, and calls the model once', async () => {
  const key = newId();
  const marker = model.script(key, say(['a', 'b', 'c'], { gate: true }));
  const first = await WireClient.join(server.url);
  first.generate(key, marker);
  model.release(key, '0');
  await first.until('token 2');
  const { epoch } = first.messages.find((message) => message.type === 'welcome') ?? {};
  first.ws.terminate();
  model.release(key, '1');
  await model.journal.until({ kind: 'written', key, text: 'b' });
  using second = await WireClient.join(server.url);
  second.send({ type: 'resume', id: key, epoch, after: 2 });
  await second.until('token 3 b');
  model.release(key, '2');
  expect(await second.until('end')).toEqual(['token 4 c', 'end 5 stop completed']);
  expect(model.journal.calls(key)).toHaveLength(1);
});

test('a cancel closes the connection to the model', async () => {
  const key = newId();
  const marker = model.script(key, [role(), text('x'), hang()]);
  using client = await WireClient.join(server.url);
  client.generate(key, marker);
  await client.until('token');
  client.send({ type: 'cancel', id: key });
  expect(await client.until('end')).toEqual(['cancel_ok cancelling', 'end 3 cancelled aborted']);
  await model.journal.until({ kind: 'peer_gone', key });
});

test('a lost connection stops a model whose client asked for that', async () => {
  const key = newId();
  const marker = model.script(key, [role(), text('x'), hang()]);
  const client = await WireClient.join(server.url);
  client.generate(key, marker, { on_disconnect: 'cancel' });
  await client.until('token');
  client.ws.terminate();
  expect(await model.journal.until({ kind: 'peer_gone', key })).toMatchObject({ phase: 'streaming' });
});

test('takes a message in fragments, cut inside a character', async () => {
  const key = newId();
  const marker = model.script(key, say(['x']));
  using client = await WireClient.join(server.url);
  const message = { type: 'generate', id: key, messages: [{ role: 'user', content: `😀${marker}` }] };
  const bytes = Buffer.from(JSON.stringify(message));
  const cut = bytes.indexOf(0x98);
  client.ws.send(bytes.subarray(0, cut), { binary: false, fin: false });
  client.ws.send(bytes.subarray(cut), { binary: false, fin: true });
  await client.until('end');
  const received = await model.journal.until({ kind: 'received', key });
  expect(received.messages[0]?.content).toBe(`😀${marker}`);
});

test('takes 64 KiB, and closes on a message that is too large', async () => {
  using client = await WireClient.join(server.url);
  await client.until('welcome');
  client.send({ type: 'ping', t: 1, x: 'x'.repeat(65_000) });
  expect(await client.until('pong')).toEqual(['pong 1']);
  client.generate(ID, 'x'.repeat(1_100_000));
  expect((await client.closed).code).toBe(1009);
});

test('refuses upgrades that are not for it', async () => {
  expect(await upgrade({})).toBe(400);
  expect(await upgrade({ 'sec-websocket-protocol': 'chat' })).toBe(400);
  expect(await upgrade({ 'sec-websocket-protocol': 'chat, tokenwire.v1' })).toBe(101);
  const evil = { 'sec-websocket-protocol': 'tokenwire.v1', origin: 'https://evil.example' };
  expect(await upgrade(evil)).toBe(403);
});

test('survives garbage at every stage', async () => {
  for (const garbage of ['', 'null', '{"type":5}', '[[[[', '\u0000', '['.repeat(100)]) {
    const client = new WireClient(server.url);
    await once(client.ws, 'open');
    client.ws.send(garbage);
    expect((await client.closed).code).toBe(4400);
  }
  const broken = new WireClient(server.url);
  await once(broken.ws, 'open');
  broken.writeRaw(Buffer.from([0xff, 0xff]));
  expect((await broken.closed).code).toBe(1002);
  using client = await WireClient.join(server.url);
  await client.until('welcome');
});

test('a reader that stalls gets everything when it reads again', async () => {
  const key = newId();
  const marker = model.script(key, say(Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(50_000)}`)));
  using client = await WireClient.join(server.url);
  await client.until('welcome');
  client.ws.pause();
  client.generate(key, marker);
  await model.journal.until({ kind: 'ended', key });
  using other = await WireClient.join(server.url, {});
  other.generate(newId(), model.script('sibling', say(['quick'])));
  await other.until('end');
  client.ws.resume();
  await client.until('end');
  const lengths = client.messages.map((message) => (message.type === 'token' ? message.text.length : 0));
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(300 * 50_000 + 10 * 2 + 90 * 3 + 200 * 4);
});

test('drains: announces it, refuses new work, finishes, and closes with 4503', async () => {
  await using own = await serve({ model: adapter() });
  const key = newId();
  const marker = model.script(key, say(['a', 'b'], { gate: true }));
  using client = await WireClient.join(own.url);
  client.generate(key, marker);
  model.release(key, '0');
  await client.until('token');
  const drained = own.tokenwire.drain({ deadlineMs: 60_000, reason: 'deploy' });
  await client.until('goaway');
  client.generate(newId(), 'more');
  expect(await client.until('error')).toEqual(['error draining']);
  using late = new WireClient(own.url);
  expect(await once(late.ws, 'error')).toMatchObject([{ message: 'Unexpected server response: 503' }]);
  model.release(key, '1');
  expect(await client.until('end')).toEqual(['token 3 b', 'end 4 stop completed']);
  expect((await client.closed).code).toBe(4503);
  await drained;
});

test('ends what is unfinished at the deadline of a drain', async () => {
  await using own = await serve({ model: adapter() });
  const key = newId();
  using client = await WireClient.join(own.url);
  client.generate(key, model.script(key, [text('a'), hang()]));
  await client.until('token');
  await own.tokenwire.drain({ deadlineMs: 0 });
  expect(await client.until('end')).toEqual(['goaway', 'end 3 error aborted']);
  expect((await client.closed).code).toBe(4503);
  await model.journal.until({ kind: 'peer_gone', key });
});

test('leaves upgrades for other paths alone', async () => {
  await using own = await serve({ model: adapter(), path: '/chat' });
  using client = await WireClient.join(own.url.replace(/\/$/, '/chat?v=1'));
  expect(await client.until('welcome')).toEqual(['welcome']);
  expect(client.ws.readyState).toBe(WebSocket.OPEN);
});
