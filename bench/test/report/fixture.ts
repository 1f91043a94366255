/** A result as a full run would write it, and variants of it. */
import type { Result } from '../../src/result/schema.ts';
import { cellOf, G, networks, P, T, TOKEN_MS, TOKENS, transports } from './fixture-cells.ts';
import { claims, compare, formulaRows, interactionsOf } from './fixture-findings.ts';
import { loads, memory, micro, profiles, sustained, throughput } from './fixture-load.ts';
import { reseed } from './fixture-numbers.ts';

/** A full run in which all went well. */
export function fullResult(): Result {
  reseed();
  const cells = networks.flatMap((network) =>
    transports.flatMap((transport) =>
      (['cold', 'warm'] as const).map((temperature) => cellOf(transport, temperature, network)),
    ),
  );
  return {
    ...bareResult(),
    networks,
    cells,
    comparisons: transports.slice(1).flatMap((transport) => compare(cells, transport, 'websocket')),
    interactions: interactionsOf(),
    formulas: formulaRows(cells),
    claims,
    loads: loads(),
    sustained: sustained(),
    memory: memory(),
    profiles: profiles(),
    micro: micro(),
    throughput: throughput(),
  };
}

/** One transport of somebody's server, and nothing else. */
export function foreignResult(): Result {
  reseed();
  const [network] = networks;
  if (network === undefined) throw new Error('there is a network');
  const cell = cellOf('websocket', 'warm', network);
  return {
    ...bareResult(),
    target: { kind: 'foreign', address: 'wss://chat.example/ws' },
    model: null,
    profile: 'quick',
    left_out: [],
    networks: [{ ...network, calibration: null }],
    cells: [
      {
        ...cell,
        failed: 3,
        errors: [{ message: 'the server said: <script>alert(1)</script>', count: 3 }],
        timeline: null,
        wire: null,
      },
    ],
  };
}

/** The full run with one cell of which nothing may be concluded. */
export function voidCellResult(): Result {
  const full = fullResult();
  const cells = full.cells.map((cell) =>
    cell.id === 'sse-h2/cold/plain/100ms'
      ? {
          ...cell,
          void: ['11 of 120 requests found no idle connection'],
          violations: [
            {
              requirement: 'token.order',
              expected: 'token 17 after token 16',
              actual: 'token 18 | then token 17',
              key: 'r3-7',
            },
          ],
          tokens: { ...cell.tokens, reordered: 2 },
        }
      : cell,
  );
  return { ...full, cells };
}

/** The full run on a machine that was too busy. */
export function voidRunResult(): Result {
  return {
    ...fullResult(),
    void: ['the generator was held up: event loop delay p99 41 ms, 10 ms is allowed', 'achieved 81 %'],
  };
}

/** Nothing measured. */
export function bareResult(): Result {
  return {
    schema: 'tokenwire-bench/1',
    created_at: '2026-02-03T09:12:44.000Z',
    command: 'tokenwire-bench run --profile full --seed 42 --network loopback,100ms',
    target: { kind: 'ours', address: null },
    profile: 'full',
    seed: 42,
    duration_ms: 1_284_000,
    interrupted: false,
    left_out: [],
    machine: {
      os: 'Linux 6.8',
      arch: 'x64',
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      memory_mb: 7951,
      node: 'v24.21.0',
      versions: { ws: '8.23.0', 'socket.io': '4.8.4', ai: '7.0.173', uvicorn: '0.34.0' },
      commit: '713b592',
    },
    model: { ttft_ms: G, tokens: TOKENS, token_ms: TOKEN_MS, total_ms: T },
    poll_interval_ms: P,
    objectives: { ttft_ms: 500, tpot_ms: 50 },
    generator: {
      arrivals: 'poisson, open loop',
      requests_per_second: 4,
      requested: 3360,
      started: 3358,
      achieved: 0.9994,
      event_loop_delay_ms: { p50: 0.1, p99: 1.9, max: 8.4 },
      clock_offset_ms: 0.02,
    },
    void: [],
    networks: [],
    cells: [],
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
  };
}
