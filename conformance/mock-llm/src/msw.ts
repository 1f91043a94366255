import { setImmediate } from 'node:timers/promises';
import { HttpResponse, http, type HttpHandler } from 'msw';
import { answer, type Wire } from './answer.ts';
import { journalHeaders } from './headers.ts';
import { MODEL_LIST } from './model-list.ts';
import type { ScriptedModel } from './scripted-model.ts';

export interface MswOptions {
  /** What the client under test has as its base URL; by default any host, with the path /v1. */
  baseUrl?: string;
}

/**
 * The model as msw handlers, for unit tests without a socket. A reset is a network error here, and
 * the peer is gone once its request aborts or it cancels the body.
 */
export function mswHandlers(model: ScriptedModel, { baseUrl = '*/v1' }: MswOptions = {}): HttpHandler[] {
  return [
    http.get(`${baseUrl}/models`, () => HttpResponse.json(MODEL_LIST)),
    http.post(`${baseUrl}/chat/completions`, async ({ request }) => {
      const reply = model.receive(await request.text(), journalHeaders(request.headers));
      const wire = new ResponseWire(() => reply.call.peerGone());
      reply.call.signal.addEventListener('abort', () => wire.reset());
      request.signal.addEventListener('abort', () => reply.call.peerGone());
      if (request.signal.aborted) reply.call.peerGone();
      void answer(reply, wire);
      return wire.response;
    }),
  ];
}

class ResponseWire implements Wire {
  readonly response: Promise<Response>;
  #respond: (response: Response) => void = () => {};
  #init: ResponseInit = {};
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #open = true;
  readonly #onCancel: () => void;
  readonly #encoder = new TextEncoder();

  constructor(onCancel: () => void) {
    this.#onCancel = onCancel;
    this.response = new Promise((resolve) => {
      this.#respond = resolve;
    });
  }

  head(status: number, headers: Record<string, string>): void {
    // Without a framing of its own, msw's socket would let a broken body look like one that ended.
    this.#init = { status, headers: { ...headers, 'transfer-encoding': 'chunked' } };
  }

  async write(bytes: string | Uint8Array): Promise<boolean> {
    if (!this.#open) return false;
    this.#controller ??= this.#begin();
    const chunk = typeof bytes === 'string' ? this.#encoder.encode(bytes) : Uint8Array.from(bytes);
    if (chunk.length > 0) this.#controller.enqueue(chunk);
    return true;
  }

  async end(bytes: string | Uint8Array): Promise<boolean> {
    if (!(await this.write(bytes))) return false;
    this.#open = false;
    this.#controller?.close();
    return true;
  }

  reset(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#controller?.error(new TypeError('terminated'));
    this.#respond(HttpResponse.error());
  }

  async pause(): Promise<void> {
    await setImmediate();
  }

  /** The first bytes take the headers along. */
  #begin(): ReadableStreamDefaultController<Uint8Array> {
    let started: ReadableStreamDefaultController<Uint8Array> | undefined;
    const cancel = (): void => {
      this.#open = false;
      this.#onCancel();
    };
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (started = controller),
      cancel,
    });
    this.#respond(new HttpResponse(stream, this.#init));
    if (!started) throw new TypeError('a ReadableStream starts at once');
    return started;
  }
}
