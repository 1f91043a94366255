/**
 * Intervals for medians and for how two medians differ.
 *
 * Requests of one block share what the machine did at that time, so they are not independent: blocks are drawn first, then
 * samples inside each (hierarchical bootstrap: Davison & Hinkley, "Bootstrap Methods and their Application" (1997), §3.8;
 * for benchmarks Kalibera & Jones, "Rigorous Benchmarking in Reasonable Time" (2013)).
 *
 * The interval is estimate ± t × standard error of the resamples (Efron & Tibshirani, "An Introduction to the Bootstrap"
 * (1993), §12), with Student's t for the number of blocks and the error enlarged by √(k/(k−1)). The usual percentiles of the
 * resamples were tried and are too narrow for few blocks: between separate runs of the same thing, with block effects, they
 * saw a difference "at 95 %" in 12 % of simulated comparisons with 3 blocks and in 8 % with 5; and at the strict confidence
 * that many tests at once ask for, the percentiles of a few blocks end at the blocks themselves. This interval kept its
 * promise in all of them. Paired it is cautious: drawing twice counts the noise inside a block nearly twice.
 */
import type { Estimate } from '../result/schema.ts';
import { type Medians, resample, resampleTogether } from './median-resampler.ts';
import type { Random } from './random.ts';
import type { Samples } from './samples.ts';
import { studentQuantile } from './student-t.ts';

/** The standard error of 1000 resamples is known to about 2 %. */
const RESAMPLES = 1000;
/** A ratio needs positive medians; nothing here is measured finer than a microsecond. */
const LEAST_MS = 0.001;
/** Ratios end at a million: an interval stays finite also where two blocks can bound nothing. */
const MOST_LOG_RATIO = Math.log(1e6);

export interface BootstrapOptions {
  readonly random: Random;
  /** Of each interval; 0.95 by default. */
  readonly confidence?: number;
  readonly resamples?: number;
}

export interface MedianComparison {
  /** median(a) / median(b); the interval is symmetric in the logarithm. */
  readonly ratio: Estimate;
  /** median(a) − median(b), in ms. */
  readonly difference_ms: Estimate;
}

/** The median with its interval. A single block says nothing of others: then the interval is only that of its samples. */
export function medianInterval(samples: Samples, options: BootstrapOptions): Estimate {
  const { random, resamples = RESAMPLES } = options;
  const { estimate, medians, blocks, freedom } = resample(samples, random, resamples);
  const error = Math.sqrt(variance(medians) * fewBlocks(blocks));
  return around(estimate, error, freedom, options);
}

/**
 * How two medians differ. `paired`: both were measured in the same rounds; the same blocks are drawn for both, so that what
 * a round did to both cancels. Separate runs draw each their own.
 */
export function compareMedians(
  a: Samples,
  b: Samples,
  options: BootstrapOptions & { readonly paired: boolean },
): MedianComparison {
  const { random, paired, resamples = RESAMPLES } = options;
  const [x, y] = paired
    ? resampleTogether(a, b, random, resamples)
    : [resample(a, random, resamples), resample(b, random, resamples)];
  const interval = (scale: (ms: number) => number): Estimate => {
    const { error, freedom } = paired ? pairedError(x, y, scale) : welchError(x, y, scale);
    return around(scale(x.estimate) - scale(y.estimate), error, freedom, options);
  };
  const { value, low, high } = interval(logarithm);
  return {
    ratio: { value: ratioOf(value), low: ratioOf(low), high: ratioOf(high) },
    difference_ms: interval((ms) => ms),
  };
}

interface Spread {
  readonly error: number;
  readonly freedom: number;
}

function pairedError(x: Medians, y: Medians, scale: (ms: number) => number): Spread {
  const differences = x.medians.map((median, index) => scale(median) - scale(y.medians[index] as number));
  return {
    error: Math.sqrt(variance(differences) * fewBlocks(x.blocks)),
    freedom: Math.min(x.freedom, y.freedom),
  };
}

/** Welch (1947) and Satterthwaite (1946): two sides that vary differently and have different numbers of blocks. */
function welchError(x: Medians, y: Medians, scale: (ms: number) => number): Spread {
  const ofX = variance(x.medians.map(scale)) * fewBlocks(x.blocks);
  const ofY = variance(y.medians.map(scale)) * fewBlocks(y.blocks);
  if (ofX + ofY === 0) return { error: 0, freedom: 1 };
  return {
    error: Math.sqrt(ofX + ofY),
    freedom: (ofX + ofY) ** 2 / (ofX ** 2 / x.freedom + ofY ** 2 / y.freedom),
  };
}

function around(
  value: number,
  error: number,
  freedom: number,
  { confidence = 0.95 }: BootstrapOptions,
): Estimate {
  const reach = error === 0 ? 0 : error * studentQuantile(confidence, freedom);
  return { value, low: value - reach, high: value + reach };
}

/** Resampled blocks vary less than blocks do, by (k−1)/k. */
function fewBlocks(blocks: number): number {
  return blocks > 1 ? blocks / (blocks - 1) : 1;
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

function logarithm(ms: number): number {
  return Math.log(Math.max(ms, LEAST_MS));
}

function ratioOf(logRatio: number): number {
  return Math.exp(Math.min(MOST_LOG_RATIO, Math.max(-MOST_LOG_RATIO, logRatio)));
}
