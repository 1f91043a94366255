/** The only place that touches WebSockets. It does what the session says, and tells it what happened. */
import { SUBPROTOCOL } from '@tokenwire/spec';
import type { ConnectionNumber, Credentials, Input } from './session/effects.ts';

/** What this client uses of a WebSocket: the standard one and the class of the `ws` package both have it. */
export interface SocketLike {
  readonly protocol: string;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'error', listener: (event: { message?: unknown }) => void): void;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** A constructor like that of the standard `WebSocket`. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export interface SocketOptions {
  url: string;
  WebSocket: SocketConstructor;
  auth: (() => Credentials | Promise<Credentials>) | undefined;
  /** Where events go. */
  input: (input: Input) => void;
}

export class Sockets {
  readonly #options: SocketOptions;
  readonly #open = new Map<ConnectionNumber, SocketLike | 'authenticating'>();

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /** Credentials are fetched first, and anew for each connection: `hello` must not wait for them on an open socket. */
  async open(connection: ConnectionNumber): Promise<void> {
    this.#open.set(connection, 'authenticating');
    const { auth, input } = this.#options;
    try {
      const credentials = auth && (await auth());
      if (this.#open.has(connection)) this.#connect(connection, credentials);
    } catch (error) {
      if (!this.#open.delete(connection)) return;
      input({ kind: 'closed', connection, code: 1006, reason: error instanceof Error ? error.message : '' });
    }
  }

  #connect(connection: ConnectionNumber, auth: Credentials | undefined): void {
    const { url, WebSocket, input } = this.#options;
    const socket = new WebSocket(url, [SUBPROTOCOL]);
    this.#open.set(connection, socket);
    const heard = (event: Input) => {
      if (this.#open.get(connection) === socket) input(event);
    };
    let complaint = '';
    socket.addEventListener('open', () => {
      heard({ kind: 'opened', connection, protocol: socket.protocol, ...(auth && { auth }) });
    });
    socket.addEventListener('message', ({ data }) => {
      heard(
        typeof data === 'string'
          ? { kind: 'message', connection, text: data }
          : { kind: 'binary', connection },
      );
    });
    // `ws` throws an error that nobody listens to, also while it closes.
    socket.addEventListener('error', ({ message }) => {
      if (typeof message === 'string') complaint = message;
    });
    socket.addEventListener('close', ({ code, reason }) => {
      heard({ kind: 'closed', connection, code, reason: reason || complaint });
      if (this.#open.get(connection) === socket) this.#open.delete(connection);
    });
  }

  send(connection: ConnectionNumber, text: string): void {
    const socket = this.#open.get(connection);
    if (socket && socket !== 'authenticating') socket.send(text);
  }

  /** Closes it and stops listening. A peer that is gone would keep a socket closing for long: nobody waits for it. */
  close(connection: ConnectionNumber, code: number, reason: string): void {
    const socket = this.#open.get(connection);
    this.#open.delete(connection);
    if (!socket || socket === 'authenticating') return;
    socket.close(code, reason);
  }
}
