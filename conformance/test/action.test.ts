import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const action = readFileSync(new URL('../action.yml', import.meta.url), 'utf8');
/** The script of the action: everything behind its only `run: |`. */
const script = action.slice(action.indexOf('run: |') + 'run: |'.length).replace(/^ {8}/gm, '');

/** What the script would start, as words. */
function started(inputs: Record<string, string>): string[] {
  const names = ['COMMAND', 'URL', 'MOCK_LISTEN', 'AUTH', 'AUTH_B', 'BASELINE', 'VERSION', 'REPORT'];
  const env = Object.fromEntries(names.map((name) => [`TW_${name}`, inputs[name] ?? '']));
  const spy = 'set -euo pipefail; npx() { printf "%s\\n" "$@"; }; node() { npx "$@"; }; npm() { :; }';
  const output = execFileSync('bash', ['-c', `${spy}\n${script}`], {
    env: { PATH: process.env['PATH'], GITHUB_ACTION_PATH: '/the/action', ...env },
  });
  return output.toString('utf8').trimEnd().split('\n');
}

test('the action starts the runner with the inputs that were given, each as one word', () => {
  const inputs = {
    COMMAND: 'python -m "my server"',
    BASELINE: 'known.txt',
    VERSION: '1.2.3',
    REPORT: 'out.xml',
  };
  const words = started(inputs);
  expect(words.slice(0, 5)).toEqual([
    '--yes',
    '--package',
    '@tokenwire/conformance@1.2.3',
    'tokenwire-conformance',
    'server',
  ]);
  expect(words.slice(5)).toEqual([
    '--github',
    '--junit',
    'out.xml',
    '--command',
    'python -m "my server"',
    '--baseline',
    'known.txt',
  ]);
});

test('without a version the action runs the checkout that it stands in', () => {
  const words = started({ URL: 'ws://127.0.0.1:1/', REPORT: 'out.xml' });
  expect(words).toContain('/the/action/bin/tokenwire-conformance.js');
  expect(words.slice(-2)).toEqual(['--url', 'ws://127.0.0.1:1/']);
});
