/** Medians of hierarchical resamples, without sorting each of them. */
import { ascending, median } from './quantile.ts';
import type { Random } from './random.ts';
import { byBlock, type Samples } from './samples.ts';

/** More samples than this are thinned: a resample costs as many draws as there are samples. */
const MOST_SAMPLES = 4000;

export interface Medians {
  /** Of the samples themselves. */
  readonly estimate: number;
  /** One of each resample. */
  readonly medians: Float64Array;
  /** From how many blocks was drawn. */
  readonly blocks: number;
  /** Degrees of freedom: blocks − 1, or samples − 1 where there is a single block. */
  readonly freedom: number;
}

/** Draws blocks with replacement, then samples inside each. */
export function resample(samples: Samples, random: Random, count: number): Medians {
  const blocks = [...byBlock(samples).keys()];
  const resampler = new MedianResampler(samples, blocks);
  const medians = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    medians[index] = resampler.median(places(blocks.length, random), random);
  }
  return summary(samples, medians, blocks.length);
}

/** The same blocks for both sides; a block that one side lacks adds only to the other. */
export function resampleTogether(
  a: Samples,
  b: Samples,
  random: Random,
  count: number,
): readonly [Medians, Medians] {
  const blocks = [...new Set([...byBlock(a).keys(), ...byBlock(b).keys()])];
  const [ofA, ofB] = [new MedianResampler(a, blocks), new MedianResampler(b, blocks)];
  const pairs: [number, number][] = [];
  for (let index = 0; index < count; index++) {
    const drawn = places(blocks.length, random);
    const pair: [number, number] = [ofA.median(drawn, random), ofB.median(drawn, random)];
    if (!pair.some(Number.isNaN)) pairs.push(pair);
  }
  return [
    summary(
      a,
      Float64Array.from(pairs, ([x]) => x),
      blocks.length,
    ),
    summary(
      b,
      Float64Array.from(pairs, ([, y]) => y),
      blocks.length,
    ),
  ];
}

function places(blocks: number, random: Random): Int32Array {
  return Int32Array.from({ length: blocks }, () => Math.floor(random() * blocks));
}

function summary(samples: Samples, medians: Float64Array, blocks: number): Medians {
  const sorted = ascending(Array.from(samples.values));
  const freedom = Math.max(1, (blocks > 1 ? blocks : sorted.length) - 1);
  return { estimate: median(sorted), medians, blocks, freedom };
}

/** The samples are sorted once; a resample counts how often each rank was drawn: its median is where they reach half. */
class MedianResampler {
  readonly #sorted: Float64Array;
  /** For each place: the ranks of the samples of its block; empty when it has none. */
  readonly #ranks: readonly Int32Array[];
  readonly #counts: Int32Array;

  /** `blocks` are the numbers that a draw may name, by their place in this list. */
  constructor(samples: Samples, blocks: readonly number[]) {
    const grouped = byBlock(samples);
    const order = blocks
      .flatMap((block, place) =>
        Array.from(thinned(grouped.get(block) ?? [], samples.values.length), (value) => ({ value, place })),
      )
      .sort((a, b) => a.value - b.value);
    this.#sorted = Float64Array.from(order, ({ value }) => value);
    const ranks: number[][] = blocks.map(() => []);
    for (const [rank, { place }] of order.entries()) ranks[place]?.push(rank);
    this.#ranks = ranks.map((ofBlock) => Int32Array.from(ofBlock));
    this.#counts = new Int32Array(order.length);
  }

  /** The median of one resample of the blocks at these places; NaN when they have no samples. */
  median(places: Int32Array, random: Random): number {
    const counts = this.#counts.fill(0);
    let drawn = 0;
    for (const place of places) {
      const ranks = this.#ranks[place] as Int32Array;
      const size = ranks.length;
      for (let draw = 0; draw < size; draw++) {
        const rank = ranks[Math.floor(random() * size)] as number;
        counts[rank] = (counts[rank] as number) + 1;
      }
      drawn += size;
    }
    return drawn === 0 ? Number.NaN : this.#middle(drawn);
  }

  /** Median of what `counts` holds: the middle draw, or the mean of the two in the middle. */
  #middle(drawn: number): number {
    const upper = drawn >> 1;
    const lower = drawn % 2 === 1 ? upper : upper - 1;
    let rank = 0;
    let passed = this.#counts[0] as number;
    while (passed <= lower) passed += this.#counts[++rank] as number;
    const below = this.#sorted[rank] as number;
    while (passed <= upper) passed += this.#counts[++rank] as number;
    return (below + (this.#sorted[rank] as number)) / 2;
  }
}

/**
 * Evenly spaced order statistics of a block, when there are very many samples in all. Its quantiles stay, its own error
 * grows as if it had been measured less often: the interval gets wider, never too narrow.
 */
function thinned(block: readonly number[], total: number): Float64Array {
  const sorted = ascending(block);
  const step = Math.ceil(total / MOST_SAMPLES);
  if (step <= 1) return sorted;
  const kept = Math.ceil(sorted.length / step);
  return Float64Array.from({ length: kept }, (_, index) => {
    return sorted[Math.floor(((index + 0.5) * sorted.length) / kept)] as number;
  });
}
