/** Section 15, Flow. */
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { Kit } from '../kit.ts';
import type { PlannedStream } from '../planned-stream.ts';

/** 12.8 MB: more than the buffers of two sockets hold, so that the rest waits in the server. */
const OCEAN = Array.from({ length: 400 }, (_, index) => `${index}:${'x'.repeat(32_000)}`);

/** As fast as a model can, and little enough that a client which keeps reading keeps up. */
const FLOOD = Array.from({ length: 1000 }, (_, index) => `${index}:${'x'.repeat(100)} `);

/** A connection that stopped reading before the model said all of OCEAN to it. */
async function stalled(t: Kit): Promise<{ a: Client; s: PlannedStream }> {
  const a = await t.connect();
  const s = t.stream(OCEAN, { gate: true });
  a.send(s.generate());
  await a.receives({ type: 'start', id: s.id }, 'generate.first-answer');
  a.stall();
  s.release();
  await s.model('ended', 'flow.reader-holds-nobody');
  return { a, s };
}

/** The rest of the stream: here, or on another connection when the server detached this one. */
async function catchesUp(t: Kit, a: Client, s: PlannedStream): Promise<void> {
  const answer = await a.either(['end', 'detached'], s.id, 'flow.catches-up');
  if (answer.kind === 'received' && answer.message?.['type'] === 'end') return;
  const b = await t.connect();
  b.send(s.resume(b.welcome.epoch, a.cursor(s.id)));
  await b.receives({ type: 'resumed', id: s.id }, 'flow.catches-up');
  await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'flow.catches-up');
}

export const flowCases: Case[] = [
  {
    id: 'flow/stalled-reader',
    title: 'a client that does not read holds up neither the model nor another connection, and catches up',
    requirements: ['flow.reader-holds-nobody', 'flow.catches-up'],
    journal: true,
    alone: true,
    async run(t) {
      const { a, s } = await stalled(t);
      await t.settle(await t.connect());
      a.read();
      await catchesUp(t, a, s);
    },
  },
  {
    id: 'flow/pong-overtakes-the-backlog',
    title: 'a pong overtakes the tokens that wait for a client which did not read',
    requirements: ['flow.control-first'],
    journal: true,
    alone: true,
    async run(t) {
      const { a, s } = await stalled(t);
      a.send({ type: 'ping', t: 1 });
      await t.settle(await t.connect());
      a.read();
      await a.receives({ type: 'pong', t: 1 }, 'flow.control-first');
      const ended = a.messages(s.id).some((message) => message['type'] === 'end');
      t.check('flow.control-first', !ended, 'pong before the rest of the tokens', 'pong behind all of them');
      await catchesUp(t, a, s);
    },
  },
  {
    id: 'flow/control-in-a-flood',
    title: 'pong and cancel_ok arrive within 250 ms in a flood of tokens',
    requirements: ['flow.control-first', 'cancel.reaches-model'],
    journal: true,
    alone: true,
    async run(t) {
      const a = await t.connect();
      const texts = FLOOD.map((text) => ({ kind: 'text' as const, text }));
      const s = t.stream([{ kind: 'role' }, ...texts, { kind: 'hang' }]);
      a.send(s.generate());
      await a.receives({ type: 'token', id: s.id }, 'sequence.first-token-at-once');
      for (let count = 0; count < 5; count++) {
        const { at } = a.send({ type: 'ping', t: count });
        await a.receives({ type: 'pong', t: count }, 'flow.control-first', { since: at, withinMs: 250 });
      }
      const { at } = a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id }, 'flow.control-first', { since: at, withinMs: 250 });
      await s.modelIsLeft('cancel.reaches-model', at);
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time');
    },
  },
  {
    id: 'flow/fair',
    title: 'a small stream beside seven large ones gets its turn within 1 s',
    requirements: ['flow.fair'],
    journal: true,
    alone: true,
    async run(t) {
      const a = await t.connect();
      const large = Math.min(8, a.welcome.limits.max_streams) - 1;
      const floods = [];
      for (let count = 0; count < large; count++) floods.push(await t.begin(a, FLOOD.slice(0, 500)));
      const small = await t.begin(a, ['me ', 'too']);
      for (const flood of floods) flood.release();
      await a.receives({ type: 'token' }, 'sequence.first-token-at-once');
      small.release(0);
      const { atMs } = await small.model('written', 'flow.fair');
      await a.receives({ type: 'token', id: small.id }, 'flow.fair', { since: atMs, withinMs: 1000 });
      small.release();
      for (const { id } of [small, ...floods]) {
        await a.receives({ type: 'end', id, finish_reason: 'stop' }, 'flow.fair', { withinMs: 10_000 });
      }
    },
  },
];
