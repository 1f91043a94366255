/** What the demo's http server gives out, and to whom. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { servePage } from '../demo/page-server.ts';

async function get(
  path: string,
  host = '127.0.0.1',
): Promise<{ status: number; type: string; body: string }> {
  const server = createServer((asked, response) => void servePage(asked, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Not fetch: it would tidy the path up.
  const asked = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const body = await text(response);
  server.close();
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body };
}

test('serves the page and its modules', async () => {
  expect(await get('/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  for (const path of ['/page/page.js', '/zod/index.js', '/zod/v4/classic/external.js']) {
    expect(await get(path)).toMatchObject({ status: 200, type: 'text/javascript; charset=utf-8' });
  }
});

test('serves TypeScript as JavaScript', async () => {
  const { type, body } = await get('/client/session/session.ts');
  expect(type).toBe('text/javascript; charset=utf-8');
  expect(body).toContain('export class Session');
  expect(body).not.toContain('interface');
});

test.each([
  '/client/../package.json',
  '/client/%2e%2e/package.json',
  '/client//etc/passwd',
  '/page/.hidden.js',
  '/page/start.ts/../../package.json',
  '/zod/package.json',
  '/elsewhere/index.js',
  '/client/nothing.ts',
])('has nothing at %s', async (path) => {
  expect((await get(path)).status).toBe(404);
});

test('serves nobody who calls this machine by another name', async () => {
  expect((await get('/', 'evil.example')).status).toBe(404);
});
