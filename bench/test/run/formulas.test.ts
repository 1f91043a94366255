import { describe, expect, it } from 'vitest';
import { cellOf } from '../../src/run/cells.ts';
import { formulasOf, predict, toleranceMs } from '../../src/run/formulas.ts';
import type { Network } from '../../src/result/schema.ts';
import { planOf, samplesOf, small } from './made-sample.ts';

const MODEL = { ttft: 200, total: 2400 };
const R = 100;
const P = 1000;

describe('the table of formulas', () => {
  it.each([
    // What measurements at R = 100 ms have shown, with G = 200 ms and T = 2400 ms.
    ['sse-h1', 'warm', false, 'R + G', 300, 100],
    ['websocket', 'warm', false, 'R + G', 300, 100],
    ['sse-h1', 'cold', false, '2R + G', 400, 200],
    ['websocket', 'cold', false, '3R + G', 500, 300],
    ['sse-h1', 'cold', true, '3R + G', 500, 300],
    ['websocket', 'cold', true, '4R + G', 600, 400],
    ['blocking', 'warm', false, 'R + T', 2500, 100],
    // ⌈2400 / 1100⌉ = 3 polls, ⌈200 / 1100⌉ = 1.
    ['polling-end', 'warm', false, 'R + ⌈T/(P+R)⌉(P+R)', 3400, 400],
    ['polling-cursor', 'warm', false, 'R + ⌈G/(P+R)⌉(P+R)', 1200, 200],
    // And what follows from them for the others.
    ['sse-h2', 'warm', false, 'R + G', 300, 100],
    ['sse-h2', 'cold', true, '3R + G', 500, 300],
    ['sse-h1', 'warm', true, 'R + G', 300, 100],
    ['websocket', 'warm', true, 'R + G', 300, 100],
    ['blocking', 'cold', false, '2R + T', 2600, 200],
    ['blocking', 'cold', true, '3R + T', 2700, 300],
    ['polling-end', 'cold', true, '3R + ⌈T/(P+R)⌉(P+R)', 3600, 600],
    ['polling-cursor', 'cold', false, '2R + ⌈G/(P+R)⌉(P+R)', 1300, 300],
    ['long-poll', 'warm', false, 'max(2R, R + G)', 300, 100],
    ['long-poll', 'cold', false, 'R + max(2R, R + G)', 400, 200],
    ['long-poll', 'cold', true, '2R + max(2R, R + G)', 500, 300],
  ] as const)('says of %s, %s, TLS %s: %s', (transport, temperature, tls, formula, ms, networkMs) => {
    const cell = planOf(transport, { temperature, tls, network: '100ms' });
    expect(predict(cell, MODEL, P, R)).toEqual({ formula, ms, networkMs });
  });

  it('lets a long poll wait for two round trips when the model is faster', () => {
    const prediction = predict(planOf('long-poll'), { ttft: 20, total: 200 }, P, R);
    expect(prediction?.ms).toBe(200);
  });

  it('asks once more when the model is done just behind a poll', () => {
    const [inTime, late] = [2200, 2201].map((total) =>
      predict(planOf('polling-end'), { ttft: 200, total }, P, R),
    );
    expect(inTime?.ms).toBe(100 + 2 * 1100);
    expect(late?.ms).toBe(100 + 3 * 1100);
  });

  it('says nothing of a transport that it does not know', () => {
    expect(predict(planOf('carrier-pigeon'), MODEL, P, R)).toBeUndefined();
  });

  it('allows 3 % of what the network contributes, and 2 ms', () => {
    expect(toleranceMs({ formula: '', ms: 5000, networkMs: 400 })).toBe(12);
    expect(toleranceMs({ formula: '', ms: 5000, networkMs: 0 })).toBe(2);
  });
});

const network = (more: Partial<Network> = {}): Network => ({
  name: '100ms',
  link: 'userspace',
  rtt_ms: R,
  jitter_ms: 0,
  bandwidth_kbit: null,
  outage: null,
  calibration: null,
  ...more,
});

describe('a row', () => {
  const plan = planOf('websocket', { network: '100ms' });
  const rows = (ttft: number, on = network()) =>
    formulasOf([cellOf(plan, samplesOf(plan.id, 8, { metrics: { ttft } }), small())], [on], () => MODEL, P);

  it('holds what was measured against the prediction', () => {
    expect(rows(302)).toMatchObject([
      { path: 'websocket, warm', formula: 'R + G', predicted_ms: 300, measured_ms: 302, holds: true },
    ]);
    expect(rows(304)).toMatchObject([{ difference_ms: 4, tolerance_ms: 3, holds: false }]);
    expect(rows(296)).toMatchObject([{ difference_ms: -4, holds: false }]);
  });

  it('is there only for networks that add nothing but a round trip', () => {
    expect(rows(300, network({ rtt_ms: 0 }))).toEqual([]);
    expect(rows(300, network({ jitter_ms: 20 }))).toEqual([]);
    expect(rows(300, network({ bandwidth_kbit: 1000 }))).toEqual([]);
    expect(rows(300, network({ outage: { every_ms: 3000, for_ms: 300 } }))).toEqual([]);
    expect(rows(300, network({ name: 'another' }))).toEqual([]);
  });
});
