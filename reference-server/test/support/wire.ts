import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { decodeServer, type ServerMessage } from '@tokenwire/spec';
import { WebSocket } from 'ws';
import { createServer, type ServerOptions, type TokenwireServer } from '../../src/server.ts';
import { short } from './fake-house.ts';

/** A server on a socket of its own. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly tokenwire: TokenwireServer;
}

export async function serve(options: Omit<ServerOptions, 'server'>): Promise<RunningServer> {
  const server = createHttpServer();
  const tokenwire = createServer({ server, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    tokenwire,
    [Symbol.asyncDispose]: async () => {
      await tokenwire.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A client that only knows the wire. */
export class WireClient implements Disposable {
  readonly ws: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #taken = 0;
  #socket: Socket | undefined;
  #arrived: () => void = () => {};

  constructor(url: string) {
    this.ws = new WebSocket(url, 'tokenwire.v1');
    this.ws.on('upgrade', (response) => (this.#socket = response.socket));
    this.ws.on('message', (data: Buffer) => {
      const decoded = decodeServer(data.toString());
      if (!decoded.ok) throw new Error(decoded.message);
      this.messages.push(decoded.message);
      this.#arrived();
    });
    this.ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#arrived();
      });
    });
  }

  /** Connects and says hello. */
  static async join(url: string, hello: object = { session: 'kq3vX0mB2uQ7sT9yLw5cN8' }): Promise<WireClient> {
    const client = new WireClient(url);
    await once(client.ws, 'open');
    client.send({ type: 'hello', features: {}, ...hello });
    return client;
  }

  send(message: object): void {
    this.ws.send(JSON.stringify(message));
  }

  /** Past the WebSocket library, which would not send it. */
  writeRaw(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  generate(id: string, content: string, more: object = {}): void {
    this.send({ type: 'generate', id, messages: [{ role: 'user', content }], ...more });
  }

  /** The next message, whenever it comes. */
  async next(): Promise<ServerMessage> {
    while (this.messages.length === this.#taken) {
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error('the connection is closed');
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
    return this.messages[this.#taken++] as ServerMessage;
  }

  /** The next message that has this beginning as a short line, and all before it. */
  async until(beginning: string): Promise<string[]> {
    const lines: string[] = [];
    while (lines.at(-1)?.startsWith(beginning) !== true) lines.push(short(await this.next()));
    return lines;
  }

  [Symbol.dispose](): void {
    this.ws.terminate();
  }
}
