/** The report on the terminal. */
import { requirement as requirementOf } from '@tokenwire/spec';
import type { createColors } from 'picocolors';
import { cases } from '../cases/index.ts';
import {
  type CaseResult,
  countVerdicts,
  exitCodeOf,
  exitCodes,
  isFailure,
  type RunResult,
} from '../result.ts';
import type { Verdict, Violation } from '../verdict.ts';
import { traceLines } from './trace-text.ts';

type Colors = ReturnType<typeof createColors>;

/** Everything that went wrong, then one line for each section, then the verdict. */
export function terminalReport(run: RunResult, c: Colors): string {
  const shown: Verdict[] = ['fail', 'false-claim', 'warning', 'harness-error'];
  const failures = run.results.filter(
    ({ verdict, expected }) => shown.includes(verdict) && expected !== true,
  );
  return [
    ...failureBlocks(failures, c),
    ...sectionLines(run.results, c),
    '',
    ...asideLines(run, c),
    summaryLine(run),
    verdictLine(run, c),
  ].join('\n');
}

/** The whole story of the first case that broke a rule; of the others only their names. */
function failureBlocks(failures: readonly CaseResult[], c: Colors): string[] {
  const groups = Map.groupBy(failures, ({ violations, case: { id } }) => violations[0]?.requirement ?? id);
  return [...groups.values()].map(([first, ...others]) => {
    const text = first ? failureText(first, c) : '';
    const names = others.map((result) => result.case.id);
    const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ' …' : '');
    return names.length > 0
      ? `${text}  the same in ${names.length} more: ${shown}; --json has them all\n`
      : text;
  });
}

function failureText(result: CaseResult, c: Colors): string {
  const heading = c.bold(c.red(`✗ ${result.case.id}`));
  const lines = [`${heading}  ${result.case.title}  ${c.dim(`[${result.verdict}]`)}`];
  if (result.reason) lines.push(`  ${result.reason}`);
  for (const violation of result.violations) lines.push(...violationLines(violation, c));
  const [first] = result.violations;
  if (result.events.length > 0) {
    lines.push(c.dim('  trace of both ends (ms; A, B … are connections)'));
    lines.push(...traceLines(result.events, first?.event).map((line) => c.dim(`  ${line}`)));
  }
  return `${lines.join('\n')}\n`;
}

function violationLines({ requirement: id, expected, actual }: Violation, c: Colors): string[] {
  const { text, section, title } = requirementOf(id);
  return [
    `  ${c.yellow(id)}  ${c.dim(`(section ${section}, ${title})`)}`,
    `    “${text}”`,
    `    expected  ${expected}`,
    `    actual    ${actual}`,
  ];
}

function sectionLines(results: readonly CaseResult[], c: Colors): string[] {
  const sections = Map.groupBy(results, (result) => result.case.id.slice(0, result.case.id.indexOf('/')));
  return [...sections].map(([section, own]) => {
    const counts = countVerdicts(own);
    const judged = own.length - counts['not-applicable'];
    const bad = counts.fail + counts['false-claim'] + counts['harness-error'];
    const open = counts.inconclusive + counts.warning;
    const mark = bad > 0 ? c.red('✗') : open > 0 ? c.yellow('!') : judged > 0 ? c.green('✓') : c.dim('–');
    const notes = (
      ['fail', 'false-claim', 'warning', 'inconclusive', 'harness-error', 'not-applicable'] as const
    )
      .filter((verdict) => counts[verdict] > 0)
      .map((verdict) => `${counts[verdict]} ${verdict}`);
    const slowest = Math.max(...own.map(({ ms }) => ms));
    const passed = `${counts.pass}/${judged}`.padStart(7);
    const time = `${(slowest / 1000).toFixed(1)} s`.padStart(7);
    const line = `  ${mark} ${section.padEnd(10)} ${passed} passed ${c.dim(time)}`;
    return notes.length > 0 ? `${line}  ${c.dim(notes.join(', '))}` : line;
  });
}

/** Why some cases say nothing, each reason once. */
function asideLines({ results, gone }: RunResult, c: Colors): string[] {
  const lines: string[] = [];
  for (const verdict of ['not-applicable', 'inconclusive'] as const) {
    const own = results.filter((result) => result.verdict === verdict);
    const reasons = Map.groupBy(own, (result) => result.reason ?? '');
    for (const [reason, cases] of reasons) {
      const ids = cases.map((result) => result.case.id);
      const named = ids.length > 1 ? `${ids[0]} and ${ids.length - 1} more` : ids[0];
      if (reason !== gone) lines.push(c.dim(`  ${verdict}: ${reason}: ${named}`));
    }
  }
  const expected = results.filter((result) => result.expected).map((result) => result.case.id);
  if (expected.length > 0) lines.push(c.dim(`  failed as the baseline expects: ${expected.join(', ')}`));
  return lines.length > 0 ? [...lines, ''] : [];
}

function summaryLine({ results, ms }: RunResult): string {
  const counts = countVerdicts(results);
  const failed = counts.fail + counts['false-claim'];
  const rest = (['warning', 'inconclusive', 'harness-error', 'not-applicable'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `, ${counts[verdict]} ${verdict}`);
  return `${counts.pass} passed, ${failed} failed${rest.join('')} in ${(ms / 1000).toFixed(1)} s`;
}

function verdictLine(run: RunResult, c: Colors): string {
  switch (exitCodeOf(run)) {
    case exitCodes.conformant:
      return conformantLine(run, c);
    case exitCodes.violation:
      return c.bold(c.red(`✗ ${[...brokenLines(run), ...staleLines(run)].join('; ')}`));
    case exitCodes.unreachable:
      return c.bold(c.red(`✗ no verdict: ${run.gone}`));
    default:
      return c.bold(c.yellow('! no verdict: not every MUST could be judged'));
  }
}

function conformantLine({ results, levels }: RunResult, c: Colors): string {
  const expected = results.filter((result) => result.expected).length;
  if (expected > 0) return c.bold(c.yellow(`✓ nothing failed but the ${expected} that the baseline expects`));
  if (results.length < cases.length)
    return c.bold(c.green(`✓ the chosen cases hold (${results.length} of ${cases.length})`));
  return c.bold(c.green(`✓ conformant: ${levels.join(', ')}`));
}

function brokenLines(run: RunResult): string[] {
  const rules = brokenRules(run);
  return rules.length > 0 ? [`not conformant: ${rules.join(', ')}`] : [];
}

function staleLines({ stale = [] }: RunResult): string[] {
  return stale.length > 0 ? [`the baseline is stale, these do not fail: ${stale.join(', ')}`] : [];
}

/** The ids of the rules that were broken unexpectedly, each once. */
function brokenRules({ results }: RunResult): string[] {
  const broken = results.filter(({ verdict, expected }) => isFailure(verdict) && expected !== true);
  const ids = broken.flatMap(({ violations }) => violations.map(({ requirement }) => requirement));
  return [...new Set(ids)].filter((id) => requirementOf(id).strength === 'must');
}
