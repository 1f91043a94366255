/** Cells of a made-up result: the formulas of the network and seeded noise. */
import type { Cell, Network, RequestMetric, Timeline } from '../../src/result/schema.ts';
import { distributionOf, noise, random, stall } from './fixture-numbers.ts';

export const G = 200;
export const TOKENS = 100;
export const TOKEN_MS = 22;
export const T = G + (TOKENS - 1) * TOKEN_MS;
export const P = 1000;
const SAMPLES = 120;

export const transports = [
  'websocket',
  'sse-h1',
  'sse-h2',
  'blocking',
  'polling-end',
  'polling-cursor',
  'long-poll',
] as const;
export type Transport = (typeof transports)[number];
export type Temperature = Cell['temperature'];

/** Round trips before the request is sent, by name of the phase. */
function setUp(transport: Transport, temperature: Temperature, rtt: number): Timeline['phases'] {
  if (temperature === 'warm') return [];
  const connect = { name: 'connect' as const, from_ms: 0, to_ms: rtt + 0.3 };
  if (transport !== 'websocket') return [connect];
  return [connect, { name: 'upgrade', from_ms: connect.to_ms, to_ms: connect.to_ms + rtt + 0.9 }];
}

/** When a response to a request sent at 0 brings how many tokens. */
function arrivals(transport: Transport, rtt: number): Timeline['chunks'] {
  const written = Array.from({ length: TOKENS }, (_, index) => G + index * TOKEN_MS);
  const rounds = (ms: number): number => Math.ceil(ms / (P + rtt)) * (P + rtt);
  switch (transport) {
    case 'blocking':
      return [{ at_ms: rtt + T, tokens: TOKENS }];
    case 'polling-end':
      return [{ at_ms: rtt + rounds(T), tokens: TOKENS }];
    case 'polling-cursor': {
      const polls = Map.groupBy(written, rounds);
      return [...polls].map(([at, tokens]) => ({ at_ms: rtt + at, tokens: tokens.length }));
    }
    case 'long-poll': {
      const trip = Math.max(rtt, 1);
      const polls = Map.groupBy(written, (ms) => G + Math.ceil((ms - G) / trip) * trip);
      return [...polls].map(([at, tokens]) => ({ at_ms: rtt + at, tokens: tokens.length }));
    }
    default:
      return written.map((ms) => ({ at_ms: rtt + ms, tokens: 1 }));
  }
}

function timelineOf(transport: Transport, temperature: Temperature, rtt: number): Timeline {
  const before = setUp(transport, temperature, rtt);
  const sent = before.at(-1)?.to_ms ?? 0;
  const chunks = arrivals(transport, rtt).map(({ at_ms, tokens }) => ({
    at_ms: sent + at_ms + noise(0.6),
    tokens,
  }));
  const first = chunks[0]?.at_ms ?? sent;
  const phases: Timeline['phases'] = [
    ...before,
    { name: 'send', from_ms: sent, to_ms: sent + 0.2 },
    { name: 'wait', from_ms: sent + 0.2, to_ms: first },
  ];
  return { phases, chunks, end_ms: (chunks.at(-1)?.at_ms ?? first) + 0.4 };
}

export function cellOf(transport: Transport, temperature: Temperature, network: Network): Cell {
  const rtt = network.rtt_ms;
  const timeline = timelineOf(transport, temperature, rtt);
  const base = timeline.chunks[0]?.at_ms ?? 0;
  const streaming = timeline.chunks.length > 50;
  const columns = new Map<RequestMetric, (number | null)[]>();
  const put = (metric: RequestMetric, value: () => number | null): void => {
    columns.set(metric, Array.from({ length: SAMPLES }, value));
  };
  put('ttft', () => base + noise(1.6) + stall());
  const ttft = columns.get('ttft') ?? [];
  put('e2e', () => timeline.end_ms + noise(2));
  columns.set(
    'ttft_sched',
    ttft.map((ms) => (ms ?? 0) + noise(0.3)),
  );
  put('start_lag', () => noise(0.3));
  put('added', () => rtt / 2 + noise(0.4));
  if (streaming) {
    put('tpot', () => TOKEN_MS + random() * 0.2);
    put('icl', () => TOKEN_MS + random() * 0.4 - 0.2);
    put('itl', () => TOKEN_MS + random() * 0.4 - 0.2);
  }
  const entries = [...columns];
  return {
    id: `${transport}/${temperature}/plain/${network.name}`,
    transport,
    temperature,
    tls: false,
    network: network.name,
    planned: SAMPLES,
    measured: SAMPLES,
    failed: 0,
    missed_warm: 0,
    goodput: base < 1000 ? 3.9 : 0,
    errors: [],
    violations: [],
    void: [],
    notes: transport === 'polling-cursor' ? ['tokens came in groups of 50 (median)'] : [],
    metrics: Object.fromEntries(
      entries.map(([metric, values]) => [metric, distributionOf(values.filter((value) => value !== null))]),
    ),
    phases: Object.fromEntries(timeline.phases.map(({ name, from_ms, to_ms }) => [name, to_ms - from_ms])),
    tokens: { expected: SAMPLES * TOKENS, received: SAMPLES * TOKENS, lost: 0, doubled: 0, reordered: 0 },
    wire: {
      up_bytes_per_token: transport === 'long-poll' ? 96 : 3.1,
      down_bytes_per_token: streaming ? 58 : 21,
    },
    timeline,
    samples: {
      round: Array.from({ length: SAMPLES }, (_, index) => index % 12),
      columns: Object.fromEntries(entries),
    },
  };
}

export const networks: Network[] = [
  {
    name: 'loopback',
    link: 'none',
    rtt_ms: 0,
    jitter_ms: 0,
    bandwidth_kbit: null,
    outage: null,
    calibration: { samples: 200, rtt_ms: 0.06, rtt_p99_ms: 0.21, connect_ms: 0.11 },
  },
  {
    name: '100ms',
    link: 'userspace',
    rtt_ms: 100,
    jitter_ms: 0,
    bandwidth_kbit: null,
    outage: null,
    calibration: { samples: 50, rtt_ms: 100.4, rtt_p99_ms: 101.9, connect_ms: 100.6 },
  },
];
