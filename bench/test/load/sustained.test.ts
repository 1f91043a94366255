import { describe, expect, it } from 'vitest';
import { isCarried, limitOf } from '../../src/load/sustained.ts';

const step = {
  offered: 1000,
  delivered: 990,
  added_p50_ms: 5,
  server_cpu: 0.5,
  model_cpu: 0.3,
  generator_cpu: 0.2,
};

describe('a step of the climb', () => {
  it('is carried while 98 % of it arrive and tokens are not late', () => {
    expect(isCarried(step)).toBe(true);
    expect(isCarried({ ...step, delivered: 970 })).toBe(false);
    expect(isCarried({ ...step, added_p50_ms: 150 })).toBe(false);
  });

  it('ends at whoever has used a core up, else at the machine, else nobody knows', () => {
    const lags = ['the generator was held up'];
    expect(limitOf({ ...step, model_cpu: 0.97 }, { lags }, 2)).toBe('model');
    expect(limitOf({ ...step, server_cpu: 0.85, model_cpu: 0.85 }, { lags }, 2)).toBe(
      'the machine: 1.9 of 2 cores in use',
    );
    expect(limitOf(step, { lags }, 2)).toBe('the generator was held up');
    expect(limitOf(step, { lags: [] }, 2)).toBe('server, busiest with 0.50 of a core');
  });
});
