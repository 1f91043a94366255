import { describe, expect, it } from 'vitest';
import { loadRow } from '../../src/load/load-row.ts';
import { load as schema } from '../../src/result/schema.ts';
import { outcome, PLAN } from './fixture.ts';

type Runs = Map<number, ReturnType<typeof outcome>>;
const rounds = (...changes: Parameters<typeof outcome>[0][]): Runs =>
  new Map(changes.map((change, index) => [index + 1, outcome(change)]));
const row = (runs: Runs, floor: Runs) =>
  loadRow({ server: 'some', plan: PLAN, runs, floor, memoryKbPerStream: null, seed: 1 });

describe('the row of a server', () => {
  it('has the median of the ratios to the floor of the same round', () => {
    const runs = rounds({ cpuUsPerToken: 60 }, { cpuUsPerToken: 200 }, { cpuUsPerToken: 90 });
    const floor = rounds({ cpuUsPerToken: 40 }, { cpuUsPerToken: 100 }, { cpuUsPerToken: 30 });
    const made = row(runs, floor);
    expect(made).toMatchObject({
      pairs: 3,
      cpu_us_per_token: { value: 90, low: 60, high: 200 },
      cpu_times_floor: { value: 2, low: 1.5, high: 3 },
      added: { n: 9, median: 2 },
      delivered: 3000,
      void: [],
    });
    expect(schema.safeParse(made).error).toBeUndefined();
  });

  it('leaves out a round in which the server or the floor lagged', () => {
    const lagged = { lags: ['the generator was held up'], cpuUsPerToken: 999 };
    const made = row(rounds({}, lagged, {}, {}, {}), rounds({}, {}, lagged, {}, {}));
    expect(made).toMatchObject({ pairs: 3, cpu_us_per_token: { value: 50 }, delivered: 3000, void: [] });
  });

  it('is void when half of the rounds lagged, and says why', () => {
    const lags = ['the model wrote 90.0 % of the tokens that were asked for'];
    expect(row(rounds({ lags }, {}), rounds({}, {}))?.void).toEqual(['only 1 of 2 rounds count', ...lags]);
    expect(row(rounds({}, {}), rounds({ lags }, { lags }))).toMatchObject({
      pairs: 0,
      cpu_us_per_token: null,
      void: ['only 0 of 2 rounds count', `the floor: ${lags[0]}`],
    });
  });

  it('is void after a single fault of the server', () => {
    const fault = 'wrong text: stream 1 at character 5';
    expect(row(rounds({}, { faults: [fault] }, {}), rounds({}, {}, {}))?.void).toEqual([fault]);
  });

  it('has no CPU where it cannot be measured, and no ratio of latencies that are all zero', () => {
    const blind = { cpuUsPerToken: null, addedMs: [0, 0] };
    expect(row(rounds(blind), rounds({}))).toMatchObject({
      cpu_us_per_token: null,
      cpu_times_floor: null,
      added_times_floor: null,
      void: [],
    });
  });

  it('is missing when not one token came', () => {
    expect(row(rounds({ addedMs: [], faults: ['no connection: ECONNREFUSED'] }), rounds({}))).toBeUndefined();
  });
});
