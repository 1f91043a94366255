/** Samples as a benchmark measures them, from a seed. */
import type { Random } from '../../src/stats/random.ts';
import type { Samples } from '../../src/stats/samples.ts';

export type Noise = (random: Random) => number;

/** Box–Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Milliseconds of a machine: 1.5 ms of spread, and now and then 10 ms late. */
export function withOutliers(random: Random): number {
  return normal(random) * 1.5 + (random() < 0.05 ? 10 : 0);
}

/** Skewed, with a long tail. */
export function lognormal(random: Random): number {
  return Math.exp(normal(random));
}

/** What each block does to everything that is measured in it. */
export function blockEffects(blocks: number, spread: number, random: Random): number[] {
  return Array.from({ length: blocks }, () => spread * normal(random));
}

/** `perBlock` samples in each block. */
export function measured(
  base: number,
  effects: readonly number[],
  perBlock: number,
  noise: Noise,
  random: Random,
): Samples {
  const rows = effects.flatMap((effect, block) =>
    Array.from({ length: perBlock }, () => ({ block, value: base + effect + noise(random) })),
  );
  return { values: rows.map(({ value }) => value), blocks: rows.map(({ block }) => block) };
}
