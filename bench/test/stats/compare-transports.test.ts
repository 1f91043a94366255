import { describe, expect, it } from 'vitest';
import { comparison } from '../../src/result/schema.ts';
import { compareTransports } from '../../src/stats/compare-transports.ts';
import { cellOf } from '../commands/made-result.ts';

const websocket = { transport: 'websocket', network: '100ms', temperature: 'cold', ttft: 500 } as const;
const sse = { ...websocket, transport: 'sse', ttft: 400 } as const;

describe('transports of one run', () => {
  it('are each compared with the WebSocket, in the same rounds', () => {
    const compared = compareTransports([sse, { ...sse, transport: 'polling' }, websocket].map(cellOf), {
      seed: 1,
    });
    expect(compared.map(({ a, b, metric, verdict }) => [a, b, metric, verdict])).toEqual([
      ['sse', 'websocket', 'ttft', 'faster'],
      ['polling', 'websocket', 'ttft', 'faster'],
    ]);
    expect(comparison.parse(compared[0])).toMatchObject({
      network: '100ms',
      tls: false,
      temperature: 'cold',
    });
    expect(compared[0]?.ratio.value).toBeCloseTo(0.8, 1);
    expect(compared[0]?.difference_ms.value).toBeCloseTo(-100, -1);
  });

  it('are compared without what a round did to both', () => {
    const restless = cellOf({ ...websocket, spread: 100, rounds: 8 });
    const ttft = restless.samples.columns.ttft?.map((value, index) => (value ?? 0) + 40 + (index % 3)) ?? [];
    const later = { ...restless, transport: 'sse', samples: { ...restless.samples, columns: { ttft } } };
    const [compared] = compareTransports([restless, later], { seed: 1 });
    expect(compared?.verdict).toBe('slower');
  });

  it('are compared only under the same network, TLS and temperature', () => {
    const others = [
      { ...sse, temperature: 'warm' as const },
      { ...sse, network: 'loopback' },
      { ...sse, tls: true },
    ];
    expect(compareTransports([websocket, ...others].map(cellOf), { seed: 1 })).toEqual([]);
  });

  it('are left out when void, on either side', () => {
    expect(compareTransports([{ ...websocket, void: ['x'] }, sse].map(cellOf), { seed: 1 })).toEqual([]);
    expect(compareTransports([websocket, { ...sse, void: ['x'] }].map(cellOf), { seed: 1 })).toEqual([]);
  });

  it('are compared on other metrics and with another transport when asked to, on what both have', () => {
    const compared = compareTransports([websocket, sse].map(cellOf), {
      seed: 1,
      against: 'sse',
      metrics: ['e2e', 'icl'],
    });
    expect(compared.map(({ a, b, metric }) => [a, b, metric])).toEqual([['websocket', 'sse', 'e2e']]);
  });
});
