/** What a run of the benchmark writes down: one JSON file, from which every report is made. All times are milliseconds. */
import { z } from 'zod';

const ms = z.number();
const count = z.int().min(0);

/**
 * A metric over the requests of one cell. Quantiles are absent (null) where the samples cannot carry them: no p99 below
 * 1000, no p95 below 200, no p90 below 50. `low` and `high` bound the median: 95 %, hierarchical bootstrap over blocks.
 */
export const distribution = z.strictObject({
  n: count,
  median: ms,
  low: ms,
  high: ms,
  min: ms,
  max: ms,
  mean: ms,
  p25: ms,
  p75: ms,
  p90: ms.nullable(),
  p95: ms.nullable(),
  p99: ms.nullable(),
  /** HdrHistogram of the same samples in integer microseconds, compressed, base64: what `merge` adds. */
  histogram: z.string(),
});

/** An estimate with its 95 % interval. */
export const estimate = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

/** Names of the metrics of one request; see the README of the benchmark for each definition. */
export const requestMetrics = [
  'ttft', // start of the request → first non-empty token; of a cold or a warm cell: ttft_cold, ttft_warm
  'ttft_sched', // planned start → first non-empty token
  'ttfb', // start → first chunk of any kind
  'tpot', // (e2e − ttft) / (tokens − tokens in the first chunk)
  'icl', // median gap between chunks of the request
  'itl', // median gap between tokens of the request (tokens of one chunk: 0)
  'e2e', // start → end
  'added', // median over tokens: model wrote it → client has it
  'start_lag', // planned start → start
] as const;
export const requestMetric = z.enum(requestMetrics);

export const phaseNames = ['dns', 'connect', 'tls', 'upgrade', 'send', 'wait'] as const;

export const network = z.strictObject({
  /** Such as `loopback`, `100ms`. */
  name: z.string(),
  link: z.enum(['none', 'userspace', 'tun', 'netem']),
  rtt_ms: ms,
  /** ± around each one-way delay. */
  jitter_ms: ms,
  /** Per direction; null is unlimited. */
  bandwidth_kbit: z.number().nullable(),
  outage: z.strictObject({ every_ms: ms, for_ms: ms }).nullable(),
  /** What was measured on this link before the run, by an echo that no transport takes part in. */
  calibration: z.strictObject({ samples: count, rtt_ms: ms, rtt_p99_ms: ms, connect_ms: ms }).nullable(),
});

export const violation = z.strictObject({
  requirement: z.string(),
  expected: z.string(),
  actual: z.string(),
  /** Which request. */
  key: z.string(),
});

/** One answer, for the picture of what a user sees: times from the start of the request. */
export const timeline = z.strictObject({
  phases: z.array(z.strictObject({ name: z.enum(phaseNames), from_ms: ms, to_ms: ms })),
  /** What became visible when: tokens that a chunk brought. */
  chunks: z.array(z.strictObject({ at_ms: ms, tokens: count })),
  end_ms: ms,
});

/** One transport under one condition. */
export const cell = z.strictObject({
  id: z.string(),
  transport: z.string(),
  temperature: z.enum(['cold', 'warm']),
  tls: z.boolean(),
  network: z.string(),
  /** Requests that were planned, that were measured, that failed, and warm ones that found no idle warm connection. */
  planned: count,
  measured: count,
  failed: count,
  missed_warm: count,
  /** Requests per second that met the objectives of the run. */
  goodput: z.number(),
  errors: z.array(z.strictObject({ message: z.string(), count })),
  violations: z.array(violation),
  /** Why nothing may be concluded from this cell; empty when it counts. */
  void: z.array(z.string()),
  /** What the times of the tokens show beside their medians: buffers on the way, grouped tokens, stalls. */
  notes: z.array(z.string()),
  metrics: z.partialRecord(requestMetric, distribution),
  /** Medians of the phases of a request; a warm one has only `send` and `wait`. */
  phases: z.partialRecord(z.enum(phaseNames), ms),
  tokens: z.strictObject({ expected: count, received: count, lost: count, doubled: count, reordered: count }),
  wire: z.strictObject({ up_bytes_per_token: z.number(), down_bytes_per_token: z.number() }).nullable(),
  timeline: timeline.nullable(),
  /** Raw samples as columns; `round` is the randomised block. A missing value is null. */
  samples: z.strictObject({
    round: z.array(count),
    columns: z.partialRecord(requestMetric, z.array(ms.nullable())),
  }),
});

/** `a` against `b` in one condition, on the ratio of medians. */
export const comparison = z.strictObject({
  metric: requestMetric,
  network: z.string(),
  tls: z.boolean(),
  temperature: z.enum(['cold', 'warm']),
  a: z.string(),
  b: z.string(),
  /** median(a) / median(b) */
  ratio: estimate,
  /** median(a) − median(b), in ms */
  difference_ms: estimate,
  verdict: z.enum(['faster', 'slower', 'no practical difference', 'undecided']),
});

/** What happens around "stop" and around a cut. */
export const interaction = z.strictObject({
  transport: z.string(),
  network: z.string(),
  /** stop → the last token seen; stop → the model's connection closed; the request after a stop. */
  cancel: z
    .strictObject({
      n: count,
      to_last_token: distribution.nullable(),
      to_model_closed: distribution.nullable(),
      /** Tokens that the model wrote after the stop, per request. */
      wasted_tokens: estimate,
      ttft_after: distribution.nullable(),
      /** Requests whose call of the model went on to its end. */
      not_stopped: count,
    })
    .nullable(),
  /** cut → the next token. `how` says what the client does by itself: resume, ask again from the start, or nothing. */
  recovery: z
    .strictObject({
      n: count,
      how: z.string(),
      to_next_token: distribution.nullable(),
      not_recovered: count,
      lost: count,
      doubled: count,
      reordered: count,
      /** Calls of the model beyond one per answer. */
      extra_calls: count,
    })
    .nullable(),
});

/** One server under one load. Ratios are to the floor in the same pair. */
export const load = z.strictObject({
  server: z.string(),
  streams: count,
  tokens_per_second: z.number(),
  pairs: count,
  /** CPU time of the server's process per token delivered, in microseconds: median of the pairs. */
  cpu_us_per_token: estimate.nullable(),
  cpu_times_floor: estimate.nullable(),
  /** Model wrote it → client has it, over all tokens. */
  added: distribution,
  added_times_floor: estimate.nullable(),
  /** Resident memory of the server beyond its idle state, per connection. */
  memory_kb_per_stream: z.number().nullable(),
  delivered: count,
  void: z.array(z.string()),
});

export const sustained = z.strictObject({
  server: z.string(),
  streams: count,
  /** The highest rate at which at least 98 % of what the model wrote was delivered as fast. */
  tokens_per_second: z.number(),
  /** What was at its end there: server, model or generator. */
  limited_by: z.string(),
  steps: z.array(
    z.strictObject({
      offered: z.number(),
      delivered: z.number(),
      added_p50_ms: ms,
      server_cpu: z.number(),
      model_cpu: z.number(),
      generator_cpu: z.number(),
    }),
  ),
});

export const memory = z.strictObject({
  server: z.string(),
  connections: count,
  idle_kb_per_connection: z.number(),
  streaming_kb_per_connection: z.number().nullable(),
});

export const profile = z.strictObject({
  server: z.string(),
  streams: count,
  us_per_token: z.number(),
  /** Self time by what it is for; shares add up to 1. */
  parts: z.array(z.strictObject({ part: z.string(), share: z.number(), us_per_token: z.number() })),
});

/** tinybench: what single steps cost beside the floor that they cannot beat. */
export const micro = z.strictObject({
  task: z.string(),
  median_us: z.number(),
  p99_us: z.number(),
  samples: count,
  floor: z.string().nullable(),
  times_floor: z.number().nullable(),
});

/** autocannon: whole responses per second, closed loop. */
export const throughput = z.strictObject({
  endpoint: z.string(),
  connections: count,
  seconds: z.number(),
  requests_per_second: z.number(),
  latency_p50_ms: ms,
  latency_p99_ms: ms,
  errors: count,
});

/** A row of the table of formulas against what was measured. */
export const formula = z.strictObject({
  path: z.string(),
  formula: z.string(),
  network: z.string(),
  link: z.string(),
  predicted_ms: ms,
  measured_ms: ms,
  /** measured − predicted */
  difference_ms: ms,
  tolerance_ms: ms,
  holds: z.boolean(),
});

/** A claim of the tutorial against what was measured. */
export const claim = z.strictObject({
  id: z.string(),
  claim: z.string(),
  tutorial_says: z.string(),
  measured: z.string(),
  verdict: z.enum(['confirmed', 'refuted', 'true only when', 'not measured']),
  because: z.string(),
});

export const result = z.strictObject({
  schema: z.literal('tokenwire-bench/1'),
  /** ISO 8601. */
  created_at: z.string(),
  command: z.string(),
  /** `ours`: the benchmark's own servers; `foreign`: somebody's server. */
  target: z.strictObject({ kind: z.enum(['ours', 'foreign']), address: z.string().nullable() }),
  profile: z.string(),
  seed: z.number(),
  duration_ms: ms,
  /** Ctrl-C came before everything was measured. */
  interrupted: z.boolean(),
  machine: z.strictObject({
    os: z.string(),
    arch: z.string(),
    cpu: z.string(),
    cores: count,
    memory_mb: count,
    node: z.string(),
    /** Of the packages that matter. */
    versions: z.record(z.string(), z.string()),
    /** Commit of the checkout, or null. */
    commit: z.string().nullable(),
  }),
  /** What the model does with each request: G, then one token each `token_ms`. Null for a foreign model. */
  model: z.strictObject({ ttft_ms: ms, tokens: count, token_ms: ms, total_ms: ms }).nullable(),
  poll_interval_ms: ms,
  /** What a request must meet to count as good. */
  objectives: z.strictObject({ ttft_ms: ms, tpot_ms: ms }),
  generator: z.strictObject({
    arrivals: z.string(),
    requests_per_second: z.number(),
    requested: count,
    started: count,
    /** Requests started within their round ÷ requested. */
    achieved: z.number(),
    event_loop_delay_ms: z.strictObject({ p50: ms, p99: ms, max: ms }),
    /** Largest offset between the clocks of the processes that could be seen, in ms. */
    clock_offset_ms: ms,
  }),
  /** Why nothing may be concluded from the run as a whole; empty when it counts. */
  void: z.array(z.string()),
  /** Servers that were asked for and could not run, with the reason. */
  left_out: z.array(z.strictObject({ server: z.string(), reason: z.string() })),
  networks: z.array(network),
  cells: z.array(cell),
  comparisons: z.array(comparison),
  interactions: z.array(interaction),
  loads: z.array(load),
  sustained: z.array(sustained),
  memory: z.array(memory),
  profiles: z.array(profile),
  micro: z.array(micro),
  throughput: z.array(throughput),
  formulas: z.array(formula),
  claims: z.array(claim),
});

export type Result = z.infer<typeof result>;
export type Cell = z.infer<typeof cell>;
export type Distribution = z.infer<typeof distribution>;
export type Estimate = z.infer<typeof estimate>;
export type Comparison = z.infer<typeof comparison>;
export type RequestMetric = z.infer<typeof requestMetric>;
export type Network = z.infer<typeof network>;
export type Timeline = z.infer<typeof timeline>;
export type Interaction = z.infer<typeof interaction>;
export type Load = z.infer<typeof load>;
export type Sustained = z.infer<typeof sustained>;
export type Memory = z.infer<typeof memory>;
export type Profile = z.infer<typeof profile>;
export type Micro = z.infer<typeof micro>;
export type Throughput = z.infer<typeof throughput>;
export type Formula = z.infer<typeof formula>;
export type Claim = z.infer<typeof claim>;
export type PhaseName = (typeof phaseNames)[number];
