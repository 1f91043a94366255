/** The parts of a made-up result that are about servers under load. */
import type { Load, Memory, Micro, Profile, Sustained, Throughput } from '../../src/result/schema.ts';
import { distributionOf, estimateOf } from './fixture-numbers.ts';

/** Server, CPU and added delay against the floor, KB per stream. */
const servers: [string, number, number, number][] = [
  ['floor', 1, 1, 190],
  ['tokenwire', 1.24, 1.08, 230],
  ['socket.io', 2.31, 1.42, 610],
  ['ai-sdk', 5.6, 3.1, 1940],
  ['tutorial', 4.5, 4.2, 880],
];

export function loads(): Load[] {
  return [20, 100].flatMap((streams) =>
    servers.map(([server, cpu, added, kb]) => ({
      server,
      streams,
      tokens_per_second: streams * 50,
      pairs: 8,
      cpu_us_per_token: estimateOf(46 * cpu, 0.07),
      cpu_times_floor: server === 'floor' ? null : estimateOf(cpu * (streams === 20 ? 1.1 : 1), 0.08),
      added: distributionOf(Array.from({ length: 400 }, (_, index) => added * (0.3 + (index % 40) / 100))),
      added_times_floor: server === 'floor' ? null : estimateOf(added, 0.12),
      memory_kb_per_stream: kb,
      delivered: streams * 50 * 60,
      void: [],
    })),
  );
}

export function sustained(): Sustained[] {
  const found = [
    ['floor', 21_000, 'model'],
    ['tokenwire', 17_500, 'server'],
    ['socket.io', 9500, 'server'],
    ['ai-sdk', 3400, 'server'],
  ] as const;
  return found.map(([server, rate, limited_by]) => ({
    server,
    streams: 100,
    tokens_per_second: rate,
    limited_by,
    steps: [0.5, 0.75, 1, 1.25].map((share) => ({
      offered: rate * share,
      delivered: rate * Math.min(share, 1.02),
      added_p50_ms: share > 1 ? 180 : 0.4 + share,
      server_cpu: Math.min(share * 0.97, 1),
      model_cpu: share * 0.4,
      generator_cpu: share * 0.45,
    })),
  }));
}

export function memory(): Memory[] {
  return servers.map(([server, , , kb]) => ({
    server,
    connections: 2000,
    idle_kb_per_connection: kb / 12,
    streaming_kb_per_connection: server === 'tutorial' ? null : kb,
  }));
}

export function profiles(): Profile[] {
  const parts = {
    'read upstream': 0.34,
    'write socket': 0.29,
    'parse SSE': 0.12,
    JSON: 0.1,
    log: 0.07,
    GC: 0.08,
  };
  return [
    {
      server: 'tokenwire',
      streams: 100,
      us_per_token: 57,
      parts: Object.entries(parts).map(([part, share]) => ({ part, share, us_per_token: share * 57 })),
    },
  ];
}

export function micro(): Micro[] {
  return [
    {
      task: 'JSON.stringify of a token',
      median_us: 0.21,
      p99_us: 0.4,
      samples: 900_000,
      floor: null,
      times_floor: null,
    },
    {
      task: 'encode a token',
      median_us: 0.29,
      p99_us: 0.52,
      samples: 810_000,
      floor: 'JSON.stringify of a token',
      times_floor: 1.38,
    },
  ];
}

export function throughput(): Throughput[] {
  return [
    {
      endpoint: 'POST /blocking',
      connections: 50,
      seconds: 10,
      requests_per_second: 4120,
      latency_p50_ms: 11,
      latency_p99_ms: 31,
      errors: 0,
    },
  ];
}
