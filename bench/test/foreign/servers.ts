/** Servers that somebody could have, for one test each. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { bearerTokens, createServer, openAiModel } from '@tokenwire/server';
import { generate as selfSigned } from 'selfsigned';
import { onTestFinished } from 'vitest';

export type Handler = RequestListener;

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A plain HTTP server. Returns its host and port. */
export const httpServer = (handler: Handler): Promise<string> => listening(createHttpServer(handler));

/** The same with a certificate that nobody vouches for. */
export async function httpsServer(handler: Handler): Promise<string> {
  const { private: key, cert } = await selfSigned([{ name: 'commonName', value: 'localhost' }]);
  return await listening(createHttpsServer({ key, cert }, handler));
}

/** A port on which nothing listens any more. */
export async function deadPort(): Promise<string> {
  const server = createHttpServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return `127.0.0.1:${port}`;
}

/** Our own server in front of that model. `token`: the only one that it takes. */
export async function tokenwireServer(
  baseURL: string,
  token?: string,
): Promise<{ url: string; die: () => void }> {
  const http = createHttpServer();
  const server = createServer({
    server: http,
    path: '/ws',
    model: openAiModel({ baseURL, apiKey: 'any', model: 'any' }),
    ...(token !== undefined && { authenticate: bearerTokens(new Map([[token, { principal: 'somebody' }]])) }),
  });
  const host = await listening(http);
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
  });
  const die = (): void => {
    http.closeAllConnections();
    http.close();
    void server.close();
  };
  return { url: `ws://${host}/ws`, die };
}
