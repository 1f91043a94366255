import { describe, expect, it } from 'vitest';
import { compareResults, exitCodeOf } from '../../src/commands/compare.ts';
import type { Result } from '../../src/result/schema.ts';
import { cellOf, type MadeCell, networkOf, resultOf } from './made-result.ts';

const transports = ['websocket', 'sse', 'polling', 'blocking', 'floor', 'long-polling'];
const conditions = transports.flatMap((transport) =>
  (['cold', 'warm'] as const).map((temperature) => ({ transport, temperature, added: true })),
);

/** A run of everything; `changes` is what the build does to a transport, `spread` how restless the machine is. */
function run(seed: number, changes: Record<string, Partial<MadeCell>> = {}, spread = 0.5): Result {
  const cells = conditions.map((condition) =>
    cellOf({ ...condition, seed, spread, summarised: false, ...changes[condition.transport] }),
  );
  return resultOf(cells, { seed });
}

const changed = ({ compared }: ReturnType<typeof compareResults>, change: string): string[] =>
  compared.filter((row) => row.change === change).map(({ cell, metric }) => `${cell} ${metric}`);

describe('comparing the same build with itself', () => {
  it('shows no change in at least 19 of 20 pairs of runs, over all their cells, even of a restless machine and without margins', () => {
    const codes = Array.from({ length: 20 }, (_, pair) => {
      const margins = { relative: 0, absoluteMs: 0 };
      const report = compareResults(run(2 * pair, {}, 5), run(2 * pair + 1, {}, 5), { margins });
      expect(report.compared).toHaveLength(conditions.length * 3);
      return changed(report, 'no change').length === report.compared.length ? exitCodeOf(report) : 'changed';
    });
    expect(codes.filter((code) => code === 0).length).toBeGreaterThanOrEqual(19);
  });

  it('shows no change of what is less than the margins, however certain', () => {
    const [a, b] = [run(1), run(2, { sse: { ttft: 306 } })];
    expect(exitCodeOf(compareResults(a, b))).toBe(0);
    expect(exitCodeOf(compareResults(a, b, { margins: { relative: 0.005, absoluteMs: 1 } }))).toBe(1);
  });
});

describe('a build that takes 15 ms longer to its first token on 302 ms', () => {
  it('is found in at least 19 of 20 runs, and nothing else is', () => {
    const found = Array.from({ length: 20 }, (_, pair) => {
      const report = compareResults(run(2 * pair), run(2 * pair + 1, { sse: { ttft: 317 } }));
      return [exitCodeOf(report), changed(report, 'regression'), changed(report, 'improvement')];
    });
    const expected = [1, ['sse.loopback.cold ttft', 'sse.loopback.warm ttft'], []];
    const exactly = found.filter((outcome) => JSON.stringify(outcome) === JSON.stringify(expected));
    expect(exactly.length).toBeGreaterThanOrEqual(19);
  });

  it('is an improvement when the files change places', () => {
    const report = compareResults(run(1, { sse: { ttft: 317 } }), run(2));
    expect(changed(report, 'improvement')).toEqual(['sse.loopback.cold ttft', 'sse.loopback.warm ttft']);
    expect(exitCodeOf(report)).toBe(0);
    const row = report.compared.find(({ change }) => change === 'improvement');
    expect(row?.ratio.high).toBeLessThan(1);
    expect(row?.difference_ms.value).toBeCloseTo((row?.after_ms ?? 0) - (row?.before_ms ?? 0), 9);
  });
});

describe('what cannot be compared', () => {
  const sse = cellOf({ transport: 'sse' });
  const websocket = cellOf({ transport: 'websocket' });

  it('is listed with its reason: missing, void, too few rounds', () => {
    const short = { ...cellOf({ transport: 'floor', rounds: 2 }) };
    const dead = cellOf({ transport: 'polling', void: ['the model was late'] });
    const a = resultOf([sse, short, cellOf({ transport: 'polling' })]);
    const b = resultOf([websocket, cellOf({ transport: 'floor' }), dead]);
    const { compared, skipped } = compareResults(a, b);
    expect(compared).toEqual([]);
    expect(skipped).toEqual([
      { cell: 'sse.loopback.warm', reason: 'missing in the second file' },
      { cell: 'floor.loopback.warm', reason: expect.stringContaining('ttft has 2 rounds') },
      { cell: 'floor.loopback.warm', reason: expect.stringContaining('e2e has 2 rounds') },
      { cell: 'polling.loopback.warm', reason: 'void: the model was late' },
      { cell: 'websocket.loopback.warm', reason: 'missing in the first file' },
    ]);
    expect(exitCodeOf(compareResults(b, a))).toBe(4);
  });

  it('is a failure when it counted before and is void now: a wrong answer is worse than a slow one', () => {
    const lost = cellOf({ transport: 'polling', void: ['the oracle found 4 violations'] });
    const report = compareResults(resultOf([sse, cellOf({ transport: 'polling' })]), resultOf([sse, lost]));
    expect(report.broken).toEqual(['polling.loopback.warm']);
    expect(exitCodeOf(report)).toBe(1);
  });

  it('is everything when a run as a whole is void', () => {
    const report = compareResults(resultOf([sse]), resultOf([sse], { void: ['no CPU left'] }));
    expect(report.skipped).toEqual([{ cell: sse.id, reason: 'void: no CPU left' }]);
    expect(exitCodeOf(report)).toBe(4);
  });

  it('includes a metric that only one file has', () => {
    const report = compareResults(resultOf([sse]), resultOf([cellOf({ transport: 'sse', added: true })]));
    expect(report.skipped.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('added has 0 rounds'),
    ]);
    expect(report.compared.map(({ metric }) => metric)).toEqual(['ttft', 'e2e']);
  });

  it('is refused as a whole when the model or a network was another', () => {
    const other = { ttft_ms: 300, tokens: 10, token_ms: 20, total_ms: 480 };
    const model = compareResults(resultOf([sse]), resultOf([sse], { model: other }));
    expect(model.refused).toEqual(['model.ttft_ms: 200 against 300', 'model.total_ms: 380 against 480']);
    expect(model.compared).toEqual([]);
    expect(exitCodeOf(model)).toBe(2);
    const slower = [{ ...networkOf('loopback'), rtt_ms: 100 }];
    const network = compareResults(resultOf([sse]), resultOf([sse], { networks: slower }));
    expect(network.refused).toEqual(['network loopback.rtt_ms: 0 against 100']);
  });
});

function calibrated(rtt_ms: number): Result['networks'] {
  const calibration = { samples: 10, rtt_ms, rtt_p99_ms: 130, connect_ms: 100 };
  return [{ ...networkOf('100ms'), calibration }];
}

describe('what makes a comparison doubtful', () => {
  const sse = cellOf({ transport: 'sse' });
  const before = resultOf([sse]);
  const warnings = (changes: Partial<Result>, cell = sse, earlier: Partial<Result> = {}) =>
    compareResults({ ...before, ...earlier }, resultOf([cell], { seed: 2, ...changes })).warnings;

  const drifted = (ms: number) => warnings({ networks: calibrated(ms) }, sse, { networks: calibrated(100) });

  it('is nothing when only the build is another', () => {
    expect(warnings({ machine: { ...before.machine, commit: 'def' } })).toEqual([]);
  });

  it('is another machine, poll interval, or library', () => {
    const machine = { ...before.machine, cpu: 'other', versions: { ws: '8.1.0' } };
    expect(warnings({ machine, poll_interval_ms: 500 })).toEqual([
      'machine.cpu: cpu against other',
      'versions.ws: 8.0.0 against 8.1.0',
      'poll_interval_ms: 1000 against 500',
    ]);
  });

  it('is a link that was measured differently, although it is called the same', () => {
    expect(drifted(101.9)).toEqual([]);
    expect(drifted(104)).toEqual(['the round trip of 100ms was 100 ms against 104 ms']);
  });

  it('is the same run twice, an interrupted one, and one in which more requests failed', () => {
    expect(warnings({ seed: 1 })).toEqual(['both files are of the same run']);
    expect(warnings({ interrupted: true })[0]).toContain('interrupted');
    expect(warnings({}, { ...sse, failed: 12 })).toEqual([
      expect.stringContaining('12 of 40 requests failed'),
    ]);
  });
});
