/** Results of runs that never were, with known truth: block effects, noise with outliers, seeded. */
import type { Cell, Result } from '../../src/result/schema.ts';
import { metricsOf } from '../../src/stats/distribution.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { blockEffects, measured, withOutliers } from '../stats/noise.ts';

export interface MadeCell {
  readonly transport: string;
  readonly network?: string;
  readonly temperature?: Cell['temperature'];
  readonly tls?: boolean;
  readonly void?: string[];
  /** Median in ms, nearly. */
  readonly ttft?: number;
  readonly added?: boolean;
  readonly seed?: number;
  readonly rounds?: number;
  /** How far rounds are apart, in ms. */
  readonly spread?: number;
  /** False saves the time of making distributions. */
  readonly summarised?: boolean;
}

export function cellOf(made: MadeCell): Cell {
  const { transport, network = 'loopback', temperature = 'warm', tls = false, ttft = 302, rounds = 5 } = made;
  const id = `${transport}.${network}.${temperature}${tls ? '.tls' : ''}`;
  const random = randomFrom(made.seed ?? 1, id);
  const effects = blockEffects(rounds, made.spread ?? 0.5, random);
  const column = (base: number): number[] =>
    Array.from(measured(base, effects, 8, withOutliers, random).values);
  const samples = {
    round: effects.flatMap((_, round) => Array.from({ length: 8 }, () => round)),
    columns: { ttft: column(ttft), e2e: column(2000 + ttft), ...(made.added && { added: column(1) }) },
  };
  const n = samples.round.length;
  return {
    id,
    transport,
    temperature,
    tls,
    network,
    planned: n,
    measured: n,
    failed: 0,
    missed_warm: 0,
    goodput: 2,
    errors: [],
    violations: [],
    void: made.void ?? [],
    notes: [],
    metrics: made.summarised === false ? {} : metricsOf(samples, 1, id),
    phases: { send: 1, wait: ttft },
    tokens: { expected: n * 10, received: n * 10, lost: 0, doubled: 0, reordered: 0 },
    wire: { up_bytes_per_token: 1, down_bytes_per_token: 50 },
    timeline: null,
    samples,
  };
}

export function networkOf(name: string): Result['networks'][number] {
  const rest = { jitter_ms: 0, bandwidth_kbit: null, outage: null, calibration: null };
  return { name, link: 'none', rtt_ms: 0, ...rest };
}

/** A valid result with these cells; `changes` replace whole fields. */
export function resultOf(cells: Cell[], changes: Partial<Result> = {}): Result {
  return {
    schema: 'tokenwire-bench/1',
    created_at: '2026-01-01T00:00:00.000Z',
    command: 'run',
    target: { kind: 'ours', address: null },
    profile: 'test',
    seed: 1,
    duration_ms: 1000,
    interrupted: false,
    left_out: [],
    machine: {
      os: 'linux',
      arch: 'x64',
      cpu: 'cpu',
      cores: 2,
      memory_mb: 4096,
      node: 'v24.0.0',
      versions: { ws: '8.0.0' },
      commit: 'abc',
    },
    model: { ttft_ms: 200, tokens: 10, token_ms: 20, total_ms: 380 },
    poll_interval_ms: 1000,
    objectives: { ttft_ms: 1000, tpot_ms: 50 },
    generator: {
      arrivals: 'poisson',
      requests_per_second: 2,
      requested: 40,
      started: 40,
      achieved: 1,
      event_loop_delay_ms: { p50: 1, p99: 2, max: 3 },
      clock_offset_ms: 0.1,
    },
    void: [],
    networks: [networkOf('loopback'), networkOf('100ms')],
    cells,
    comparisons: [],
    interactions: [],
    loads: [],
    sustained: [],
    memory: [],
    profiles: [],
    micro: [],
    throughput: [],
    formulas: [],
    claims: [],
    ...changes,
  };
}
