import { describe, expect, it } from 'vitest';
import { cellOf, interactionOf } from '../../src/run/cells.ts';
import type { Sample } from '../../src/run/collect.ts';
import { planOf, sampleOf, samplesOf, small } from './made-sample.ts';

const PLAN = planOf('websocket');
const SETTINGS = small({ rounds: 4, windowMs: 5000, objectives: { ttftMs: 150, tpotMs: 25 } });
const made = (samples: readonly Sample[], plan = PLAN) => cellOf(plan, samples, SETTINGS);

/** `good` samples as they should be, and `bad` ones behind them. */
const mixed = (good: number, bad: number, more: Partial<Sample>): Sample[] => [
  ...samplesOf(PLAN.id, good),
  ...Array.from({ length: bad }, (_, index) => sampleOf(PLAN.id, good + index, more)),
];

describe('a cell', () => {
  it('counts what was planned and measured, and keeps its samples by round', () => {
    const cell = made([...samplesOf(PLAN.id, 8), ...samplesOf('another', 5)]);
    expect(cell).toMatchObject({ planned: 8, measured: 8, failed: 0, missed_warm: 0, void: [] });
    expect(cell.metrics.ttft?.median).toBe(100);
    expect(cell.samples.round).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect(cell.samples.columns.ttft).toHaveLength(8);
    expect(cell.phases).toEqual({ send: 1, wait: 99 });
  });

  it('leaves stops and cuts out of its times', () => {
    const stopped = sampleOf(PLAN.id, 9, { scenario: 'cancel', metrics: { ttft: 9000 } });
    expect(made([...samplesOf(PLAN.id, 8), stopped])).toMatchObject({ planned: 8, measured: 8 });
  });

  it('is void when nothing was measured', () => {
    expect(made([]).void).toEqual(['nothing was measured']);
  });

  it('divides the bytes of its connections by the tokens that came', () => {
    expect(made(samplesOf(PLAN.id, 4)).wire).toEqual({ up_bytes_per_token: 10, down_bytes_per_token: 100 });
  });

  it('shows the answer whose time to first token is the median', () => {
    const samples = [300, 100, 200].map((ttft, index) => {
      const base = sampleOf(PLAN.id, index);
      return { ...base, metrics: { ttft }, timeline: { ...base.timeline, end_ms: ttft + 1 } };
    });
    expect(made(samples).timeline?.end_ms).toBe(201);
  });
});

describe('a warm cell', () => {
  it('bears one in a hundred requests without a warm connection, and does not measure it', () => {
    const cell = made(mixed(99, 1, { found: 'missed', metrics: { ttft: 9000 } }));
    expect(cell).toMatchObject({ planned: 100, measured: 99, missed_warm: 1, void: [] });
    expect(cell.metrics.ttft?.max).toBe(100);
  });

  it('is void when it were more', () => {
    const cell = made(mixed(98, 2, { found: 'missed' }));
    expect(cell.void).toEqual(['2 of 100 warm requests found no idle warm connection']);
  });
});

describe('failed requests', () => {
  it('are counted by what they say, and void nothing while they are one in a hundred', () => {
    const cell = made(mixed(99, 1, { error: 'the connection broke' }));
    expect(cell).toMatchObject({ measured: 99, failed: 1, void: [] });
    expect(cell.errors).toEqual([{ message: 'the connection broke', count: 1 }]);
  });

  it('void the cell when they are more', () => {
    const cell = made(mixed(98, 2, { error: 'the connection broke' }));
    expect(cell.void).toEqual(['2 of 100 requests failed']);
  });
});

describe('a violation', () => {
  const violation: Sample['violations'][number] = {
    requirement: 'sequence.text-exact',
    expected: 'a text',
    actual: 'another',
  };

  it('voids the cell, however many requests were right', () => {
    const cell = made(mixed(999, 1, { violations: [violation] }));
    expect(cell.void).toHaveLength(1);
    expect(cell.void[0]).toContain('the oracle found 1 violations');
    expect(cell.violations).toEqual([{ ...violation, key: 'k999' }]);
  });

  it('voids it also when it was found at a stop', () => {
    const samples = mixed(10, 1, { scenario: 'cancel', violations: [violation] });
    expect(made(samples).void).toHaveLength(1);
  });

  it('of another cell does not', () => {
    const other = sampleOf('another', 1, { violations: [violation] });
    expect(made([...samplesOf(PLAN.id, 4), other]).void).toEqual([]);
  });
});

describe('goodput', () => {
  it('counts answers per second that meet every objective', () => {
    // 4 rounds of 5 s.
    expect(made(samplesOf(PLAN.id, 40)).goodput).toBe(2);
    expect(made(mixed(40, 40, { metrics: { ttft: 151, tpot: 20 } })).goodput).toBe(2);
    expect(made(mixed(40, 40, { metrics: { ttft: 100, tpot: 26 } })).goodput).toBe(2);
  });

  it('asks no time per token of an answer that came in one piece', () => {
    expect(made(samplesOf(PLAN.id, 40, { metrics: { ttft: 100 } })).goodput).toBe(2);
  });

  it('does not count an answer without a token', () => {
    expect(made(samplesOf(PLAN.id, 40, { metrics: {} })).goodput).toBe(0);
  });
});

describe('interactions', () => {
  const stop = { toLastToken: 2, toModelClosed: 5, wasted: 1, ttftAfter: 101 };

  it('tell how soon a stop took effect, and how often it took none', () => {
    const { toModelClosed: _never, ...unheard } = stop;
    const samples = [
      sampleOf(PLAN.id, 0, { scenario: 'cancel', stop }),
      sampleOf(PLAN.id, 1, { scenario: 'cancel', stop: { ...unheard, wasted: 3 } }),
    ];
    const { cancel, recovery } = interactionOf(PLAN, samples, 'resumes', 1);
    expect(cancel).toMatchObject({ n: 2, not_stopped: 1 });
    expect(cancel?.to_model_closed).toMatchObject({ n: 1, median: 5 });
    expect(cancel?.ttft_after?.median).toBe(101);
    expect(cancel?.wasted_tokens.value).toBe(2);
    expect(recovery).toBeNull();
  });

  it('tell what a cut lost, doubled and cost', () => {
    const tokens = { expected: 10, received: 10, lost: 1, doubled: 2, reordered: 0 };
    const samples = [
      sampleOf(PLAN.id, 0, { scenario: 'cut', tokens, cut: { extraCalls: 1, toNextToken: 40 } }),
      sampleOf(PLAN.id, 1, { scenario: 'cut', cut: { extraCalls: -1 } }),
    ];
    const { cancel, recovery } = interactionOf(PLAN, samples, 'asks again', 1);
    expect(cancel).toBeNull();
    expect(recovery).toMatchObject({ n: 2, how: 'asks again', not_recovered: 1 });
    expect(recovery).toMatchObject({ lost: 1, doubled: 2, extra_calls: 1 });
    expect(recovery?.to_next_token?.median).toBe(40);
  });
});
