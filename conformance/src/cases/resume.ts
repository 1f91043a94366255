/** Section 10, Resume. */
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { Kit } from '../kit.ts';
import type { Cut } from '../peer.ts';
import type { PlannedStream } from '../planned-stream.ts';

const TEXTS = ['one ', 'two ', 'three ', 'four'];
const ALL = TEXTS.join('');

/** Resumes on a connection of its own, lets the model finish and reads to the end. */
async function finishesElsewhere(t: Kit, s: PlannedStream, after: number): Promise<Client> {
  const b = await t.connect();
  b.send(s.resume(b.welcome.epoch, after));
  await b.receives({ type: 'resumed', id: s.id, from: after + 1 }, 'resume.announced');
  s.release();
  await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'resume.then-live');
  return b;
}

/** A stream that has ended, with all that was seen of it on `client`. */
async function ended(t: Kit, client: Client): Promise<PlannedStream> {
  const s = t.stream(TEXTS);
  client.send(s.generate());
  await client.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.once');
  return s;
}

/** Every way to lose a connection, at every point of a stream. */
const cuts: readonly Cut[] = ['reset', 'close', 'half_close', 'silence'];

/** A cut by the name that it has in an id. */
const nameOf = (how: Cut): string => how.replace('_', '-');

function cutBeforeStart(how: Cut): Case {
  return {
    id: `resume/cut-by-${nameOf(how)}-before-start`,
    title: `cut by ${nameOf(how)} right behind generate: its resend learns the truth, the model runs at most once`,
    requirements: ['generate.attaches', 'generate.one-call', 'generate.resend-own-epoch'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(TEXTS);
      a.send(s.generate());
      a.cut(how);
      const b = await t.connect();
      b.send(s.generate({ resend: { epoch: a.welcome.epoch } }));
      await b.either(['start', 'resumed'], s.id, 'generate.first-answer');
      await b.either(['end', 'detached'], s.id, 'end.once');
      t.check('generate.one-call', s.requests === 1, 'one request to the model', s.requests);
    },
  };
}

function cutInTheReplay(how: Cut): Case {
  return {
    id: `resume/cut-by-${nameOf(how)}-in-the-replay`,
    title: `cut by ${nameOf(how)} in the middle of a replay, and again: nothing is lost or doubled`,
    requirements: ['resume.same-content', 'resume.no-call', 'resume.then-live'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, TEXTS, { read: 3 });
      a.cut(how);
      for (let again = 0; again < 3; again++) {
        const b = await t.connect();
        b.send(s.resume(b.welcome.epoch, again));
        await b.receives({ type: 'resumed', id: s.id, from: again + 1 }, 'resume.announced');
        b.cut(how);
      }
      const last = await finishesElsewhere(t, s, 0);
      t.check('resume.same-content', last.text(s.id) === ALL, ALL, last.text(s.id));
    },
  };
}

function cutAtTheEnd(how: Cut): Case {
  return {
    id: `resume/cut-by-${nameOf(how)}-at-the-end`,
    title: `cut by ${nameOf(how)} when all was said: the end is still there`,
    requirements: ['resume.ended', 'resume.same-content', 'resume.no-call'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await ended(t, a);
      const last = a.cursor(s.id);
      a.cut(how);
      const b = await t.connect();
      b.send(s.resume(b.welcome.epoch, last - 1));
      await b.receives({ type: 'resumed', id: s.id, from: last, head: last }, 'resume.announced');
      await b.receives({ type: 'end', id: s.id, seq: last }, 'resume.ended');
      await t.settle(b);
    },
  };
}

function cutAfter(read: number, how: Cut): Case {
  const where = read === 0 ? 'before the first text' : `after ${read} of ${TEXTS.length} texts`;
  return {
    id: `resume/cut-by-${nameOf(how)}-after-${read}`,
    title: `cut by ${nameOf(how)} ${where}: the rest comes once, the model runs once`,
    requirements: [
      'resume.announced',
      'resume.same-content',
      'resume.then-live',
      'resume.no-call',
      'end.disconnect-continues',
    ],
    journal: true,
    smoke: read === 2 && how === 'reset',
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, TEXTS, { read });
      const after = a.cursor(s.id);
      a.cut(how);
      const b = await finishesElsewhere(t, s, after);
      const rest = TEXTS.slice(read).join('');
      t.check('resume.then-live', b.text(s.id) === rest, JSON.stringify(rest), JSON.stringify(b.text(s.id)));
    },
  };
}

export const resumeCases: Case[] = [
  ...cuts.flatMap((how) => [
    cutBeforeStart(how),
    ...[0, 1, 2, 3].map((read) => cutAfter(read, how)),
    cutInTheReplay(how),
    cutAtTheEnd(how),
  ]),
  {
    id: 'resume/every-after-of-an-ended-stream',
    title: 'every after from 0 to the head gives exactly the rest',
    requirements: ['resume.any-after', 'resume.same-content', 'resume.ended'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await ended(t, a);
      const head = a.cursor(s.id);
      for (let after = 0; after <= head; after++) {
        const b = await t.connect();
        b.send(s.resume(b.welcome.epoch, after));
        await b.receives({ type: 'resumed', id: s.id, from: after + 1, head }, 'resume.any-after');
        if (after < head) await b.receives({ type: 'end', id: s.id, seq: head }, 'resume.any-after');
        if (after === 0) t.check('resume.same-content', b.text(s.id) === ALL, ALL, b.text(s.id));
        b.destroy();
      }
    },
  },
  {
    id: 'resume/every-after-of-a-running-stream',
    title: 'every after of a running stream is valid, and the stream goes on from there',
    requirements: ['resume.any-after', 'resume.then-live', 'resume.same-connection'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, TEXTS, { read: 3 });
      const head = a.cursor(s.id);
      for (let after = head; after >= 0; after--) {
        a.send(s.resume(a.welcome.epoch, after));
        await a.receives({ type: 'resumed', id: s.id, from: after + 1, head }, 'resume.any-after');
      }
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'resume.then-live');
      const detached = a.messages(s.id).filter((message) => message['type'] === 'detached').length;
      t.check('resume.same-connection', detached === 0, 'no detached', `${detached}`);
    },
  },
  {
    id: 'resume/inside-a-merged-range',
    title: 'an after inside a range that may have been sent merged is valid',
    requirements: ['resume.any-after', 'sequence.merged', 'resume.same-content'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const texts = Array.from({ length: 40 }, (_, index) => `${index} `);
      const s = t.stream(texts);
      a.send(s.generate());
      await a.receives({ type: 'end', id: s.id }, 'end.once');
      const head = a.cursor(s.id);
      const b = await t.connect();
      for (const after of [0, 7, 20, head - 2]) {
        b.send(s.resume(b.welcome.epoch, after));
        await b.receives({ type: 'resumed', id: s.id, from: after + 1 }, 'resume.any-after');
        await b.receives({ type: 'end', id: s.id, seq: head }, 'resume.any-after');
      }
    },
  },
  {
    id: 'resume/epoch-mismatch',
    title: 'a foreign epoch is refused, before anything else is looked at',
    requirements: ['resume.epoch-mismatch', 'resume.answered'],
    async run(t) {
      const a = await t.connect();
      const s = await ended(t, a);
      for (const stream of [s, t.stream(['never'])]) {
        a.send(stream.resume('another-store', 999));
        await a.receives(
          { type: 'error', code: 'epoch_mismatch', re: { type: 'resume', id: stream.id } },
          'resume.epoch-mismatch',
        );
      }
    },
  },
  {
    id: 'resume/unknown-stream',
    title: 'an id that was never generated is unknown',
    requirements: ['resume.unknown-stream', 'resume.no-call', 'resume.answered'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = t.stream(['never']);
      a.send(s.resume(a.welcome.epoch, 5));
      await a.receives(
        { type: 'error', code: 'unknown_stream', re: { type: 'resume', id: s.id } },
        'resume.unknown-stream',
      );
      a.send(s.resume(a.welcome.epoch, 0));
      await a.receives({ type: 'error', code: 'unknown_stream', re: { id: s.id } }, 'resume.unknown-stream');
    },
  },
  {
    id: 'resume/cursor-ahead',
    title: 'an after above the head is refused, and the attachment stays as it is',
    requirements: ['resume.cursor-ahead', 'error.never-ends'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, TEXTS, { read: 1 });
      a.send(s.resume(a.welcome.epoch, a.cursor(s.id) + 1));
      await a.receives(
        { type: 'error', code: 'cursor_ahead', re: { type: 'resume', id: s.id } },
        'resume.cursor-ahead',
      );
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'error.never-ends');
    },
  },
  {
    id: 'resume/supersedes',
    title: 'a second connection takes the stream over, the first gets detached and nothing more',
    requirements: ['resume.supersedes', 'resume.then-live', 'end.detached-is-no-disconnect'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, TEXTS, { read: 2, fields: { on_disconnect: 'cancel' } });
      const b = await t.connect();
      b.send(s.resume(b.welcome.epoch, 0));
      await b.receives({ type: 'resumed', id: s.id, from: 1 }, 'resume.announced');
      await a.receives({ type: 'detached', id: s.id, reason: 'superseded' }, 'resume.supersedes');
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.detached-is-no-disconnect');
      a.send({ type: 'ping', t: 1 });
      await a.receives({ type: 'pong', t: 1 }, 'resume.supersedes');
    },
  },
  ...(['close', 'reset'] as const).map(
    (how): Case => ({
      id: `resume/zombie-${how}`,
      title: `the late ${how} of the first connection does not touch the second one's stream`,
      requirements: ['resume.zombie', 'end.detached-is-no-disconnect'],
      journal: true,
      async run(t) {
        const a = await t.connect();
        const s = await t.begin(a, TEXTS, { read: 2, fields: { on_disconnect: 'cancel' } });
        const b = await t.connect();
        b.send(s.resume(b.welcome.epoch, a.cursor(s.id)));
        await b.receives({ type: 'resumed', id: s.id }, 'resume.announced');
        await a.receives({ type: 'detached', id: s.id }, 'resume.supersedes');
        a.cut(how);
        await t.settle(await t.connect());
        s.release(2);
        await b.reads(s.id, TEXTS[2] ?? '', 'resume.zombie');
        s.release();
        await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'resume.zombie');
      },
    }),
  ),
  {
    id: 'resume/back-and-forth',
    title: 'a stream that moves between two connections five times stays whole',
    requirements: ['resume.supersedes', 'resume.same-content', 'resume.then-live'],
    journal: true,
    async run(t) {
      const texts = Array.from({ length: 6 }, (_, index) => `${index} `);
      const a = await t.connect();
      const b = await t.connect();
      const s = await t.begin(a, texts, { read: 1 });
      for (let turn = 1; turn <= 5; turn++) {
        const [from, to] = turn % 2 === 1 ? [a, b] : [b, a];
        to.send(s.resume(to.welcome.epoch, from.cursor(s.id)));
        await to.receives({ type: 'resumed', id: s.id }, 'resume.announced');
        await from.receives({ type: 'detached', id: s.id }, 'resume.supersedes');
        s.release(turn);
        await to.reads(s.id, texts[turn] ?? '', 'resume.then-live');
      }
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'resume.then-live');
    },
  },
  {
    id: 'resume/restart',
    title: 'after a restart that forgot its streams the epoch is another, and resume says so',
    requirements: ['resume.epoch-renewed', 'resume.epoch-mismatch', 'generate.outcome-unknown'],
    server: 'own',
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, TEXTS, { read: 1 });
      const { epoch } = a.welcome;
      await t.restart();
      const b = await t.connect();
      b.send(s.resume(epoch, 1));
      if (b.welcome.epoch === epoch) {
        const answer = await b.either(['resumed', 'error'], s.id, 'resume.answered');
        const kept = answer.kind === 'received' && answer.message?.['type'] === 'resumed';
        t.check(
          'resume.epoch-renewed',
          kept,
          'another epoch, or the stream',
          'the same epoch without the stream',
        );
        return;
      }
      await b.receives({ type: 'error', code: 'epoch_mismatch', re: { id: s.id } }, 'resume.epoch-mismatch');
      b.send(s.generate({ resend: { epoch } }));
      await b.receives(
        { type: 'error', code: 'outcome_unknown', re: { id: s.id } },
        'generate.outcome-unknown',
      );
      t.check('generate.outcome-unknown', s.requests === 1, 'one request to the model', s.requests);
    },
  },
];
