/** Failures that are known: they do not fail a run, and they fail it once they are gone. */
import { isRequirementId } from '@tokenwire/spec';
import { cases } from './cases/index.ts';
import { isFailure, type RunResult } from './result.ts';
import { UsageError } from './usage-error.ts';

/** The ids of cases that may fail, each with the rules that it may break; none listed means any. */
export type Baseline = ReadonlyMap<string, readonly string[]>;

/**
 * Reads a baseline: one case to a line, `case-id [rule-id …]`; `#` begins a comment.
 * Throws UsageError with the number of a line that names nothing.
 */
export function parseBaseline(text: string): Baseline {
  const baseline = new Map<string, readonly string[]>();
  for (const [index, line] of text.split('\n').entries()) {
    const [id, ...rules] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!id) continue;
    const complain = (what: string): never => {
      throw new UsageError(`line ${index + 1} of the baseline: ${what}; "list" shows what there is`);
    };
    if (!cases.some((one) => one.id === id)) complain(`there is no case "${id}"`);
    const unknown = rules.find((rule) => !isRequirementId(rule));
    if (unknown !== undefined) complain(`there is no rule "${unknown}"`);
    if (baseline.has(id)) complain(`"${id}" stands there twice`);
    baseline.set(id, rules);
  }
  return baseline;
}

/** Marks the expected failures of a run, and the entries that expect one in vain. */
export function applyBaseline(run: RunResult, baseline: Baseline): RunResult {
  const results = run.results.map((result) => {
    const rules = baseline.get(result.case.id);
    const expected =
      rules !== undefined &&
      isFailure(result.verdict) &&
      (rules.length === 0 || result.violations.every(({ requirement }) => rules.includes(requirement)));
    return { ...result, expected };
  });
  const stale = results
    .filter(({ case: { id }, verdict }) => baseline.has(id) && (verdict === 'pass' || verdict === 'warning'))
    .map((result) => result.case.id);
  return { ...run, results, stale };
}
