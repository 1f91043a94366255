/**
 * How one server is loaded once: streams are started out of phase, all of them run through a window in which CPU and tokens
 * are counted, then they are hung up. Why a window: 400 answers of 500 tokens at 2000 tokens/s would take 100 s, of which the
 * beginning and the end are not that load at all.
 */
import type { ModelPlan } from '../plan.ts';

export interface LoadPlan {
  streams: number;
  /** Of all streams together. */
  tokensPerSecond: number;
  windowMs: number;
  /** Streams are started so far apart or more. */
  startGapMs: number;
}

/** Between the first token of the last stream and the window. */
export const SETTLE_MS = 500;
/** So long the last stream may wait for its first token. */
export const BEGIN_MS = 20_000;
/** Between the window and the hang-up: what was written in the window may still arrive. */
export const DRAIN_MS = 200;
/** An answer must not end before it is hung up, however late that is. */
const SPARE_MS = BEGIN_MS + 2000;
/** Even where the window would need fewer. */
const LEAST_TOKENS = 500;
/** Connecting, hanging up, fetching the journal: what one run takes besides. */
const OVERHEAD_MS = 800;

/** One token of one stream each so many ms. */
export const tokenMsOf = ({ streams, tokensPerSecond }: LoadPlan): number =>
  (1000 * streams) / tokensPerSecond;

/**
 * Starts are so far apart. The streams are spread over a whole number of token intervals that has no divisor in common with
 * their number: then no two have the same phase, and tokens come evenly.
 */
export function startEveryMs(plan: LoadPlan): number {
  const tokenMs = tokenMsOf(plan);
  let intervals = Math.max(1, Math.ceil((plan.streams * plan.startGapMs) / tokenMs));
  while (greatestCommonDivisor(intervals, plan.streams) > 1) intervals++;
  return (intervals * tokenMs) / plan.streams;
}

/** What the model does with each request. */
export function modelPlanOf(plan: LoadPlan): ModelPlan {
  const tokenMs = tokenMsOf(plan);
  const tokens = Math.max(LEAST_TOKENS, Math.ceil((lengthMs(plan) + SPARE_MS) / tokenMs));
  return { ttftMs: tokenMs, tokenMs, tokens };
}

/** How long a run takes, in ms. */
export const estimateRunMs = (plan: LoadPlan): number => lengthMs(plan) + OVERHEAD_MS;

const lengthMs = (plan: LoadPlan): number =>
  plan.streams * startEveryMs(plan) + tokenMsOf(plan) + SETTLE_MS + plan.windowMs + DRAIN_MS;

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
