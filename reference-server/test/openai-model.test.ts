/** The model adapter against a model on a real socket. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import {
  barrier,
  done,
  finish,
  hang,
  type MockModel,
  refuse,
  role,
  type Script,
  say,
  startMockModel,
  text,
} from '@tokenwire/mock-llm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ModelCall, ModelEnd } from '../src/model.ts';
import { openAiModel } from '../src/openai-model.ts';
import { FakeClock } from './support/fake-clock.ts';

let model: MockModel;
beforeAll(async () => void (model = await startMockModel()));
afterAll(async () => await model.close());

interface Heard {
  readonly clock: FakeClock;
  readonly deltas: string[];
  readonly call: ModelCall;
  readonly end: Promise<ModelEnd>;
  /** Resolves when so many deltas came. */
  readonly heard: (count: number) => Promise<void>;
}

let keys = 0;

function ask(
  script: Script[],
  baseURL: string = model.baseUrl,
  clock = new FakeClock(),
): Heard & { key: string } {
  const key = `case-${++keys}`;
  const content = script.length === 0 ? 'hi' : model.script(key, script[0] ?? [], ...script.slice(1));
  const adapter = openAiModel({
    baseURL,
    apiKey: 'k',
    model: 'mock-1',
    clock,
    random: () => 1,
    idleMs: 5000,
  });
  const deltas: string[] = [];
  let arrived: (() => void) | undefined;
  let call: ModelCall | undefined;
  const end = new Promise<ModelEnd>((resolve) => {
    const request = { messages: [{ role: 'user' as const, content }], model: 'mock-1', params: { seed: 7 } };
    call = adapter.call(request, {
      requested: () => {},
      text: (delta) => {
        deltas.push(delta);
        arrived?.();
      },
      end: resolve,
    });
  });
  const heard = async (count: number): Promise<void> => {
    while (deltas.length < count) await new Promise<void>((resolve) => (arrived = resolve));
  };
  return { key, clock, deltas, call: call as ModelCall, end, heard };
}

test('hands on text and usage, and sends what was asked', async () => {
  const { key, deltas, end } = ask([say(['Hel', 'lo'], { usage: { input_tokens: 3, output_tokens: 2 } })]);
  expect(await end).toEqual({
    finishReason: 'stop',
    upstream: 'completed',
    usage: { input_tokens: 3, output_tokens: 2 },
  });
  expect(deltas).toEqual(['Hel', 'lo']);
  const received = await model.journal.until({ kind: 'received', key });
  expect(received.params).toMatchObject({ seed: 7, stream_options: { include_usage: true } });
});

test('puts characters together that TCP cut apart', async () => {
  const { deltas, end } = ask([[role(), text('h😀é', [2, 3, 6]), finish('stop'), done()]]);
  expect(await end).toMatchObject({ finishReason: 'stop' });
  expect(deltas.join('')).toBe('h😀é');
});

test.each(['stop', 'length', 'tool_calls', 'content_filter'])(
  'hands on the finish reason %s',
  async (reason) => {
    expect(await ask([say(['x'], { finish: reason })]).end).toMatchObject({ finishReason: reason });
  },
);

test('calls it a refusal where refusal text came', async () => {
  const { deltas, end } = ask([[role(), { kind: 'refusal', text: 'I cannot' }, finish('stop'), done()]]);
  expect(await end).toMatchObject({ finishReason: 'refusal', upstream: 'completed' });
  expect(deltas).toEqual(['I cannot']);
});

test('passes over reasoning and tool calls', async () => {
  const script: Script = [
    { kind: 'reasoning', text: 'hm' },
    { kind: 'tool_call', index: 0, name: 'f', arguments: '{}' },
    text('x'),
    finish('tool_calls'),
    done(),
  ];
  const { deltas, end } = ask([script]);
  expect(await end).toMatchObject({ finishReason: 'tool_calls' });
  expect(deltas).toEqual(['x']);
});

test.each<[string, Script, string]>([
  ['an end without a finish reason', [text('x'), { kind: 'eof' }], 'upstream_incomplete'],
  ['[DONE] without a finish reason', [text('x'), done()], 'upstream_incomplete'],
  ['an unreadable chunk', [text('x'), { kind: 'malformed' }, finish('stop'), done()], 'upstream_failed'],
  ['a reset', [text('x'), { kind: 'reset' }], 'upstream_failed'],
  ['a reset before the headers', [{ kind: 'reset' }], 'upstream_failed'],
])('reports %s, and prints nothing', async (_what, script, code) => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { end } = ask([script]);
  expect(await end).toMatchObject({ finishReason: 'error', upstream: 'failed', error: { code } });
  expect(printed).not.toHaveBeenCalled();
  printed.mockRestore();
});

test('does not repeat a request whose outcome is unknown', async () => {
  const { key, end } = ask([[{ kind: 'reset' }], say(['again'])]);
  await end;
  expect(model.journal.of(key).filter(({ kind }) => kind === 'received')).toHaveLength(1);
});

test('does not hand on what the model says about the refused request', async () => {
  const body = { error: { message: 'Incorrect API key provided: sk-123' } };
  const { end } = ask([[{ kind: 'refuse', status: 401, body }]]);
  const { error, upstream } = await end;
  expect(error).toEqual({
    code: 'upstream_refused',
    message: 'the model refused the request with status 401',
  });
  expect(upstream).toBe('failed');
});

test('repeats a request that was refused with 429 or 503, after a pause', async () => {
  const { key, clock, deltas, end } = ask([[refuse(429)], [refuse(503)], say(['third'])]);
  for (const count of [1, 2]) {
    await vi.waitFor(() => {
      clock.advance(1000);
      expect(model.journal.of(key).filter(({ kind }) => kind === 'received').length).toBeGreaterThan(count);
    });
  }
  expect(await end).toMatchObject({ finishReason: 'stop' });
  expect(deltas).toEqual(['third']);
});

test('a cancel while it waits for the next attempt ends at once, and makes no further one', async () => {
  const { key, clock, call, end } = ask([[refuse(429)]]);
  await model.journal.until({ kind: 'refused', key });
  await vi.waitFor(() => expect(clock.nextIn).toBe(250));
  call.abort();
  clock.turn();
  expect(await end).toEqual({
    finishReason: 'cancelled',
    upstream: 'none',
  });
  clock.advance(60_000);
  expect(model.journal.of(key).filter(({ kind }) => kind === 'received')).toHaveLength(1);
});

test('a cancel before the request went out calls nobody', async () => {
  const { key, clock, call, end } = ask([say(['x'])]);
  call.abort();
  clock.turn();
  expect(await end).toEqual({ finishReason: 'cancelled', upstream: 'none' });
  expect(model.journal.of(key)).toEqual([]);
});

test.each<[string, Script, number]>([
  ['before the headers', [hang()], 0],
  ['before the first token', [{ kind: 'accept' }, role(), hang()], 0],
  ['in the middle', [role(), text('x'), hang()], 1],
])('a cancel %s closes the connection to the model', async (_when, script, deltas) => {
  const { key, clock, call, heard, end } = ask([script]);
  await model.journal.until({ kind: deltas === 0 && script.length === 1 ? 'received' : 'accepted', key });
  await heard(deltas);
  call.abort();
  clock.turn();
  expect(await end).toEqual({ finishReason: 'cancelled', upstream: 'aborted' });
  await model.journal.until({ kind: 'peer_gone', key });
});

test('waits for usage no longer than a second', async () => {
  const { clock, heard, end } = ask([[text('x'), finish('stop'), hang()]]);
  await heard(1);
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(clock.pending).toBe(1);
  });
  expect(await end).toEqual({ finishReason: 'stop', upstream: 'completed' });
});

test('gives up a model that is silent, and lets one go on that only thinks', async () => {
  const { key, clock, heard, end } = ask([
    [text('x'), barrier('think'), { kind: 'reasoning', text: 'hm' }, text('y'), hang()],
  ]);
  await heard(1);
  clock.advance(4000);
  model.release(key, 'think');
  await heard(2);
  clock.advance(4000);
  clock.advance(1000);
  expect(await end).toMatchObject({ upstream: 'aborted', error: { code: 'upstream_timeout' } });
  await model.journal.until({ kind: 'peer_gone', key });
});

test('a model that cannot be reached was not called', async () => {
  const { end } = ask([], 'http://127.0.0.1:1/v1');
  expect(await end).toMatchObject({
    finishReason: 'error',
    upstream: 'none',
    error: { code: 'upstream_failed' },
  });
});

/** A model that says exactly these bytes. */
async function rawModel(...writes: (string | Buffer)[]): Promise<AsyncDisposable & { baseUrl: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const bytes of writes) response.write(bytes);
    response.end();
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;

test('passes over comments and named events, and believes an error event', async () => {
  const named = 'event: x.progress\ndata: {"choices":[{"index":0,"delta":{"content":"NO"}}]}\n\n';
  const stop = chunk({}, { finish_reason: 'stop' });
  await using fine = await rawModel(': hi\n\n', named, chunk({ content: 'yes' }), stop, 'data: [DONE]\n\n');
  const first = ask([], fine.baseUrl);
  expect(await first.end).toMatchObject({ finishReason: 'stop' });
  expect(first.deltas).toEqual(['yes']);
  await using broken = await rawModel(chunk({ content: 'a' }), 'event: error\ndata: {"message":"boom"}\n\n');
  expect(await ask([], broken.baseUrl).end).toMatchObject({ error: { code: 'upstream_failed' } });
});

test('turns bytes that are not UTF-8 into U+FFFD', async () => {
  const [before = '', after = ''] = chunk({ content: 'a|b' }).split('|');
  const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
  await using raw = await rawModel(bytes, chunk({}, { finish_reason: 'stop' }));
  const { deltas, end } = ask([], raw.baseUrl);
  expect(await end).toMatchObject({ finishReason: 'stop' });
  expect(deltas).toEqual(['a\ufffdb']);
});

test('reports a finish reason that it does not know', async () => {
  await using raw = await rawModel(chunk({ content: 'a' }, { finish_reason: 'bored' }), 'data: [DONE]\n\n');
  expect(await ask([], raw.baseUrl).end).toMatchObject({ finishReason: 'error', upstream: 'completed' });
});

test('takes usage that comes with the finish reason, and text that comes late', async () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  const last = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage })}\n\n`;
  await using raw = await rawModel(chunk({ content: 'a' }), last, chunk({ content: 'b' }));
  const { deltas, end } = ask([], raw.baseUrl);
  expect(await end).toEqual({
    finishReason: 'stop',
    upstream: 'completed',
    usage: { input_tokens: 1, output_tokens: 2 },
  });
  expect(deltas).toEqual(['a', 'b']);
});
