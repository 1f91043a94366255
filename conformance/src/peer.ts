/** The runner's own client: one socket that can also misbehave. The only file that opens WebSockets. */
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { now, parseMessage, type Recorder, type TraceEventOf, type WireMessage } from './trace.ts';

/** How to reach a server. */
export interface Address {
  url: string;
  headers: Record<string, string>;
  /** A file with the certificate authority to trust, PEM. */
  ca?: string | undefined;
  /** Accept any certificate. */
  insecure?: boolean | undefined;
}

export interface PeerOptions {
  name: string;
  /** A label for the trace; two peers with the same label are the same principal. */
  principal: string;
  offered: readonly string[];
  headers?: Record<string, string>;
  /** Offer permessage-deflate, as browsers do. */
  compression?: boolean;
  /** Answer pings (default true). */
  answersPings?: boolean;
}

/** How a connection can be lost. `silence`: the socket stays open and nothing is read or sent any more. */
export type Cut = 'close' | 'reset' | 'half_close' | 'silence';

export class Peer {
  readonly name: string;
  readonly recorder: Recorder;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  #answersPings: boolean;
  #closing = false;

  constructor(address: Address, options: PeerOptions, recorder: Recorder) {
    this.name = options.name;
    this.recorder = recorder;
    this.#answersPings = options.answersPings ?? true;
    this.#socket = dial(address);
    const { name: conn, principal, offered } = options;
    recorder.add({ at: now(), kind: 'dialled', conn, principal, offered });
    this.#ws = new WebSocket(address.url, [...offered], {
      headers: { ...address.headers, ...options.headers },
      createConnection: () => this.#socket,
      perMessageDeflate: options.compression ?? false,
      maxPayload: 64 * 1024 * 1024,
      skipUTF8Validation: false,
    });
    this.#record();
  }

  #record(): void {
    const conn = this.name;
    const add = this.recorder.add.bind(this.recorder);
    this.#ws.on('open', () => {
      this.#socket.setNoDelay(true);
      add({ at: now(), kind: 'opened', conn, selected: this.#ws.protocol, extensions: this.#ws.extensions });
    });
    this.#ws.on('unexpected-response', (request, response) => {
      add({ at: now(), kind: 'refused', conn, status: response.statusCode ?? 0 });
      request.destroy();
    });
    this.#ws.on('message', (data: Buffer, binary) => {
      const raw = data.toString('utf8');
      const message = binary ? undefined : parseMessage(raw);
      add({ at: now(), kind: 'received', conn, raw, message, binary });
      if (this.#answersPings && message?.['type'] === 'ping') this.send({ type: 'pong', t: message['t'] });
    });
    // A server that selects no subprotocol, or breaks a frame, surfaces here; the close that follows tells.
    this.#ws.on('error', (error) => this.recorder.did(`${conn}: ${error.message}`));
    this.#ws.on('close', (code) => {
      add({ at: now(), kind: 'closed', conn, code, by: this.#closing ? 'client' : 'server' });
    });
  }

  /** Sends one message as JSON. */
  send(message: WireMessage): TraceEventOf<'sent'> {
    return this.sendText(JSON.stringify(message));
  }

  /** Sends any text as one message, or as several fragments of these sizes in bytes. */
  sendText(raw: string | Buffer, fragments: readonly number[] = []): TraceEventOf<'sent'> {
    const bytes = Buffer.from(raw);
    const sent = this.#sent(bytes.toString('utf8'));
    let from = 0;
    for (const size of fragments) {
      this.#ws.send(bytes.subarray(from, from + size), { binary: false, fin: false }, ignore);
      from += size;
    }
    this.#ws.send(bytes.subarray(from), { binary: false, fin: true }, ignore);
    return sent;
  }

  sendBinary(bytes: Buffer): TraceEventOf<'sent'> {
    const sent = this.#sent(`binary, ${bytes.length} bytes`);
    this.#ws.send(bytes, { binary: true }, ignore);
    return sent;
  }

  /** Noted before it happens: a bound that begins with it must not begin late. */
  #sent(raw: string): TraceEventOf<'sent'> {
    const event = { at: now(), kind: 'sent', conn: this.name, raw, message: parseMessage(raw) } as const;
    this.recorder.add(event);
    return event;
  }

  /** Can it still send and receive? Not when it was cut, closed or stopped reading. */
  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN && !this.#closing && !this.#ws.isPaused;
  }

  /** From now on pings stay unanswered. */
  ignorePings(): void {
    this.#answersPings = false;
  }

  /** Stops reading from the socket until `read` is called. */
  stall(): void {
    this.recorder.did(`${this.name} stops reading`);
    this.#ws.pause();
  }

  read(): void {
    this.recorder.did(`${this.name} reads again`);
    this.#ws.resume();
  }

  /** Loses the connection. Returns when it did so, on the clock of the trace. */
  cut(how: Cut, code = 1000): number {
    const { at } = this.recorder.did(`${this.name} is cut by ${how}${how === 'close' ? ` ${code}` : ''}`);
    this.#closing = true;
    if (how === 'close') this.#ws.close(code);
    else if (how === 'reset') this.#socket.resetAndDestroy();
    else if (how === 'half_close') this.#socket.end();
    else this.#ws.pause();
    return at;
  }

  /** Lets go of the socket without ceremony. */
  destroy(): void {
    this.#closing = true;
    this.#ws.terminate();
    this.#socket.destroy();
  }
}

/** A send on a socket that is gone is not an error of the runner: the trace shows the close. */
function ignore(): void {}

function dial(address: Address): Socket {
  const url = new URL(address.url);
  const secure = url.protocol === 'wss:';
  const port = Number(url.port || (secure ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!secure) return connectTcp({ host, port });
  return connectTls({
    host,
    port,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(address.ca === undefined ? {} : { ca: readFileSync(address.ca) }),
    rejectUnauthorized: address.insecure !== true,
    ALPNProtocols: ['http/1.1'],
  });
}
