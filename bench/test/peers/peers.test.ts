import type { TraceEvent } from '@tokenwire/conformance';
import { judgeStreams } from '@tokenwire/conformance';
import type { JournalEntry } from '@tokenwire/mock-llm';
import { decodeServer } from '@tokenwire/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, messageOf } from '../../src/generator/request.ts';
import { peers } from '../../src/peers/index.ts';
import type { RunningServer } from '../../src/peers/peer.ts';
import { textsOf } from '../../src/plan.ts';
import { type Child, type Common, startChild } from '../../src/processes/child.ts';
import type { CallLog, ModelMethods } from '../../src/processes/model.ts';
import { Tape } from '../../src/transports/tape.ts';
import type { Line } from '../../src/transports/transport.ts';

const MODEL_PROCESS = new URL('../../src/processes/model.ts', import.meta.url);
const SHORT = { ttftMs: 5, tokens: 12, tokenMs: 2 };
/** It is stopped long before its end. */
const LONG = { ttftMs: 5, tokens: 2000, tokenMs: 10 };

let model: Child<ModelMethods & Common>;
beforeAll(async () => {
  model = await startChild<ModelMethods>('model', MODEL_PROCESS);
});
afterAll(() => model.stop());

const textOf = ({ events }: Tape, id: string): string => {
  let text = '';
  for (const event of events) {
    if (event.kind !== 'received' || event.message?.['id'] !== id) continue;
    const piece = event.message['text'];
    if (typeof piece === 'string') text += piece;
  }
  return text;
};

const missing = peers.flatMap((peer) => {
  const available = peer.available();
  return available.ok ? [] : [[peer.name, available.reason] as const];
});

// What is left out must be seen, and where everything is checked nothing may be left out.
it.for(missing)('%s cannot be tested here: %s', ([, reason], context) => {
  expect(process.env['CI'], 'CI must have every peer').toBeUndefined();
  context.skip(reason);
});

describe.each(peers.map((peer) => [peer.name, peer] as const))('%s', (name, peer) => {
  describe.runIf(peer.available().ok)('with its server running', () => {
    let server: RunningServer;
    const open: Line[] = [];
    beforeAll(async () => {
      server = await peer.start({ baseURL: await model.call.baseUrl() });
    }, 60_000);
    afterAll(async () => {
      for (const line of open) line.close();
      await server?.stop();
    });
    const lineOf = (tape: Tape): Line => {
      const line = peer.transport.open(server.target, tape);
      open.push(line);
      return line;
    };

    it('answers twice on one connection, and the oracle finds nothing wrong', async () => {
      const tape = new Tape(`${name}-twice`);
      const line = lineOf(tape);
      const keys = [`${name}-a`, `${name}-b`].map(plain);
      const script = await model.call.script(SHORT, keys);
      await line.warmUp();
      for (const key of keys) await line.ask(messageOf(key)).done;
      for (const key of keys) expect(textOf(tape, idOf(key))).toBe(textsOf(SHORT).join(''));
      expect(line.dials).toBe(1);
      expect(line.bytes().down).toBeGreaterThan(0);
      expect(tape.events.filter(isWrong)).toEqual([]);
      const heard = (await notesUntil(keys, 'ended')).map(
        (entry): TraceEvent => ({ kind: 'model', at: entry.atMs, entry }),
      );
      const events = [...tape.events, ...heard].sort((a, b) => a.at - b.at);
      const scripts = new Map(keys.map((key) => [key, script]));
      expect(judgeStreams({ events, scripts, lag: () => 0 })).toEqual([]);
    });

    it('hangs up on the model when it is stopped, and answers the next question', async () => {
      const [stopped, next] = [plain(`${name}-stopped`), plain(`${name}-next`)];
      await model.call.script(LONG, [stopped]);
      await model.call.script(SHORT, [next]);
      const tape = new Tape(`${name}-stop`);
      const line = lineOf(tape);
      const first = line.ask(messageOf(stopped));
      await tokens(tape, 3);
      first.cancel();
      await first.done;
      const seen = textOf(tape, idOf(stopped));
      await line.ask(messageOf(next)).done;
      expect(textOf(tape, idOf(next))).toBe(textsOf(SHORT).join(''));
      expect(textOf(tape, idOf(stopped))).toBe(seen);
      await notesUntil([stopped], 'peer_gone');
    });

    it('does what it is said to do after a cut', async () => {
      const key = plain(`${name}-cut`);
      await model.call.script(LONG, [key]);
      const tape = new Tape(`${name}-cut`);
      const line = lineOf(tape);
      const exchange = line.ask(messageOf(key));
      await tokens(tape, 2);
      line.cut();
      await expect(exchange.done).rejects.toBeInstanceOf(Error);
      await notesUntil([key], 'peer_gone');
    });

    it.runIf(process.platform === 'linux')('can be measured from outside', async () => {
      expect(await server.cpuMs()).toBeGreaterThan(0);
      expect(await server.residentKb()).toBeGreaterThan(1000);
    });
  });
});

/** Keys of scripts have no dots. */
const plain = (text: string): string => text.replaceAll('.', '-');

function isWrong(event: TraceEvent): boolean {
  return event.kind === 'received' && !decodeServer(event.raw).ok;
}

function tokens(tape: Tape, count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve) => {
    tape.onToken = () => {
      if (++seen === count) resolve();
    };
  });
}

/** What the model noted about these keys, once each has come to this. */
async function notesUntil(
  keys: readonly string[],
  kind: CallLog['events'][number]['kind'],
): Promise<JournalEntry[]> {
  const logs: CallLog[] = [];
  const isThere = (key: string): boolean =>
    logs.some(({ events }) => events.some((event) => event.key === key && event.kind === kind));
  while (!keys.every(isThere)) logs.push(...(await model.call.calls(keys)));
  return logs.flatMap(({ events, writtenAt }) => [...events, ...writtenEntries(events, writtenAt)]);
}

function writtenEntries([first]: CallLog['events'], writtenAt: readonly number[]): JournalEntry[] {
  const texts = textsOf(SHORT);
  return writtenAt.map((atMs, index) => {
    const { call = 0, key } = first ?? {};
    return { kind: 'written', channel: 'text', index, text: texts[index] ?? '', atMs, call, key };
  });
}
