/** The report for machines; report.schema.json beside the package describes it. */
import { SPEC_VERSION, SUBPROTOCOL } from '@tokenwire/spec';
import { countVerdicts, exitCodeOf, isAdvice, type RunResult } from '../result.ts';
import { RUNNER_VERSION } from '../version.ts';
import { traceLines } from './trace-text.ts';

export interface ReportContext {
  /** The command or the address. */
  target: string;
  seed: number;
}

export function jsonReport(run: RunResult, { target, seed }: ReportContext): object {
  return {
    summary: {
      total: run.results.length,
      ...countVerdicts(run.results),
      exit_code: exitCodeOf(run),
      ms: Math.round(run.ms),
      ...(run.gone === undefined ? {} : { gone: run.gone }),
      ...(run.stale === undefined ? {} : { stale: run.stale }),
    },
    target: { name: target, levels: run.levels },
    spec: { version: SPEC_VERSION, subprotocol: SUBPROTOCOL },
    runner: { name: '@tokenwire/conformance', version: RUNNER_VERSION, node: process.versions.node },
    seed,
    cases: run.results.map((result) => ({
      id: result.case.id,
      title: result.case.title,
      requirements: result.case.requirements,
      level: result.level,
      strength: isAdvice(result.case) ? 'should' : 'must',
      verdict: result.verdict,
      ms: Math.round(result.ms),
      ...(result.reason === undefined ? {} : { reason: result.reason }),
      ...(result.expected === undefined ? {} : { expected: result.expected }),
      ...(result.violations.length === 0
        ? {}
        : {
            violations: result.violations.map(({ requirement, expected, actual }) => ({
              requirement,
              expected,
              actual,
            })),
            trace: traceLines(result.events, result.violations[0]?.event),
          }),
    })),
  };
}
