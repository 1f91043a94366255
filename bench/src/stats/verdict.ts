/** When a difference is one that matters. */
import type { Comparison } from '../result/schema.ts';
import type { MedianComparison } from './bootstrap.ts';

export type Verdict = Comparison['verdict'];

export interface Margins {
  /** 0.05 is 5 %. */
  readonly relative: number;
  readonly absoluteMs: number;
}

/** Between transports: what is below 5 %, or below 2 ms, nobody would choose a transport for. */
export const practicalMargins: Margins = { relative: 0.05, absoluteMs: 2 };

/**
 * `a` against `b`, both being times: less is faster. A difference matters only beyond both margins: 40 % of a millisecond
 * do not, nor do 3 ms of two seconds. So
 * - no practical difference: a whole interval lies inside its margin, that of the ratio or that of the difference;
 * - faster, slower: both intervals exclude equality, and both estimates lie beyond their margins;
 * - undecided: everything else. More samples may decide it.
 * The margin of the ratio is symmetric (÷ 1.05 … × 1.05): swapping `a` and `b` swaps the verdict.
 */
export function verdictOf({ ratio, difference_ms }: MedianComparison, margins = practicalMargins): Verdict {
  const most = 1 + margins.relative;
  const insideRatio = (value: number): boolean => value >= 1 / most && value <= most;
  const insideMs = (value: number): boolean => Math.abs(value) <= margins.absoluteMs;
  if (insideRatio(ratio.low) && insideRatio(ratio.high)) return 'no practical difference';
  if (insideMs(difference_ms.low) && insideMs(difference_ms.high)) return 'no practical difference';
  if (insideRatio(ratio.value) || insideMs(difference_ms.value)) return 'undecided';
  if (ratio.high < 1 && difference_ms.high < 0) return 'faster';
  if (ratio.low > 1 && difference_ms.low > 0) return 'slower';
  return 'undecided';
}
