import { expect, test } from 'vitest';
import { applyBaseline, parseBaseline } from '../src/baseline.ts';
import { exitCodeOf } from '../src/result.ts';
import { failed, passed, runOf } from './support/results.ts';

const run = runOf(failed('cancel/twice', 'cancel.answered'), passed('end/usage'));

test('a listed failure does not count, and is marked as expected', () => {
  const judged = applyBaseline(run, parseBaseline('# known\n\ncancel/twice # soon\n'));
  expect(judged.results.map(({ expected }) => expected)).toEqual([true, false]);
  expect(exitCodeOf(judged)).toBe(0);
});

test('a listed failure that breaks another rule than the listed one counts', () => {
  const judged = applyBaseline(run, parseBaseline('cancel/twice end.once'));
  expect(exitCodeOf(judged)).toBe(1);
});

test('a listed case that does not fail is stale, and fails the run', () => {
  const judged = applyBaseline(run, parseBaseline('cancel/twice cancel.answered\nend/usage'));
  expect(judged.stale).toEqual(['end/usage']);
  expect(exitCodeOf(judged)).toBe(1);
});

test('a listed case that was not run is not stale', () => {
  expect(applyBaseline(run, parseBaseline('cancel/twice\nend/late-usage')).stale).toEqual([]);
});

test.each([
  ['cancel/nothing-of-the-kind', 'line 1 of the baseline: there is no case "cancel/nothing-of-the-kind"'],
  ['\ncancel/twice cancel.nothing', 'line 2 of the baseline: there is no rule "cancel.nothing"'],
  ['cancel/twice\ncancel/twice', 'line 2 of the baseline: "cancel/twice" stands there twice'],
])('the baseline %j is refused', (text, message) => {
  expect(() => parseBaseline(text)).toThrow(message);
});
