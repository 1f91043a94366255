/** Hands WebSocket messages, closes and refusals on between a client and the server, but for one fault. */
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Link, Message, Mutant, StreamNotes } from './mutant.ts';

/** So much may wait for a slow client before the server is held up as it would be without a relay. */
const MAX_WAITING = 65_536;
const HANDED_ON = /^(?:authorization|cookie|origin|x-.*)$/;

export interface Surroundings {
  mutant: Mutant;
  /** How many there were so far. */
  connections: number;
  /** The port of the server behind. */
  port: number;
  streams: Map<string, StreamNotes>;
  callModel: (messages: unknown) => Promise<void>;
}

/** Opens the server's side first, so that the client gets the server's answer to the upgrade. */
export function relayUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  around: Surroundings,
): void {
  const { mutant, port } = around;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/).filter(Boolean);
  const unasked = mutant.subprotocol === 'unasked' && !offered.includes('tokenwire.v1');
  const tcp = connect(port, '127.0.0.1');
  const upstream = new WebSocket(`ws://127.0.0.1:${port}/`, unasked ? ['tokenwire.v1'] : offered, {
    headers: handedOn(request),
    createConnection: () => tcp,
    perMessageDeflate: false,
  });
  upstream.on('error', () => tcp.destroy());
  upstream.once('unexpected-response', (_request, response) => {
    const status = mutant.refusesWith ?? response.statusCode;
    socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    tcp.destroy();
  });
  upstream.once('open', () => {
    const selected = mutant.subprotocol === 'first' ? (offered[0] ?? '') : upstream.protocol;
    const accepting = new WebSocketServer({
      noServer: true,
      perMessageDeflate: mutant.compression ? { threshold: 0 } : false,
      handleProtocols: () => selected,
    });
    accepting.handleUpgrade(request, socket, head, (downstream) => {
      new RelayedLink(request, { client: downstream, server: upstream, tcp }, around).open(socket);
    });
  });
}

function handedOn({ headers }: IncomingMessage): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => HANDED_ON.test(name));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

class RelayedLink implements Link {
  readonly #client: WebSocket;
  readonly #server: WebSocket;
  /** The connection to the server, for an end without ceremony. */
  readonly #tcp: Socket;
  readonly #around: Surroundings;
  /** The runner's look before its cases is left alone. */
  #isProbe = false;
  hello: Message | undefined;
  welcomed = false;
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
  readonly connections: number;
  readonly notes = new Map<string, number>();
  readonly streams: Map<string, StreamNotes>;

  constructor(
    request: IncomingMessage,
    { client, server, tcp }: { client: WebSocket; server: WebSocket; tcp: Socket },
    around: Surroundings,
  ) {
    this.headers = request.headers;
    this.url = request.url ?? '/';
    this.#client = client;
    this.#server = server;
    this.#tcp = tcp;
    this.#around = around;
    this.connections = ++around.connections;
    this.streams = around.streams;
  }

  open(socket: Duplex): void {
    const { mutant } = this.#around;
    this.#client.on('error', () => {});
    this.#client.on('message', (data, binary) => this.#heard(bytesOf(data), binary));
    this.#client.on('close', (code, reason) => this.#clientClosed(code, reason));
    this.#server.on('message', (data, binary) => this.#said(bytesOf(data), binary));
    this.#server.on('close', (code, reason) => close(this.#client, mutant.closes?.[code] ?? code, reason));
    if (mutant.wholeFrames) {
      // A text frame without FIN begins a message in fragments.
      socket.prependListener('data', (chunk: Buffer) => void (chunk[0] === 0x01 && this.end(1003)));
    }
    mutant.opened?.(this);
  }

  #heard(bytes: Buffer, binary: boolean): void {
    const message = binary ? undefined : parse(bytes);
    if (!message) return this.#server.send(bytes, { binary });
    this.#note(message);
    const { client } = this.#around.mutant;
    if (!client || this.#isProbe) return this.#server.send(bytes, { binary: false });
    for (const each of client(message, this)) {
      this.#server.send(each === message ? bytes : JSON.stringify(each), { binary: false });
    }
  }

  #said(bytes: Buffer, binary: boolean): void {
    const message = binary ? undefined : parse(bytes);
    if (!message) return this.#client.send(bytes, { binary });
    if (message['type'] === 'welcome') this.welcomed = true;
    const stream = this.streams.get(String(message['id']));
    if (message['type'] === 'start' && stream) stream.text = '';
    if (message['type'] === 'token' && stream) stream.text += String(message['text']);
    if (message['type'] === 'end' && stream) stream.ended = true;
    const { server } = this.#around.mutant;
    for (const each of server && !this.#isProbe ? server(message, this) : [message]) this.toClient(each);
  }

  /** Remembers what any fault may want to know. */
  #note(message: Message): void {
    const { type } = message;
    const id = String(message['id']);
    if (type === 'hello') this.hello ??= message;
    if (type === 'generate' && JSON.stringify(message).includes('[[script:preflight-')) this.#isProbe = true;
    if (type === 'generate' && !this.streams.has(id)) {
      const own = { by: this, attached: this, readers: new Set<Link>() };
      this.streams.set(id, { generate: message, generates: 0, ...own, text: '', ended: false });
    }
    const stream = this.streams.get(id);
    if (!stream) return;
    if (type === 'generate') stream.generates++;
    if (type !== 'generate' && type !== 'resume') return;
    stream.attached = this;
    stream.readers.add(this);
  }

  #clientClosed(code: number, reason: Buffer): void {
    this.#around.mutant.closed?.(this);
    if (code === 1006) this.#tcp.end();
    else close(this.#server, code, reason);
  }

  toClient(message: Message): void {
    const text = JSON.stringify(message);
    const { json } = this.#around.mutant;
    this.#client.send(json && !this.#isProbe ? json(text, message) : text, () => {
      if (this.#client.bufferedAmount <= MAX_WAITING) this.#server.resume();
    });
    if (this.#client.bufferedAmount > MAX_WAITING) this.#server.pause();
  }

  toServer(message: Message): void {
    this.#server.send(JSON.stringify(message));
  }

  end(code: number): void {
    this.#client.close(code);
  }

  callModel(messages: unknown): Promise<void> {
    return this.#around.callModel(messages);
  }
}

function close(socket: WebSocket, code: number, reason: Buffer): void {
  if (code === 1006) socket.terminate();
  else if (code === 1005) socket.close();
  else socket.close(code, reason);
}

function bytesOf(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
}

function parse(bytes: Buffer): Message | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
