/** Server-sent events over HTTP/1.1 or HTTP/2: one event per log entry, resumable by Last-Event-ID. */
import type { Hub, Stream } from '@tokenwire/server/core';
import { encode } from '@tokenwire/spec';
import { createParser } from 'eventsource-parser';
import type { HttpExchange, HttpLine, HttpRequest, HttpVersion } from './http-line.ts';
import { generate, type HttpCall, LogReader, resume, type Routes } from './http-server.ts';
import { type HttpSide, HttpTransportLine } from './http-transport.ts';
import { reconnectWait } from './reconnect.ts';
import type { Tape } from './tape.ts';
import type { Exchange, GenerateMessage, Transport } from './transport.ts';

export const sseRoutes = (hub: Hub): Routes => ({
  'POST /sse': (call) => {
    const stream = generate(hub, call);
    if (stream) streamEvents(call, stream, 0);
  },
  'GET /sse': (call) => {
    const found = resume(hub, call);
    if (found) streamEvents(call, found.stream, found.after);
  },
});

function streamEvents({ response }: HttpCall, stream: Stream, after: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const reader = new LogReader(stream, after, (entries) => {
    response.write(entries.map((entry) => `id: ${entry.seq}\ndata: ${encode(entry)}\n\n`).join(''));
    if (entries.at(-1)?.type === 'end') response.end();
  });
  response.once('close', () => reader.detach());
}

function ask({ http, tape }: HttpSide, message: GenerateMessage): Exchange {
  const answer = new SseAnswer(http, tape, message);
  return { done: answer.run(), cancel: () => answer.cancel() };
}

/** One answer: the request, and after a cut the next one behind the last event. */
class SseAnswer {
  readonly #http: HttpLine;
  readonly #tape: Tape;
  readonly #message: GenerateMessage;
  #exchange: HttpExchange | undefined;
  #lastId: string | undefined;
  #ended = false;
  #cancelled = false;

  constructor(http: HttpLine, tape: Tape, message: GenerateMessage) {
    this.#http = http;
    this.#tape = tape;
    this.#message = message;
  }

  async run(): Promise<void> {
    const body = encode(this.#message);
    let request: HttpRequest = { method: 'POST', path: '/sse', body };
    for (let attempt = 0; ; attempt++) {
      try {
        if (attempt === 0) this.#tape.sent(body);
        await this.#read(this.#http.send(request));
        if (!this.#ended) throw new Error('the events stopped before the end of the answer');
        return;
      } catch (error) {
        if (this.#cancelled) return;
        if (this.#lastId === undefined || attempt >= 5) throw error;
        await reconnectWait(attempt);
        const path = `/sse?id=${this.#message.id}`;
        this.#tape.sent(
          encode({ type: 'resume', id: this.#message.id, epoch: 'bench', after: Number(this.#lastId) }),
        );
        request = { method: 'GET', path, headers: { 'last-event-id': this.#lastId } };
      }
    }
  }

  async #read(exchange: HttpExchange): Promise<void> {
    this.#exchange = exchange;
    const { status, read } = await exchange.response;
    if (status !== 200) throw new Error(`the server answered ${status}`);
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: ({ id, data }) => {
        this.#lastId = id ?? this.#lastId;
        this.#tape.received(data);
        this.#ended ||= data.startsWith('{"type":"end"');
      },
    });
    await read((bytes) => parser.feed(decoder.decode(bytes, { stream: true })));
  }

  /** As everybody does it: by hanging up. Over HTTP/1.1 that costs the connection. */
  cancel(): void {
    this.#cancelled = true;
    this.#exchange?.abort();
  }
}

const sse = (name: string, version: HttpVersion): Transport => ({
  name,
  multiplexed: version === 2,
  recovers: 'resumes',
  open: (target, tape) => new HttpTransportLine(target, tape, version, ask),
});

export const sseHttp1: Transport = sse('sse-h1', 1);
export const sseHttp2: Transport = sse('sse-h2', 2);
