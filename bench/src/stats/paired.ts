/** Ratios of few pairs: a server and the floor, measured one right after the other. */
import type { Estimate } from '../result/schema.ts';
import { ascending, median } from './quantile.ts';

export interface PairedRatio {
  readonly estimate: Estimate;
  /** What the interval really covers: at least what was asked for, or less when there are too few pairs for it. */
  readonly confidence: number;
}

/**
 * The median of a/b over pairs, all in the same unit and above zero. Its interval is between two order statistics and
 * assumes nothing about the distribution but independent pairs (Thompson 1936; David & Nagaraja, "Order Statistics" §7.1):
 * the k-th smallest and k-th largest of n hold the median with probability 1 − 2·P(Binomial(n, ½) < k). 95 % needs 6 pairs:
 * smallest to largest cover 96.9 % with 6, 98.4 % with 7; 9 pairs can leave out one at each end. A bootstrap of so few pairs
 * would promise 95 % and keep 87 % (simulated). With fewer than 6 the interval is smallest to largest, and says what it covers.
 */
export function pairedRatio(
  a: readonly number[],
  b: readonly number[],
  confidence = 0.95,
): PairedRatio | null {
  if (a.length !== b.length) throw new RangeError(`pairs expected, got ${a.length} and ${b.length} values`);
  if (![...a, ...b].every((value) => Number.isFinite(value) && value > 0)) {
    throw new RangeError('a ratio needs measures above zero');
  }
  if (a.length === 0) return null;
  const ratios = ascending(a.map((value, index) => value / (b[index] as number)));
  let cut = 0;
  while (cut + 1 < ratios.length / 2 && coverage(ratios.length, cut + 1) >= confidence) cut++;
  return {
    estimate: {
      value: median(ratios),
      low: ratios[cut] as number,
      high: ratios[ratios.length - 1 - cut] as number,
    },
    confidence: coverage(ratios.length, cut),
  };
}

/** Probability that the median lies between the order statistics that remain when `cut` are left out at each end. */
function coverage(n: number, cut: number): number {
  let binomial = 1;
  let outside = 0;
  for (let i = 0; i <= cut; i++) {
    outside += binomial;
    binomial *= (n - i) / (i + 1);
  }
  return 1 - (2 * outside) / 2 ** n;
}
