/** A server that runs already, with credentials, over TLS: `--url`. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { freePort } from '../src/server-process.ts';
import { judged, run } from './support/runner.ts';
import { Listener, served } from './support/servers.ts';

const TIMEOUT = { timeout: 60_000 };
const program = fileURLToPath(new URL('mutants/mutant-server.ts', import.meta.url));
const schema = JSON.parse(readFileSync(new URL('../report.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020().compile(schema);

const alice = 'alice-of-the-test-0123456789';
/** Longer than a line of a trace, with characters that JSON escapes. */
const bob = `bob"of\\the-test-${'0123456789'.repeat(40)}`;
const tokens = { TOKENWIRE_AUTH_TOKENS: `${alice}=alice,${bob}=bob` };

const mockAt = (port: number): string[] => ['--mock-listen', `127.0.0.1:${port}`];

describe.concurrent('a running server', () => {
  it('with credentials is judged, but for the timers that are too long to wait for', TIMEOUT, async () => {
    const modelPort = await freePort();
    await using server = await served('tokenwire-server', modelPort, tokens);
    const auth = ['--auth', alice, '--auth-b', `Bearer ${bob}`];
    const { code, report, stderr } = await judged('--url', server.url, ...mockAt(modelPort), ...auth);
    const undecided = report.cases.filter(({ verdict }) => !['pass', 'not-applicable'].includes(verdict));
    const others = undecided.filter(
      ({ id, reason }) => !id.startsWith('heartbeat/') || !reason?.includes('--slow waits for it'),
    );
    expect(others).toEqual([]);
    expect(stderr).toMatch(/inconclusive: .* --slow waits for it: heartbeat\//);
    validate(report);
    expect(validate.errors).toBeNull();
    expect(code).toBe(4);
  });

  it('without credentials passes a quick look', TIMEOUT, async () => {
    const modelPort = await freePort();
    await using server = await served('tokenwire-server', modelPort);
    const { code, report } = await judged('--url', server.url, ...mockAt(modelPort), '--smoke');
    expect(report.cases.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(report.cases.length).toBeGreaterThan(5);
    expect(code).toBe(0);
  });

  it('that repeats every secret it is told does not get one into any report', TIMEOUT, async () => {
    const modelPort = await freePort();
    const indiscreet = `node --conditions=tw-source ${program} indiscreet`;
    await using server = await served(indiscreet, modelPort, tokens);
    const url = server.url.replace('//', '//user:pa55word-of-the-test@');
    const address = ['--url', `${url}?sig=query-of-the-test`, ...mockAt(modelPort)];
    const auth = ['--auth', alice, '--auth-b', `Bearer ${bob}`];
    const headers = [
      '--header',
      'Authorization: Bearer header-of-the-test',
      '--header',
      'X-Api-Key: key-of-the-test',
    ];
    const options = [...address, ...auth, ...headers, '--filter', 'auth/foreign-stream'];
    const { code, stdout, stderr } = await judged(...options);
    expect(code).toBe(1);
    for (const text of [stdout, stderr]) {
      expect(text).toMatch(/auth\/foreign-stream/);
      expect(text.match(/.{20}(?:of-the-test|of\W{1,4}the-test|0123456789).{9}/gs)).toBeNull();
    }
  });

  it('without credentials does not get the sessions of the runner into any report', TIMEOUT, async () => {
    const command = `API_TOKEN=token-of-the-test node --conditions=tw-source ${program} indiscreet`;
    const { code, stdout, stderr } = await judged('--command', command, '--filter', 'auth/foreign-stream');
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('token-of-the-test');
    expect(stdout).toMatch(/session\W+\[redacted\]/);
    expect(stdout + stderr).not.toMatch(/session\W+[A-Za-z0-9_-]{22,}/);
  });
});

const openssl = hasOpenssl();

describe.skipIf(!openssl && !process.env['CI']).concurrent('a server behind TLS (needs openssl)', () => {
  const smoke = ['--filter', 'heartbeat/pong'];

  it('is judged when its authority is trusted, or anything is, and else not', TIMEOUT, async () => {
    const modelPort = await freePort();
    await using server = await served('tokenwire-server', modelPort);
    const { key, cert } = selfSigned();
    await using tls = await tlsProxy(server.port, key, cert);
    const options = ['--url', `wss://localhost:${tls.port}/`, ...mockAt(modelPort), ...smoke];
    const trusting = await run('server', ...options, '--ca', cert);
    expect(trusting.stdout).toMatch(/✓ the chosen cases hold/);
    expect(trusting.code).toBe(0);
    const careless = await run('server', ...options, '--insecure');
    expect(careless.code).toBe(0);
    const careful = await run('server', ...options);
    expect(careful.stdout).toMatch(/no Tokenwire server there: .*self-signed certificate/);
    expect(careful.code).toBe(3);
  });
});

/** The cases in the order in which they were run: a server that fails them all makes the runner name each. */
async function order(seed: string): Promise<string[]> {
  const failing = `node --conditions=tw-source ${program} cancel-ok-twice`;
  const options = ['--command', failing, '--filter', 'cancel/after', '--concurrency', '1', '--seed', seed];
  const { stderr, report } = await judged(...options);
  expect(report.seed).toBe(Number(seed));
  return [...stderr.matchAll(/failed: (\S+)/g)].map(([, id]) => id ?? '');
}

it.concurrent('the seed decides the order of the cases', TIMEOUT, async () => {
  const [first, again, other] = await Promise.all([order('7'), order('7'), order('8')]);
  expect(first.length).toBeGreaterThan(3);
  expect(again).toEqual(first);
  expect(other.toSorted()).toEqual(first.toSorted());
  expect(other).not.toEqual(first);
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwire-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const pair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...pair, ...subject], { stdio: 'ignore' });
  return { key, cert };
}

async function tlsProxy(port: number, key: string, cert: string): Promise<Listener> {
  const proxy = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
    const plain = connect(port, '127.0.0.1');
    socket.pipe(plain).pipe(socket);
    for (const end of [socket, plain]) end.on('error', () => {});
  });
  proxy.listen(0, 'localhost');
  await once(proxy, 'listening');
  return new Listener((proxy.address() as AddressInfo).port, async () => void proxy.close());
}
