/** Section 13, Heartbeat. */
import type { Case } from '../case.ts';

export const heartbeatCases: Case[] = [
  {
    id: 'heartbeat/pong',
    title: 'each ping is answered with one pong and its t',
    requirements: ['heartbeat.pong'],
    async run(t) {
      const a = await t.connect();
      const values = [0, 7, 7, Number.MAX_SAFE_INTEGER];
      for (const value of values) a.send({ type: 'ping', t: value });
      for (const value of values) await a.receives({ type: 'pong', t: value }, 'heartbeat.pong');
    },
  },
  {
    id: 'heartbeat/pings-while-idle',
    title: 'an idle connection is pinged, again and again',
    requirements: ['heartbeat.pings'],
    server: 'quick',
    async run(t) {
      const a = await t.connect();
      const { interval_ms: interval } = a.welcome.heartbeat;
      t.afford(3 * interval, 'three heartbeats');
      for (let count = 0; count < 3; count++) {
        await a.receives({ type: 'ping' }, 'heartbeat.pings', { withinMs: interval + 1000 });
      }
    },
  },
  {
    id: 'heartbeat/pings-while-a-model-thinks',
    title: 'a connection whose model is silent is pinged, and the stream lives on',
    requirements: ['heartbeat.pings', 'heartbeat.any-frame'],
    server: 'quick',
    journal: true,
    async run(t) {
      const a = await t.connect();
      const { interval_ms: interval } = a.welcome.heartbeat;
      t.afford(3 * interval, 'three heartbeats');
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      for (let count = 0; count < 3; count++) {
        await a.receives({ type: 'ping' }, 'heartbeat.pings', { withinMs: interval + 1000 });
      }
      s.release();
      await a.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'heartbeat.any-frame');
    },
  },
  {
    id: 'heartbeat/any-message-is-life',
    title: 'a client that sends other messages than pong is alive',
    requirements: ['heartbeat.any-frame'],
    server: 'quick',
    async run(t) {
      const a = await t.connect({ answersPings: false });
      const { interval_ms: interval, timeout_ms: timeout } = a.welcome.heartbeat;
      const rounds = Math.ceil((interval + timeout) / interval) + 2;
      t.afford(rounds * interval, `${rounds} heartbeats`);
      for (let count = 0; count < rounds; count++) {
        await a.receives({ type: 'ping' }, 'heartbeat.any-frame', { withinMs: interval + 1000 });
        a.send({ type: 'ping', t: count });
        await a.receives({ type: 'pong', t: count }, 'heartbeat.any-frame');
      }
    },
  },
  {
    id: 'heartbeat/silence-closes',
    title: 'a client that is silent for too long is closed with 4504, and its stream can be resumed',
    requirements: ['heartbeat.silence-closes', 'end.disconnect-continues'],
    server: 'quick',
    journal: true,
    async run(t) {
      const a = await t.connect({ answersPings: false });
      const { interval_ms: interval, timeout_ms: timeout } = a.welcome.heartbeat;
      t.afford(interval + timeout, 'the heartbeat timeout');
      const s = await t.begin(a, ['one ', 'two'], { read: 1 });
      const since = t.lastSent(a);
      const { at } = await a.closes([4504], 'heartbeat.silence-closes', {
        withinMs: interval + timeout + 2000,
      });
      const least = interval + timeout;
      t.notBefore('heartbeat.silence-closes', 'the connection', at - since, least);
      const b = await t.connect();
      b.send(s.resume(b.welcome.epoch, a.cursor(s.id)));
      await b.receives({ type: 'resumed', id: s.id }, 'end.disconnect-continues');
      s.release();
      await b.receives({ type: 'end', id: s.id, finish_reason: 'stop' }, 'end.disconnect-continues');
    },
  },
];
