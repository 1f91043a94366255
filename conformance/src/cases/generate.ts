/** Section 8, Generate. */
import type { Script } from '@tokenwire/mock-llm';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { Kit } from '../kit.ts';
import type { PlannedStream } from '../planned-stream.ts';
import type { WireMessage } from '../trace.ts';

const noBlindRetry: Record<string, Script> = {
  'an HTTP 500': [{ kind: 'refuse', status: 500 }],
  'an HTTP 400': [{ kind: 'refuse', status: 400 }],
  'a reset before the headers': [{ kind: 'reset' }],
  'a reset before the first token': [{ kind: 'accept' }, { kind: 'reset' }],
};

const resends: Record<string, WireMessage> = {
  'no epoch': {},
  'a foreign epoch': { epoch: 'another-store' },
};

/** A stream that stays active once it is accepted, and what the server said to it. */
async function offered(
  t: Kit,
  a: Client,
): Promise<{ stream: PlannedStream; accepted: boolean; answer: WireMessage }> {
  const stream = t.stream(['held'], { gate: true });
  a.send(stream.generate());
  const event = await a.either(['start', 'error'], stream.id, 'generate.first-answer');
  const answer = event.kind === 'received' ? (event.message ?? {}) : { closed: event.code };
  return { stream, accepted: answer['type'] === 'start', answer };
}

export const generateCases: Case[] = [
  {
    id: 'generate/start-does-not-wait',
    title: 'start comes while the model has not even answered with headers',
    requirements: ['generate.start-at-once', 'generate.first-answer'],
    journal: true,
    smoke: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream([{ kind: 'hang' }]);
      a.send(s.generate());
      await a.receives({ type: 'start', id: s.id, epoch: a.welcome.epoch }, 'generate.start-at-once');
      await s.model('received', 'generate.start-at-once');
      a.send(s.cancel());
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', { withinMs: 2000 });
      await s.model('peer_gone', 'cancel.before-first-token');
    },
  },
  {
    id: 'generate/forwards-messages',
    title: 'the messages reach the model in their order and unchanged',
    requirements: ['generate.forwards-messages'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['fine']);
      const messages = [
        { role: 'system', content: 'Be  brief.\n\n\tThanks.' },
        { role: 'user', content: 'e\u0301 is not \u00e9; 🧑‍🚀; "quoted" \\ back; \u2028; </script>' },
        { role: 'assistant', content: ' ' },
        { role: 'user', content: `and now ${s.marker}` },
      ];
      a.send(s.generate({ messages }));
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
      const received = (await s.model('received', 'generate.forwards-messages')).messages;
      const kept = received.slice(-messages.length).map(({ role, content }) => ({ role, content }));
      const same = JSON.stringify(kept) === JSON.stringify(messages);
      t.check('generate.forwards-messages', same, JSON.stringify(messages), kept);
    },
  },
  {
    id: 'generate/attaches-while-streaming',
    title: 'the same generate from another connection attaches and calls no model',
    requirements: ['generate.attaches', 'generate.one-call', 'resume.supersedes'],
    journal: true,
    smoke: true,
    async run(t) {
      const a = await t.connect();
      const b = await t.connect();
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 2 });
      b.send(s.generate());
      await b.receives({ type: 'resumed', id: s.id, from: 1 }, 'generate.attaches');
      await b.receives({ type: 'start', id: s.id, seq: 1 }, 'generate.attaches');
      await a.receives({ type: 'detached', id: s.id, reason: 'superseded' }, 'resume.supersedes');
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'generate.attaches');
    },
  },
  {
    id: 'generate/attaches-after-the-end',
    title: 'the same generate after the end replays the whole log and calls no model',
    requirements: ['generate.attaches', 'generate.one-call'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['one ', 'two']);
      a.send(s.generate());
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
      const b = await t.connect();
      b.send(s.generate());
      await b.receives({ type: 'resumed', id: s.id, from: 1 }, 'generate.attaches');
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'generate.attaches');
      await t.settle(b);
    },
  },
  {
    id: 'generate/equal-payloads',
    title: 'key order, trace and resend make no other payload',
    requirements: ['generate.payload-equality', 'generate.one-call'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], {
        read: 1,
        fields: { params: { temperature: 0, seed: 7 }, grace_ms: 9000 },
      });
      const { messages, id } = s.generate();
      const [{ role, content } = {}] = messages as WireMessage[];
      a.send({
        grace_ms: 9000,
        params: { seed: 7, temperature: 0 },
        messages: [{ content, role }],
        id,
        type: 'generate',
        trace: { span: 1 },
        resend: {},
      });
      await a.receives({ type: 'resumed', id: s.id, from: 1 }, 'generate.payload-equality');
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'generate.payload-equality');
    },
  },
  {
    id: 'generate/id-conflict',
    title: 'the same id with another payload is refused, and the stream goes on',
    requirements: ['generate.id-conflict', 'error.never-ends'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      a.send(s.generate({ params: { temperature: 1 } }));
      await a.receives(
        { type: 'error', code: 'id_conflict', re: { type: 'generate', id: s.id } },
        'generate.id-conflict',
      );
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'error.never-ends');
    },
  },
  {
    id: 'generate/a-default-written-out',
    title: 'a default that is written out is another payload',
    requirements: ['generate.id-conflict', 'generate.payload-equality'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      const { grace_default_ms: grace } = a.welcome.limits;
      for (const fields of [{ on_disconnect: 'continue' }, { grace_ms: grace }]) {
        a.send(s.generate(fields));
        await a.receives({ type: 'error', code: 'id_conflict', re: { id: s.id } }, 'generate.id-conflict');
      }
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'error.never-ends');
    },
  },
  {
    id: 'generate/race',
    title: 'two connections that generate the same at once cause one call',
    requirements: ['generate.one-call', 'generate.first-answer'],
    journal: true,
    async run(t) {
      const peers = [await t.connect(), await t.connect(), await t.connect(), await t.connect()];
      const s = t.stream(['one ', 'two'], { gate: true });
      for (const peer of peers) peer.send(s.generate());
      await Promise.all(
        peers.map((peer) => peer.either(['start', 'resumed'], s.id, 'generate.first-answer')),
      );
      s.release();
      const ends = await Promise.all(peers.map((peer) => peer.either(['end', 'detached'], s.id, 'end.once')));
      const finished = ends.filter(
        (event) => event.kind === 'received' && event.message?.['type'] === 'end',
      ).length;
      t.check('resume.supersedes', finished === 1, 'one connection attached in the end', `${finished}`);
    },
  },
  ...Object.entries(resends).map(
    ([what, resend]): Case => ({
      id: `generate/outcome-unknown-with-${what.replaceAll(' ', '-')}`,
      title: `a resend of an unknown id with ${what} is answered honestly and not run`,
      requirements: ['generate.outcome-unknown', 'generate.refused-keeps-id'],
      journal: true,
      async run(t) {
        const a = await t.connect();
        const s = t.stream(['fresh']);
        a.send(s.generate({ resend }));
        await a.receives(
          { type: 'error', code: 'outcome_unknown', re: { id: s.id } },
          'generate.outcome-unknown',
        );
        await t.settle(a);
        t.check('generate.outcome-unknown', s.requests === 0, 'no request to the model', s.requests);
        a.send(s.generate());
        await a.receives({ type: 'start', id: s.id }, 'generate.refused-keeps-id');
        await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
      },
    }),
  ),
  {
    id: 'generate/resend-with-own-epoch',
    title: "a resend of an unknown id with the server's epoch is a new stream",
    requirements: ['generate.resend-own-epoch'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['fresh']);
      a.send(s.generate({ resend: { epoch: a.welcome.epoch } }));
      await a.receives({ type: 'start', id: s.id }, 'generate.resend-own-epoch');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  {
    id: 'generate/resend-of-a-known-stream',
    title: 'a resend of a known id attaches, whatever its epoch',
    requirements: ['generate.attaches', 'generate.one-call'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      a.cut('reset');
      const b = await t.connect();
      b.send(s.generate({ resend: {} }));
      await b.receives({ type: 'resumed', id: s.id, from: 1 }, 'generate.attaches');
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'generate.attaches');
    },
  },
  {
    id: 'generate/expired',
    title: 'an id whose log expired is not run again',
    requirements: ['generate.expired', 'resume.expired', 'resume.ended'],
    server: 'quick',
    journal: true,
    async run(t) {
      const a = await t.connect();
      const { retention_ms: retention, id_memory_ms: memory } = a.welcome.limits;
      t.afford(retention, 'the retention', 'short_retention');
      if (memory <= retention) t.notApplicable('ids are not remembered longer than their logs');
      const s = t.stream(['gone']);
      const { at: from } = a.send(s.generate());
      await a.receives({ type: 'end', id: s.id }, 'end.once');
      await t.expiredLog(a, s, { from, retentionMs: retention });
      a.send(s.generate());
      await a.receives({ type: 'error', code: 'expired', re: { id: s.id } }, 'generate.expired');
      await t.settle(a);
      t.check('generate.expired', s.requests === 1, 'one request to the model', s.requests);
    },
  },
  ...Object.entries({
    'an unknown parameter': { 'x.example.com.mood': 'good' },
    'several choices': { n: 2 },
  }).map(
    ([what, params]): Case => ({
      id: `generate/${what.replaceAll(' ', '-')}`,
      title: `${what} is refused, not ignored`,
      requirements: [
        what === 'several choices' ? 'generate.one-choice' : 'generate.unsupported-param',
        'generate.refused-keeps-id',
      ],
      journal: true,
      async run(t) {
        const a = await t.connect();
        const s = t.stream(['fine']);
        const requirement = what === 'several choices' ? 'generate.one-choice' : 'generate.unsupported-param';
        a.send(s.generate({ params }));
        await a.receives({ type: 'error', code: 'unsupported_param', re: { id: s.id } }, requirement);
        await t.settle(a);
        t.check('generate.refused-keeps-id', s.requests === 0, 'no request to the model', s.requests);
        a.send(s.generate());
        await a.receives({ type: 'start', id: s.id }, 'generate.refused-keeps-id');
        await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
      },
    }),
  ),
  {
    id: 'generate/too-many-streams',
    title: 'a stream beyond the limit is refused retryably, and its id works once there is room',
    requirements: ['generate.too-many', 'generate.refused-keeps-id'],
    server: 'quick',
    journal: true,
    alone: true,
    async run(t) {
      const a = await t.connect();
      const most = a.welcome.limits.max_streams;
      if (most > 100) t.inconclusive(`${most} streams are too many to fill`);
      const active = [];
      let s = await offered(t, a);
      // What other cases of the same principal left active counts too: the refusal may come early.
      for (; s.accepted && active.length < most; s = await offered(t, a)) active.push(s.stream);
      const expected = `a refusal while ${most} streams are active`;
      t.check('generate.too-many', !s.accepted, expected, s.answer);
      t.check('generate.too-many', s.answer['retryable'] === true, 'a retryable error', s.answer);
      for (const stream of active) stream.release();
      for (const { id } of active)
        await a.receives({ type: 'end', id, finish_reason: 'stop' }, 'generate.too-many');
      const { stream } = s;
      t.check('generate.refused-keeps-id', stream.requests === 0, 'no request to the model', stream.requests);
      stream.release();
      a.send(stream.generate());
      await a.receives({ type: 'start', id: stream.id }, 'generate.refused-keeps-id');
      await a.receives({ type: 'end', id: stream.id, finish_reason: 'stop' }, 'end.once');
    },
  },
  {
    id: 'generate/grace-is-clamped',
    title: 'start names the grace in force',
    requirements: ['generate.grace-clamped'],
    async run(t) {
      const a = await t.connect();
      const { grace_default_ms: usual, grace_max_ms: most } = a.welcome.limits;
      const wanted: [WireMessage, number][] = [
        [{}, Math.min(usual, most)],
        [{ grace_ms: 1 }, Math.min(1, most)],
        [{ grace_ms: Number.MAX_SAFE_INTEGER }, most],
      ];
      for (const [fields, grace] of wanted) {
        const s = t.stream(['fine']);
        a.send(s.generate(fields));
        await a.receives({ type: 'start', id: s.id, grace_ms: grace }, 'generate.grace-clamped');
        await a.receives({ type: 'end', id: s.id }, 'end.once');
      }
    },
  },
  ...Object.entries(noBlindRetry).map(
    ([what, script]): Case => ({
      id: `generate/no-retry-after-${what.replace(/^an? /, '').replaceAll(' ', '-').toLowerCase()}`,
      title: `after ${what} the model is not asked again`,
      requirements: [
        'generate.no-blind-retry',
        what.startsWith('an HTTP') ? 'end.model-refuses' : 'end.model-breaks',
      ],
      journal: true,
      async run(t) {
        const a = await t.connect();
        const s = t.stream(script);
        a.send(s.generate());
        await a.receives({ type: 'end', id: s.id, finish_reason: 'error' }, 'end.once');
        await t.settle(a);
        t.check('generate.no-blind-retry', s.requests === 1, 'one request to the model', s.requests);
      },
    }),
  ),
];
