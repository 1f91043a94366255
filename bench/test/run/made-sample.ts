/** Made-up samples of one cell: right in every respect unless a test says otherwise. */
import type { CellPlan } from '../../src/plan.ts';
import type { Sample } from '../../src/run/collect.ts';
import { type NetworkName, networks, profiles, type RunSettings } from '../../src/run/settings.ts';

export function planOf(transport: string, more: Partial<CellPlan> = {}): CellPlan {
  const { temperature = 'warm', tls = false, network = 'loopback' } = more;
  const id = `${transport}/${temperature}/${tls ? 'tls' : 'plain'}/${network}`;
  return { id, transport, temperature, tls, network };
}

/** Ten tokens, 20 ms apart, the first behind 100 ms. */
export function sampleOf(cell: string, number: number, more: Partial<Sample> = {}): Sample {
  const chunks = Array.from({ length: 10 }, (_, index) => ({ at_ms: 100 + 20 * index, tokens: 1 }));
  const phases: Sample['phases'] = [
    { name: 'send', from_ms: 0, to_ms: 1 },
    { name: 'wait', from_ms: 1, to_ms: 100 },
  ];
  return {
    cell,
    round: number % 4,
    key: `k${number}`,
    scenario: 'answer',
    found: 'warm',
    metrics: { ttft: 100, e2e: 280, tpot: 20, icl: 20, itl: 20 },
    phases,
    timeline: { phases, chunks, end_ms: 280 },
    tokens: { expected: 10, received: 10, lost: 0, doubled: 0, reordered: 0 },
    delays: { first: 1, last: 1, least: 1, most: 2 },
    violations: [],
    bytes: { up: 100, down: 1000 },
    ...more,
  };
}

export const samplesOf = (cell: string, count: number, more: Partial<Sample> = {}): Sample[] =>
  Array.from({ length: count }, (_, index) => sampleOf(cell, index, more));

export const onNetworks = (...names: NetworkName[]): Pick<RunSettings, 'networks'> => ({
  networks: names.map((name) => networks[name]),
});

/** Little enough to read: settings of a small run. */
export const small = (more: Partial<RunSettings> = {}): RunSettings => ({
  ...profiles.quick,
  profile: 'custom',
  model: { ttftMs: 100, tokens: 10, tokenMs: 20 },
  ...more,
});
