/** Each mutant breaks one rule, and the runner must say so: that rule, and no other without a reason. */
import { fileURLToPath } from 'node:url';
import { requirement as requirementOf } from '@tokenwire/spec';
import { beforeAll, describe, expect, it } from 'vitest';
import { cases } from '../src/cases/index.ts';
import { mutants, none } from './mutants/mutants.ts';
import type { Mutant } from './mutants/mutant.ts';
import { Pool } from './support/pool.ts';
import { judged, type Report } from './support/runner.ts';

/**
 * Many runs wait for something that does not come, so more of them than there are cores fit beside each other;
 * the first one is the whole suite, and its bounds want a machine that is not too busy.
 */
const pool = new Pool(3);
const MORE_ONCE_ALONE = 3;
const TIMEOUT_MS = 90_000;
const program = fileURLToPath(new URL('mutants/mutant-server.ts', import.meta.url));
const runs = new Map<Mutant, ReturnType<typeof judged>>();

beforeAll(() => {
  for (const mutant of [none, ...mutants])
    runs.set(
      mutant,
      pool.run(() => against(mutant)),
    );
  for (const run of runs.values()) run.catch(() => {});
  void runs
    .get(none)
    ?.finally(() => pool.grow(MORE_ONCE_ALONE))
    .catch(() => {});
});

function against({ name, filter }: Mutant): ReturnType<typeof judged> {
  const command = `node --conditions=tw-source ${program} ${name}`;
  return judged('--command', command, ...(filter === '' ? [] : ['--filter', filter]));
}

function runOf(mutant: Mutant): ReturnType<typeof judged> {
  const run = runs.get(mutant);
  if (!run) throw new Error(`${mutant.name} was not run`);
  return run;
}

/** What is wrong with the report on a mutant: the rule is not named, or another one without a reason. */
function complaints({ breaks, also = {} }: Mutant, report: Report): string[] {
  const violations = report.cases.flatMap((one) => one.violations ?? []);
  const named = new Set(violations.map(({ requirement }) => requirement));
  const others = [...named].filter((id) => id !== breaks && !Object.hasOwn(also, id));
  if (named.has(breaks) && others.length === 0) return [];
  return [`named ${[...named].join(', ') || 'nothing'} in`, JSON.stringify(report.cases, null, 1)];
}

it('the man in the middle who breaks nothing passes every case', { timeout: TIMEOUT_MS }, async () => {
  const { code, report } = await runOf(none);
  const others = report.cases.filter(({ verdict }) => verdict !== 'pass');
  expect(others.filter(({ reason }) => reason !== 'welcome does not claim cluster')).toEqual([]);
  expect(code).toBe(0);
});

describe('the rule that a mutant breaks is the one that is named', () => {
  it.each(mutants)('$name: $breaks', { timeout: TIMEOUT_MS }, async (mutant) => {
    const { code, report } = await runOf(mutant);
    expect(complaints(mutant, report)).toEqual([]);
    expect(report.cases.filter(({ verdict }) => verdict === 'harness-error')).toEqual([]);
    expect(code).toBe(requirementOf(mutant.breaks).strength === 'must' ? 1 : 0);
  });
});

it('every mutant has its own name, and a filter that selects cases', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  const idle = mutants.filter(({ filter }) => !cases.some(({ id }) => id.startsWith(filter)));
  expect(idle.map(({ name }) => name)).toEqual([]);
});
