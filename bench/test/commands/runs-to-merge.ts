/** Two runs of the same settings, to be merged. */
import { mergeResults, type MergeOptions } from '../../src/commands/merge.ts';
import type { Cell, Result } from '../../src/result/schema.ts';
import { cellOf, resultOf } from './made-result.ts';

export const first = cellOf({ transport: 'sse', ttft: 300, seed: 1, rounds: 3 });
export const second = cellOf({ transport: 'sse', ttft: 340, seed: 2, rounds: 5 });

export function named(results: readonly Result[]) {
  return results.map((result, index) => ({ file: `${index}.json`, result }));
}

export function run(cells: Cell[], changes: Partial<Result> = {}): Result {
  return resultOf(cells, changes);
}

export function merged(
  results: readonly Result[],
  options?: MergeOptions,
): { result: Result; notes: readonly string[] } {
  const outcome = mergeResults(named(results), options);
  if (!outcome.ok) throw new Error(outcome.errors.join('\n'));
  return outcome;
}

export function refusal(...results: Result[]): readonly string[] {
  const outcome = mergeResults(named(results));
  return outcome.ok ? ['merged'] : outcome.errors;
}

export function onlyCell(result: Result): Cell {
  return result.cells[0] as Cell;
}
