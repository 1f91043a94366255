/** Wrong usage gives 2 and a sentence on standard error, before anything is started. */
import { describe, expect, it } from 'vitest';
import { cases } from '../src/cases/index.ts';
import { run } from './support/runner.ts';

const NOBODY = ['--url', 'ws://127.0.0.1:9/'] as const;
const MODEL = ['--mock-listen', '127.0.0.1:0'] as const;

const wrong: [string, readonly string[], RegExp][] = [
  ['neither a command nor an address', [], /expected either --command or --url/],
  ['both of them', ['--command', 'x', ...NOBODY, ...MODEL], /expected either --command or --url/],
  ['an address without a place for the model', NOBODY, /--url needs --mock-listen HOST:PORT/],
  [
    'a place for the model without a port',
    [...NOBODY, '--mock-listen', 'localhost'],
    /HOST:PORT, got "localhost"/,
  ],
  ['a port that does not exist', [...NOBODY, '--mock-listen', '127.0.0.1:99999'], /cannot listen/],
  ['an http address', ['--url', 'http://127.0.0.1/', ...MODEL], /ws:\/\/ or wss:\/\//],
  ['an address that is none', ['--url', 'ws://[', ...MODEL], /expected an address/],
  ['a filter without a match', ['--command', 'x', '--filter', 'no/such'], /no case matches "no\/such"/],
  ['an unknown option', ['--command', 'x', '--loud'], /unknown option '--loud'/],
  ['a word too many', ['--command', 'x', 'y'], /too many arguments/],
  ['a seed that is no number', ['--command', 'x', '--seed', 'seven'], /expected a whole number, got "seven"/],
  ['a header without a name', [...NOBODY, ...MODEL, '--header', ': x'], /expected --header "Name: value"/],
  ['a certificate that is not there', [...NOBODY, ...MODEL, '--ca', '/no/such.pem'], /--ca/],
];

describe.concurrent('wrong usage gives 2', () => {
  it.each(wrong)('%s', { timeout: 30_000 }, async (_what, options, complaint) => {
    const { code, stdout, stderr } = await run('server', ...options);
    expect(stderr).toMatch(complaint);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('an unknown command', { timeout: 30_000 }, async () => {
    const { code, stderr } = await run('serve');
    expect(stderr).toMatch(/unknown command 'serve'/);
    expect(code).toBe(2);
  });

  it('an unknown requirement, with those that are near', { timeout: 30_000 }, async () => {
    const { code, stderr } = await run('explain', 'cancel');
    expect(stderr).toMatch(/there is no requirement "cancel"; did you mean cancel\./);
    expect(code).toBe(2);
  });
});

describe.concurrent('the catalogue', () => {
  it('lists every case as JSON', { timeout: 30_000 }, async () => {
    const { code, stdout } = await run('list', '--json');
    const list = JSON.parse(stdout) as { cases: { id: string }[] };
    expect(list.cases.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    expect(code).toBe(0);
  });

  it('explains a requirement with its sentence and its cases', { timeout: 30_000 }, async () => {
    const { code, stdout } = await run('explain', 'cancel.reaches-model');
    expect(stdout).toMatch(
      /“The server MUST close its connection to the model within 500 ms of the `cancel`.”/,
    );
    expect(stdout).toMatch(/cancel\/after-1-of-4-texts/);
    expect(code).toBe(0);
  });
});
