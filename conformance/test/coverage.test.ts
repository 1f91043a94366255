import { type RequirementId, requirements } from '@tokenwire/spec';
import { expect, test } from 'vitest';
import { cases } from '../src/cases/index.ts';
import { judgedAlways, serverRules, untested } from '../src/coverage.ts';

test('every rule on servers has a case, or the oracle, or a written reason', () => {
  expect(serverRules('missing')).toEqual([]);
});

test('no rule stands in two of the lists', () => {
  const named = new Set(cases.flatMap((one) => one.requirements));
  const reasons = Object.keys(untested) as RequirementId[];
  expect(judgedAlways.filter((id) => named.has(id) || reasons.includes(id))).toEqual([]);
  expect(reasons.filter((id) => named.has(id))).toEqual([]);
});

test('cases name rules on servers only', () => {
  const clientRules = new Set(requirements.filter(({ party }) => party === 'client').map(({ id }) => id));
  expect(cases.filter((one) => one.requirements.some((id) => clientRules.has(id)))).toEqual([]);
});
