/** The client's end of an OpenAI-compatible API: chat completions as server-sent events over HTTP/1.1. */
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { isIPv6 } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { Duplex } from 'node:stream';
import type { ChatMessage } from '@tokenwire/spec';
import { type Reply, type Wire } from '../peers/wire.ts';
import { Sockets } from '../transports/sockets.ts';
import type { Tape } from '../transports/tape.ts';
import { ChatReader, errorIn } from './chat-reader.ts';
import type { ForeignServer } from './server.ts';
import { checkTrust } from './trust.ts';

/** A server that says nothing for so long when it is asked for its models is no server to wait for. */
const OPENING_MS = 10_000;

export class ChatWire implements Wire {
  readonly #server: ForeignServer;
  readonly #sockets: Sockets;
  readonly #agent: Agent;
  #request: ClientRequest | undefined;

  constructor(server: ForeignServer, tape: Tape) {
    this.#server = server;
    this.#sockets = new Sockets(server.target, tape);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agent.createConnection = (_options, done): undefined => {
      void this.#sockets.dial((error, socket) => {
        const problem = error ?? (socket && this.#distrust(socket));
        if (problem) socket?.destroy();
        done?.(problem ?? null, (problem ? undefined : socket) as Duplex);
      });
    };
  }

  get usable(): boolean {
    return this.#sockets.usable;
  }

  get dials(): number {
    return this.#sockets.count;
  }

  /** Asks for the list of models: that costs nothing, and leaves a connection that has served a request. */
  async open(): Promise<void> {
    const request = this.#send('GET', this.#server.path.replace(/\/chat\/completions(?=\?|$)/, '/models'));
    request.setTimeout(OPENING_MS, () => request.destroy(new Error('no answer within 10 s')));
    request.end();
    const { statusCode, body } = await responseTo(request).then(whole);
    if (statusCode === 401 || statusCode === 403) throw new Error(refusal(statusCode, body));
    // Not everybody has this list. What matters is that the server answered.
    request.setTimeout(0);
  }

  ask(messages: readonly ChatMessage[], reply: Reply): void {
    const { model } = this.#server;
    const body = JSON.stringify({ ...(model !== undefined && { model }), messages, stream: true });
    const request = this.#send('POST', this.#server.path, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      accept: 'text/event-stream',
    });
    this.#request = request;
    request.end(body);
    this.#read(request, reply).then(
      () => reply.ended(),
      (error: Error) => reply.failed(error),
    );
  }

  async #read(request: ClientRequest, reply: Reply): Promise<void> {
    const response = await responseTo(request);
    const { statusCode = 0 } = response;
    if (statusCode !== 200) throw new Error(refusal(statusCode, (await whole(response)).body));
    const type = response.headers['content-type'] ?? 'an unnamed content type';
    if (!type.startsWith('text/event-stream')) {
      request.destroy();
      const came = `${this.#server.address} answered with ${type} instead of text/event-stream`;
      throw new Error(`${came}: is it an OpenAI-compatible API, and does it know "stream": true?`);
    }
    const reader = new ChatReader(reply);
    await readEvents(response, reader);
    if (reader.problem !== undefined) throw new Error(reader.problem);
  }

  stop(): void {
    this.#request?.destroy();
  }

  bytes(): { up: number; down: number } {
    return this.#sockets.bytes();
  }

  cut(): void {
    this.#sockets.cut();
  }

  close(): void {
    this.#agent.destroy();
    this.#sockets.destroy();
  }

  #send(method: string, path: string, headers: Record<string, string> = {}): ClientRequest {
    const { target, headers: own } = this.#server;
    const name = isIPv6(target.host) ? `[${target.host}]` : target.host;
    const isUsual = target.http1 === (target.tls ? 443 : 80);
    const host = isUsual ? name : `${name}:${target.http1}`;
    return httpRequest({ agent: this.#agent, method, path, headers: { host, ...headers, ...own } });
  }

  #distrust(stream: Parameters<typeof checkTrust>[0]['stream']): Error | undefined {
    try {
      checkTrust({ stream }, this.#server);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
}

async function whole(response: IncomingMessage): Promise<{ statusCode: number; body: string }> {
  return { statusCode: response.statusCode ?? 0, body: await textOf(response) };
}

/** Resolves when the server says that it is done, or its response ends, whole or not: the reader knows. */
function readEvents(response: IncomingMessage, reader: ChatReader): Promise<void> {
  return new Promise((resolve) => {
    response.on('data', (bytes: Buffer) => {
      reader.feed(bytes);
      if (reader.done) resolve();
    });
    response.on('error', () => resolve());
    response.once('close', resolve);
  });
}

function refusal(status: number, body: string): string {
  const said = errorIn(body);
  return `the server answered ${status}${said === undefined ? '' : ` (${said})`}`;
}
