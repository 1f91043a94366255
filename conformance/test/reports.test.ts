import { expect, test } from 'vitest';
import { annotations, jobSummary } from '../src/report/github.ts';
import { junitReport } from '../src/report/junit.ts';
import { failed, passed, runOf, skipped } from './support/results.ts';

const run = runOf(
  failed('cancel/twice', 'cancel.answered', '<b>&"\u0000 50%\nnext'),
  passed('end/usage'),
  skipped('drain/deadline', 'not-applicable', 'welcome does not claim operations'),
  skipped('heartbeat/pong', 'inconclusive', 'a timer is too long'),
);

test('JUnit counts failures and what was skipped in each section', () => {
  const xml = junitReport(run);
  expect(xml).toContain('<testsuite name="cancel" tests="1" failures="1" errors="0" skipped="0"');
  expect(xml).toContain('<testsuite name="drain" tests="1" failures="0" errors="0" skipped="1"');
  expect(xml.match(/<testcase /g)).toHaveLength(4);
});

test('JUnit escapes what a server sent', () => {
  const xml = junitReport(run);
  expect(xml).toContain('&lt;b&gt;&amp;&quot;\ufffd 50%');
  expect(xml).not.toContain('\u0000');
});

test('JUnit tells an expected failure and a stale entry from the others', () => {
  const [known, ...others] = run.results;
  if (!known) throw new Error('there is a first result');
  const xml = junitReport({
    ...run,
    results: [{ ...known, expected: true }, ...others],
    stale: ['end/usage'],
  });
  expect(xml).toContain('<skipped message="expected by the baseline"/>');
  expect(xml).toContain('<failure message="the baseline expects it to fail, and it does not"/>');
});

test('GitHub gets one line for each failure and each case without a verdict', () => {
  const lines = annotations(run).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('::error title=cancel/twice::cancel.answered: Each `cancel` MUST be answered');
  expect(lines[0]).toContain('%0Aactual <b>&"\u0000 50%25%0Anext');
  expect(lines[1]).toBe('::warning title=heartbeat/pong::a timer is too long');
});

test('the summary of the job names the broken rules', () => {
  const markdown = jobSummary(run, 'my `server`');
  expect(markdown).toContain("`my 'server'`: 1 pass, 1 fail, 1 not-applicable, 1 inconclusive");
  expect(markdown).toContain('| cancel/twice | `cancel.answered` |  |');
});
