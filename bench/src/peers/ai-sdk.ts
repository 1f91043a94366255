/** Vercel's AI SDK: `streamText` to its UI message stream, server-sent events over `node:http`, as its guide has it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { ChatMessage } from '@tokenwire/spec';
import type { LanguageModel, ModelMessage } from 'ai';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { PeerSettings } from './peer-process.ts';
import { type HttpExchange, HttpLine, warmUp } from '../transports/http-line.ts';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { peerTransport } from './peer-line.ts';
import { type Peer, startNodePeer } from './peer.ts';
import type { Connect, Reply, Wire } from './wire.ts';

const PATH = '/api/chat';
/** Node's own 5 s would turn warm requests into cold ones. */
const KEEP_ALIVE_MS = 600_000;

/** The server's end. Returns its port. */
export async function serve({ baseURL, host }: PeerSettings): Promise<number> {
  const [ai, { createOpenAICompatible }] = await Promise.all([
    import('ai'),
    import('@ai-sdk/openai-compatible'),
  ]);
  const model = createOpenAICompatible({ name: 'bench', baseURL, apiKey: 'any' })('bench');
  const server = createServer((request, response) => {
    if (request.url !== PATH) {
      response.writeHead(200).end('ok\n');
      return;
    }
    answer(ai, model, request, response).catch((error: unknown) => {
      if (!response.destroyed) console.error(error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await once(server.listen(0, host), 'listening');
  return (server.address() as AddressInfo).port;
}

async function answer(
  { streamText, toUIMessageStream, pipeUIMessageStreamToResponse }: typeof import('ai'),
  model: LanguageModel,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { messages } = (await json(request)) as { messages: ModelMessage[] };
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const { stream } = streamText({ model, messages, abortSignal: abort.signal });
  await pipeUIMessageStreamToResponse({ response, stream: toUIMessageStream({ stream }) });
}

interface Part {
  type: string;
  delta?: string;
  errorText?: string;
}

/** Reads the parts of one answer, as long as somebody wants them. */
class UiAnswer {
  readonly #reply: Reply;
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser;
  #finished = false;
  #problem: string | undefined;

  constructor(reply: Reply, isWanted: () => boolean) {
    this.#reply = reply;
    this.#parser = createParser({
      onEvent: ({ data }) => {
        if (data !== '[DONE]' && isWanted()) this.#take(JSON.parse(data) as Part);
      },
    });
  }

  feed(bytes: Buffer): void {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The response is over. Throws when the answer is not. */
  close(): void {
    if (this.#problem !== undefined) throw new Error(this.#problem);
    if (!this.#finished) throw new Error('the events stopped before the end of the answer');
    this.#reply.ended();
  }

  #take({ type, delta = '', errorText = 'the server reported an error' }: Part): void {
    if (type === 'text-delta') this.#reply.text(delta);
    else if (type === 'start') this.#reply.began();
    else if (type === 'finish') this.#finished = true;
    else if (type === 'error') this.#problem = errorText;
  }
}

class AiSdkWire implements Wire {
  readonly #http: HttpLine;
  #exchange: HttpExchange | undefined;

  constructor(target: Target, tape: Tape) {
    this.#http = new HttpLine(target, tape, 1);
  }

  get usable(): boolean {
    return this.#http.usable;
  }

  get dials(): number {
    return this.#http.dials;
  }

  open(): Promise<void> {
    return warmUp(this.#http);
  }

  ask(messages: readonly ChatMessage[], reply: Reply): void {
    const headers = { 'content-type': 'application/json' };
    const exchange = this.#http.send({
      method: 'POST',
      path: PATH,
      headers,
      body: JSON.stringify({ messages }),
    });
    this.#exchange = exchange;
    void this.#read(exchange, reply);
  }

  /** By hanging up, as its `stop()` does. Over HTTP/1.1 that costs the connection. */
  stop(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.abort();
  }

  async #read(exchange: HttpExchange, reply: Reply): Promise<void> {
    const isCurrent = (): boolean => this.#exchange === exchange;
    const answer = new UiAnswer(reply, isCurrent);
    try {
      const response = await exchange.response;
      if (response.status !== 200) throw new Error(`the server answered ${response.status}`);
      await response.read((bytes) => answer.feed(bytes));
      if (isCurrent()) answer.close();
    } catch (error) {
      if (isCurrent()) reply.failed(error as Error);
    }
  }

  bytes(): { up: number; down: number } {
    return this.#http.bytes();
  }

  cut(): void {
    this.#http.cut();
  }

  close(): void {
    this.#http.close();
  }
}

const connect: Connect = (target, tape) => new AiSdkWire(target, tape);

export const aiSdk: Peer = {
  name: 'ai-sdk',
  transport: peerTransport('ai-sdk', connect, 'nothing'),
  connect,
  slow: true,
  startGapMs: 10,
  available: () => ({ ok: true }),
  start: (options) => startNodePeer('ai-sdk', options),
};
