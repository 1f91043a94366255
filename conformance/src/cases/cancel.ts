/** Section 11, Cancel. */
import type { RequirementId } from '@tokenwire/spec';
import type { Script } from '@tokenwire/mock-llm';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { Kit } from '../kit.ts';
import type { PlannedStream } from '../planned-stream.ts';

/** Sends the cancel and sees it through: answered, the call closed, the stream ended. */
async function isCancelled(
  a: Client,
  s: PlannedStream,
  rule: RequirementId = 'cancel.reaches-model',
): Promise<void> {
  const { at } = a.send(s.cancel());
  await a.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cancel.answered');
  await s.modelIsLeft(rule, at);
  await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', {
    since: at,
    withinMs: 2000,
  });
}

async function started(t: Kit, a: Client, script: Script): Promise<PlannedStream> {
  const s = t.stream(script);
  a.send(s.generate());
  await a.receives({ type: 'start', id: s.id }, 'generate.start-at-once');
  return s;
}

const silentModels: Record<string, { script: Script; seen: 'received' | 'accepted' }> = {
  'before its headers': { script: [{ kind: 'hang' }], seen: 'received' },
  'before its first token': { script: [{ kind: 'accept' }, { kind: 'hang' }], seen: 'accepted' },
  'behind a role-only chunk': { script: [{ kind: 'role' }, { kind: 'hang' }], seen: 'accepted' },
};

export const cancelCases: Case[] = [
  ...[1, 2, 3].map(
    (read): Case => ({
      id: `cancel/after-${read}-of-4-texts`,
      title: `a cancel after ${read} of 4 texts closes the call and ends the stream`,
      requirements: [
        'cancel.answered',
        'cancel.reaches-model',
        'cancel.reason',
        'cancel.end-in-time',
        'cancel.aborted-is-true',
      ],
      journal: true,
      smoke: read === 2,
      async run(t) {
        const a = await t.connect();
        const s = await t.begin(a, ['one ', 'two ', 'three ', 'four'], { read });
        await isCancelled(a, s);
      },
    }),
  ),
  ...Object.entries(silentModels).map(
    ([when, { script, seen }]): Case => ({
      id: `cancel/model-hangs-${when.replaceAll(' ', '-')}`,
      title: `a cancel reaches a model that hangs ${when}`,
      requirements: [
        'cancel.before-first-token',
        'cancel.reaches-model',
        'cancel.end-in-time',
        'sequence.utf8-bytes',
      ],
      journal: true,
      async run(t) {
        const a = await t.connect();
        const s = await started(t, a, script);
        await s.model(seen, 'generate.first-answer');
        await isCancelled(a, s, 'cancel.before-first-token');
      },
    }),
  ),
  {
    id: 'cancel/model-hangs-between-tokens',
    title: 'a cancel reaches a model that hangs between two tokens',
    requirements: ['cancel.reaches-model', 'cancel.end-in-time'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await started(t, a, [{ kind: 'text', text: 'one' }, { kind: 'hang' }]);
      await a.reads(s.id, 'one', 'sequence.first-token-at-once');
      await isCancelled(a, s);
    },
  },
  {
    id: 'cancel/at-once',
    title: 'a cancel right behind its generate leaves no call behind',
    requirements: ['cancel.before-first-token', 'cancel.no-further-request', 'cancel.reason'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream([{ kind: 'hang' }]);
      a.send(s.generate());
      const { at } = a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cancel.answered');
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', {
        since: at,
        withinMs: 2000,
      });
      await t.settle(a);
      if (s.requests > 0) await s.modelIsLeft('cancel.before-first-token', at);
    },
  },
  {
    id: 'cancel/twice',
    title: 'a repeated cancel is answered again and changes nothing',
    requirements: ['cancel.answered', 'end.once'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      a.send(s.cancel());
      a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cancel.answered');
      await a.receives({ type: 'cancel_ok', id: s.id }, 'cancel.answered');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'cancel.reason');
      a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'ended' }, 'cancel.after-end');
      await s.model('peer_gone', 'cancel.reaches-model');
      a.send(s.resume(a.welcome.epoch, 0));
      await a.receives({ type: 'resumed', id: s.id }, 'resume.ended');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'resume.ended');
    },
  },
  {
    id: 'cancel/after-the-end',
    title: 'a cancel after the end is answered with ended, and the end stays as it is',
    requirements: ['cancel.after-end', 'end.once'],
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['all']);
      a.send(s.generate());
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
      a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'ended' }, 'cancel.after-end');
      a.send(s.resume(a.welcome.epoch, 0));
      await a.receives({ type: 'resumed', id: s.id }, 'resume.ended');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'cancel.after-end');
    },
  },
  {
    id: 'cancel/unknown',
    title: 'a cancel of an unknown id is answered with unknown, and its later generate does not run',
    requirements: ['cancel.unknown', 'cancel.tombstone'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['never']);
      a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'unknown' }, 'cancel.unknown');
      const b = await t.connect();
      b.send(s.generate());
      await b.receives(
        { type: 'error', code: 'cancelled', re: { type: 'generate', id: s.id } },
        'cancel.tombstone',
      );
      await t.settle(b);
      t.check('cancel.tombstone', s.requests === 0, 'no request to the model', s.requests);
    },
  },
  {
    id: 'cancel/two-unknown',
    title: 'a second tombstone does not push out the first',
    requirements: ['cancel.tombstone'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      if (a.welcome.limits.tombstones < 2) t.notApplicable('the server keeps less than two tombstones');
      const buried = [t.stream(['never']), t.stream(['never'])];
      for (const s of buried) {
        a.send(s.cancel());
        await a.receives({ type: 'cancel_ok', id: s.id, state: 'unknown' }, 'cancel.unknown');
      }
      for (const s of buried) {
        a.send(s.generate());
        await a.receives({ type: 'error', code: 'cancelled', re: { id: s.id } }, 'cancel.tombstone');
      }
      await t.settle(a);
    },
  },
  {
    id: 'cancel/nothing-but-end',
    title: 'what the model says after cancel_ok is not appended any more',
    requirements: ['cancel.nothing-but-end', 'cancel.reason', 'sequence.utf8-bytes'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 1 });
      a.send(s.cancel());
      await a.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cancel.answered');
      s.release();
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', { withinMs: 2000 });
      t.check('cancel.nothing-but-end', a.text(s.id) === 'one ', '"one "', JSON.stringify(a.text(s.id)));
      a.send(s.resume(a.welcome.epoch, 0));
      await a.receives({ type: 'resumed', id: s.id }, 'resume.ended');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'cancel.reason');
      t.check(
        'cancel.nothing-but-end',
        a.text(s.id) === 'one one ',
        '"one " in the log',
        JSON.stringify(a.text(s.id)),
      );
    },
  },
  {
    id: 'cancel/while-the-model-finishes',
    title: 'once cancelling, the reason is cancelled even when the model finishes meanwhile',
    requirements: ['cancel.reason', 'cancel.after-end', 'end.once'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      s.release(1);
      a.send(s.cancel());
      const answer = await a.receives({ type: 'cancel_ok', id: s.id }, 'cancel.answered');
      const reason = answer.message['state'] === 'ended' ? 'stop' : 'cancelled';
      await a.receives({ type: 'end', id: s.id, finish_reason: reason }, 'cancel.reason');
    },
  },
  {
    id: 'cancel/from-another-connection',
    title: 'a cancel from another connection of the principal works, and the attached one sees the end',
    requirements: ['cancel.any-connection', 'cancel.reaches-model'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const b = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      const { at } = b.send(s.cancel());
      await b.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cancel.any-connection');
      await s.modelIsLeft('cancel.reaches-model', at);
      await a.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'cancel.any-connection');
    },
  },
  {
    id: 'cancel/while-nobody-is-attached',
    title: 'a cancel works while nobody is attached, and its end can be resumed',
    requirements: ['cancel.any-connection', 'cancel.reaches-model', 'resume.ended'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      a.cut('reset');
      const b = await t.connect();
      const { at } = b.send(s.cancel());
      await b.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cancel.any-connection');
      await s.modelIsLeft('cancel.reaches-model', at);
      b.send(s.resume(b.welcome.epoch, 0));
      await b.receives({ type: 'resumed', id: s.id }, 'resume.ended');
      await b.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'cancel.any-connection');
    },
  },
  {
    id: 'cancel/after-resume',
    title: 'a stream that was resumed can be cancelled there',
    requirements: ['cancel.reaches-model', 'cancel.any-connection', 'resume.no-call'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 1 });
      const after = a.cursor(s.id);
      a.cut('reset');
      const b = await t.connect();
      b.send(s.resume(b.welcome.epoch, after));
      await b.receives({ type: 'resumed', id: s.id }, 'resume.announced');
      s.release(1);
      await b.reads(s.id, 'two ', 'resume.then-live');
      await isCancelled(b, s);
    },
  },
  {
    id: 'cancel/siblings',
    title: 'a cancel touches no other stream of the connection',
    requirements: ['cancel.siblings', 'cancel.reaches-model'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      const sibling = await t.begin(a, ['I ', 'stay'], { read: 1 });
      await isCancelled(a, s);
      sibling.release();
      await a.receives({ type: 'end', id: sibling.id, finish_reason: 'stop' }, 'cancel.siblings');
    },
  },
  {
    id: 'cancel/while-the-model-refuses',
    title: 'a cancel while the model answers 429 ends the stream and asks the model no more',
    requirements: ['cancel.no-further-request', 'cancel.end-in-time'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await started(t, a, [{ kind: 'refuse', status: 429, headers: { 'retry-after': '1' } }]);
      await s.model('refused', 'generate.first-answer');
      a.send(s.cancel());
      const answer = await a.receives({ type: 'cancel_ok', id: s.id }, 'cancel.answered');
      const { requests } = s;
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', { withinMs: 2000 });
      await t.settle(a);
      if (answer.message['state'] === 'ended') return;
      t.check(
        'cancel.no-further-request',
        s.requests === requests,
        `${requests} requests to the model`,
        s.requests,
      );
    },
  },
  {
    id: 'cancel/pipelined-with-a-new-prompt',
    title: 'stop and a new prompt in one breath: the old call is closed, the new one runs',
    requirements: ['cancel.reaches-model', 'cancel.siblings', 'generate.first-answer'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      const next = t.stream(['next']);
      const { at } = a.send(s.cancel());
      a.send(next.generate());
      await a.receives({ type: 'end', id: next.id, finish_reason: 'stop' }, 'cancel.siblings');
      await s.modelIsLeft('cancel.reaches-model', at);
      await a.receives({ type: 'end', id: s.id }, 'cancel.end-in-time', {
        since: at,
        withinMs: 2000,
      });
    },
  },
  {
    id: 'cancel/same-id-again',
    title: 'the same generate after its cancel attaches to the cancelled stream and does not run again',
    requirements: ['generate.attaches', 'generate.one-call', 'cancel.reason'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      await isCancelled(a, s);
      a.send(s.generate());
      await a.receives({ type: 'resumed', id: s.id, from: 1 }, 'generate.attaches');
      await a.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'cancel.reason');
      await t.settle(a);
    },
  },
];
