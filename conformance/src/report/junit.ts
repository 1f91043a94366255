/** The report as JUnit XML, for the test views of CI systems. */
import { type CaseResult, countVerdicts, isFailure, type RunResult } from '../result.ts';
import { traceLines } from './trace-text.ts';

/** One test suite for each section; expected failures and what says nothing count as skipped. */
export function junitReport({ results, stale = [], ms }: RunResult): string {
  const sections = Map.groupBy(results, ({ case: { id } }) => id.slice(0, id.indexOf('/')));
  const suites = [...sections].map(([section, own]) => suite(section, own, stale));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tokenwire-conformance" tests="${results.length}" time="${seconds(ms)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(section: string, results: readonly CaseResult[], stale: readonly string[]): string {
  const counts = countVerdicts(results);
  const expected = results.filter((result) => result.expected).length;
  const behindTheTimes = results.filter((result) => stale.includes(result.case.id)).length;
  const failures = counts.fail + counts['false-claim'] - expected + behindTheTimes;
  const skipped = counts['not-applicable'] + counts.inconclusive + expected;
  const ms = results.reduce((sum, result) => sum + result.ms, 0);
  const numbers = `tests="${results.length}" failures="${failures}" errors="${counts['harness-error']}" skipped="${skipped}"`;
  const tests = results.map((result) => testCase(section, result, stale.includes(result.case.id)));
  return [
    `  <testsuite name="${section}" ${numbers} time="${seconds(ms)}">`,
    ...tests,
    '  </testsuite>',
  ].join('\n');
}

function testCase(section: string, result: CaseResult, stale: boolean): string {
  const { id, title } = result.case;
  const open = `    <testcase classname="tokenwire.${section}" name="${escape(`${id}: ${title}`)}" time="${seconds(result.ms)}"`;
  const inside = stale
    ? element('failure', 'the baseline expects it to fail, and it does not')
    : outcome(result);
  return inside === '' ? `${open}/>` : `${open}>\n      ${inside}\n    </testcase>`;
}

function outcome(result: CaseResult): string {
  const { verdict, violations, reason = verdict, expected, events } = result;
  if (expected) return element('skipped', 'expected by the baseline');
  if (isFailure(verdict)) {
    const broken = violations.map((one) => `${one.requirement}: expected ${one.expected}, got ${one.actual}`);
    const trace = traceLines(events, violations[0]?.event);
    return element('failure', broken.join('; '), [...broken, '', ...trace].join('\n'));
  }
  if (verdict === 'harness-error') return element('error', reason);
  return verdict === 'inconclusive' || verdict === 'not-applicable'
    ? element('skipped', `${verdict}: ${reason}`)
    : '';
}

function element(name: string, message: string, content = ''): string {
  const open = `<${name} message="${escape(message)}"`;
  return content === '' ? `${open}/>` : `${open}>${escape(content)}</${name}>`;
}

/** For text and attributes; control characters that XML 1.0 has no way to write become U+FFFD. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
