/** One cell out of the same cell of several runs. */
import type { Cell } from '../result/schema.ts';
import { addHistograms, encodeHistogram } from '../stats/histogram.ts';
import { metricsOf } from '../stats/distribution.ts';

/** A cell, and what to add to its round numbers so that blocks of separate runs stay apart. */
export interface CellOfRun {
  readonly cell: Cell;
  readonly firstRound: number;
}

/**
 * Raw samples are joined and every quantile made anew from them; histograms are added. What has no raw samples cannot be
 * joined: the medians of the phases and the picture of one answer stay those of the run that measured most.
 */
export function mergeCells(runs: readonly [CellOfRun, ...CellOfRun[]], seed: number): Cell {
  const cells = runs.map(({ cell }) => cell);
  const sum = (of: (cell: Cell) => number): number => cells.reduce((total, cell) => total + of(cell), 0);
  const most = cells.reduce((best, cell) => (cell.measured > best.measured ? cell : best));
  const samples = joined(runs);
  const planned = sum((cell) => cell.planned);
  return {
    ...most,
    planned,
    measured: sum((cell) => cell.measured),
    failed: sum((cell) => cell.failed),
    missed_warm: sum((cell) => cell.missed_warm),
    // All runs plan the same rate, so a run lasted in proportion to what it planned.
    goodput: planned === 0 ? 0 : sum((cell) => cell.goodput * cell.planned) / planned,
    errors: mergeErrors(cells),
    violations: cells.flatMap(({ violations }) => violations),
    void: [...new Set(cells.flatMap((cell) => cell.void))],
    notes: [...new Set(cells.flatMap(({ notes }) => notes))],
    metrics: withAddedHistograms(metricsOf(samples, seed, most.id), cells),
    tokens: {
      expected: sum(({ tokens }) => tokens.expected),
      received: sum(({ tokens }) => tokens.received),
      lost: sum(({ tokens }) => tokens.lost),
      doubled: sum(({ tokens }) => tokens.doubled),
      reordered: sum(({ tokens }) => tokens.reordered),
    },
    wire: mergeWire(cells),
    samples,
  };
}

function joined(runs: readonly CellOfRun[]): Cell['samples'] {
  const metrics = [
    ...new Set(runs.flatMap(({ cell }) => Object.keys(cell.samples.columns))),
  ] as (keyof Cell['samples']['columns'])[];
  return {
    round: runs.flatMap(({ cell, firstRound }) => cell.samples.round.map((round) => round + firstRound)),
    columns: Object.fromEntries(
      metrics.map((metric) => [
        metric,
        runs.flatMap(({ cell: { samples } }) => samples.columns[metric] ?? samples.round.map(() => null)),
      ]),
    ),
  };
}

function withAddedHistograms(metrics: Cell['metrics'], cells: readonly Cell[]): Cell['metrics'] {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, distribution]) => {
      const parts = cells.flatMap((cell) => cell.metrics[name as keyof Cell['metrics']]?.histogram ?? []);
      return [name, { ...distribution, histogram: encodeHistogram(addHistograms(parts)) }];
    }),
  );
}

function mergeErrors(cells: readonly Cell[]): Cell['errors'] {
  const counts = new Map<string, number>();
  for (const { message, count } of cells.flatMap(({ errors }) => errors)) {
    counts.set(message, (counts.get(message) ?? 0) + count);
  }
  return Array.from(counts, ([message, count]) => ({ message, count }));
}

/** Bytes per token weigh by tokens; unknown as soon as a run does not know them. */
function mergeWire(cells: readonly Cell[]): Cell['wire'] {
  const received = cells.reduce((total, { tokens }) => total + tokens.received, 0);
  const perToken = (direction: keyof NonNullable<Cell['wire']>): number =>
    cells.reduce((bytes, { wire, tokens }) => bytes + (wire?.[direction] ?? 0) * tokens.received, 0) /
    received;
  if (received === 0 || cells.some(({ wire }) => wire === null)) return null;
  return {
    up_bytes_per_token: perToken('up_bytes_per_token'),
    down_bytes_per_token: perToken('down_bytes_per_token'),
  };
}
