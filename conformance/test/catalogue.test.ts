import { readFileSync } from 'node:fs';
import { requirement as requirementOf } from '@tokenwire/spec';
import { expect, it } from 'vitest';
import { cases } from '../src/cases/index.ts';
import { RUNNER_VERSION } from '../src/version.ts';

const section = (id: string): string => id.slice(0, id.search(/[./]/));
/** Cases about a rule of another section stand where a reader looks for them. */
const sections = [
  'auth',
  'cancel',
  'cluster',
  'drain',
  'end',
  'flow',
  'framing',
  'generate',
  'handshake',
  'heartbeat',
  'resume',
  'sequence',
];

it('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(RUNNER_VERSION).toBe(version);
});

it('every case has an id of its own, readable in a path', () => {
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  expect(cases.filter(({ id }) => !/^[a-z]+\/\w+(?:-[\w.]+)*$/.test(id)).map(({ id }) => id)).toEqual([]);
});

it('every case stands in a section of the suite, and in the order of its sections', () => {
  expect([...new Set(cases.map(({ id }) => section(id)))].sort()).toEqual(sections);
  const changes = cases.filter(({ id }, index) => section(id) !== section(cases[index - 1]?.id ?? '/'));
  expect(changes).toHaveLength(sections.length);
});

it('every case names at least one rule, all of them on servers, each once', () => {
  const wrong = cases.filter(({ requirements }) => {
    const isTwice = new Set(requirements).size < requirements.length;
    return (
      isTwice ||
      requirements.length === 0 ||
      requirements.some((one) => requirementOf(one).party !== 'server')
    );
  });
  expect(wrong.map(({ id }) => id)).toEqual([]);
});

it('every title is a sentence without a full stop', () => {
  expect(cases.filter(({ title }) => !/^\S.{9,}[^.\s]$/.test(title)).map(({ id }) => id)).toEqual([]);
});
