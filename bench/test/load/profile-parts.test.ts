import { describe, expect, it } from 'vitest';
import { partsOf } from '../../src/load/profile-parts.ts';

const frames = [
  ['(root)', ''],
  ['(idle)', ''],
  ['(garbage collector)', ''],
  ['writev', ''],
  ['parse', ''],
  ['append', 'file:///somewhere/reference-server/src/log.ts'],
  ['parseObject', 'file:///somewhere/reference-server/src/chat-chunk.ts'],
  ['socketOnData', 'node:_http_client'],
  ['send', 'file:///somewhere/node_modules/ws/lib/sender.js'],
  ['mystery', ''],
] as const;
const nodes = frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } }));
const idOf = (name: string): number => frames.findIndex(([functionName]) => functionName === name);

/** A sample each millisecond, from 1000 ms on. */
const profileOf = (...names: string[]) => ({
  nodes,
  startTime: 1_000_000,
  samples: names.map(idOf),
  timeDeltas: [0, ...names.map(() => 1000)],
});
const window = { from: 1000, to: 2000, cpuMs: 10, mainMs: 10, tokens: 100 };
const shares = (...given: Parameters<typeof partsOf>) =>
  Object.fromEntries(partsOf(...given).map(({ part, share }) => [part, share]));

describe('the parts of a CPU profile', () => {
  it('are named by what the function is for', () => {
    const all = [
      '(garbage collector)',
      'writev',
      'parse',
      'append',
      'parseObject',
      'socketOnData',
      'send',
      'mystery',
    ];
    expect(shares(profileOf(...all, '(idle)', 'writev', 'writev'), window)).toEqual({
      'writing to sockets (kernel)': expect.closeTo(0.3),
      'JSON of the chunks': expect.closeTo(0.2),
      'garbage collection': expect.closeTo(0.1),
      'streams, log, delivery': expect.closeTo(0.1),
      'node:http': expect.closeTo(0.1),
      ws: expect.closeTo(0.1),
      other: expect.closeTo(0.1),
    });
  });

  it('leave out what lies outside the window, and idle time', () => {
    const profile = profileOf('send', 'send', 'send', '(idle)', 'writev', 'writev');
    const parts = partsOf(profile, { ...window, from: 1002, to: 1005, cpuMs: 2, mainMs: 2, tokens: 10 });
    expect(parts).toEqual([
      { part: 'ws', share: 0.5, us_per_token: 100 },
      { part: 'writing to sockets (kernel)', share: 0.5, us_per_token: 100 },
    ]);
  });

  it('add what no sample saw: the main thread outside JavaScript, and threads beside it', () => {
    expect(shares(profileOf('send', 'send'), { ...window, cpuMs: 8, mainMs: 6 })).toEqual({
      'reading and waiting: kernel, libuv, C++ of Node': 0.5,
      ws: 0.25,
      'threads beside: garbage collection, compiler': 0.25,
    });
  });

  it('add up to 1 also when others had the core while a function was in the middle of its work', () => {
    const parts = partsOf(profileOf('send', 'send', 'writev', 'writev'), { ...window, cpuMs: 2, mainMs: 2 });
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(parts.reduce((sum, part) => sum + part.us_per_token, 0)).toBeCloseTo(20);
  });
});
