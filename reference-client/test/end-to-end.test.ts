/** The client against the reference server and the mock model, over real sockets. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type MockModel, say, startMockModel } from '@tokenwire/mock-llm';
import { createServer, openAiModel } from '@tokenwire/server';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type ClientOptions, StreamFailedError } from '../src/index.ts';

interface House extends AsyncDisposable {
  model: MockModel;
  url: string;
  /** Destroys every socket, without a close. */
  cut(): void;
}

async function openHouse(): Promise<House> {
  const model = await startMockModel();
  const http = createHttpServer();
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const adapter = openAiModel({ baseURL: model.baseUrl, apiKey: 'none', model: 'mock' });
  const server = createServer({ server: http, model: adapter });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    model,
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    async [Symbol.asyncDispose]() {
      await server.close();
      http.close();
      http.closeAllConnections();
      await model.close();
    },
  };
}

const texts = ['The ', 'sky ', 'is ', 'blue ', '\u{1f30a}', '!'];
const ask = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
const quick = { backoff: { baseMs: 1, maxMs: 10 } };

test.each<[string, Partial<ClientOptions>]>([
  ['the platform', {}],
  ['ws', { WebSocket }],
])('streams an answer with the WebSocket of %s', async (_, options) => {
  await using house = await openHouse();
  await using client = createClient({ url: house.url, ...options });
  const marker = house.model.script('plain', say(texts, { usage: { input_tokens: 3, output_tokens: 6 } }));
  const answer = client.generate(ask(marker));
  const tokens = await Array.fromAsync(answer);
  expect(tokens.map((t) => t.text).join('')).toBe(texts.join(''));
  expect(await answer.result).toMatchObject({
    text: texts.join(''),
    finishReason: 'stop',
    upstream: 'completed',
    usage: { input_tokens: 3, output_tokens: 6 },
  });
});

test('a wire that is cut after every token loses nothing, doubles nothing, and calls the model once', async () => {
  await using house = await openHouse();
  await using client = createClient({ url: house.url, ...quick });
  const marker = house.model.script('cut', say(texts, { gate: true }));
  house.model.release('cut', '0');
  let connections = 0;
  client.on('state', ({ status }) => {
    if (status === 'ready') connections += 1;
  });
  const answer = client.generate(ask(marker));
  const read: string[] = [];
  for await (const token of answer) {
    read.push(token.text);
    house.cut();
    if (read.length < texts.length) house.model.release('cut', String(read.length));
  }
  expect(read).toEqual(texts);
  expect(connections).toBeGreaterThanOrEqual(texts.length);
  expect((await answer.result).finishReason).toBe('stop');
  expect(house.model.journal.entries.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
});

test('an abort stops the call of the model, and keeps what came', async () => {
  await using house = await openHouse();
  await using client = createClient({ url: house.url });
  const marker = house.model.script('stop', say(texts, { gate: true }));
  house.model.release('stop', '0');
  const abort = new AbortController();
  const answer = client.generate({ ...ask(marker), signal: abort.signal });
  let text = '';
  for await (const token of answer) {
    text += token.text;
    abort.abort();
  }
  expect(text).toBe('The ');
  expect(await answer.result).toMatchObject({ text, finishReason: 'cancelled', upstream: 'aborted' });
});

test('a model that breaks off is a typed error with the text so far', async () => {
  await using house = await openHouse();
  await using client = createClient({ url: house.url });
  const marker = house.model.script('eof', say(['Half an ans'], { finish: false }).slice(0, -1));
  const { error } = await client.generate(ask(marker)).result;
  expect(error).toBeInstanceOf(StreamFailedError);
  expect(error).toMatchObject({ code: 'upstream_incomplete', text: 'Half an ans' });
});

test('answers at the same time share a connection and do not mix', async () => {
  await using house = await openHouse();
  await using client = createClient({ url: house.url });
  const answers = Array.from({ length: 8 }, (_, i) => {
    const marker = house.model.script(`many-${i}`, say(texts.map((t) => `${i}${t}`)));
    return client.generate(ask(marker));
  });
  const results = await Promise.all(answers.map((answer) => answer.result));
  expect(results.map(({ text }) => text)).toEqual(
    results.map((_, i) => texts.map((t) => `${i}${t}`).join('')),
  );
});
