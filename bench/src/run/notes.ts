/** What the times of the tokens give away about the way between model and client. */
import type { ModelPlan } from '../plan.ts';
import { ascending, median } from '../stats/quantile.ts';
import type { Sample } from './collect.ts';

/** The first token waited so much longer than the last one: something collected before it let go. */
const BUFFERED_MS = 20;
/** A token that was under way this much longer than most: something stood still. */
const STALL_MS = 300;
/** Fewer chunks than this share of the model's writes: tokens travel in groups. */
const GROUPED = 0.9;

/** Transports that bring tokens in groups by their nature. */
const GROUPING = ['blocking', 'polling-end', 'polling-cursor', 'long-poll'];

/** Findings in words; nothing when the way is as it should be. */
export function notesOf(transport: string, samples: readonly Sample[], model: ModelPlan): string[] {
  if (GROUPING.includes(transport)) return [];
  const streamed = samples.filter(({ timeline }) => timeline.chunks.length > 1);
  if (streamed.length === 0 || streamed.length < samples.length / 2) return [];
  return [buffered(streamed), grouped(streamed, model), stalled(streamed)].filter(
    (note) => note !== undefined,
  );
}

function buffered(samples: readonly Sample[]): string | undefined {
  const delays = samples.flatMap(({ delays: found }) => found ?? []);
  if (delays.length === 0) return undefined;
  const first = middle(delays.map((delay) => delay.first));
  const last = middle(delays.map((delay) => delay.last));
  if (first - last < BUFFERED_MS) return undefined;
  return `buffered: the first token was ${first.toFixed(1)} ms on its way, the last ${last.toFixed(1)} ms: something on the way collects before it lets go`;
}

function grouped(samples: readonly Sample[], { tokens, batch = 1 }: ModelPlan): string | undefined {
  const chunks = middle(samples.map(({ timeline }) => timeline.chunks.length));
  const perChunk = middle(samples.flatMap(({ timeline }) => timeline.chunks.map((chunk) => chunk.tokens)));
  const writes = Math.ceil(tokens / batch);
  if (batch > 1 && perChunk >= batch) return `multi-token chunks: the model writes ${batch} tokens at a time`;
  if (chunks >= GROUPED * writes) return undefined;
  return `grouped: ${chunks} chunks arrived for ${writes} writes of the model: a buffer on the way, Nagle's algorithm, or a slow reader`;
}

function stalled(samples: readonly Sample[]): string | undefined {
  const delays = samples.flatMap(({ delays: found }) => found ?? []);
  if (delays.length === 0) return undefined;
  const usual = middle(delays.map(({ least }) => least));
  const excess = delays.map(({ most }) => most - usual).filter((ms) => ms > STALL_MS);
  if (excess.length === 0) return undefined;
  return `stalled: ${excess.length} of ${delays.length} answers stood still, the longest for ${Math.round(Math.max(...excess))} ms`;
}

const middle = (values: readonly number[]): number => median(ascending(values));
