/** HdrHistogram of latencies: what result files carry so that runs can be added without losing their tails. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

/** One hour in microseconds. All histograms start with the same bounds: equal samples then give equal text. */
const HIGHEST_US = 3_600_000_000;
/** Counts as 32-bit integers. */
const COUNT_BITS = 32;

export interface Recorded {
  readonly histogram: Histogram;
  /** How many samples were negative, and stand in the histogram as 0. */
  readonly clamped: number;
}

/**
 * Records milliseconds as whole microseconds with 3 significant digits.
 *
 * An `added` latency can come out below zero, by the offset between the clocks of two processes. HdrHistogram knows no
 * negative values: they are recorded as 0 and counted. Quantiles are made from the raw samples, which keep their sign.
 */
export function record(valuesMs: Iterable<number>): Recorded {
  const histogram = build({
    bitBucketSize: COUNT_BITS,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    autoResize: true,
    useWebAssembly: false,
  });
  let clamped = 0;
  for (const ms of valuesMs) {
    if (!Number.isFinite(ms)) throw new RangeError(`a latency must be a finite number of ms, got ${ms}`);
    if (ms < 0) clamped++;
    histogram.recordValue(Math.max(0, Math.round(ms * 1000)));
  }
  return { histogram, clamped };
}

/** Compressed (V2) and base64, as HdrHistogram of other languages reads it. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** Throws when the text is no histogram. */
export function decodeHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text, COUNT_BITS, false);
}

/** The sum of encoded histograms: the same as the histogram of all their samples. */
export function addHistograms(texts: readonly string[]): Histogram {
  // Not the first of them: a decoded histogram cannot grow.
  const { histogram: sum } = record([]);
  for (const text of texts) sum.add(decodeHistogram(text));
  return sum;
}
