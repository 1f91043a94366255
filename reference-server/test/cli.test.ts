/** The command as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { say, startMockModel } from '@tokenwire/mock-llm';
import { expect, test } from 'vitest';
import { WireClient } from './support/wire.ts';

const bin = fileURLToPath(new URL('../bin/tokenwire-server.js', import.meta.url));

type Running = ChildProcess & { exited: Promise<unknown[]> };

function start(args: string[], env: Record<string, string> = {}): Running {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [bin, ...args], { env: { PATH, OPENAI_API_KEY: 'k', ...env } });
  return Object.assign(child, { exited: once(child, 'exit') });
}

/** What a command that ends by itself prints, and its exit code. */
async function run(args: string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const output = { out: '', err: '' };
  child.stdout?.on('data', (data) => (output.out += String(data)));
  child.stderr?.on('data', (data) => (output.err += String(data)));
  const [code] = await once(child, 'close');
  return { ...output, code: code as number };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [data] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return String(data).trim();
}

test('serves, and leaves in peace on SIGTERM', async () => {
  await using model = await startMockModel();
  const marker = model.script('cli', say(['a', 'b'], { gate: true }));
  const child = start(['--port', '0', '--json'], {
    OPENAI_BASE_URL: model.baseUrl,
    TOKENWIRE_AUTH_TOKENS: 's3cret=anna',
  });
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  using stranger = await WireClient.join(url, { auth: { scheme: 'bearer', token: 'guess' } });
  expect((await stranger.closed).code).toBe(4401);
  using client = await WireClient.join(url, { auth: { scheme: 'bearer', token: 's3cret' } });
  client.generate('cli-test-stream-01', marker);
  model.release('cli', '0');
  await client.until('token');
  child.kill('SIGTERM');
  await client.until('goaway');
  model.release('cli', '1');
  expect(await client.until('end')).toEqual(['token 3 b', 'end 4 stop completed']);
  expect((await client.closed).code).toBe(4503);
  expect(await child.exited).toEqual([0, null]);
});

test('leaves at once on a second signal', async () => {
  await using model = await startMockModel();
  const marker = model.script('cli', say(['a'], { gate: true }));
  const child = start(['--port', '0', '--json'], { OPENAI_BASE_URL: model.baseUrl });
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  using client = await WireClient.join(url);
  client.generate('cli-test-stream-02', marker);
  await client.until('start');
  child.kill('SIGTERM');
  await client.until('goaway');
  child.kill('SIGINT');
  expect(await child.exited).toEqual([0, null]);
});

test('answers plain HTTP with a sentence', async () => {
  const child = start(['--port', '0']);
  const [url = ''] = /ws:\S+/.exec(await firstLine(child)) ?? [];
  const ask = async (path: string) => await fetch(new URL(path, url.replace('ws', 'http')));
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/')).status).toBe(426);
  expect(await (await ask('/nowhere')).text()).toContain('The WebSocket is at /');
  child.kill('SIGTERM');
  expect(await child.exited).toEqual([0, null]);
});

test('says in one line what is wrong with a setting', async () => {
  const { err, code } = await run([], { PORT: 'http' });
  expect(err).toBe('tokenwire-server: PORT: expected an integer from 0 to 65535, got "http"\n');
  expect(code).toBe(2);
});

test('says in one line that it has no model', async () => {
  const { err, code } = await run(['--port', '0'], { OPENAI_API_KEY: '' });
  expect(err).toMatch(/^tokenwire-server: OPENAI_API_KEY: expected .*\n$/);
  expect(code).toBe(2);
});

test('says in one line that the port is in use', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { err, code } = await run(['--port', String(port)]);
  expect(err).toBe(`tokenwire-server: port ${port} is in use at 127.0.0.1\n`);
  expect(code).toBe(1);
  server.close();
});

test('exits with 2 on wrong usage and with 0 on --help', async () => {
  expect(await run(['--prot', '1'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--prot') as string,
  });
  expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--port') as string });
});
