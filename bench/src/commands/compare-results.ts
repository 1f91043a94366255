/** Whether a build got slower: one result against another. */
import type { Estimate, RequestMetric, Result } from '../result/schema.ts';
import { compareMedians } from '../stats/bootstrap.ts';
import { ascending, median } from '../stats/quantile.ts';
import { randomFrom } from '../stats/random.ts';
import type { Samples } from '../stats/samples.ts';
import { type Margins, type Verdict, verdictOf } from '../stats/verdict.ts';
import { cellOf, planCell, type Test } from './compare-plan.ts';
import { calibrationDrift, type Difference, differences } from './settings.ts';

/** Tight enough for 15 ms on 302 ms, with room to spare; what a machine does by itself from run to run stays below. */
export const regressionMargins: Margins = { relative: 0.02, absoluteMs: 2 };
export const comparedMetrics: readonly RequestMetric[] = ['ttft', 'e2e', 'added'];
/** Chance of any false alarm in a whole comparison. */
const FALSE_ALARMS = 0.05;

export interface ComparedMetric {
  readonly cell: string;
  readonly metric: RequestMetric;
  readonly before_ms: number;
  readonly after_ms: number;
  /** after / before, with an interval that holds for all of the report at once. */
  readonly ratio: Estimate;
  /** after − before */
  readonly difference_ms: Estimate;
  /** Of `after` against `before`. */
  readonly verdict: Verdict;
  readonly change: 'regression' | 'improvement' | 'no change';
}

export interface ComparisonReport {
  /** Why these two runs are not comparable; nothing was compared then. */
  readonly refused: readonly string[];
  readonly warnings: readonly string[];
  /** What was compared; the intervals each hold with `confidence_each`, all together with 95 %. */
  readonly compared: readonly ComparedMetric[];
  readonly confidence_each: number;
  readonly skipped: readonly { readonly cell: string; readonly reason: string }[];
  /** Cells that counted before and are void now. */
  readonly broken: readonly string[];
  readonly margins: Margins;
}

export interface CompareOptions {
  readonly margins?: Margins;
  readonly metrics?: readonly RequestMetric[];
  /** Only cells whose id contains this. */
  readonly cell?: string;
}

/**
 * `a` is before, `b` after. Every metric of every cell is one test; by Bonferroni's correction each interval is so wide
 * that the chance of one false alarm among all of them stays below 5 % (Dunn 1961). Pure: equal files, equal report.
 */
export function compareResults(a: Result, b: Result, options: CompareOptions = {}): ComparisonReport {
  const { margins = regressionMargins, metrics = comparedMetrics, cell: filter = '' } = options;
  const found = differences(a, b).filter(({ kind }) => kind !== 'build');
  const refused = found.filter(isFatal).map(({ text }) => text);
  const ids = [...new Set([...a.cells, ...b.cells].map(({ id }) => id))].filter((id) => id.includes(filter));
  const plans = refused.length > 0 ? [] : ids.map((id) => planCell(id, a, b, metrics));
  const tests = plans.flatMap(({ tests }) => tests);
  const confidence = 1 - FALSE_ALARMS / Math.max(1, tests.length);
  return {
    refused,
    warnings: [
      ...found.filter((difference) => !isFatal(difference)).map(({ text }) => text),
      ...calibrationDrift(a, b),
      ...oddities(a, b),
      ...(ids.length === 0 ? [`no cell has an id that contains "${filter}"`] : []),
      ...ids.flatMap((id) => moreFailures(id, a, b)),
    ],
    compared: tests.map((test) => compared(test, confidence, margins)),
    confidence_each: confidence,
    skipped: plans.flatMap(({ skipped }) => skipped),
    broken: refused.length > 0 ? [] : ids.filter((id) => isBroken(id, a, b)),
    margins,
  };
}

/** Then other times are due, whatever the build. */
function isFatal({ kind }: Difference): boolean {
  return kind === 'model' || kind === 'network';
}

/** 0 no regression · 1 regression, or a cell that counted before and is void now · 2 not comparable · 4 nothing could be compared. */
export function exitCodeOf({ refused, compared, broken }: ComparisonReport): 0 | 1 | 2 | 4 {
  if (refused.length > 0) return 2;
  if (broken.length > 0) return 1;
  if (compared.length === 0) return 4;
  return compared.some(({ change }) => change === 'regression') ? 1 : 0;
}

function compared(
  { cell, metric, before, after }: Test,
  confidence: number,
  margins: Margins,
): ComparedMetric {
  const random = randomFrom(0, `${cell} ${metric}`);
  const { ratio, difference_ms } = compareMedians(after, before, { random, confidence, paired: false });
  const verdict = verdictOf({ ratio, difference_ms }, margins);
  const change = verdict === 'slower' ? 'regression' : verdict === 'faster' ? 'improvement' : 'no change';
  const [before_ms, after_ms] = [medianOf(before), medianOf(after)];
  return { cell, metric, before_ms, after_ms, ratio, difference_ms, verdict, change };
}

/** It counted before, and the build in question cannot be measured: wrong answers or failures are worse than slow ones. */
function isBroken(id: string, a: Result, b: Result): boolean {
  const [before, after] = [cellOf(a, id), cellOf(b, id)];
  return before !== undefined && after !== undefined && before.void.length === 0 && after.void.length > 0;
}

function oddities(a: Result, b: Result): string[] {
  return [
    ...(a.created_at === b.created_at && a.seed === b.seed ? ['both files are of the same run'] : []),
    ...(a.interrupted || b.interrupted ? ['a run was interrupted: not everything was measured'] : []),
  ];
}

/** Times are only of requests that succeeded: who fails more may look fast. */
function moreFailures(id: string, a: Result, b: Result): string[] {
  const [before, after] = [cellOf(a, id), cellOf(b, id)];
  if (!before || !after || after.failed * before.planned <= before.failed * after.planned) return [];
  return [
    `${id}: ${after.failed} of ${after.planned} requests failed, before ${before.failed} of ${before.planned}; the times are of the others`,
  ];
}

function medianOf({ values }: Samples): number {
  return median(ascending(Array.from(values)));
}
