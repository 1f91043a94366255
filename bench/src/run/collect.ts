/** From what a round brought to what its cells keep: samples, counts, and what the oracle says. */
import {
  judge,
  judgeStreams,
  type TraceEvent,
  type Violation,
  type WireMessage,
} from '@tokenwire/conformance';
import type { EntryOf, JournalEntry, Script } from '@tokenwire/mock-llm';
import { afterKey, againKey, type RequestRecord } from '../generator/request.ts';
import type { RoundOutcome, TapeCopy } from '../generator/round.ts';
import {
  countTokens,
  type Delays,
  delaysOf,
  type Metrics,
  metricsOf,
  phasesOf,
  type Seen,
  timelineOf,
} from '../metrics/sample.ts';
import type { RequestPlan } from '../plan.ts';
import type { Timeline } from '../result/schema.ts';
import { parseMessage } from '../transports/tape.ts';

/** One request, judged and measured. */
export interface Sample {
  cell: string;
  round: number;
  key: string;
  scenario: RequestPlan['scenario']['kind'];
  found: RequestRecord['found'];
  error?: string;
  metrics: Metrics;
  phases: Timeline['phases'];
  timeline: Timeline;
  tokens: ReturnType<typeof countTokens>;
  /** What the model itself took, by its own journal. */
  model?: { ttft: number; total: number };
  /** How long tokens were on their way: the first, the last, the slowest. Absent when nobody saw the model write. */
  delays?: Delays;
  violations: Violation[];
  /** Bytes of its connection divided among the requests on it. */
  bytes: { up: number; down: number };
  stop?: StopSample;
  cut?: CutSample;
}

export interface StopSample {
  toLastToken: number;
  /** Undefined when the model came to its own end. */
  toModelClosed?: number;
  wasted: number;
  /** Of the request that followed at once. */
  ttftAfter?: number;
}

export interface CutSample {
  /** Undefined when no token came any more. */
  toNextToken?: number;
  extraCalls: number;
}

export interface Round {
  number: number;
  requests: readonly RequestPlan[];
  outcome: RoundOutcome;
  journal: readonly JournalEntry[];
  script: Script;
  /** Transports whose trace is Tokenwire's own, connection and all. */
  isTokenwire: (cell: string) => boolean;
}

export function samplesOf(round: Round): Sample[] {
  const tapes = new Map(round.outcome.tapes.map((tape) => [tape.conn, reread(tape)]));
  const journal = Map.groupBy(round.journal, ({ key }) => key ?? '');
  const plans = new Map(round.requests.map((plan) => [plan.key, plan]));
  const users = Map.groupBy(round.outcome.records, ({ conn }) => conn);
  const judged = new Map(
    [...tapes.values()].map((tape) => [tape.conn, judgeTape(round, tape, journal, users)]),
  );
  return round.outcome.records.flatMap((record) => {
    const plan = plans.get(record.key);
    const tape = tapes.get(record.conn);
    if (!plan || !tape) return [];
    const seen = seenOf(record, tape, entriesOf(record.key, journal));
    const sharers = users.get(record.conn)?.length ?? 1;
    return [
      {
        ...measure(seen, tape, sharers, entriesOf(record.key, journal)),
        round: round.number,
        scenario: plan.scenario.kind,
        violations: (judged.get(record.conn) ?? []).splice(0),
        ...around(round, plan, seen, journal),
      },
    ];
  });
}

function measure(
  seen: Seen,
  tape: TapeCopy,
  sharers: number,
  entries: readonly JournalEntry[],
): Omit<Sample, 'round' | 'scenario' | 'violations'> {
  const { record } = seen;
  const { cell, key, found, error } = record;
  const bytes = { up: tape.bytes.up / sharers, down: tape.bytes.down / sharers };
  const tokens = countTokens(seen.received, seen.written);
  const numbers = {
    metrics: metricsOf(seen),
    phases: phasesOf(seen),
    timeline: timelineOf(seen),
    tokens,
    bytes,
    ...present({ delays: delaysOf(seen), model: modelTimes(entries) }),
  };
  return { cell, key, found, ...numbers, ...(error !== undefined && { error }) };
}

function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** G and T as they were: from the receipt of the request to the first token and to the end. */
function modelTimes(entries: readonly JournalEntry[]): Sample['model'] {
  const asked = entries.find(({ kind }) => kind === 'received');
  const first = entries.find(({ kind }) => kind === 'written');
  const ended = entries.findLast(({ kind }) => kind === 'ended');
  if (!asked || !first || !ended) return undefined;
  return { ttft: first.atMs - asked.atMs, total: ended.atMs - asked.atMs };
}

/** What is special about a request that was stopped or cut. */
function around(
  round: Round,
  plan: RequestPlan,
  seen: Seen,
  journal: ReadonlyMap<string, JournalEntry[]>,
): { stop?: StopSample; cut?: CutSample } {
  const { stoppedAt } = seen.record;
  if (stoppedAt === undefined) return {};
  const entries = entriesOf(plan.key, journal);
  const tokensAfter = seen.received.filter((event) => isToken(event) && event.at > stoppedAt);
  if (plan.scenario.kind === 'cut') {
    const next = tokensAfter[0];
    const calls = entries.filter(({ kind }) => kind === 'accepted').length;
    return { cut: { extraCalls: calls - 1, ...(next && { toNextToken: next.at - stoppedAt }) } };
  }
  const gone = entries.find(({ kind }) => kind === 'peer_gone');
  const after = round.outcome.records.find(({ key }) => key === afterKey(plan.key));
  const tape = after && round.outcome.tapes.find(({ conn }) => conn === after.conn);
  const next = after && tape && metricsOf(seenOf(after, reread(tape), []));
  return {
    stop: {
      toLastToken: Math.max(0, (tokensAfter.at(-1)?.at ?? stoppedAt) - stoppedAt),
      wasted: seen.written.filter(({ atMs }) => atMs > stoppedAt).length,
      ...(gone && { toModelClosed: gone.atMs - stoppedAt }),
      ...(next?.ttft !== undefined && { ttftAfter: next.ttft }),
    },
  };
}

/** What the model did for a request, and for the one that took its place. */
function entriesOf(key: string, journal: ReadonlyMap<string, JournalEntry[]>): JournalEntry[] {
  return [...(journal.get(key) ?? []), ...(journal.get(againKey(key)) ?? [])];
}

function seenOf(record: RequestRecord, tape: TapeCopy, entries: readonly JournalEntry[]): Seen {
  const about = tape.events.filter((event) => 'message' in event && event.message?.['id'] === record.id);
  const received = about.filter((event) => event.kind === 'received');
  const sent = about.find((event) => event.kind === 'sent');
  const { call } = entries.findLast((entry) => entry.kind === 'accepted') ?? {};
  const written = entries.filter(
    (entry): entry is EntryOf<'written'> => entry.kind === 'written' && entry.call === call,
  );
  // Only the request that opened the connection waited for it.
  const opens = tape.phases.filter(({ at }) => at > record.startedAt);
  return { record, received, sentAt: sent?.at, phases: record.found === 'warm' ? [] : opens, written };
}

/** The oracle over everything that was seen on one connection and at the model behind it. */
function judgeTape(
  round: Round,
  tape: TapeCopy,
  journal: ReadonlyMap<string, JournalEntry[]>,
  users: ReadonlyMap<string, RequestRecord[]>,
): Violation[] {
  const keys = (users.get(tape.conn) ?? []).flatMap(({ key }) => [key, againKey(key)]);
  const model: TraceEvent[] = keys
    .flatMap((key) => journal.get(key) ?? [])
    .map((entry) => ({ at: entry.atMs, kind: 'model', entry }));
  const events = [...tape.events, ...model].sort((a, b) => a.at - b.at);
  const scripts = new Map(keys.map((key) => [key, round.script]));
  const lag = (): number => round.outcome.loopDelay.max;
  const trace = { events, scripts, lag };
  return round.isTokenwire(tape.cell) ? judge(trace) : judgeStreams(trace);
}

const isToken = ({ message }: { message: WireMessage | undefined }): boolean => message?.['type'] === 'token';

function reread(tape: TapeCopy): TapeCopy {
  const events = tape.events.map(
    (event): TraceEvent =>
      event.kind === 'sent' || event.kind === 'received'
        ? { ...event, message: parseMessage(event.raw) }
        : event,
  );
  return { ...tape, events };
}
