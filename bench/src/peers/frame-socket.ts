/** A WebSocket client as bare as can be: frames in, frames out. */
import { WebSocket } from 'ws';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { Sockets } from '../transports/sockets.ts';

export interface FrameSocketOptions {
  path: string;
  protocols?: string[];
  heard: (data: Buffer, isBinary: boolean) => void;
  /** The socket is gone, or could not be opened. */
  lost: (error: Error) => void;
}

export class FrameSocket {
  readonly sockets: Sockets;
  readonly #url: string;
  readonly #tape: Tape;
  readonly #options: FrameSocketOptions;
  #socket: WebSocket | undefined;

  constructor(target: Target, tape: Tape, options: FrameSocketOptions) {
    this.sockets = new Sockets(target, tape);
    this.#tape = tape;
    this.#options = options;
    this.#url = `${target.tls ? 'wss' : 'ws'}://${target.host}:${target.http1}${options.path}`;
  }

  get usable(): boolean {
    return this.#socket === undefined || this.#socket.readyState <= WebSocket.OPEN;
  }

  open(): Promise<void> {
    if (this.#socket === undefined || !this.usable) this.#socket = this.#connect();
    const socket = this.#socket;
    if (socket.readyState === WebSocket.OPEN) return Promise.resolve();
    return new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed before it was open')));
    });
  }

  /** Opens the socket first when there is none. */
  send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket.send(text);
    this.open().then(
      () => this.#socket?.send(text),
      // Whoever asked hears it by `lost`, which every end of a socket calls.
      () => {},
    );
  }

  close(): void {
    this.#socket?.terminate();
  }

  #connect(): WebSocket {
    const { protocols = [], heard, lost } = this.#options;
    const createConnection = (_options: unknown, done: Parameters<Sockets['dial']>[0]): undefined =>
      void this.sockets.dial(done);
    const socket = new WebSocket(this.#url, protocols, {
      createConnection: createConnection as never,
      perMessageDeflate: false,
    });
    socket.on('open', () => this.#tape.phase('upgrade'));
    socket.on('message', (data: Buffer, isBinary) => heard(data, isBinary));
    socket.on('error', lost);
    socket.on('close', (code) => {
      if (socket === this.#socket) lost(new Error(`the connection was closed with ${code}`));
    });
    return socket;
  }
}
