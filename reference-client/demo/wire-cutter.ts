/** Pulls the plug for one browser tab: its sockets vanish without a close, and new ones are refused. */
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Where the page finds the Tokenwire server. */
export const SOCKET_PATH = '/ws';

/** Stands between the http server and the Tokenwire server. */
export class WireCutter {
  /** Listens on no port: it is where the Tokenwire server hears of the upgrades that were let through. */
  readonly door = new Server();
  readonly #sockets = new Map<string, Set<Duplex>>();
  readonly #cut = new Set<string>();

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const tab = tabOf(request);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== SOCKET_PATH || !isLocal(request) || this.#cut.has(tab)) {
      socket.destroy();
      return;
    }
    const sockets = this.#sockets.get(tab) ?? new Set();
    this.#sockets.set(tab, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#sockets.delete(tab);
    });
    const taken = this.door.emit('upgrade', request, socket, head);
    if (!taken) socket.destroy();
  }

  /** `POST /cut?tab=…` and `POST /mend?tab=…`. Returns whether the request was one of these. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'POST' || !isLocal(request)) return false;
    const tab = tabOf(request);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/mend') this.#cut.delete(tab);
    else if (pathname === '/cut') {
      this.#cut.add(tab);
      for (const socket of this.#sockets.get(tab) ?? []) socket.destroy();
    } else return false;
    response.writeHead(204).end();
    return true;
  }
}

function tabOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://localhost').searchParams.get('tab') ?? '';
}

/** A page of another site that points its name at 127.0.0.1 still sends its own name as `Host`. */
export function isLocal({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '');
}
