import { describe, expect, it } from 'vitest';
import type { RequestPlan } from '../../src/plan.ts';
import { requestsOf } from '../../src/run/arrivals.ts';
import { cellsOf, type RunSettings } from '../../src/run/settings.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { onNetworks, small } from './made-sample.ts';

const plan = (settings: RunSettings, round = 0, seed = 1): RequestPlan[] =>
  requestsOf(settings, cellsOf(settings), round, randomFrom(seed, `round ${round}`));

const gapsOf = (requests: readonly RequestPlan[]): number[] =>
  requests.slice(1).map(({ offsetMs }, index) => offsetMs - (requests[index]?.offsetMs ?? 0));

const SETTINGS = small({ tls: [false, true], perRound: 3, interactions: 2, windowMs: 5000 });

describe('a round', () => {
  it.each(['poisson', 'even'] as const)('has the requests of every cell, arriving %s', (arrivals) => {
    for (const round of [0, 1, 7]) {
      const requests = plan({ ...SETTINGS, arrivals }, round);
      const answers = requests.filter(({ scenario }) => scenario.kind === 'answer');
      const counts = Map.groupBy(answers, ({ cell }) => cell);
      expect([...counts.keys()].toSorted()).toEqual(
        cellsOf(SETTINGS)
          .map(({ id }) => id)
          .toSorted(),
      );
      for (const { length } of counts.values()) expect(length).toBe(3);
      expect(new Set(requests.map(({ key }) => key)).size).toBe(requests.length);
    }
  });

  it('stops and cuts on warm cells without TLS only, in the middle of the answer', () => {
    const requests = plan(SETTINGS).filter(({ scenario }) => scenario.kind !== 'answer');
    // 2 stops and 2 cuts of each transport on each network.
    expect(requests).toHaveLength(7 * 2 * 4);
    for (const { cell, scenario } of requests) {
      expect(cell).toMatch(/\/warm\/plain\//);
      // The first token comes behind 100 ms, the last behind 280.
      expect(scenario).toMatchObject({ afterMs: 190 });
    }
    const kinds = Map.groupBy(requests, ({ scenario }) => scenario.kind);
    expect(kinds.get('cancel')).toHaveLength(28);
    expect(kinds.get('cut')).toHaveLength(28);
  });

  it('is the same for the same seed, and another for another seed or round', () => {
    expect(plan(SETTINGS, 3, 5)).toEqual(plan(SETTINGS, 3, 5));
    expect(plan(SETTINGS, 3, 6)).not.toEqual(plan(SETTINGS, 3, 5));
    const order = (round: number) => plan(SETTINGS, round).map(({ cell }) => cell);
    expect(order(1)).not.toEqual(order(0));
  });

  it('has keys that no other round has', () => {
    const keys = [0, 1, 11].flatMap((round) => plan(SETTINGS, round).map(({ key }) => key));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('Poisson arrivals', () => {
  const many = plan(small({ perRound: 100, interactions: 0, windowMs: 60_000 }));
  const gaps = gapsOf(many);
  const mean = 60_000 / many.length;
  const shareBelow = (limit: number): number => gaps.filter((gap) => gap < limit).length / gaps.length;

  it('begin with the window and end within it', () => {
    expect(many[0]?.offsetMs).toBe(0);
    expect(many.at(-1)?.offsetMs).toBeLessThan(60_000);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  });

  it('have gaps like those of independent users', () => {
    expect(gaps).toHaveLength(2799);
    // Of an exponential distribution 1 − e^−x lies below x times its mean; its deviation is its mean.
    for (const times of [0.1, 0.5, 1, 2, 3]) {
      expect(shareBelow(times * mean)).toBeGreaterThan(1 - Math.exp(-times) - 0.03);
      expect(shareBelow(times * mean)).toBeLessThan(1 - Math.exp(-times) + 0.03);
    }
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  it('come in an order that says nothing of the cell', () => {
    const halves = [many.slice(0, 1400), many.slice(1400)].map(
      (half) => half.filter(({ cell }) => cell.includes('/cold/')).length,
    );
    for (const cold of halves) expect(Math.abs(cold - 700)).toBeLessThan(60);
  });
});

describe('even arrivals', () => {
  const settings = small({
    transports: ['websocket', 'sse-h1', 'blocking'],
    temperatures: ['warm'],
    ...onNetworks('loopback'),
    arrivals: 'even',
    perRound: 4,
    interactions: 0,
    windowMs: 1200,
  });
  const requests = plan(settings);

  it('have the same distance between all', () => {
    expect(requests.map(({ offsetMs }) => Math.round(offsetMs))).toEqual(
      Array.from({ length: 12 }, (_, index) => 100 * index),
    );
  });

  it('give each cell its turn again after the same time', () => {
    const cells = requests.map(({ cell }) => cell.split('/')[0]);
    const turn = ['websocket', 'sse-h1', 'blocking'];
    expect(cells).toEqual([...turn, ...turn, ...turn, ...turn]);
  });
});

it('has nothing to do without cells', () => {
  expect(requestsOf(SETTINGS, [], 0, randomFrom(1))).toEqual([]);
});
