import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { measureLink } from '../../src/link/echo.ts';
import { inNamespace, startTunLink, tunAvailable, type TunLink } from '../../src/link/tun.ts';
import { startServer } from './tcp.ts';

const RTT_MS = 20;
const CLIENT = fileURLToPath(new URL('./namespace-client.ts', import.meta.url));
const available = tunAvailable();
const why = available.ok ? '' : `, skipped: ${available.reason}`;

async function runClient(link: TunLink, port: number, text: string) {
  const { host } = await link.route(port);
  const [command, ...args] = [...inNamespace(link), process.execPath, CLIENT, host, String(port), text];
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 10_000_000 });
  return JSON.parse(stdout) as { received: string; how: string };
}

describe.skipIf(!available.ok)(`a link by packets${why}`, () => {
  test('delays the handshake as well as the bytes, and its namespace goes when it is closed', async () => {
    const link = await startTunLink({ rttMs: RTT_MS });
    const measured = await measureLink(link, { rttMs: RTT_MS, samples: 5, connects: 3 });
    expect(measured.rtt_ms).toBeGreaterThanOrEqual(RTT_MS);
    expect(measured.connect_ms).toBeGreaterThanOrEqual(RTT_MS);
    expect(existsSync(`/run/netns/${link.namespace}`)).toBe(true);
    await link.close();
    expect(existsSync(`/run/netns/${link.namespace}`)).toBe(false);
  });

  test.for([
    ['plain', { rttMs: RTT_MS }],
    ['with jitter', { rttMs: RTT_MS, jitterMs: 9 }],
    ['narrow, with outages', { rttMs: RTT_MS, bandwidthKbit: 20_000, outage: { everyMs: 60, forMs: 30 } }],
  ] as const)('%s, it brings all bytes and counts them', async ([, options]) => {
    await using server = await startServer('0.0.0.0');
    await using link = await startTunLink(options);
    const answer = 'tokenwire '.repeat(30_000);
    const client = runClient(link, server.port, 'question');
    const accepted = await server.nextConnection();
    const [question] = (await once(accepted.resume(), 'data')) as [Buffer];
    expect(String(question)).toBe('question');
    accepted.end(answer);
    const { received, how } = await client;
    expect([how, received.length, received === answer]).toEqual(['end', answer.length, true]);
    const counted = (await link.bytes())[server.port];
    expect(counted).toMatchObject({ up: 8, connections: 1 });
    expect(counted?.down).toBeGreaterThanOrEqual(answer.length); // what TCP sent twice counts twice
  });

  test('a cut resets both sides, and later connections work', async () => {
    await using server = await startServer('0.0.0.0');
    await using link = await startTunLink({ rttMs: RTT_MS });
    const client = runClient(link, server.port, 'hello');
    const accepted = await server.nextConnection();
    await once(accepted.resume(), 'data');
    const reset = new Promise((resolve) => accepted.once('error', resolve));
    await link.cut(server.port);
    expect(await reset).toMatchObject({ code: 'ECONNRESET' });
    expect((await client).how).toBe('ECONNRESET');

    const later = runClient(link, server.port, 'hello again');
    (await server.nextConnection()).end('welcome back');
    expect(await later).toEqual({ received: 'welcome back', how: 'end' });
  });
});
