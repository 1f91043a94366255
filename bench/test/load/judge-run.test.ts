import { describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/load/judge-run.ts';
import { heardAfter, TEXTS, trace, writtenAt } from './fixture.ts';

describe('a run under load', () => {
  it('counts the tokens of its window, and the CPU of the server for each', () => {
    const run = judgeRun(trace());
    expect(run).toMatchObject({
      delivered: 20,
      deliveredPerSecond: 20,
      writtenPerSecond: 20,
      faults: [],
      lags: [],
    });
    expect(run.cpuUsPerToken).toBeCloseTo(50);
    expect(run.shares).toEqual({ server: 0.001, model: 0.1, generator: 0.05 });
  });

  it('says how long each token was on its way, from the text that it completes', () => {
    const { addedMs } = judgeRun(trace());
    expect(addedMs).toHaveLength(20);
    for (const ms of addedMs) expect(ms).toBeCloseTo(2);
  });

  it('finds a token in a piece that several came in', () => {
    const pairs = TEXTS.flatMap((text, index) => (index % 2 === 0 ? [text + (TEXTS[index + 1] ?? '')] : []));
    const merged = heardAfter(0, pairs);
    merged.at = Float64Array.from(pairs, (_, index) => (writtenAt[2 * index + 1] ?? 0) + 2);
    const { addedMs, delivered } = judgeRun(trace({ heard: [merged, heardAfter(2)] }));
    expect(delivered).toBe(20);
    expect(Math.max(...addedMs)).toBeCloseTo(102);
  });

  it('counts a token as 0 ms that the client had before the model noted it', () => {
    const run = judgeRun(trace({ heard: [heardAfter(-1), heardAfter(2)] }));
    expect(run.clamped).toBe(10);
    expect(Math.min(...run.addedMs)).toBe(0);
  });

  it.each([
    ['lost', TEXTS.toSpliced(12, 1), 120],
    ['doubled', TEXTS.toSpliced(12, 0, TEXTS[11] ?? ''), 120],
    ['moved', TEXTS.toSpliced(12, 2, TEXTS[13] ?? '', TEXTS[12] ?? ''), 120],
    ['of another stream', TEXTS.with(12, 'elsewhere!'), 120],
  ])('is void when a token is %s', (_, texts, from) => {
    const [fault] = judgeRun(trace({ heard: [heardAfter(2), heardAfter(2, texts)] })).faults;
    expect(fault).toMatch(/^wrong text: stream 1 at character/);
    expect(Number(/character (\d+)/.exec(fault ?? '')?.[1])).toBeGreaterThanOrEqual(from);
  });

  it('is void when a stream broke off, ended early, or outlived its client', () => {
    const broken = { ...heardAfter(2), error: 'the connection was closed with 1006' };
    const ended = { ...heardAfter(2), ended: true };
    const { calls } = trace();
    expect(judgeRun(trace({ heard: [broken, heardAfter(2)] })).faults).toEqual([
      'broken off: stream 0: the connection was closed with 1006',
    ]);
    expect(judgeRun(trace({ heard: [ended, ended] })).faults).toEqual([
      'ended too early in 2 streams, first: stream 0',
    ]);
    expect(judgeRun(trace({ calls: { ...calls, received: 3, over: 1 } })).faults).toEqual([
      '2 calls of the model went on after their clients had hung up',
      '1 calls of the model beyond one per stream',
    ]);
  });

  it('says when it was not the load that was asked for, and who was at fault', () => {
    const { calls, plan } = trace();
    const half = { ...calls, writtenAt: new Map([[0, writtenAt]]) };
    expect(judgeRun(trace({ calls: half })).lags).toEqual([
      'the model wrote 50.0 % of the tokens that were asked for',
    ]);
    expect(judgeRun(trace({ loop: { p50: 1, p99: 25, max: 60 } })).lags[0]).toContain(
      'the generator was held up',
    );
    expect(judgeRun(trace({ heard: [heardAfter(2), heardAfter(1500)] })).lags).toEqual([
      '1 of 2 streams had not begun when the window did',
      expect.stringMatching(/^only 75.0 % of what the model wrote was delivered/),
    ]);
    expect(judgeRun(trace({ plan: { ...plan, tokensPerSecond: 19 } })).lags).toEqual([]);
  });
});
