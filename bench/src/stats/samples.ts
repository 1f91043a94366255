/** Samples of one metric, each with the randomised block (round) that it was measured in. */
import type { Cell, RequestMetric } from '../result/schema.ts';

/** Two columns of equal length. Values are milliseconds. */
export interface Samples {
  readonly values: ArrayLike<number>;
  readonly blocks: ArrayLike<number>;
}

/** What a cell measured of a metric; requests that lack it are left out. */
export function samplesOf(columns: Cell['samples'], metric: RequestMetric): Samples {
  const values: number[] = [];
  const blocks: number[] = [];
  for (const [index, value] of (columns.columns[metric] ?? []).entries()) {
    const block = columns.round[index];
    if (value === null || block === undefined) continue;
    values.push(value);
    blocks.push(block);
  }
  return { values, blocks };
}

/** The values of each block, by its number. */
export function byBlock({ values, blocks }: Samples): Map<number, number[]> {
  const grouped = new Map<number, number[]>();
  for (let index = 0; index < values.length; index++) {
    const block = blocks[index] as number;
    const group = grouped.get(block);
    if (group === undefined) grouped.set(block, [values[index] as number]);
    else group.push(values[index] as number);
  }
  return grouped;
}
