/** Our server, a process of its own: every transport in front of one model adapter, log and validation. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { MemoryLogStore, openAiModel, systemClock } from '@tokenwire/server';
import { completeLimits, Hub } from '@tokenwire/server/core';
import { generate as selfSigned } from 'selfsigned';
import { blockingRoutes } from '../transports/blocking.ts';
import { type Routes, route } from '../transports/http-server.ts';
import { pollingRoutes } from '../transports/polling.ts';
import { sseRoutes } from '../transports/sse.ts';
import { serveWebSocket } from '../transports/websocket.ts';
import { serveParent } from './child.ts';
import { type Faults, faultyModel, FaultyStore } from './faults.ts';

/** The ports of a server, without and with TLS. */
export interface Ports {
  plain: { http1: number; http2: number };
  tls: { http1: number; http2: number };
}

export interface ServerSettings {
  baseURL: string;
  host: string;
}

/** Longer than any pause of a run: Node's own 5 s would turn warm requests into cold ones without a word. */
const KEEP_ALIVE_MS = 600_000;
const LIMITS = { max_streams: 4096, retention_ms: 10_000, id_memory_ms: 10_000 };

let faults: Faults = {};
const current = (): Faults => faults;

export const serverMethods = {
  listen: async (settings: ServerSettings): Promise<Ports> => await listen(settings),
  /** From now on these, and no others. */
  fault: (wanted: Faults): void => {
    faults = wanted;
  },
  /** Blocks the event loop, as a long garbage collection or a slow parse would. */
  stall: (ms: number): void => {
    setImmediate(() => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms));
  },
};
export type ServerMethods = typeof serverMethods;
serveParent(serverMethods);

async function listen({ baseURL, host }: ServerSettings): Promise<Ports> {
  const model = faultyModel(openAiModel({ baseURL, apiKey: 'any', model: 'bench' }), current);
  await model.warmUp?.();
  const store = new FaultyStore(new MemoryLogStore('bench'), current);
  const hub = new Hub({ clock: systemClock, store, model, limits: completeLimits(LIMITS), onIdle: () => {} });
  const routes: Routes = {
    'GET /healthz': ({ response }) => void response.writeHead(200).end('ok\n'),
    ...sseRoutes(hub),
    ...blockingRoutes(hub),
    ...pollingRoutes(hub),
  };
  const answer: RequestListener = (request, response) => void route(routes, request, response);
  const pem = await selfSigned([{ name: 'commonName', value: 'localhost' }]);
  const tls = { key: pem.private, cert: pem.cert, noDelay: true };
  const plain1 = createHttpServer({ noDelay: true }, answer);
  const tls1 = createHttpsServer(tls, answer);
  for (const server of [plain1, tls1]) {
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    // Behind the server's own listener, which has switched Nagle's algorithm off by then.
    server.on('connection', (socket: Socket) => socket.setNoDelay(faults.nagle !== true));
    serveWebSocket(server, { model, log: store, limits: LIMITS });
  }
  // The compatible API of HTTP/2: the same handlers serve both versions.
  const plain2 = createHttp2Server({}, answer as never);
  const tls2 = createSecureServer(tls, answer as never);
  const at = async (server: Listener): Promise<number> => await portOf(server, host);
  return {
    plain: { http1: await at(plain1), http2: await at(plain2) },
    tls: { http1: await at(tls1), http2: await at(tls2) },
  };
}

interface Listener {
  listen(port: number, host: string, listening: () => void): unknown;
  address(): AddressInfo | string | null;
}

function portOf(server: Listener, host: string): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });
}
