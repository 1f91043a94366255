import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { isSupported } from '../bin/run.js';

test.each(['22.18.0', '22.18', '22.100.0', '23.0.0', '24.21.0', '100.0.0'])(
  'Node %s is supported',
  (version) => {
    expect(isSupported(version)).toBe(true);
  },
);

test.each(['22.17.9', '22.9.0', '22', '20.11.0', '2.99.0', ''])('Node %j is not supported', (version) => {
  expect(isSupported(version)).toBe(false);
});

test('an old Node gets one line and exit code 2', () => {
  const run = new URL('../bin/run.js', import.meta.url).href;
  const script = `
    Object.defineProperty(process.versions, 'node', { value: '20.11.0' });
    const { runBin } = await import('${run}');
    await runBin('file:///somewhere/bin/tokenwire-server.js');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe('tokenwire-server: needs Node 22.18 or newer, and this is Node 20.11.0.\n');
});
