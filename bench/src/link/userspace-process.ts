/** The process of a userspace link: a TCP proxy that holds everything back by the link's delay. Options are argv[2], JSON. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { now } from '../clock.ts';
import { DueQueue } from '../due-queue.ts';
import type { LinkBytes, LinkOptions } from './contract.ts';

import type { LinkAnswer, LinkRequest } from './helper-link.ts';
import { randomFrom } from '../stats/random.ts';
import { relay, type SharedLink } from './relay.ts';
import { LinkDirection } from './schedule.ts';

interface Route {
  server: Server;
  bytes: LinkBytes;
  cuts: Set<() => void>;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LinkOptions;
const random = randomFrom(options.seed ?? 1, 'link');
const startedMs = now();
const link: SharedLink = {
  options,
  queue: new DueQueue(),
  up: new LinkDirection(options, startedMs, random),
  down: new LinkDirection(options, startedMs, random),
};
const routes = new Map<number, Route>();

async function route(port: number): Promise<{ host: string; port: number }> {
  const existing = routes.get(port);
  const { server } = existing ?? openRoute(port);
  if (!server.listening) await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function openRoute(port: number): Route {
  const bytes: LinkBytes = { up: 0, down: 0, connections: 0 };
  const cuts = new Set<() => void>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
    bytes.connections++;
    const cut = relay(client, port, link, bytes);
    cuts.add(cut);
    client.on('close', () => cuts.delete(cut));
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
  const opened = { server, bytes, cuts };
  routes.set(port, opened);
  return opened;
}

function cut(port?: number): void {
  for (const [routed, { cuts }] of routes) {
    if (port === undefined || port === routed) for (const cutOne of cuts) cutOne();
  }
}

async function answer(request: LinkRequest): Promise<unknown> {
  if (request.ask === 'route') return route(request.port);
  if (request.ask === 'bytes') {
    return Object.fromEntries(Array.from(routes, ([port, { bytes }]) => [port, bytes]));
  }
  return cut(request.port);
}

function say(message: LinkAnswer): void {
  process.send?.(message);
}

process.on('message', (request: LinkRequest) => {
  answer(request).then(
    (value) => say({ id: request.id, value: value ?? null }),
    (error: unknown) => say({ id: request.id, error: String(error) }),
  );
});
process.on('SIGINT', () => {}); // Ctrl-C is for the parent, which disconnects when it is done
process.on('disconnect', () => process.exit());
