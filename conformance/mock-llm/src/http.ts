import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { answer, type Wire } from './answer.ts';
import { journalHeaders } from './headers.ts';
import { MODEL_LIST } from './model-list.ts';
import { openAiError } from './openai-error.ts';
import type { ScriptedModel } from './scripted-model.ts';

/** The HTTP server of a model, not listening yet. */
export function createHttpServer(model: ScriptedModel): Server {
  const server = createServer({ noDelay: true }, (request, response) => {
    void route(model, request, response);
  });
  // A client may reuse its connection whenever it likes, without racing our own timer.
  server.keepAliveTimeout = 0;
  return server;
}

async function route(
  model: ScriptedModel,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? '/').split('?');
  const asked = `${request.method} ${path}`;
  if (asked === 'GET /v1/models') return sendJson(response, 200, MODEL_LIST);
  if (asked === 'POST /v1/chat/completions') return complete(model, request, response);
  const message = `expected POST /v1/chat/completions or GET /v1/models, received ${asked}`;
  sendJson(response, 404, openAiError(404, message));
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function complete(
  model: ScriptedModel,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return;
  const reply = model.receive(body, journalHeaders(singleHeaders(request)));
  let finished = false;
  response.once('finish', () => {
    finished = true;
  });
  // The socket itself tells: this fires for a peer that was killed, also before any byte was answered.
  // It fires after a finished answer too, and before our own end callback could be heard.
  response.once('close', () => {
    if (!finished) reply.call.peerGone();
  });
  if (response.destroyed) reply.call.peerGone();
  await answer(reply, new HttpWire(response));
}

/** Undefined when the peer went away before the body was whole. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function singleHeaders(request: IncomingMessage): [string, string][] {
  return Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(', ') ?? '']);
}

class HttpWire implements Wire {
  readonly #response: ServerResponse;
  #settle: (done: boolean) => void = () => {};

  constructor(response: ServerResponse) {
    this.#response = response;
    // A write that was under way when the connection broke is never called back.
    response.once('close', () => this.#settle(false));
    response.on('error', () => this.#settle(false));
  }

  head(status: number, headers: Record<string, string>): void {
    if (!this.#response.headersSent) this.#response.writeHead(status, headers);
  }

  write(bytes: string | Uint8Array): Promise<boolean> {
    return this.#handOver((callback) => this.#response.write(bytes, callback));
  }

  end(bytes: string | Uint8Array): Promise<boolean> {
    return this.#handOver((callback) => this.#response.end(bytes, callback));
  }

  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  async pause(): Promise<void> {
    await setImmediate();
  }

  #handOver(send: (callback: (error?: Error | null) => void) => void): Promise<boolean> {
    if (this.#response.destroyed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#settle = resolve;
      send((error) => resolve(!error));
    });
  }
}
