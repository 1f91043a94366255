/** One HTTP connection of a client, version 1.1 or 2. It dials again only when its socket is gone. */
import { Agent, type ClientRequest, type IncomingMessage, request as request1 } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connect2, constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Sockets } from './sockets.ts';
import type { Tape } from './tape.ts';
import type { Target } from './transport.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** It must not wait behind a request that is held: it gets a connection of its own, as in a browser. */
  apart?: boolean;
}

export interface HttpResponse {
  status: number;
  /** Hands over the body as it comes. Resolves at its end; rejects when the connection breaks before it. */
  readonly read: (take: (bytes: Buffer) => void) => Promise<void>;
}

export interface HttpExchange {
  /** Resolves with the headers; rejects when the connection breaks before them. */
  readonly response: Promise<HttpResponse>;
  abort(): void;
}

export type HttpVersion = 1 | 2;

/** By events, as a WebSocket is read too: an iterator would add its own turns to each chunk. */
function readBody(body: Readable, take: (bytes: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on('data', take);
    body.once('end', resolve);
    body.once('error', reject);
    body.once('close', () => reject(new Error('the connection broke in mid-answer')));
  });
}

export class HttpLine {
  readonly #target: Target;
  readonly #version: HttpVersion;
  readonly #sockets: Sockets;
  #agent: Agent | undefined;
  #apart: Agent | undefined;
  #session: Promise<ClientHttp2Session> | undefined;

  constructor(target: Target, tape: Tape, version: HttpVersion) {
    this.#target = target;
    this.#version = version;
    this.#sockets = new Sockets(target, tape);
  }

  get dials(): number {
    return this.#sockets.count;
  }

  get usable(): boolean {
    return this.#sockets.usable;
  }

  send(request: HttpRequest): HttpExchange {
    return this.#version === 1 ? this.#send1(request) : this.#send2(request);
  }

  bytes(): { up: number; down: number } {
    return this.#sockets.bytes();
  }

  cut(): void {
    this.#sockets.cut();
  }

  close(): void {
    this.#agent?.destroy();
    this.#apart?.destroy();
    void this.#session?.then((session) => session.destroy()).catch(() => {});
    this.#sockets.destroy();
  }

  #send1({ method, path, headers = {}, body, apart = false }: HttpRequest): HttpExchange {
    const agent = apart ? (this.#apart ??= this.#newAgent()) : (this.#agent ??= this.#newAgent());
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request: ClientRequest = request1({
      agent,
      host: this.#target.host,
      method,
      path,
      headers: { ...headers, ...length },
    });
    const response = new Promise<HttpResponse>((resolve, reject) => {
      request.once('response', (message: IncomingMessage) =>
        resolve({ status: message.statusCode ?? 0, read: (take) => readBody(message, take) }),
      );
      request.on('error', reject);
    });
    request.end(body);
    return { response, abort: () => void request.destroy() };
  }

  #newAgent(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = (_options, done): undefined => {
      void this.#sockets.dial((error, socket) => done?.(error, socket as Socket));
    };
    return agent;
  }

  #send2({ method, path, headers = {}, body }: HttpRequest): HttpExchange {
    let opened: ClientHttp2Stream | undefined;
    const response = this.#open2().then(
      (session) =>
        new Promise<HttpResponse>((resolve, reject) => {
          const stream = session.request({ ':method': method, ':path': path, ...headers });
          opened = stream;
          stream.once('response', (head) =>
            resolve({ status: head[':status'] ?? 0, read: (take) => readBody(stream, take) }),
          );
          stream.on('error', reject);
          stream.once('close', () => reject(new Error('the stream was closed before its headers came')));
          stream.end(body);
        }),
    );
    return { response, abort: () => opened?.close(constants.NGHTTP2_CANCEL) };
  }

  async #open2(): Promise<ClientHttp2Session> {
    const session = await this.#session;
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const opening = this.#sockets.open(this.#target.http2, 'h2').then((stream) => {
      const scheme = this.#target.tls ? 'https' : 'http';
      const opened = connect2(`${scheme}://${this.#target.host}`, { createConnection: () => stream });
      opened.on('error', () => {});
      return opened;
    });
    this.#session = opening;
    return opening;
  }
}

/** Opens the connection, and lets both ends meet once. */
export async function warmUp(http: HttpLine): Promise<void> {
  const { read } = await http.send({ method: 'GET', path: '/healthz' }).response;
  await read(() => {});
}

/** The whole body as text, of a request that must be answered with one of `statuses`. */
export async function textOf(exchange: HttpExchange, ...statuses: number[]): Promise<string> {
  const { status, read } = await exchange.response;
  const chunks: Buffer[] = [];
  await read((bytes) => chunks.push(bytes));
  const text = Buffer.concat(chunks).toString('utf8');
  if (statuses.includes(status)) return text;
  throw new Error(`expected status ${statuses.join(' or ')}, got ${status}: ${text.slice(0, 200)}`);
}
