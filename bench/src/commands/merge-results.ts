/** One result out of several runs of the same settings. */
import type { Result } from '../result/schema.ts';
import { compareTransports } from '../stats/compare-transports.ts';
import { type CellOfRun, mergeCells } from './merge-cells.ts';
import { droppedUnsampled, firstOfEach, keptUnsampled } from './merge-unsampled.ts';
import { calibrationDrift, differences } from './settings.ts';

export type MergeResult =
  | { readonly ok: true; readonly result: Result; readonly notes: readonly string[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** A run and what to call it in a complaint. */
export interface NamedResult {
  readonly file: string;
  readonly result: Result;
}

export interface MergeOptions {
  /** Makes what is concluded from cells anew. Without it the merged result has no formulas and no claims. */
  readonly conclude?: (merged: Result) => Pick<Result, 'formulas' | 'claims'>;
}

/**
 * Cells are joined from their raw samples. Everything else that was measured holds no raw samples, and percentiles cannot
 * be averaged: of measurements with equal settings the first file's is kept, those with other settings are all carried.
 */
export function mergeResults(runs: readonly NamedResult[], options: MergeOptions = {}): MergeResult {
  const errors = refusals(runs);
  const [first] = runs;
  if (first === undefined || errors.length > 0) return { ok: false, errors };
  const results = runs.map(({ result }) => result);
  const cells = mergedCells(results, first.result.seed);
  const merged: Result = {
    ...first.result,
    created_at: results.map(({ created_at }) => created_at).reduce((a, b) => (a > b ? a : b)),
    duration_ms: sum(results.map(({ duration_ms }) => duration_ms)),
    interrupted: results.some(({ interrupted }) => interrupted),
    generator: mergedGenerator(results),
    void: [...new Set(results.flatMap((result) => result.void))],
    networks: firstOfEach(
      results.map(({ networks }) => networks),
      ({ name }) => name,
    ),
    cells,
    comparisons: mergedComparisons(results, cells),
    ...keptUnsampled(results),
    formulas: [],
    claims: [],
  };
  const result = { ...merged, ...options.conclude?.(merged) };
  return { ok: true, result, notes: notes(results, result) };
}

/** Made anew, on the metrics that the runs themselves compared. */
function mergedComparisons(results: readonly Result[], cells: Result['cells']): Result['comparisons'] {
  const metrics = new Set(results.flatMap(({ comparisons }) => comparisons.map(({ metric }) => metric)));
  return compareTransports(cells, {
    seed: results[0]?.seed ?? 0,
    ...(metrics.size > 0 && { metrics: [...metrics] }),
  });
}

function refusals(runs: readonly NamedResult[]): string[] {
  if (runs.length < 2) return [`expected two or more result files, got ${runs.length}`];
  return runs.flatMap(({ file, result }, index) => {
    const earlier = runs.slice(0, index);
    const same = earlier.find((other) => isSameRun(other.result, result));
    if (same) return [`${file} is the same run as ${same.file}: its samples would count twice`];
    const other = earlier.find((run) => differences(run.result, result).length > 0);
    if (other === undefined) return [];
    return differences(other.result, result).map(({ text }) => `${other.file} and ${file} differ in ${text}`);
  });
}

function isSameRun(a: Result, b: Result): boolean {
  return a.created_at === b.created_at && JSON.stringify(a.cells) === JSON.stringify(b.cells);
}

/** Rounds are renumbered by run, not by cell: cells that shared a round still do. */
function mergedCells(results: readonly Result[], seed: number): Result['cells'] {
  const runsOf = new Map<string, [CellOfRun, ...CellOfRun[]]>();
  let firstRound = 0;
  for (const { cells } of results) {
    for (const cell of cells) {
      const runs = runsOf.get(cell.id);
      if (runs === undefined) runsOf.set(cell.id, [{ cell, firstRound }]);
      else runs.push({ cell, firstRound });
    }
    firstRound +=
      1 + cells.reduce((last, { samples }) => samples.round.reduce((a, b) => Math.max(a, b), last), -1);
  }
  return Array.from(runsOf.values(), (runs) => mergeCells(runs, seed));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Counts are summed, the worst delay of any run stands for all. */
function mergedGenerator(results: readonly Result[]): Result['generator'] {
  const generators = results.map(({ generator }) => generator);
  const requested = sum(generators.map((generator) => generator.requested));
  const punctual = sum(generators.map((generator) => generator.achieved * generator.requested));
  const worst = (key: 'p50' | 'p99' | 'max'): number =>
    Math.max(...generators.map(({ event_loop_delay_ms }) => event_loop_delay_ms[key]));
  return {
    ...(generators[0] as Result['generator']),
    requested,
    started: sum(generators.map(({ started }) => started)),
    achieved: requested === 0 ? 0 : punctual / requested,
    event_loop_delay_ms: { p50: worst('p50'), p99: worst('p99'), max: worst('max') },
    clock_offset_ms: Math.max(...generators.map(({ clock_offset_ms }) => clock_offset_ms)),
  };
}

function notes(results: readonly Result[], merged: Result): string[] {
  const dropped = droppedUnsampled(results, merged);
  const had = results.some(({ formulas, claims }) => formulas.length + claims.length > 0);
  const partial = merged.cells.filter(
    ({ id }) => !results.every(({ cells }) => cells.some((cell) => cell.id === id)),
  );
  return [
    ...(dropped.length > 0
      ? [`without raw samples, kept from the first file that has them; left out: ${dropped.join(', ')}`]
      : []),
    ...(had && merged.formulas.length + merged.claims.length === 0
      ? ['formulas and claims are of single runs: left out']
      : []),
    ...(results.some(({ cells }) => cells.length > 0)
      ? ['phases and timelines are those of the run that measured most']
      : []),
    ...results.slice(1).flatMap((result) => calibrationDrift(results[0] as Result, result)),
    ...partial.map(({ id }) => `${id}: not in every file`),
  ];
}
