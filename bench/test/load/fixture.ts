import type { HeardStream } from '../../src/load/crowd.ts';
import type { RunOutcome, RunTrace } from '../../src/load/judge-run.ts';

/** The window is from 1000 to 2000 ms; tokens are ten characters long, one each 100 ms and stream. */
export const PLAN = { streams: 2, tokensPerSecond: 20, windowMs: 1000, startGapMs: 5 };
export const TOKEN_MS = 100;
export const TOKENS = 30;
export const TEXTS = Array.from({ length: TOKENS }, (_, index) => `token ${String(index).padStart(4, '0')}`);

export const writtenAt = Array.from({ length: TOKENS }, (_, index) => 50 + index * TOKEN_MS);

/** A client that has each token so long after it was written. */
export function heardAfter(delayMs: number, texts: readonly string[] = TEXTS): HeardStream {
  const length: number[] = [];
  for (const text of texts) length.push((length.at(-1) ?? 0) + text.length);
  return {
    text: texts.join(''),
    at: Float64Array.from(texts, (_, index) => (writtenAt[index] ?? 0) + delayMs),
    length: Float64Array.from(length),
    ended: false,
  };
}

/** Two streams and a server that passes everything on after 2 ms, at 50 µs of CPU per token. */
export function trace(changes: Partial<RunTrace> = {}): RunTrace {
  const heard = [heardAfter(2), heardAfter(2)];
  const reading = { at: 1000, serverMs: 500, serverMainMs: 400, modelMs: 100, generatorMs: 100 };
  return {
    plan: PLAN,
    texts: TEXTS,
    from: reading,
    to: { at: 2000, serverMs: 501, serverMainMs: 400.8, modelMs: 200, generatorMs: 150 },
    heard,
    calls: { writtenAt: new Map(heard.map((_, index) => [index, writtenAt])), received: 2, over: 2 },
    loop: { p50: 0, p99: 1, max: 2 },
    ...changes,
  };
}

export const outcome = (changes: Partial<RunOutcome> = {}): RunOutcome => ({
  cpuUsPerToken: 50,
  delivered: 1000,
  deliveredPerSecond: 1000,
  writtenPerSecond: 1000,
  addedMs: [1, 2, 3],
  clamped: 0,
  shares: { server: 0.05, model: 0.1, generator: 0.1 },
  faults: [],
  lags: [],
  ...changes,
});
