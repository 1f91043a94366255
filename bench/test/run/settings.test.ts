import { describe, expect, it } from 'vitest';
import { restMs } from '../../src/run/rest.ts';
import { cellsOf, latencyMs, profiles, tailMs } from '../../src/run/settings.ts';
import { small } from './made-sample.ts';

/** What a run says of itself before it begins. */
const estimate = (profile: keyof typeof profiles): number =>
  latencyMs(profiles[profile]) + restMs(profiles[profile]);

const MINUTE_MS = 60_000;

describe('the profiles', () => {
  it('take about a minute, at most ten, and longer', () => {
    expect(estimate('quick')).toBeGreaterThan(0.75 * MINUTE_MS);
    expect(estimate('quick')).toBeLessThanOrEqual(1.1 * MINUTE_MS);
    expect(estimate('default')).toBeGreaterThan(estimate('quick'));
    expect(estimate('default')).toBeLessThanOrEqual(10 * MINUTE_MS);
    expect(estimate('full')).toBeGreaterThan(estimate('default'));
  });

  it('measure every transport cold and warm, near and far, in each of them', () => {
    for (const settings of Object.values(profiles)) {
      const cells = cellsOf(settings);
      expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
      for (const transport of settings.transports)
        for (const temperature of ['cold', 'warm'])
          for (const network of ['loopback', '100ms'])
            expect(cells).toContainEqual(
              expect.objectContaining({ transport, temperature, network, tls: false }),
            );
    }
  });

  it('give each cell samples enough for a median with an interval, and the longer ones for a p90', () => {
    expect(profiles.quick.rounds * profiles.quick.perRound).toBeGreaterThanOrEqual(16);
    expect(profiles.default.rounds * profiles.default.perRound).toBeGreaterThanOrEqual(50);
  });
});

describe('the cells of a run', () => {
  it('are all combinations of its conditions', () => {
    expect(cellsOf(profiles.quick)).toHaveLength(7 * 2 * 2);
    expect(cellsOf(small({ transports: ['websocket'], tls: [false, true] })).map(({ id }) => id)).toEqual([
      'websocket/cold/plain/loopback',
      'websocket/cold/plain/100ms',
      'websocket/cold/tls/loopback',
      'websocket/cold/tls/100ms',
      'websocket/warm/plain/loopback',
      'websocket/warm/plain/100ms',
      'websocket/warm/tls/loopback',
      'websocket/warm/tls/100ms',
    ]);
  });

  it('ask no TLS of the servers of others', () => {
    const cells = cellsOf(small({ transports: [], peers: ['floor'], tls: [false, true] }));
    expect(cells).toHaveLength(4);
    expect(cells.filter(({ tls }) => tls)).toEqual([]);
  });
});

describe('the time that a run takes', () => {
  it('grows with its rounds and their length', () => {
    const settings = small({ rounds: 2, windowMs: 1000 });
    expect(latencyMs({ ...settings, rounds: 5 }) - latencyMs(settings)).toBe(3000);
    expect(latencyMs({ ...settings, windowMs: 1500 }) - latencyMs(settings)).toBe(1000);
  });

  it('leaves a slow answer of the last round time to end, a polled one too', () => {
    const settings = small();
    // A cold polling client at its farthest: five trips, a pause, and the whole answer.
    expect(tailMs(settings)).toBeGreaterThanOrEqual(280 + 1000 + 5 * 100);
    expect(tailMs({ ...settings, pollMs: 5000 }) - tailMs(settings)).toBe(4000);
  });

  it('is short without transports', () => {
    expect(latencyMs({ ...profiles.full, transports: [] })).toBeLessThan(latencyMs(profiles.quick));
  });
});
