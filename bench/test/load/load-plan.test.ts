import { describe, expect, it } from 'vitest';
import { estimateRunMs, modelPlanOf, startEveryMs, tokenMsOf } from '../../src/load/load-plan.ts';

const plans = [
  { streams: 1, tokensPerSecond: 100, windowMs: 5000, startGapMs: 5 },
  { streams: 100, tokensPerSecond: 2000, windowMs: 5000, startGapMs: 5 },
  { streams: 100, tokensPerSecond: 5000, windowMs: 5000, startGapMs: 40 },
  { streams: 400, tokensPerSecond: 2000, windowMs: 5000, startGapMs: 8 },
];

describe.each(plans)('$streams streams with $tokensPerSecond tokens/s', (plan) => {
  it('start out of phase, and not closer than the server can bear', () => {
    const every = startEveryMs(plan);
    expect(every).toBeGreaterThanOrEqual(plan.startGapMs);
    const tokenMs = tokenMsOf(plan);
    const slots = Array.from(
      { length: plan.streams },
      (_, index) => Math.round((((index * every) % tokenMs) / tokenMs) * plan.streams) % plan.streams,
    );
    expect(new Set(slots).size).toBe(plan.streams);
  });

  it('have answers of at least 500 tokens that outlast the run', () => {
    const { tokens, tokenMs } = modelPlanOf(plan);
    expect(tokens).toBeGreaterThanOrEqual(500);
    expect(tokens * tokenMs).toBeGreaterThan(estimateRunMs(plan));
  });
});
