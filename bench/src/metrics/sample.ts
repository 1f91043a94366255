/** One request as numbers: pure functions from what was seen to the metrics of the field. All times in ms. */
import type { TraceEventOf } from '@tokenwire/conformance';
import type { EntryOf } from '@tokenwire/mock-llm';
import type { RequestRecord } from '../generator/request.ts';
import type { PhaseName, RequestMetric, Timeline } from '../result/schema.ts';
import { ascending, median } from '../stats/quantile.ts';
import type { PhaseEnd } from '../transports/tape.ts';

/** What is known of one request when it is over. */
export interface Seen {
  record: RequestRecord;
  /** The messages about it, in order. */
  received: readonly TraceEventOf<'received'>[];
  /** When the request itself was written, once its connection was open. */
  sentAt: number | undefined;
  /** Phases of opening its connection, when it opened one. */
  phases: readonly PhaseEnd[];
  /** What the model wrote for it. */
  written: readonly EntryOf<'written'>[];
}

export type Metrics = Partial<Record<RequestMetric, number>>;

/** Tokens that became visible together. */
export interface Chunk {
  at: number;
  tokens: number;
}

/** Messages closer than this came in one read: nobody sees them apart. */
const SAME_CHUNK_MS = 0.5;

/** Every chunk of text, by when it came. */
export function chunksOf(received: Seen['received']): Chunk[] {
  const chunks: Chunk[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const { at, message } of received) {
    if (message?.['type'] !== 'token' || message['text'] === '') continue;
    const seq = Number(message['seq']);
    const tokens = seq - Number(message['from'] ?? seq) + 1;
    const last = chunks.at(-1);
    if (last && at - before < SAME_CHUNK_MS) last.tokens += tokens;
    else chunks.push({ at, tokens });
    before = at;
  }
  return chunks;
}

/** Metrics of a request that came to its end. Absent is what this request cannot tell. */
export function metricsOf(seen: Seen): Metrics {
  const { record, received } = seen;
  const { startedAt, plannedAt, endedAt } = record;
  const chunks = chunksOf(received);
  const [first] = chunks;
  const [firstOfAny] = received;
  const metrics: Metrics = { start_lag: startedAt - plannedAt, e2e: endedAt - startedAt };
  if (firstOfAny) metrics.ttfb = firstOfAny.at - startedAt;
  if (!first) return metrics;
  metrics.ttft = first.at - startedAt;
  metrics.ttft_sched = first.at - plannedAt;
  const tokens = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
  if (tokens > first.tokens) metrics.tpot = (endedAt - first.at) / (tokens - first.tokens);
  const gaps = chunks.slice(1).map((chunk, index) => chunk.at - (chunks[index] as Chunk).at);
  if (gaps.length > 0) {
    metrics.icl = middle(gaps);
    const within = chunks.flatMap((chunk) => Array.from<number>({ length: chunk.tokens - 1 }).fill(0));
    metrics.itl = middle([...gaps, ...within]);
  }
  const added = addedOf(received, seen.written);
  if (added.length > 0) metrics.added = middle(added);
  return metrics;
}

/** For each token, how long after the model wrote it the client had it. A token is found by where its text ends. */
export function addedOf(received: Seen['received'], written: Seen['written']): number[] {
  const added: number[] = [];
  let arrived = 0;
  let next = 0;
  let wanted = written[0]?.text.length ?? 0;
  for (const { at, message } of received) {
    if (message?.['type'] !== 'token') continue;
    arrived += String(message['text']).length;
    for (; next < written.length && wanted <= arrived; next++, wanted += written[next]?.text.length ?? 0) {
      added.push(at - (written[next] as EntryOf<'written'>).atMs);
    }
  }
  return added;
}

export interface Delays {
  first: number;
  last: number;
  least: number;
  most: number;
}

/** Extremes of `added`. */
export function delaysOf({ received, written }: Seen): Delays | undefined {
  const added = addedOf(received, written);
  const [first] = added;
  const last = added.at(-1);
  return first === undefined || last === undefined
    ? undefined
    : { first, last, least: Math.min(...added), most: Math.max(...added) };
}

/** How long each phase took: those of the connection, then writing the request, then the wait for the first token. */
export function phasesOf({ record, phases, sentAt, received }: Seen): Timeline['phases'] {
  const first = chunksOf(received)[0];
  const ends: { name: PhaseName; at: number }[] = [...phases];
  // Written before its connection is open, a request leaves when that is.
  ends.push({ name: 'send', at: Math.max(sentAt ?? record.startedAt, ends.at(-1)?.at ?? record.startedAt) });
  if (first) ends.push({ name: 'wait', at: first.at });
  let from = record.startedAt;
  return ends.map(({ name, at }) => {
    const phase = { name, from_ms: from - record.startedAt, to_ms: at - record.startedAt };
    from = at;
    return phase;
  });
}

export function timelineOf(seen: Seen): Timeline {
  const { startedAt, endedAt } = seen.record;
  const chunks = chunksOf(seen.received).map(({ at, tokens }) => ({ at_ms: at - startedAt, tokens }));
  return { phases: phasesOf(seen), chunks, end_ms: endedAt - startedAt };
}

export interface TokenCount {
  expected: number;
  received: number;
  lost: number;
  doubled: number;
  reordered: number;
}

/** What became of the tokens of one answer. No two are alike and each begins with a blank: see `textsOf`. */
export function countTokens(received: Seen['received'], written: Seen['written']): TokenCount {
  const text = received
    .map(({ message }) => (message?.['type'] === 'token' ? String(message['text']) : ''))
    .join('');
  const came = text.split(' ').slice(1);
  const places = new Map(written.map((entry, index) => [entry.text.slice(1), index]));
  const times = new Map<string, number>();
  for (const token of came) times.set(token, (times.get(token) ?? 0) + 1);
  const lost = [...places.keys()].filter((token) => !times.has(token)).length;
  const doubled = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
  const order = came.map((token) => places.get(token) ?? -1);
  const reordered = order.filter((place, index) => index > 0 && place < (order[index - 1] as number)).length;
  return { expected: written.length, received: came.length, lost, doubled, reordered };
}

const middle = (values: readonly number[]): number => median(ascending([...values]));
