/** WebSocket: our client against our server, on the same model adapter, log and limits as every other transport. */
import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import {
  type Answer,
  type Client,
  type ClientOptions,
  createClient,
  type SocketConstructor,
} from '@tokenwire/client';
import { createServer, type ServerOptions, type TokenwireServer } from '@tokenwire/server';
import { WebSocket } from 'ws';
import type { Dialled } from './dial.ts';
import { Sockets } from './sockets.ts';
import type { Tape } from './tape.ts';
import type { Exchange, GenerateMessage, Line, Target, Transport } from './transport.ts';

export const WEBSOCKET_PATH = '/ws';

export function serveWebSocket(
  server: Server,
  options: Omit<ServerOptions, 'server' | 'path'>,
): TokenwireServer {
  return createServer({ ...options, server, path: WEBSOCKET_PATH });
}

async function outcome({ result }: Answer): Promise<void> {
  const { error } = await result;
  if (error) throw error;
}

/** For servers that are not ours. */
export interface WebSocketOptions extends Pick<ClientOptions, 'auth' | 'maxAttempts' | 'maxRefusals'> {
  /** Called with each connection before anything is said on it. Throws when it must not be used. */
  accept?: (dialled: Dialled) => void;
}

class WebSocketLine implements Line {
  readonly #client: Client;
  readonly #tape: Tape;
  readonly #sockets: Sockets;

  constructor(target: Target, tape: Tape, path: string, { accept = () => {}, ...options }: WebSocketOptions) {
    this.#tape = tape;
    this.#sockets = new Sockets(target, tape);
    const host = isIPv6(target.host) ? `[${target.host}]` : target.host;
    const url = `${target.tls ? 'wss' : 'ws'}://${host}:${target.http1}${path}`;
    this.#client = createClient({ ...options, url, WebSocket: this.#socketClass(accept) });
    this.#client.on('frame', ({ direction, connection, text }) => {
      const conn = this.#conn(connection);
      if (direction === 'in') tape.received(text, conn);
      else tape.sent(text, conn);
    });
  }

  get usable(): boolean {
    return this.#client.state.status !== 'closed' && this.#client.state.status !== 'stopped';
  }

  get dials(): number {
    return this.#sockets.count;
  }

  warmUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.on('state', ({ status, closeCode, closeReason }) => {
        if (status === 'ready') resolve();
        if (status === 'stopped') {
          reject(new Error(`the server did not say welcome: closed with ${closeCode}: ${closeReason}`));
        }
      });
      this.#client.connect();
    });
  }

  ask(message: GenerateMessage): Exchange {
    const { id, messages, model, on_disconnect: onDisconnect } = message;
    const answer = this.#client.generate({
      id,
      messages,
      ...(model !== undefined && { model }),
      ...(onDisconnect && { onDisconnect }),
    });
    const done = outcome(answer);
    return { done, cancel: () => answer.cancel() };
  }

  bytes(): { up: number; down: number } {
    return this.#sockets.bytes();
  }

  cut(): void {
    this.#sockets.cut();
  }

  close(): void {
    this.#client.close();
    this.#sockets.destroy();
  }

  /** The trace names each socket of the client. */
  #conn(connection: number): string {
    return connection === 1 ? this.#tape.conn : `${this.#tape.conn}#${connection}`;
  }

  /** The class of `ws`, on sockets that are dialled and timed here. */
  #socketClass(accept: (dialled: Dialled) => void): SocketConstructor {
    const tape = this.#tape;
    const conn = (): string => this.#conn(this.#sockets.count);
    const createConnection = (
      _options: unknown,
      done: (error: Error | null, socket?: unknown) => void,
    ): undefined => {
      void this.#sockets.dial(done, (dialled) => {
        accept(dialled);
        tape.dialled(conn());
      });
    };
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { createConnection: createConnection as never, perMessageDeflate: false });
        this.on('open', () => {
          tape.phase('upgrade');
          tape.opened(conn());
        });
        this.on('close', (code) => tape.closed(code, 'server', conn()));
      }
    };
  }
}

/** A Tokenwire server at `path`. */
export const webSocketAt = (path: string, options: WebSocketOptions = {}): Transport => ({
  name: 'websocket',
  multiplexed: true,
  recovers: 'resumes',
  open: (target, tape) => new WebSocketLine(target, tape, path, options),
});

export const websocket: Transport = webSocketAt(WEBSOCKET_PATH);
