/** The only file that knows the `ws` package. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { SUBPROTOCOL } from '@tokenwire/spec';
import { WebSocket, WebSocketServer } from 'ws';
import type { Transport } from './house.ts';

/** Who handles what comes over one socket. */
export interface SocketHandler {
  receive(text: string): void;
  receiveBinary(): void;
  heard(): void;
  flushed(): void;
  lost(): void;
}

/** How long a peer may take to answer a close, before its socket is cut. */
const CLOSE_WAIT_MS = 1000;
/** Known to ws, not yet to its types. */
const closeTimeout: object = { closeTimeout: CLOSE_WAIT_MS };

export class SocketAcceptor {
  readonly #server: WebSocketServer;

  /** @param maxBytes of one message; ws closes with 1009 above it. framing.too-large */
  constructor(maxBytes: number) {
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: maxBytes,
      clientTracking: false,
      // handshake.no-compression
      perMessageDeflate: false,
      // handshake.subprotocol-selected: the handshake made sure that it was offered.
      handleProtocols: () => SUBPROTOCOL,
      ...closeTimeout,
    });
  }

  /** Finishes the upgrade; `connect` gives the handler of the new socket. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    connect: (one: Transport) => SocketHandler,
  ): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => bind(ws, socket, connect));
  }
}

function bind(ws: WebSocket, socket: Duplex, connect: (one: Transport) => SocketHandler): void {
  const transport = new SocketTransport(ws, socket);
  const handler = connect(transport);
  transport.onFlushed = () => handler.flushed();
  ws.on('message', (data: Buffer, isBinary) => {
    // After our own close nothing is processed any more.
    if (ws.readyState !== WebSocket.OPEN) return;
    if (isBinary) handler.receiveBinary();
    else handler.receive(data.toString('utf8'));
  });
  ws.on('ping', () => handler.heard());
  ws.on('pong', () => handler.heard());
  ws.on('close', () => handler.lost());
  // A broken frame, or too large a message: ws closes by itself, with the code for it.
  ws.on('error', () => handler.lost());
}

class SocketTransport implements Transport {
  readonly #ws: WebSocket;
  readonly #socket: Duplex & { readonly bytesRead?: number };
  onFlushed: () => void = () => {};

  constructor(ws: WebSocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
  }

  get buffered(): number {
    return this.#ws.bufferedAmount;
  }

  get received(): number {
    return this.#socket.bytesRead ?? 0;
  }

  send(text: string): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(text, this.#flushed);
  }

  close(code: number, reason: string): void {
    this.#ws.resume();
    this.#ws.close(code, reason);
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  readonly #flushed = (error?: Error | null): void => {
    if (!error) this.onFlushed();
  };
}
