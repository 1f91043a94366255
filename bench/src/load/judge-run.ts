/** What one run says, and whether it says anything: a pure function of what both ends saw. */
import type { HeardStream, LoopDelay } from './crowd.ts';
import type { LoadPlan } from './load-plan.ts';
import type { Calls } from './written.ts';

/** CPU time used so far, in ms, and when that was. */
export interface Reading {
  at: number;
  serverMs: number | null;
  /** Of the server's main thread alone. */
  serverMainMs: number | null;
  modelMs: number | null;
  generatorMs: number | null;
}

export interface RunTrace {
  plan: LoadPlan;
  /** What the model says to every stream, token by token. */
  texts: readonly string[];
  from: Reading;
  to: Reading;
  heard: readonly HeardStream[];
  calls: Calls;
  loop: LoopDelay;
}

export interface RunOutcome {
  /** CPU of the server's process per token delivered, in microseconds. */
  cpuUsPerToken: number | null;
  /** Tokens that reached a client in the window, and per second of it. */
  delivered: number;
  deliveredPerSecond: number;
  writtenPerSecond: number;
  /** Of each token written in the window: model wrote it → client has it, in ms. */
  addedMs: number[];
  /** The client had the token before the model could note that it was written: counted as 0 ms. */
  clamped: number;
  /** CPU seconds per second. */
  shares: { server: number | null; model: number | null; generator: number | null };
  /** What the server did wrong: nothing can be concluded from it. */
  faults: string[];
  /** What kept this run from being the load that was asked for. */
  lags: string[];
}

/** The generator's own loop may be late by so much, in ms. */
const MOST_LOOP_DELAY_MS = 20;
/** Least share of what was asked for that counts as done. */
export const LEAST_SHARE = 0.98;
/** What the model wrote just before the end of the window is still on its way. */
const ON_ITS_WAY_MS = 100;

export function judgeRun(trace: RunTrace): RunOutcome {
  const { from, to } = trace;
  const seconds = (to.at - from.at) / 1000;
  const joined = join(trace);
  const share = (key: 'serverMs' | 'modelMs' | 'generatorMs'): number | null => {
    const [before, after] = [from[key], to[key]];
    return before === null || after === null ? null : (after - before) / (to.at - from.at);
  };
  const server = share('serverMs');
  const { delivered, written } = joined;
  return {
    cpuUsPerToken: server === null || delivered === 0 ? null : (server * seconds * 1e6) / delivered,
    delivered,
    deliveredPerSecond: delivered / seconds,
    writtenPerSecond: written / seconds,
    addedMs: joined.addedMs,
    clamped: joined.clamped,
    shares: { server, model: share('modelMs'), generator: share('generatorMs') },
    faults: faultsOf(trace),
    lags: lagsOf(trace, joined, seconds),
  };
}

interface Joined {
  addedMs: number[];
  clamped: number;
  delivered: number;
  /** In the window, and in the same window a little earlier. */
  written: number;
  writtenEarlier: number;
}

/** Tokens have no numbers at most peers: the i-th token is there once as much text has come as it ends at. */
function join({ from, to, heard, calls, texts }: RunTrace): Joined {
  const joined: Joined = { addedMs: [], clamped: 0, delivered: 0, written: 0, writtenEarlier: 0 };
  const inWindow = (at: number): boolean => at >= from.at && at < to.at;
  for (const [stream, times] of calls.writtenAt) {
    const { at = new Float64Array(), length = new Float64Array() } = heard[stream] ?? {};
    let [piece, end] = [0, 0];
    for (const [index, writtenAt] of times.entries()) {
      end += texts[index]?.length ?? 0;
      while (piece < length.length && (length[piece] as number) < end) piece++;
      const receivedAt = at[piece];
      if (receivedAt !== undefined && inWindow(receivedAt)) joined.delivered++;
      if (inWindow(writtenAt + ON_ITS_WAY_MS)) joined.writtenEarlier++;
      if (!inWindow(writtenAt)) continue;
      joined.written++;
      if (receivedAt === undefined) continue;
      if (receivedAt < writtenAt) joined.clamped++;
      joined.addedMs.push(Math.max(0, receivedAt - writtenAt));
    }
  }
  return joined;
}

function faultsOf({ heard, texts, calls }: RunTrace): string[] {
  const script = texts.join('');
  const leftOver = calls.received - calls.over;
  const extraCalls = calls.received - heard.length;
  const faults: string[] = [];
  const add = (kind: string, found: readonly string[]): void => {
    const [first] = found;
    if (first !== undefined)
      faults.push(
        found.length === 1 ? `${kind}: ${first}` : `${kind} in ${found.length} streams, first: ${first}`,
      );
  };
  add(
    'wrong text',
    heard.flatMap(({ text }, stream) => differenceOf(text, script, stream)),
  );
  add(
    'broken off',
    heard.flatMap(({ error }, stream) => (error === undefined ? [] : [`stream ${stream}: ${error}`])),
  );
  add(
    'ended too early',
    heard.flatMap(({ ended }, stream) => (ended ? [`stream ${stream}`] : [])),
  );
  if (leftOver > 0) faults.push(`${leftOver} calls of the model went on after their clients had hung up`);
  if (extraCalls > 0) faults.push(`${extraCalls} calls of the model beyond one per stream`);
  return faults;
}

/** What a stream got must be a prefix of what the model says to it. */
function differenceOf(text: string, script: string, stream: number): string[] {
  if (script.startsWith(text)) return [];
  let same = 0;
  while (text[same] === script[same]) same++;
  const around = (whole: string): string => JSON.stringify(whole.slice(same, same + 24));
  return [`stream ${stream} at character ${same}: expected ${around(script)}, got ${around(text)}`];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function lagsOf({ plan, heard, loop, from }: RunTrace, joined: Joined, seconds: number): string[] {
  const lags: string[] = [];
  const asked = plan.tokensPerSecond * seconds;
  if (joined.written < asked * LEAST_SHARE) {
    lags.push(`the model wrote ${percent(joined.written / asked)} of the tokens that were asked for`);
  }
  if (loop.p99 > MOST_LOOP_DELAY_MS) {
    lags.push(`the generator was held up: p99 of its event loop's delay was ${loop.p99.toFixed(0)} ms`);
  }
  const late = heard.filter(({ at }) => !((at[0] ?? Number.POSITIVE_INFINITY) < from.at)).length;
  if (late > 0) {
    lags.push(`${late} of ${plan.streams} streams had not begun when the window did`);
  }
  if (joined.delivered < joined.writtenEarlier * LEAST_SHARE) {
    const share = joined.delivered / joined.writtenEarlier;
    lags.push(`only ${percent(share)} of what the model wrote was delivered within ${ON_ITS_WAY_MS} ms`);
  }
  return lags;
}
