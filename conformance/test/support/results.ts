/** Results of a run that never was. */
import type { RequirementId } from '@tokenwire/spec';
import { cases } from '../../src/cases/index.ts';
import { type CaseResult, levelOf, type RunResult } from '../../src/result.ts';
import type { Verdict } from '../../src/verdict.ts';

export function runOf(...results: CaseResult[]): RunResult {
  return { results, levels: ['core'], ms: 1234 };
}

export function passed(id: string): CaseResult {
  return result(id, 'pass');
}

export function failed(id: string, requirement: RequirementId, actual = 'nothing'): CaseResult {
  return { ...result(id, 'fail'), violations: [{ requirement, expected: 'an answer', actual }] };
}

export function skipped(id: string, verdict: Verdict, reason: string): CaseResult {
  return { ...result(id, verdict), reason };
}

function result(id: string, verdict: Verdict): CaseResult {
  const found = cases.find((one) => one.id === id);
  if (!found) throw new Error(`there is no case "${id}"`);
  return { case: found, level: levelOf(found), verdict, ms: 12, violations: [], events: [] };
}
