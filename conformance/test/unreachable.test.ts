/** Where there is nothing to judge, the exit code is 3 and a sentence says why; never 0, and never a violation. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '../src/server-process.ts';
import { judged, run } from './support/runner.ts';
import { echo, otherModel, plainHttp, served, silence } from './support/servers.ts';

const TIMEOUT = { timeout: 60_000 };
const ANY_PORT = ['--mock-listen', '127.0.0.1:0'] as const;
const program = fileURLToPath(new URL('mutants/mutant-server.ts', import.meta.url));
const DIES = `node --conditions=tw-source ${program} dies`;

describe.concurrent('a running address', () => {
  it('at which nothing listens gives 3', TIMEOUT, async () => {
    const { code, stdout } = await run('server', '--url', `ws://127.0.0.1:${await freePort()}/`, ...ANY_PORT);
    expect(stdout).toMatch(/no verdict: no Tokenwire server there: .*ECONNREFUSED/);
    expect(code).toBe(3);
  });

  it('of a plain HTTP server gives 3', TIMEOUT, async () => {
    await using http = await plainHttp();
    const { code, stdout } = await run('server', '--url', http.url, ...ANY_PORT);
    expect(stdout).toMatch(/no Tokenwire server there: .*refused with status 200/);
    expect(code).toBe(3);
  });

  it('of a WebSocket server that selects no subprotocol gives 3', TIMEOUT, async () => {
    await using server = await echo(false);
    const { code, stdout } = await run('server', '--url', server.url, ...ANY_PORT);
    expect(stdout).toMatch(/no Tokenwire server there: .*subprotocol/);
    expect(code).toBe(3);
  });

  it('of a WebSocket server that says what it hears gives 3', TIMEOUT, async () => {
    await using server = await echo(true);
    const { code, stdout } = await run('server', '--url', server.url, ...ANY_PORT);
    expect(stdout).toMatch(/no Tokenwire server there: .*welcome/);
    expect(code).toBe(3);
  });

  it('that takes connections and never answers gives 3', TIMEOUT, async () => {
    await using server = await silence();
    const { code, stdout } = await run('server', '--url', server.url, ...ANY_PORT);
    expect(stdout).toMatch(/no Tokenwire server there: /);
    expect(code).toBe(3);
  });

  it('whose server dies during the run gives 3', TIMEOUT, async () => {
    const modelPort = await freePort();
    await using server = await served(DIES, modelPort);
    const mock = `127.0.0.1:${modelPort}`;
    const { code, report } = await judged('--url', server.url, '--mock-listen', mock, '--filter', 'cancel/');
    expect(report.summary.gone).toMatch(/does not answer any more/);
    expect(report.cases.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(code).toBe(3);
  });
});

describe.concurrent('a command', () => {
  it('that ends at once gives 3, with how it ended and its last words', TIMEOUT, async () => {
    const { code, stdout } = await run('server', '--command', 'echo no such luck; exit 7');
    expect(stdout).toMatch(/the command ended \(exit code 7\) before it listened\nno such luck/);
    expect(code).toBe(3);
  });

  it('that never listens gives 3, and is not left behind', TIMEOUT, async () => {
    const pidFile = join(mkdtempSync(join(tmpdir(), 'tokenwire-')), 'pid');
    const command = `echo $$ > ${pidFile}; exec sleep 60`;
    const { code, stdout } = await run('server', '--command', command, '--start-timeout', '500');
    expect(stdout).toMatch(/nothing listened on PORT=\d+ after 500 ms/);
    expect(code).toBe(3);
    expect(existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`)).toBe(false);
  });

  it('whose server is killed during the run gives 3', TIMEOUT, async () => {
    const { code, report, stderr } = await judged('--command', DIES, '--filter', 'cancel/');
    expect(report.summary.gone).toMatch(/ended by itself/);
    expect(stderr).toMatch(/✗ no verdict: the server ended by itself/);
    expect(report.cases.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(code).toBe(3);
  });

  it('that calls another model gives 2: one probe, taken back, and no case', TIMEOUT, async () => {
    const { listener, seen } = await otherModel();
    await using other = listener;
    const command = `OPENAI_BASE_URL=http://127.0.0.1:${other.port}/v1 exec tokenwire-server`;
    const { code, stdout } = await run('server', '--command', command);
    expect(stdout).toMatch(/no verdict: the probe did not arrive at the runner.s model, so no case was run/);
    expect(code).toBe(2);
    expect(seen).toEqual(['POST /v1/chat/completions', 'left']);
  });
});
