/** Polling: submit, then ask every while, for the whole answer at its end or for what is new behind a cursor. */
import { setTimeout } from 'node:timers/promises';
import { mergeAdjacent, type Hub } from '@tokenwire/server/core';
import { encode, type ServerMessage } from '@tokenwire/spec';
import { type HttpLine, textOf } from './http-line.ts';
import {
  entriesBehind,
  generate,
  type HttpCall,
  linesOf,
  LogReader,
  PRINCIPAL,
  resume,
  type Routes,
} from './http-server.ts';
import { type HttpSide, HttpTransportLine } from './http-transport.ts';
import { reconnectWait } from './reconnect.ts';
import type { Tape } from './tape.ts';
import type { Exchange, GenerateMessage, Transport } from './transport.ts';

/** `end`: nothing before the answer is whole. `cursor`: what is there. `wait`: holds the request until there is something. */
type Want = 'end' | 'cursor' | 'wait';

export const pollingRoutes = (hub: Hub): Routes => ({
  // Answers with the first entry, `start`: its seq is the first cursor.
  'POST /poll': (call) => {
    const stream = generate(hub, call);
    if (stream) call.response.writeHead(202).end(linesOf(stream.log.read(0, 1)));
  },
  'GET /poll': (call) => poll(hub, call),
  'DELETE /poll': ({ query, response }) => {
    hub.cancel(PRINCIPAL, query.get('id') ?? '');
    response.writeHead(204).end();
  },
});

function poll(hub: Hub, call: HttpCall): void {
  const found = resume(hub, call);
  if (!found) return;
  const { stream, after } = found;
  const want = call.query.get('want') as Want;
  const answer = (): void => {
    const entries = want === 'end' && !stream.ended ? [] : entriesBehind(stream, after);
    call.response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    call.response.end(linesOf(mergeAdjacent(entries)));
  };
  if (want !== 'wait') return answer();
  const reader = new LogReader(stream, after, () => {
    reader.detach();
    if (!call.response.headersSent) answer();
  });
}

class PolledAnswer {
  readonly #side: HttpSide;
  readonly #message: GenerateMessage;
  readonly #want: Want;
  #after = 0;
  #ended = false;
  #cancelled = false;

  constructor(side: HttpSide, message: GenerateMessage, want: Want) {
    this.#side = side;
    this.#message = message;
    this.#want = want;
  }

  async run(): Promise<void> {
    const { http, tape, target } = this.#side;
    // Between two polls nobody is connected: that must not stop anything.
    const body = encode({ ...this.#message, on_disconnect: 'continue' });
    tape.sent(body);
    this.#take(await textOf(http.send({ method: 'POST', path: '/poll', body }), 202), tape);
    while (!this.#ended) {
      if (this.#want !== 'wait') await setTimeout(target.pollMs);
      if (this.#cancelled) return;
      this.#take(await this.#ask(http), tape);
    }
  }

  /** A poll that breaks is asked again: the cursor did not move. */
  async #ask(http: HttpLine): Promise<string> {
    const path = `/poll?id=${this.#message.id}&after=${this.#after}&want=${this.#want}`;
    for (let attempt = 0; ; attempt++) {
      try {
        return await textOf(http.send({ method: 'GET', path }), 200);
      } catch (error) {
        if (attempt >= 5) throw error;
        await reconnectWait(attempt);
      }
    }
  }

  #take(text: string, tape: Tape): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      tape.received(line);
      const message = JSON.parse(line) as ServerMessage & { seq: number };
      this.#after = message.seq;
      this.#ended ||= message.type === 'end';
    }
  }

  cancel(): void {
    this.#cancelled = true;
    const path = `/poll?id=${this.#message.id}`;
    void textOf(this.#side.http.send({ method: 'DELETE', path, apart: true }), 204).catch(() => {});
  }
}

const polling = (name: string, want: Want): Transport => ({
  name,
  multiplexed: false,
  recovers: 'resumes',
  open: (target, tape) =>
    new HttpTransportLine(target, tape, 1, (side, message) => {
      const answer = new PolledAnswer(side, message, want);
      return { done: answer.run(), cancel: (): void => answer.cancel() } satisfies Exchange;
    }),
});

export const pollingEnd: Transport = polling('polling-end', 'end');
export const pollingCursor: Transport = polling('polling-cursor', 'cursor');
export const longPoll: Transport = polling('long-poll', 'wait');
