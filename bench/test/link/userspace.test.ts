import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { LinkOptions } from '../../src/link/contract.ts';
import { measureLink } from '../../src/link/echo.ts';
import { randomFrom } from '../../src/stats/random.ts';
import { startUserspaceLink } from '../../src/link/userspace.ts';
import { dial, readToEnd, startServer, writeInPieces } from './tcp.ts';

const RTT_MS = 20;

function randomBytes(length: number, seed: number): Buffer {
  const random = randomFrom(seed);
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.for<[string, LinkOptions]>([
  ['a plain link', { rttMs: RTT_MS }],
  ['a link with jitter', { rttMs: RTT_MS, jitterMs: 9 }],
  [
    'a narrow link with outages',
    { rttMs: RTT_MS, bandwidthKbit: 40_000, outage: { everyMs: 60, forMs: 30 } },
  ],
])('%s brings all bytes, both ways at once, and each FIN behind them', async ([, options]) => {
  await using server = await startServer();
  await using link = await startUserspaceLink(options);
  const client = await dial(await link.route(server.port));
  const accepted = await server.nextConnection();
  const [up, down] = [randomBytes(300_000, 1), randomBytes(400_000, 2)];
  const [atServer, atClient] = await Promise.all([
    readToEnd(accepted),
    readToEnd(client),
    writeInPieces(client, up, randomFrom(3)),
    writeInPieces(accepted, down, randomFrom(4)),
  ]);
  expect([atServer.how, atClient.how]).toEqual(['end', 'end']);
  expect(atServer.received.equals(up)).toBe(true);
  expect(atClient.received.equals(down)).toBe(true);
  expect(await link.bytes()).toEqual({
    [server.port]: { up: up.length, down: down.length, connections: 1 },
  });
});

test('a client that has said all still gets its answer', async () => {
  await using server = await startServer();
  await using link = await startUserspaceLink({ rttMs: RTT_MS });
  const client = await dial(await link.route(server.port));
  client.end('question');
  const accepted = await server.nextConnection();
  expect(String((await readToEnd(accepted)).received)).toBe('question');
  accepted.end('answer');
  expect(String((await readToEnd(client)).received)).toBe('answer');
});

test('neither the first byte nor the connect gets around the handshake', async () => {
  await using link = await startUserspaceLink({ rttMs: RTT_MS });
  const measured = await measureLink(link, { rttMs: RTT_MS, samples: 5, connects: 3 });
  expect(measured.samples).toBe(5);
  expect(measured.rtt_ms).toBeGreaterThanOrEqual(RTT_MS);
  expect(measured.connect_ms).toBeGreaterThanOrEqual(RTT_MS);

  await using server = await startServer();
  const client = await dial(await link.route(server.port));
  const connectedMs = performance.now();
  client.write('x');
  await once((await server.nextConnection()).resume(), 'data');
  // R of the handshake and half of one for the byte; 1 ms for two processes that read their clocks at different times
  expect(performance.now() - connectedMs).toBeGreaterThan(1.5 * RTT_MS - 1);
  client.destroy();
});

test('a side that resets its connection resets the other side, behind what it sent before', async () => {
  await using server = await startServer();
  await using link = await startUserspaceLink({ rttMs: RTT_MS });
  const client = await dial(await link.route(server.port));
  client.write('last words');
  const accepted = await server.nextConnection();
  const [words] = (await once(accepted.resume(), 'data')) as [Buffer];
  expect(String(words)).toBe('last words');
  const ended = readToEnd(accepted);
  client.resetAndDestroy();
  expect((await ended).how).toBe('ECONNRESET');
});

test('a cut resets both sides of the connections to one port, and later ones work', async () => {
  await using cutOff = await startServer();
  await using spared = await startServer();
  await using link = await startUserspaceLink({ rttMs: RTT_MS });
  const [victim, witness] = [
    await dial(await link.route(cutOff.port)),
    await dial(await link.route(spared.port)),
  ];
  const sides = [victim, await cutOff.nextConnection()].map(readToEnd);
  await link.cut(cutOff.port);
  expect((await Promise.all(sides)).map(({ how }) => how)).toEqual(['ECONNRESET', 'ECONNRESET']);

  const later = await dial(await link.route(cutOff.port));
  for (const [client, server] of [[witness, spared] as const, [later, cutOff] as const]) {
    client.end('still here');
    expect(String((await readToEnd(await server.nextConnection())).received)).toBe('still here');
    client.destroy();
  }
});

test('a client of a port where nobody listens is reset', async () => {
  const gone = await startServer();
  await gone[Symbol.asyncDispose]();
  await using link = await startUserspaceLink({ rttMs: RTT_MS });
  const client = await dial(await link.route(gone.port));
  expect((await readToEnd(client)).how).toBe('ECONNRESET');
});

test('a server is slowed down by a client that does not read', async () => {
  await using server = await startServer();
  await using link = await startUserspaceLink({ rttMs: RTT_MS });
  const client = await dial(await link.route(server.port));
  client.pause();
  const accepted = await server.nextConnection();
  const all = Buffer.alloc(64_000_000);
  accepted.end(all);
  let [before, after] = [-1, 0];
  while (before !== after || after === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5 * RTT_MS));
    [before, after] = [after, (await link.bytes())[server.port]?.down ?? 0];
  }
  expect(after).toBeLessThan(all.length / 2); // the limit of the link, and what the kernel takes on top
  expect((await readToEnd(client)).received.length).toBe(all.length);
});

test('the process of a link ends with its parent', async () => {
  const program = `
    const { startUserspaceLink } = await import(${JSON.stringify(new URL('../../src/link/userspace.ts', import.meta.url).href)});
    console.log((await startUserspaceLink({ rttMs: 20 })).pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitUntil(() => !isRunning(pid), { timeout: 4000 });
});

test('a closed link says so, and closing it twice is fine', async () => {
  const link = await startUserspaceLink({ rttMs: RTT_MS });
  await link.close();
  await link.close();
  await expect(link.bytes()).rejects.toThrow(/link that is closed; start another/);
});
