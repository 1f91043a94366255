import { describe, expect, it } from 'vitest';
import { calibrate, groupNames } from '../../src/calibrate/calibrate.ts';
import { counted, flagged, recovered } from '../../src/calibrate/check.ts';

const ok = (expected: number, measured: number): boolean => recovered('n', 'i', expected, measured).ok;

describe('a time that must be recovered', () => {
  it('may be off by a millisecond while it is short', () => {
    expect([ok(5, 6), ok(5, 4), ok(5, 6.01), ok(5, 3.99)]).toEqual([true, true, false, false]);
    expect([ok(0, 0.5), ok(0, 1.5)]).toEqual([true, false]);
  });

  it('may be off by 2 % when it is long', () => {
    expect([ok(300, 306), ok(300, 294), ok(300, 306.1), ok(300, 293.9)]).toEqual([true, true, false, false]);
  });

  it('is not recovered when nothing was measured or nothing was seen', () => {
    expect([ok(5, Number.NaN), ok(Number.NaN, 5)]).toEqual([false, false]);
  });

  it('says what was expected and what came', () => {
    expect(recovered('its name', 'a delay', 300, 301.234)).toEqual({
      name: 'its name',
      injected: 'a delay',
      expected: '300.00 ± 6.00 ms',
      measured: '301.23 ms',
      ok: true,
    });
  });
});

describe('a fault that must be flagged', () => {
  it('is found in what was said, and quoted', () => {
    const check = flagged('n', 'i', /^buffered/, ['grouped: 3', 'buffered: 20 ms']);
    expect(check).toMatchObject({ ok: true, measured: 'buffered: 20 ms' });
  });

  it('is not found when other things or nothing were said', () => {
    expect(flagged('n', 'i', /^buffered/, ['grouped: 3'])).toMatchObject({
      ok: false,
      measured: 'nothing said (grouped: 3)',
    });
    expect(flagged('n', 'i', /^buffered/, [])).toMatchObject({
      ok: false,
      measured: 'nothing said (no notes)',
    });
  });
});

it('counts exactly', () => {
  expect(counted('n', 'i', 10, 10)).toMatchObject({ ok: true, expected: '10', measured: '10' });
  expect(counted('n', 'i', 10, 11).ok).toBe(false);
});

describe('the groups', () => {
  it('have a name each', () => {
    expect(new Set(groupNames).size).toBe(groupNames.length);
    expect(groupNames.length).toBeGreaterThan(0);
  });

  it('start nothing when none is wanted', async () => {
    const { signal } = new AbortController();
    expect(await calibrate({ only: [], signal, onProgress: () => {} })).toEqual([]);
  });
});
