import { expect, test } from 'vitest';
import type { LinkOptions } from '../../src/link/contract.ts';
import { handshakeOf, LinkDirection, LinkLane } from '../../src/link/schedule.ts';
import { randomFrom } from '../../src/stats/random.ts';

function directionOf(options: LinkOptions): LinkDirection {
  return new LinkDirection(options, 0, randomFrom(options.seed ?? 1));
}

function openLane(direction: LinkDirection): LinkLane {
  return new LinkLane(direction, 0);
}

test('bytes arrive half a round trip after they were read', () => {
  const lane = openLane(directionOf({ rttMs: 100 }));
  expect([lane.dueMs(10, 1), lane.dueMs(30, 1_000_000)]).toEqual([60, 80]);
});

test('nothing of the client leaves before the handshake is over, nothing of the server before it heard so', () => {
  const { synArrivesMs, clientOpensMs, serverOpensMs } = handshakeOf(1000, 100);
  const direction = directionOf({ rttMs: 100 });
  const up = new LinkLane(direction, clientOpensMs);
  const down = new LinkLane(direction, serverOpensMs);
  expect(synArrivesMs).toBe(1050);
  expect([up.dueMs(1000, 1), up.dueMs(1099, 1), up.dueMs(1101, 1)]).toEqual([1150, 1150, 1151]);
  expect(down.dueMs(1051, 1)).toBe(1200);
});

test('jitter stays within its bounds, repeats with the seed, and never reorders a connection', () => {
  const run = (seed: number) => {
    const lane = openLane(directionOf({ rttMs: 100, jitterMs: 20, seed }));
    return Array.from({ length: 200 }, (_, i) => lane.dueMs(i * 100, 1) - i * 100);
  };
  const delays = run(3);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(30);
  expect(Math.max(...delays)).toBeLessThanOrEqual(70);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(30);
  expect(run(3)).toEqual(delays);
  expect(run(4)).not.toEqual(delays);

  const dense = openLane(directionOf({ rttMs: 100, jitterMs: 20 }));
  const dues = Array.from({ length: 200 }, (_, i) => dense.dueMs(i, 1));
  expect(dues).toEqual(dues.toSorted((a, b) => a - b));
});

test('jitter greater than the delay never delivers before the bytes were read', () => {
  const direction = directionOf({ rttMs: 10, jitterMs: 50 });
  for (let i = 0; i < 200; i++) expect(openLane(direction).dueMs(i, 1)).toBeGreaterThanOrEqual(i);
});

test('connections share the bandwidth of a direction, and a FIN takes none of it', () => {
  const direction = directionOf({ rttMs: 100, bandwidthKbit: 80 }); // 10 bytes per ms
  const [one, other] = [openLane(direction), openLane(direction)];
  expect(one.dueMs(0, 1000)).toBe(150);
  expect(other.dueMs(20, 500)).toBe(200);
  expect(other.dueMs(20, 0)).toBe(200);
  expect(one.dueMs(1000, 10)).toBe(1051);
});

test('what would arrive in an outage arrives when it is over, in order', () => {
  const lane = openLane(directionOf({ rttMs: 100, outage: { everyMs: 1000, forMs: 300 } }));
  expect(lane.dueMs(0, 1)).toBe(50); // the first outage begins after everyMs
  expect(lane.dueMs(949, 1)).toBe(999);
  expect(lane.dueMs(950, 1)).toBe(1300);
  expect(lane.dueMs(1249, 1)).toBe(1300);
  expect(lane.dueMs(1250, 1)).toBe(1300);
  expect(lane.dueMs(1251, 1)).toBe(1301);
  expect(lane.dueMs(1990, 1)).toBe(2300);
});
