/** Section 5, Handshake. */
import type { RequirementId } from '@tokenwire/spec';
import type { Case } from '../case.ts';
import type { Kit } from '../kit.ts';
import { PATIENCE_MS } from '../wait.ts';

/** A server that opens without the subprotocol must at least not speak Tokenwire there. */
async function isRefused(t: Kit, offered: readonly string[]): Promise<void> {
  const a = t.dial({ offered });
  const requirement: RequirementId = 'handshake.not-offered-refused';
  const answer = await t.waiter.wait(
    (event) => ('conn' in event && event.kind !== 'dialled' ? event : undefined),
    PATIENCE_MS,
    t.now,
  );
  if (answer?.kind === 'refused') {
    t.check(requirement, answer.status === 400, 'status 400', `status ${answer.status}`);
    return;
  }
  t.check(requirement, answer?.kind !== 'closed', 'status 400', 'the connection ended without an answer');
  a.send(t.hello());
  const spoke = await t.waiter.wait(
    (event) => (event.kind === 'received' || event.kind === 'closed' ? event : undefined),
    PATIENCE_MS,
    t.now,
  );
  const actual = spoke?.kind === 'received' ? spoke.raw : 'nothing';
  t.check(requirement, spoke?.kind !== 'received', 'status 400, or another protocol', actual);
}

export const handshakeCases: Case[] = [
  {
    id: 'handshake/selects-the-subprotocol',
    title: 'tokenwire.v1 is selected, also when others are offered before it',
    requirements: ['handshake.subprotocol-selected', 'handshake.welcome-first', 'version.levels-claimed'],
    smoke: true,
    async run(t) {
      const a = t.dial({ offered: ['x.example.v9', 'tokenwire.v1'] });
      const { selected } = await a.opened();
      t.check('handshake.subprotocol-selected', selected === 'tokenwire.v1', 'tokenwire.v1', selected);
      a.send(t.hello());
      await a.welcomed();
      t.check(
        'version.levels-claimed',
        a.welcome.levels.includes('core'),
        'core among the levels',
        a.welcome.levels,
      );
    },
  },
  {
    id: 'handshake/no-subprotocol-offered',
    title: 'without a subprotocol the upgrade is refused',
    requirements: ['handshake.not-offered', 'handshake.not-offered-refused'],
    run: (t) => isRefused(t, []),
  },
  {
    id: 'handshake/other-subprotocol-offered',
    title: 'with only a foreign subprotocol the upgrade is refused',
    requirements: ['handshake.not-offered', 'handshake.not-offered-refused'],
    run: (t) => isRefused(t, ['x.example.v9']),
  },
  {
    id: 'handshake/no-compression',
    title: 'permessage-deflate is not negotiated',
    requirements: ['handshake.no-compression'],
    async run(t) {
      const a = t.dial({ compression: true });
      const { extensions } = await a.opened();
      t.check('handshake.no-compression', extensions === '', 'no extension', extensions);
    },
  },
  {
    id: 'handshake/pipelined-generate-then-cancel',
    title: 'a generate and its cancel behind hello are processed in that order, after welcome',
    requirements: ['handshake.pipelined-in-order', 'handshake.welcome-first', 'cancel.answered'],
    async run(t) {
      const a = await t.open();
      const s = t.stream(['never'], { gate: true });
      a.send(t.hello());
      a.send(s.generate());
      a.send(s.cancel());
      await a.welcomed();
      const answer = await a.receives({ type: 'cancel_ok', id: s.id }, 'cancel.answered');
      const { state } = answer.message;
      t.check('handshake.pipelined-in-order', state !== 'unknown', 'a cancel of a known stream', answer.raw);
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', {
        withinMs: 2000,
      });
    },
  },
  {
    id: 'handshake/pipelined-cancel-then-generate',
    title: 'a cancel and then its generate behind hello are processed in that order',
    requirements: ['handshake.pipelined-in-order', 'cancel.tombstone'],
    journal: true,
    async run(t) {
      const a = await t.open();
      const s = t.stream(['never']);
      a.send(t.hello());
      a.send(s.cancel());
      a.send(s.generate());
      await a.welcomed();
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'unknown' }, 'handshake.pipelined-in-order');
      await a.receives({ type: 'error', code: 'cancelled', re: { id: s.id } }, 'cancel.tombstone');
      await t.settle(a);
    },
  },
  {
    id: 'handshake/pipelined-64k',
    title: '64 KiB behind hello are held until welcome',
    requirements: ['handshake.pipeline-bounded', 'framing.accepts-64k'],
    async run(t) {
      const a = await t.open();
      const s = t.stream(['heard']);
      a.send(t.hello());
      a.sendText(padded(s.generate(), 65_536));
      await a.welcomed();
      await a.receives({ type: 'start', id: s.id }, 'handshake.pipeline-bounded');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  ...(['ping', 'generate', 'resume'] as const).map(
    (type): Case => ({
      id: `handshake/${type}-before-hello`,
      title: `a ${type} before hello closes with 4409`,
      requirements: ['handshake.hello-first', 'handshake.no-call-before-auth'],
      journal: type === 'generate',
      async run(t) {
        const a = await t.open();
        const s = t.stream(['never']);
        const first = { ping: { type, t: 1 }, generate: s.generate(), resume: s.resume('none', 0) };
        a.send(first[type]);
        await a.closes([4409], 'handshake.hello-first');
        await t.settle(await t.connect());
        t.check('handshake.no-call-before-auth', s.requests === 0, 'no request to the model', s.requests);
      },
    }),
  ),
  {
    id: 'handshake/unknown-type-before-hello',
    title: 'a message of an unknown type before hello closes with 4409',
    requirements: ['handshake.hello-first'],
    async run(t) {
      const a = await t.open();
      a.send({ type: 'x.example.com.wave' });
      await a.closes([4409], 'handshake.hello-first');
    },
  },
  {
    id: 'handshake/second-hello',
    title: 'a second hello closes with 4409',
    requirements: ['handshake.hello-once'],
    async run(t) {
      const a = await t.connect();
      a.send(t.hello());
      await a.closes([4409], 'handshake.hello-once');
    },
  },
  {
    id: 'handshake/hello-timeout',
    title: 'without hello the connection closes with 4408 at its time',
    requirements: ['handshake.hello-timeout'],
    server: 'quick',
    async run(t) {
      const b = await t.connect();
      const limit = b.welcome.limits.hello_timeout_ms;
      t.afford(limit, 'the hello timeout');
      const dialled = t.now;
      const a = await t.open();
      const { at } = await a.closes([4408], 'handshake.hello-timeout', {
        since: t.now,
        withinMs: limit + 2000,
      });
      t.notBefore('handshake.hello-timeout', 'the connection', at - dialled, limit);
    },
  },
  {
    id: 'handshake/unknown-features',
    title: 'only features that hello listed are in welcome',
    requirements: ['version.features-negotiated'],
    async run(t) {
      const a = await t.connect({ features: { 'x.example.com.nothing': true } });
      const s = t.stream(['fine']);
      a.send(s.generate());
      await a.receives({ type: 'end', id: s.id }, 'end.once');
    },
  },
];

/** The message with so much content that its JSON has exactly this many bytes. */
export function padded(generate: Record<string, unknown>, bytes: number): string {
  const messages = [{ role: 'system', content: '' }, ...(generate['messages'] as unknown[])];
  const bare = JSON.stringify({ ...generate, messages }).length;
  messages[0] = { role: 'system', content: 'x'.repeat(bytes - bare) };
  return JSON.stringify({ ...generate, messages });
}
