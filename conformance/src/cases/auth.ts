/** Section 6, Authentication. */
import type { Case } from '../case.ts';
import type { Kit } from '../kit.ts';
import type { Credentials } from '../target.ts';

async function isRejected(t: Kit, auth: Credentials | null): Promise<void> {
  const a = await t.open();
  const s = t.stream(['never']);
  a.send(t.hello({ auth }));
  a.send(s.generate());
  await a.closes([4401], 'auth.rejected');
  await t.settle(await t.connect());
  t.check('handshake.closed-unprocessed', s.requests === 0, 'no request to the model', s.requests);
}

export const authCases: Case[] = [
  {
    id: 'auth/missing-credentials',
    title: 'without credentials the connection closes with 4401, and the pipelined generate never ran',
    requirements: ['auth.rejected', 'handshake.closed-unprocessed', 'handshake.no-call-before-auth'],
    server: 'guarded',
    journal: true,
    run: (t) => isRejected(t, null),
  },
  {
    id: 'auth/wrong-credentials',
    title: 'with wrong credentials the connection closes with 4401, and the pipelined generate never ran',
    requirements: ['auth.rejected', 'handshake.closed-unprocessed', 'handshake.no-call-before-auth'],
    server: 'guarded',
    journal: true,
    run: (t) => isRejected(t, { scheme: 'bearer', token: 'not-a-token-of-this-server' }),
  },
  {
    id: 'auth/foreign-stream-looks-unknown',
    title: "another principal's stream answers resume and cancel as one that never existed",
    requirements: ['auth.streams-private', 'cancel.unknown', 'resume.unknown-stream'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const b = await t.connect({ principal: 'b' });
      const s = await t.begin(a, ['mine ', 'only'], { read: 1 });
      const never = t.stream(['never']);
      b.send(s.resume(b.welcome.epoch, 0));
      b.send(never.resume(b.welcome.epoch, 0));
      const foreign = await b.receives({ type: 'error', re: { id: s.id } }, 'auth.streams-private');
      const unknown = await b.receives({ type: 'error', re: { id: never.id } }, 'resume.unknown-stream');
      const same = foreign.raw.replaceAll(s.id, never.id) === unknown.raw;
      t.check('auth.streams-private', same, unknown.raw, foreign.raw);
      b.send(s.cancel());
      await b.receives({ type: 'cancel_ok', id: s.id, state: 'unknown' }, 'auth.streams-private');
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'auth.streams-private');
    },
  },
  {
    id: 'auth/same-id-of-two-principals',
    title: 'two principals may use the same id for two streams',
    requirements: ['auth.ids-per-principal'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const b = await t.connect({ principal: 'b' });
      const s = await t.begin(a, ['one ', 'more'], { read: 1 });
      const other = t.stream(['another'], { id: s.id });
      b.send(other.generate());
      await b.receives({ type: 'start', id: s.id }, 'auth.ids-per-principal');
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'auth.ids-per-principal');
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'auth.ids-per-principal');
    },
  },
  {
    id: 'auth/without-session-nothing-is-shared',
    title: 'a connection without credentials and session shares its streams with no other',
    requirements: ['auth.session-is-principal'],
    async run(t) {
      const a = await t.connect({ principal: t.instance.principals.a ? 'a' : 'none' });
      if (t.instance.principals.a) t.notApplicable('credentials are required here');
      const b = await t.connect({ principal: 'none' });
      const s = await t.begin(a, ['mine ', 'only'], { read: 1 });
      b.send(s.resume(b.welcome.epoch, 0));
      await b.receives(
        { type: 'error', code: 'unknown_stream', re: { id: s.id } },
        'auth.session-is-principal',
      );
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'auth.session-is-principal');
    },
  },
  {
    id: 'auth/expired-credentials',
    title: 'once credentials expired, nothing is served any more, and fresh ones resume the stream',
    requirements: ['auth.expired', 'auth.refresh-keeps-streams'],
    server: 'guarded',
    journal: true,
    async run(t) {
      const a = await t.connect({ principal: 'short-lived' });
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 1 });
      await t.expiry(a, s);
      const b = await t.connect({ principal: 'refreshed' });
      b.send(s.resume(b.welcome.epoch, a.cursor(s.id)));
      await b.receives({ type: 'resumed', id: s.id }, 'auth.refresh-keeps-streams');
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'auth.refresh-keeps-streams');
    },
  },
];
