/** A CPU profile of V8, summed up by what the time was for. Pure. */
import type { Profile } from '../result/schema.ts';

/** What `--cpu-prof` writes: times in microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  nodes: readonly { id: number; callFrame: { functionName: string; url: string } }[];
  startTime: number;
  /** The node that ran at each sample, and the time since the sample before. */
  samples: readonly number[];
  timeDeltas: readonly number[];
}

/**
 * By the function itself, not by who called it: first match. Node's own functions have `node:` addresses, functions in C++
 * and what V8 has built in have none.
 */
const parts: readonly (readonly [part: string, where: RegExp])[] = [
  ['writing to sockets (kernel)', /^\|(writev|writeBuffer|write(Utf8|Latin1|Ascii|Ucs2)String|shutdown)$/],
  ['garbage collection', /^\|\(garbage collector\)$/],
  ['JSON of the chunks', /^\|parse$|reference-server\/.*\/chat-chunk\./],
  ['JSON of the messages', /^\|stringify$/],
  ['codec and validation', /\/spec\/(src|dist)\/|node_modules\/zod\//],
  ['streams, log, delivery', /\/reference-server\//],
  ['openai package', /node_modules\/openai\//],
  ['server-sent events', /node_modules\/eventsource-parser\//],
  ['ws', /node_modules\/ws\//],
  ['text decoding', /^node:internal\/encoding|^\|decode/],
  ['node:http', /^node:_http|^\|(HTTPParser|execute)/],
  [
    'sockets and streams of Node',
    /^node:(net|events|buffer|stream|internal\/(streams?|js_stream|stream_base|buffer|dgram))/,
  ],
  [
    'timers and ticks',
    /^node:(timers|internal\/(timers|process|async_hooks|promise))|^\|(runMicrotasks|setImmediate)/,
  ],
  ['forwarding', /\/bench\/src\/peers\//],
];
const OTHER = 'other';
/** What the main thread did while no JavaScript ran and nothing that JavaScript had called: V8 takes that for idle. */
const OUTSIDE = 'reading and waiting: kernel, libuv, C++ of Node';
/** V8 collects garbage and compiles on threads beside the main one too. */
const BESIDE = 'threads beside: garbage collection, compiler';

export interface ProfiledWindow {
  /** On the clock of all, ms. */
  from: number;
  to: number;
  /** CPU time of the process in it, and of its main thread, ms. */
  cpuMs: number;
  mainMs: number;
  tokens: number;
}

/**
 * Self time by part, the largest first; shares add up to 1. A profile sees only the main thread, and only while it is in
 * JavaScript or in what that called: the rest of its CPU time, and that of other threads, are parts of their own. Samples count
 * time on the clock. Where they hold more than the CPU time, because others had the core meanwhile, they are scaled down.
 */
export function partsOf(profile: CpuProfile, window: ProfiledWindow): Profile['parts'] {
  const { cpuMs, mainMs, tokens } = window;
  const sampled = selfTimes(profile, window);
  const sum = [...sampled.values()].reduce((total, one) => total + one, 0);
  const scale = sum > mainMs ? mainMs / sum : 1;
  const ms = new Map([...sampled].map(([part, self]) => [part, self * scale]));
  ms.set(OUTSIDE, Math.max(0, mainMs - sum));
  ms.set(BESIDE, cpuMs - mainMs);
  return [...ms]
    .filter(([, self]) => self > 0)
    .map(([part, self]) => ({ part, share: self / cpuMs, us_per_token: (self * 1000) / tokens }))
    .toSorted((a, b) => b.share - a.share);
}

/** Of each part, in ms. */
function selfTimes(profile: CpuProfile, { from, to }: ProfiledWindow): Map<string, number> {
  const partById = new Map(profile.nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const times = new Map<string, number>();
  let at = profile.startTime / 1000;
  for (const [index, node] of profile.samples.entries()) {
    at += (profile.timeDeltas[index] ?? 0) / 1000;
    // A sample stands for the time until the next one.
    const ms = (profile.timeDeltas[index + 1] ?? 0) / 1000;
    const part = partById.get(node);
    if (part === undefined || at < from || at >= to) continue;
    times.set(part, (times.get(part) ?? 0) + ms);
  }
  return times;
}

function partOf({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (url === '' && (functionName === '(idle)' || functionName === '(root)')) return undefined;
  // Built-in functions have a name and no address: only together they say which one it is.
  const where = url === '' ? `|${functionName}` : url;
  return parts.find(([, pattern]) => pattern.test(where))?.[0] ?? OTHER;
}
