/** The server's side of the HTTP transports: routes, bodies, and how a request becomes a stream. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '@tokenwire/server';
import type { Hub, Reader, Stream } from '@tokenwire/server/core';
import { decodeClient, encode, type LoggedMessage } from '@tokenwire/spec';

/** One request with its body. */
export interface HttpCall {
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  response: ServerResponse;
}

/** By method and path, such as `POST /sse`. */
export type Routes = Record<string, (call: HttpCall) => void>;

export const PRINCIPAL = 'bench';

/** Entries of one read: as much as a WebSocket gets in one turn. */
const READ_CHARS = 16_384;

/** Answers `request` by the routes. */
export async function route(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://server');
  const handle = routes[`${request.method} ${url.pathname}`];
  if (handle === undefined) return refuse(response, 404, `nothing is at ${request.method} ${url.pathname}`);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return;
  }
  handle({
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    response,
  });
}

export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${message}\n`);
}

/** The stream that a `generate` in the body begins, or undefined when it was refused. */
export function generate(hub: Hub, { body, response }: HttpCall): Stream | undefined {
  const decoded = decodeClient(body);
  if (!decoded.ok || decoded.message.type !== 'generate') {
    refuse(response, 400, decoded.ok ? 'expected a generate' : decoded.message);
    return undefined;
  }
  const answer = hub.generate(PRINCIPAL, decoded.message);
  if (answer.kind !== 'refused') return answer.stream;
  refuse(response, 429, answer.error.message);
  return undefined;
}

/** The stream that is named in the query, behind a cursor, or undefined when it was refused. */
export function resume(
  hub: Hub,
  { query, headers, response }: HttpCall,
): { stream: Stream; after: number } | undefined {
  const after = Number(query.get('after') ?? headers['last-event-id'] ?? 0);
  const id = query.get('id') ?? '';
  const answer = hub.resume(PRINCIPAL, { type: 'resume', id, epoch: hub.epoch, after });
  if (answer.kind !== 'refused') return { stream: answer.stream, after };
  refuse(response, 404, answer.error.message);
  return undefined;
}

/** All entries of a stream behind a cursor. */
export function entriesBehind(stream: Stream, after: number): LoggedMessage[] {
  const entries: LoggedMessage[] = [];
  for (let cursor = after; cursor < stream.log.head; cursor = entries.at(-1)?.seq ?? stream.log.head) {
    entries.push(...stream.log.read(cursor, READ_CHARS));
  }
  return entries;
}

/** Messages as lines of JSON. */
export const linesOf = (messages: readonly LoggedMessage[]): string =>
  messages.map((message) => `${encode(message)}\n`).join('');

/** Reads a stream as it grows: what happens in one turn is handed on in one turn, as for a WebSocket. */
export class LogReader implements Reader {
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #take: (entries: LoggedMessage[]) => void;
  #cursor: number;
  #scheduled = false;

  constructor(stream: Stream, after: number, take: (entries: LoggedMessage[]) => void, clock = systemClock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#take = take;
    this.#cursor = after;
    stream.attach(this);
    this.wake();
  }

  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      const entries = entriesBehind(this.#stream, this.#cursor);
      this.#cursor = entries.at(-1)?.seq ?? this.#cursor;
      if (entries.length > 0) this.#take(entries);
    });
  }

  supersede(): void {
    this.detach();
  }

  detach(): void {
    this.#stream.lost(this);
  }
}
