/** Section 17, Cluster. */
import type { Case } from '../case.ts';

export const clusterCases: Case[] = [
  {
    id: 'cluster/one-epoch',
    title: 'both nodes name the same epoch',
    requirements: ['cluster.epoch'],
    async run(t) {
      const a = await t.connect();
      const b = await t.connect({ secondNode: true });
      t.check('cluster.epoch', a.welcome.epoch === b.welcome.epoch, a.welcome.epoch, b.welcome.epoch);
    },
  },
  {
    id: 'cluster/resume-on-the-other-node',
    title: 'a stream that was begun on one node is resumed on the other, and goes on live',
    requirements: ['cluster.resume-anywhere'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two ', 'three'], { read: 1 });
      const after = a.cursor(s.id);
      a.cut('reset');
      const b = await t.connect({ secondNode: true });
      b.send(s.resume(b.welcome.epoch, after));
      await b.receives({ type: 'resumed', id: s.id, from: after + 1 }, 'cluster.resume-anywhere');
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'cluster.resume-anywhere');
    },
  },
  {
    id: 'cluster/cancel-on-the-other-node',
    title: 'a cancel on one node closes the call that the other one made',
    requirements: ['cluster.cancel-anywhere'],
    journal: true,
    async run(t) {
      const a = await t.connect();
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      const b = await t.connect({ secondNode: true });
      const { at } = b.send(s.cancel());
      await b.receives({ type: 'cancel_ok', id: s.id, state: 'cancelling' }, 'cluster.cancel-anywhere');
      await s.modelIsLeft('cluster.cancel-anywhere', at);
      await a.receives({ type: 'end', id: s.id, finish_reason: 'cancelled' }, 'cluster.cancel-anywhere');
    },
  },
  {
    id: 'cluster/race',
    title: 'the same generate on two nodes at once makes one call',
    requirements: ['cluster.one-call'],
    journal: true,
    async run(t) {
      const peers = [await t.connect(), await t.connect({ secondNode: true })];
      const s = t.stream(['one ', 'two'], { gate: true });
      for (const peer of peers) peer.send(s.generate());
      await Promise.all(peers.map((peer) => peer.either(['start', 'resumed'], s.id, 'cluster.one-call')));
      s.release();
      await Promise.all(peers.map((peer) => peer.either(['end', 'detached'], s.id, 'cluster.one-call')));
      t.check('cluster.one-call', s.requests === 1, 'one request to the model', s.requests);
    },
  },
];
