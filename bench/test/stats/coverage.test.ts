/** What the intervals promise, held against simulated runs of which the truth is known. */
import { describe, expect, it } from 'vitest';
import type { Estimate } from '../../src/result/schema.ts';
import { compareMedians, type MedianComparison } from '../../src/stats/bootstrap.ts';
import { randomFrom } from '../../src/stats/random.ts';
import type { Samples } from '../../src/stats/samples.ts';
import { verdictOf } from '../../src/stats/verdict.ts';
import { blockEffects, lognormal, measured, type Noise, withOutliers } from './noise.ts';

const RUNS = 200;
/** 6 % of 200. */
const MOST_FALSE = 12;

interface Plan {
  blocks: number;
  shared: boolean;
  noise: Noise;
  /** Looks at what was measured before it is compared. */
  seen?: (samples: Samples) => Samples;
}

function excludes({ low, high }: Estimate, equal: number): boolean {
  return low > equal || high < equal;
}

/** How often two runs of the same thing differ "at 95 %": by ratio, and by difference. */
function falseDifferences({ blocks, shared, noise, seen = (samples) => samples }: Plan): number[] {
  const random = randomFrom(20, `${blocks} ${shared} ${noise.name}`);
  const outcomes = Array.from({ length: RUNS }, () => {
    const effects = blockEffects(blocks, 3, random);
    const others = shared ? effects : blockEffects(blocks, 3, random);
    const a = seen(measured(100, effects, 8, noise, random));
    const b = seen(measured(100, others, 8, noise, random));
    return compareMedians(a, b, { random, paired: shared, resamples: 400 });
  });
  const count = (of: (compared: MedianComparison) => boolean): number => outcomes.filter(of).length;
  return [count(({ ratio }) => excludes(ratio, 1)), count(({ difference_ms }) => excludes(difference_ms, 0))];
}

/** As if every sample were independent of all others. */
function withoutBlocks({ values }: Samples): Samples {
  return { values, blocks: Array.from(values, (_, index) => index) };
}

describe('two runs of the same thing', () => {
  it.each([
    { blocks: 10, shared: true, noise: lognormal },
    { blocks: 10, shared: true, noise: withOutliers },
    { blocks: 10, shared: false, noise: lognormal },
    { blocks: 10, shared: false, noise: withOutliers },
    { blocks: 5, shared: false, noise: lognormal },
    { blocks: 3, shared: false, noise: withOutliers },
  ])('seldom differ: $blocks blocks, shared $shared, $noise.name', (plan) => {
    for (const falsely of falseDifferences(plan)) expect(falsely).toBeLessThanOrEqual(MOST_FALSE);
  });

  it('would differ often if blocks were ignored', () => {
    const plan = { blocks: 5, shared: false, noise: withOutliers, seen: withoutBlocks };
    for (const falsely of falseDifferences(plan)) expect(falsely).toBeGreaterThan(3 * MOST_FALSE);
  });
});

describe('15 ms more on 302 ms', () => {
  it.each([{ shared: true }, { shared: false }])(
    'are found with 5 blocks of 8, shared $shared',
    ({ shared }) => {
      const random = randomFrom(30);
      const verdicts = Array.from({ length: 100 }, () => {
        const effects = blockEffects(5, 1, random);
        const before = measured(302, effects, 8, withOutliers, random);
        const after = measured(317, shared ? effects : blockEffects(5, 1, random), 8, withOutliers, random);
        const compared = compareMedians(after, before, { random, paired: shared, resamples: 400 });
        return verdictOf(compared, { relative: 0.02, absoluteMs: 2 });
      });
      expect(verdicts.filter((verdict) => verdict === 'slower').length).toBeGreaterThanOrEqual(99);
    },
  );
});
