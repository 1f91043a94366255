import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { judge, judgeStreams, type TraceEvent } from '@tokenwire/conformance';
import type { JournalEntry } from '@tokenwire/mock-llm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { againKey, idOf, messageOf } from '../../src/generator/request.ts';
import { textsOf } from '../../src/plan.ts';
import { type Child, type Common, startChild } from '../../src/processes/child.ts';
import type { CallLog, ModelMethods } from '../../src/processes/model.ts';
import type { Ports, ServerMethods } from '../../src/processes/server.ts';
import { transports } from '../../src/transports/index.ts';
import { Tape } from '../../src/transports/tape.ts';
import type { Line, Target } from '../../src/transports/transport.ts';
import { webSocketAt } from '../../src/transports/websocket.ts';

const process = (name: string): URL => new URL(`../../src/processes/${name}.ts`, import.meta.url);
const SHORT = { ttftMs: 5, tokens: 12, tokenMs: 2 };
/** It is stopped long before its end. */
const LONG = { ttftMs: 5, tokens: 2000, tokenMs: 10 };
/** Long enough to be cut in the middle. */
const CUT = { ttftMs: 5, tokens: 30, tokenMs: 4 };

const SILENT = ['blocking', 'polling-end'];

let model: Child<ModelMethods & Common>;
let server: Child<ServerMethods & Common>;
let ports: Ports;
const open: Line[] = [];

beforeAll(async () => {
  model = await startChild<ModelMethods>('model', process('model'));
  server = await startChild<ServerMethods>('server', process('server'));
  ports = await server.call.listen({ baseURL: await model.call.baseUrl(), host: '127.0.0.1' });
}, 60_000);
afterAll(async () => {
  for (const line of open) line.close();
  await server?.stop();
  await model?.stop();
});

const targetOf = (tls: boolean): Target => {
  const found = tls ? ports.tls : ports.plain;
  return { host: '127.0.0.1', ...found, tls, handshakeMs: 0, pollMs: 10 };
};

describe.each(transports.map((transport) => [transport.name, transport] as const))(
  '%s',
  (name, transport) => {
    const lineOf = (tape: Tape, target: Target = targetOf(false)): Line => {
      const line = transport.open(target, tape);
      open.push(line);
      return line;
    };
    const judgeAll = name === 'websocket' ? judge : judgeStreams;

    it.each([
      ['plain', false],
      ['TLS', true],
    ] as const)(
      'answers twice on one connection, %s, and the oracle finds nothing wrong',
      async (how, tls) => {
        const keys = [`${name}-${how}-a`, `${name}-${how}-b`];
        const script = await model.call.script(SHORT, keys);
        const tape = new Tape(`${name}-${how}`);
        const line = lineOf(tape, targetOf(tls));
        await line.warmUp();
        const before = line.bytes();
        for (const key of keys) await line.ask(messageOf(key)).done;
        for (const key of keys) expect(textIn(tape, idOf(key))).toBe(textsOf(SHORT).join(''));
        expect(line.dials).toBe(1);
        expect(line.usable).toBe(true);
        expect(line.bytes().down).toBeGreaterThan(before.down + textsOf(SHORT).join('').length);
        const phases = tape.phases.map(({ name: phase }) => phase);
        expect(phases).toEqual([
          'connect',
          ...(tls ? ['tls'] : []),
          ...(name === 'websocket' ? ['upgrade'] : []),
        ]);
        const heard = (await notesUntil(keys, 'ended')).map(
          (entry): TraceEvent => ({ kind: 'model', at: entry.atMs, entry }),
        );
        const events = [...tape.events, ...heard].sort((a, b) => a.at - b.at);
        const scripts = new Map(keys.map((key) => [key, script]));
        expect(judgeAll({ events, scripts, lag: () => 0 })).toEqual([]);
      },
    );

    it('ends the call of the model when it is stopped, and answers the next question', async () => {
      const [stopped, next] = [`${name}-stopped`, `${name}-next`];
      await model.call.script(LONG, [stopped]);
      await model.call.script(SHORT, [next]);
      const tape = new Tape(`${name}-stop`);
      const line = lineOf(tape);
      const exchange = line.ask({ ...messageOf(stopped), on_disconnect: 'cancel' });
      await notesUntil([stopped], 'received');
      exchange.cancel();
      await exchange.done;
      await notesUntil([stopped], 'peer_gone');
      await line.ask(messageOf(next)).done;
      expect(textIn(tape, idOf(next))).toBe(textsOf(SHORT).join(''));
    });

    it(`after a cut ${transport.recovers}, and nothing is lost or doubled`, async () => {
      const key = `${name}-cut`;
      const asksAgain = transport.recovers === 'asks again';
      await model.call.script(CUT, [key, againKey(key)]);
      const tape = new Tape(key);
      const line = lineOf(tape);
      await line.warmUp();
      const firstToken = tokenOn(tape);
      const exchange = line.ask(messageOf(key));
      exchange.done.catch(() => {});
      // Who gets nothing before the end is cut while the model speaks, all others in the middle of the text.
      await (SILENT.includes(name) ? notesUntil([key], 'accepted') : firstToken);
      line.cut();
      const outcome = await exchange.done.then(
        () => 'answered',
        () => 'broken',
      );
      expect(outcome).toBe(asksAgain ? 'broken' : 'answered');
      if (asksAgain) await line.ask(messageOf(againKey(key))).done;
      const id = idOf(asksAgain ? againKey(key) : key);
      expect(textIn(tape, id)).toBe(textsOf(CUT).join(''));
      expect(line.dials).toBeGreaterThan(1);
    });

    it('rejects when nobody listens', async () => {
      const port = await deadPort();
      const target = { ...targetOf(false), http1: port, http2: port };
      // Our client tries ten times, for most of a minute: here once is enough.
      const impatient = name === 'websocket' ? webSocketAt('/ws', { maxAttempts: 1 }) : transport;
      const line = impatient.open(target, new Tape(`${name}-dead`));
      open.push(line);
      await expect(line.ask(messageOf(`${name}-dead`)).done).rejects.toBeInstanceOf(Error);
    });
  },
);

const textIn = ({ events }: Tape, id: string): string =>
  events
    .map((event) => {
      if (event.kind !== 'received' || event.message?.['id'] !== id) return '';
      return event.message['type'] === 'token' ? String(event.message['text']) : '';
    })
    .join('');

function tokenOn(tape: Tape): Promise<void> {
  return new Promise((resolve) => {
    tape.onToken = () => resolve();
  });
}

/** A port that was free a moment ago. */
async function deadPort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}

/** What the model noted about these keys, once each has come to this. */
async function notesUntil(
  keys: readonly string[],
  kind: CallLog['events'][number]['kind'],
): Promise<JournalEntry[]> {
  const logs: CallLog[] = [];
  const isThere = (key: string): boolean =>
    logs.some(({ events }) => events.some((event) => event.key === key && event.kind === kind));
  for (;;) {
    logs.push(...(await model.call.calls(keys)));
    if (keys.every(isThere)) break;
    // The model tells nobody: it is asked again, but not all the time.
    await setTimeout(2);
  }
  return entriesOf(logs);
}

/** A log that was fetched in pieces: the later ones of a call may have nothing but what was written. */
function entriesOf(logs: readonly CallLog[]): JournalEntry[] {
  const texts = textsOf(SHORT);
  return logs.flatMap(({ events, writtenAt }) => {
    const { call = 0, key } = events[0] ?? {};
    const written = writtenAt.map((atMs, index): JournalEntry => {
      return { kind: 'written', channel: 'text', index, text: texts[index] ?? '', atMs, call, key };
    });
    return [...events, ...written];
  });
}
