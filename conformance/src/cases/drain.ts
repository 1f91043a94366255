/** Section 16, Drain. */
import type { Case } from '../case.ts';

export const drainCases: Case[] = [
  {
    id: 'drain/goaway-refuses-finishes',
    title: 'a drained server says goaway, refuses new work, finishes the old, and closes with 4503',
    requirements: ['drain.goaway', 'drain.refuses', 'drain.finishes'],
    server: 'own',
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 1 });
      await t.drain();
      await a.receives({ type: 'goaway' }, 'drain.goaway');
      const late = t.stream(['late']);
      a.send(late.generate());
      await a.receives(
        { type: 'error', code: 'draining', retryable: true, re: { id: late.id } },
        'drain.refuses',
      );
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'drain.finishes');
      await a.closes([4503], 'drain.deadline');
      t.check('drain.refuses', late.requests === 0, 'no request to the model', late.requests);
    },
  },
  {
    id: 'drain/deadline',
    title:
      'at the deadline what is unfinished ends with draining, the call is closed, and then the connection',
    requirements: ['drain.goaway', 'drain.deadline'],
    server: 'own',
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      await t.drain();
      const goaway = await a.receives({ type: 'goaway' }, 'drain.goaway');
      const deadline = Number(goaway.message['deadline_ms']);
      t.afford(deadline, 'the deadline');
      const wait = { since: goaway.at, withinMs: deadline + 2000 };
      await a.receives(
        { type: 'end', id: s.id, finish_reason: 'error', error: { code: 'draining' } },
        'drain.deadline',
        wait,
      );
      await a.closes([4503], 'drain.deadline', wait);
      await s.model('peer_gone', 'drain.deadline');
    },
  },
];
