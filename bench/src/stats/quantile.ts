/** Quantiles of raw samples. */

/** A sorted copy. Typed arrays sort by number, not by text. */
export function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The quantile `p` (0…1) of samples in ascending order: type 7 of Hyndman & Fan, "Sample Quantiles in Statistical
 * Packages" (1996), linear between the two nearest samples; what R and NumPy do by default.
 */
export function quantile(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) throw new RangeError('no samples have no quantile');
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const lower = sorted[below] as number;
  const upper = sorted[below + 1] ?? lower;
  return lower + (upper - lower) * (position - below);
}

/** The median of samples in ascending order. */
export function median(sorted: Float64Array): number {
  return quantile(sorted, 0.5);
}
