/** What GitHub shows: an annotation for each failure, and a summary of the job. */
import { requirement as requirementOf } from '@tokenwire/spec';
import { countVerdicts, exitCodeOf, isFailure, type RunResult } from '../result.ts';
import { type Verdict, verdicts } from '../verdict.ts';

/** Workflow commands, one to a line. */
export function annotations({ results, stale = [] }: RunResult): string {
  const failures = results
    .filter(({ verdict, expected }) => isFailure(verdict) && expected !== true)
    .map(({ case: { id }, violations }) => {
      const text = violations.map(
        (one) =>
          `${one.requirement}: ${requirementOf(one.requirement).text}\nexpected ${one.expected}\nactual ${one.actual}`,
      );
      return command('error', id, text.join('\n'));
    });
  const warnings = results
    .filter(({ verdict }) => verdict === 'warning' || verdict === 'inconclusive')
    .map(({ case: { id }, violations, reason }) => {
      return command('warning', id, reason ?? violations.map(({ requirement }) => requirement).join(', '));
    });
  const old = stale.map((id) =>
    command('error', id, 'the baseline expects it to fail, and it does not: take it out'),
  );
  return [...failures, ...old, ...warnings].join('\n');
}

/** Markdown for $GITHUB_STEP_SUMMARY. */
export function jobSummary(run: RunResult, target: string): string {
  const counts = countVerdicts(run.results);
  const shown = verdicts.filter((verdict: Verdict) => counts[verdict] > 0);
  const failures = run.results.filter(({ verdict }) => isFailure(verdict));
  const rows = failures.map(({ case: { id }, violations, expected }) => {
    const rules = violations.map(({ requirement }) => `\`${requirement}\``).join(', ');
    return `| ${id} | ${rules} | ${expected ? 'expected' : ''} |`;
  });
  const verdict = exitCodeOf(run) === 0 ? '✅' : '❌';
  return [
    `### ${verdict} Tokenwire conformance: ${run.results.length} cases, ${run.levels.join(', ')}`,
    '',
    `\`${target.replaceAll('`', "'")}\`: ${shown.map((name) => `${counts[name]} ${name}`).join(', ')}`,
    ...(rows.length > 0 ? ['', '| case | broken rules | |', '| --- | --- | --- |', ...rows] : []),
    '',
  ].join('\n');
}

function command(kind: 'error' | 'warning', title: string, message: string): string {
  return `::${kind} title=${escape(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${escape(message)}`;
}

/** As the workflow commands of GitHub want it. */
function escape(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
