import { describe, expect, it } from 'vitest';
import type { Cell, Claim, Comparison, Interaction } from '../../src/result/schema.ts';
import { cellOf, interactionOf } from '../../src/run/cells.ts';
import { claimsOf, type Findings } from '../../src/run/claims.ts';
import { planOf, sampleOf, samplesOf, small } from './made-sample.ts';

/** G 200 ms, T 2400 ms. */
const MODEL = { ttft_ms: 200, tokens: 100, token_ms: 22.2, total_ms: 2400 };

type Row = [transport: string, temperature: Cell['temperature'], network: string, ttft: number];

function cells(...rows: Row[]): Cell[] {
  return rows.map(([transport, temperature, network, ttft]) => {
    const plan = planOf(transport, { temperature, network });
    return cellOf(plan, samplesOf(plan.id, 4, { metrics: { ttft } }), small());
  });
}

const findings = (more: Partial<Findings> = {}): Findings => ({
  cells: [],
  comparisons: [],
  interactions: [],
  model: MODEL,
  poll_interval_ms: 1000,
  ...more,
});

/** The verdict on one claim, from these cells or from whatever else was found. */
function verdict(id: string, found: readonly Cell[] | Partial<Findings>): Claim['verdict'] | undefined {
  const given = Array.isArray(found) ? { cells: found as Cell[] } : (found as Partial<Findings>);
  return claimsOf(findings(given)).find((claim) => claim.id === id)?.verdict;
}

function comparison(temperature: Cell['temperature'], low: number, high: number): Comparison {
  const difference_ms = { value: (low + high) / 2, low, high };
  const ratio = { value: 1, low: 1, high: 1 };
  const condition = { network: '100ms', tls: false, temperature };
  return {
    metric: 'ttft',
    ...condition,
    a: 'sse-h1',
    b: 'websocket',
    ratio,
    difference_ms,
    verdict: 'undecided',
  };
}

/** The first token after a stop came so much later. */
function stopped(transport: string, ttftAfter: number): Interaction {
  const plan = planOf(transport, { network: '100ms' });
  const stop = { toLastToken: 1, toModelClosed: 1, wasted: 0, ttftAfter };
  return interactionOf(plan, [sampleOf(plan.id, 0, { scenario: 'cancel', stop })], 'resumes', 1);
}

describe('the claims', () => {
  it('are all there and not measured when nothing was', () => {
    const claims = claimsOf(findings());
    expect(claims.map(({ id }) => id)).toEqual([
      'blocking.good',
      'blocking.100ms',
      'sse.good',
      'sse.100ms',
      'websocket.good',
      'websocket.100ms',
      'websocket.faster',
      'polling.good',
      'polling.100ms',
      'handshake',
      'dominated',
      'interaction',
    ]);
    for (const claim of claims) expect(claim).toMatchObject({ verdict: 'not measured', measured: '–' });
  });

  it('are not held against a model that nobody knows', () => {
    expect(claimsOf(findings({ model: null }))).toEqual([]);
  });

  it('are not measured by a cell that is void, nor by one with TLS', () => {
    const [cell] = cells(['blocking', 'warm', 'loopback', 2402]) as [Cell];
    expect(verdict('blocking.good', [cell])).toBe('confirmed');
    expect(verdict('blocking.good', [{ ...cell, void: ['nothing was measured'] }])).toBe('not measured');
    expect(verdict('blocking.good', [{ ...cell, tls: true }])).toBe('not measured');
    expect(verdict('blocking.good', [{ ...cell, metrics: {} }])).toBe('not measured');
  });

  it('quote what was measured', () => {
    const claims = claimsOf(findings({ cells: cells(['blocking', 'warm', '100ms', 2503]) }));
    expect(claims.find(({ id }) => id === 'blocking.100ms')).toMatchObject({
      tutorial_says: 'total + latency, e.g. 2.5 s',
      measured: '2503 ms: the total of 2400 ms and 103 ms',
      verdict: 'confirmed',
    });
  });
});

describe('blocking', () => {
  it.each([
    ['blocking.good', 'loopback', 2402, 'confirmed'],
    ['blocking.good', 'loopback', 2300, 'refuted'],
    ['blocking.good', 'loopback', 2500, 'refuted'],
    ['blocking.100ms', '100ms', 2503, 'confirmed'],
    ['blocking.100ms', '100ms', 2403, 'refuted'],
  ] as const)('%s on %s with a first token at %d ms is %s', (id, network, ttft, expected) => {
    expect(verdict(id, cells(['blocking', 'warm', network, ttft]))).toBe(expected);
  });
});

describe('streaming', () => {
  it.each([
    // Warm and cold, beside the model's own 200 ms; the table says 50, 150, 10 and 110.
    ['sse.good', 'sse-h1', 'loopback', 202, 203, 'refuted'],
    ['sse.good', 'sse-h1', 'loopback', 250, 260, 'confirmed'],
    ['sse.100ms', 'sse-h1', '100ms', 302, 404, 'refuted'],
    ['sse.100ms', 'sse-h1', '100ms', 252, 352, 'true only when'],
    ['sse.100ms', 'sse-h1', '100ms', 302, 303, 'refuted'],
    ['sse.100ms', 'sse-h1', '100ms', 350, 360, 'confirmed'],
    ['sse.100ms', 'sse-h1', '100ms', 350, 450, 'true only when'],
    ['sse.100ms', 'sse-h1', '100ms', 500, 600, 'refuted'],
    ['websocket.good', 'websocket', 'loopback', 201, 203, 'confirmed'],
    ['websocket.good', 'websocket', 'loopback', 240, 250, 'refuted'],
    ['websocket.100ms', 'websocket', '100ms', 301, 505, 'true only when'],
    ['websocket.100ms', 'websocket', '100ms', 220, 312, 'true only when'],
    ['websocket.100ms', 'websocket', '100ms', 220, 505, 'refuted'],
  ] as const)('%s of %s on %s with %d ms warm, %d cold is %s', (id, transport, network, warm, cold, is) => {
    expect(verdict(id, cells([transport, 'warm', network, warm], [transport, 'cold', network, cold]))).toBe(
      is,
    );
  });

  it('needs a warm cell, and without a cold one says nothing of when', () => {
    expect(verdict('sse.100ms', cells(['sse-h1', 'cold', '100ms', 404]))).toBe('not measured');
    expect(verdict('sse.100ms', cells(['sse-h1', 'warm', '100ms', 302]))).toBe('refuted');
  });
});

describe('WebSocket before SSE', () => {
  it('is refuted or confirmed by the whole interval of the difference, and open while it reaches both', () => {
    expect(verdict('websocket.faster', { comparisons: [comparison('warm', -1, 1)] })).toBe('refuted');
    expect(verdict('websocket.faster', { comparisons: [comparison('warm', 19, 60)] })).toBe('not measured');
    expect(verdict('websocket.faster', { comparisons: [comparison('warm', 30, 50)] })).toBe('confirmed');
  });

  it('is judged warm: cold is only told', () => {
    expect(verdict('websocket.faster', { comparisons: [comparison('cold', 30, 50)] })).toBe('not measured');
    const both = { comparisons: [comparison('cold', -101, -99), comparison('warm', -1, 1)] };
    const claim = claimsOf(findings(both)).find(({ id }) => id === 'websocket.faster');
    expect(claim?.measured).toContain('cold: -100.0 ms (-101.0 to -99.0)');
  });
});

describe('polling', () => {
  it.each([
    ['polling.good', 'loopback', 3010, 'confirmed'],
    ['polling.good', 'loopback', 3450, 'refuted'],
    ['polling.good', 'loopback', 2390, 'refuted'],
    ['polling.100ms', '100ms', 3401, 'confirmed'],
    ['polling.100ms', '100ms', 3750, 'refuted'],
  ] as const)('%s on %s with a first token at %d ms is %s', (id, network, ttft, expected) => {
    expect(verdict(id, cells(['polling-end', 'warm', network, ttft]))).toBe(expected);
  });

  it('is true only of polls for the whole answer, once a cursor was measured too', () => {
    const rows: Row[] = [
      ['polling-end', 'warm', '100ms', 3401],
      ['polling-cursor', 'warm', '100ms', 1206],
    ];
    expect(verdict('polling.100ms', cells(...rows))).toBe('true only when');
    expect(verdict('polling.100ms', cells(['polling-cursor', 'warm', '100ms', 1206]))).toBe('not measured');
  });
});

describe('the handshake', () => {
  it('is low only where it was paid before', () => {
    const rows: Row[] = [
      ['websocket', 'warm', '100ms', 301],
      ['websocket', 'cold', '100ms', 505],
      ['sse-h1', 'cold', '100ms', 404],
    ];
    const claim = claimsOf(findings({ cells: cells(...rows) })).find(({ id }) => id === 'handshake');
    expect(claim).toMatchObject({
      verdict: 'true only when',
      measured: 'the handshake costs 204 ms once; a cold SSE request takes 404 ms, a cold WebSocket 505 ms',
    });
    expect(verdict('handshake', cells(...rows.slice(0, 1)))).toBe('not measured');
    expect(verdict('handshake', cells(...rows.slice(1, 2)))).toBe('not measured');
  });
});

describe('what dominates', () => {
  it('is the model where it takes more than half', () => {
    expect(verdict('dominated', cells(['websocket', 'warm', 'loopback', 202]))).toBe('confirmed');
    expect(verdict('dominated', cells(['websocket', 'warm', 'loopback', 500]))).toBe('true only when');
  });

  it('cannot be told with a model that takes no time', () => {
    const model = { ...MODEL, ttft_ms: 0 };
    const found = { model, cells: cells(['websocket', 'warm', 'loopback', 2]) };
    expect(verdict('dominated', found)).toBe('not measured');
  });
});

const afterStops = (sse: number, websocket: number): Partial<Findings> => ({
  interactions: [stopped('sse-h1', sse), stopped('websocket', websocket), stopped('sse-h2', websocket)],
});

describe('interaction', () => {
  it('suits WebSocket better only where a stop costs the other its connection', () => {
    expect(verdict('interaction', afterStops(401, 301))).toBe('true only when');
    expect(verdict('interaction', afterStops(303, 301))).toBe('refuted');
  });

  it('is not measured without stops of both', () => {
    expect(verdict('interaction', { interactions: [stopped('websocket', 301)] })).toBe('not measured');
    expect(verdict('interaction', { interactions: [stopped('sse-h1', 401)] })).toBe('not measured');
  });
});

it('every verdict can be reached', () => {
  const rows: Row[] = [
    ['blocking', 'warm', 'loopback', 2402],
    ['blocking', 'warm', '100ms', 2403],
    ['websocket', 'warm', '100ms', 301],
    ['websocket', 'cold', '100ms', 505],
  ];
  const verdicts = claimsOf(findings({ cells: cells(...rows) })).map((claim) => claim.verdict);
  expect(new Set(verdicts)).toEqual(new Set(['confirmed', 'refuted', 'true only when', 'not measured']));
});
