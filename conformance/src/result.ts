/** What a run found, and what follows from it. */
import { type Level, levels, requirement as requirementOf } from '@tokenwire/spec';
import type { Case } from './case.ts';
import type { TraceEvent } from './trace.ts';
import { type Verdict, type Violation, verdicts } from './verdict.ts';

export interface CaseResult {
  case: Case;
  level: Level;
  verdict: Verdict;
  /** How long it took, in milliseconds. */
  ms: number;
  /** Why it is neither passed nor failed. */
  reason?: string | undefined;
  violations: Violation[];
  /** It failed as the baseline said. */
  expected?: boolean | undefined;
  events: readonly TraceEvent[];
}

export interface RunResult {
  results: CaseResult[];
  /** What `welcome.levels` claimed. */
  levels: readonly string[];
  /** Set when the server was gone before the end. */
  gone?: string | undefined;
  /** Cases that the baseline expects to fail, and that do not. */
  stale?: readonly string[] | undefined;
  ms: number;
}

/** The highest level among the rules that a case names. */
export function levelOf({ requirements }: Case): Level {
  const named = requirements.map((id) => levels.indexOf(requirementOf(id).level));
  return levels[Math.max(...named)] ?? 'core';
}

/** Is every rule that the case names weaker than a MUST? */
export function isAdvice({ requirements }: Case): boolean {
  return requirements.every((id) => requirementOf(id).strength !== 'must');
}

export function countVerdicts(results: readonly CaseResult[]): Record<Verdict, number> {
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** A MUST was broken. */
export function isFailure(verdict: Verdict): boolean {
  return verdict === 'fail' || verdict === 'false-claim';
}

/** What violations make of a case. */
export function verdictOf(violations: readonly Violation[]): Verdict {
  if (violations.length === 0) return 'pass';
  const broken = violations.map(({ requirement }) => requirementOf(requirement));
  const must = broken.filter(({ strength }) => strength === 'must');
  if (must.length === 0) return 'warning';
  return must.some(({ level }) => level === 'core') ? 'fail' : 'false-claim';
}

export const exitCodes = {
  conformant: 0,
  violation: 1,
  usage: 2,
  unreachable: 3,
  harness: 4,
} as const;

/** The exit code of a run; see the README for what each means. */
export function exitCodeOf({ results, gone, stale = [] }: RunResult): number {
  const counts = countVerdicts(results);
  const unexpected = results.some(({ verdict, expected }) => isFailure(verdict) && expected !== true);
  if (unexpected || stale.length > 0) return exitCodes.violation;
  if (gone !== undefined) return exitCodes.unreachable;
  const undecided = results.some(
    (result) =>
      result.verdict === 'harness-error' || (result.verdict === 'inconclusive' && !isAdvice(result.case)),
  );
  return undecided || counts.pass + counts.warning === 0 ? exitCodes.harness : exitCodes.conformant;
}
