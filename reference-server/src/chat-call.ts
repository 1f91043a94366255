/** One call of the model: requests until one is accepted, then its stream until its end. */
import type { IncomingMessage } from 'node:http';
import type { FinishReason, KnownErrorCode, UpstreamOutcome, Usage } from '@tokenwire/spec';
import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser';
import { readChunk } from './chat-chunk.ts';
import type { Cancel, Clock } from './clock.ts';
import { Exchange } from './model-fetch.ts';
import type { ModelCall, ModelSink } from './model.ts';
import { retryWait } from './retry.ts';

export interface ChatCallOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** So long may the model send nothing at all. */
  readonly idleMs: number;
  /**
   * Sends the request through `exchange`. Resolves when a 2xx came; rejects with an error that has `status`
   * and `headers` when the model refused it, and with any other error when the call broke.
   */
  readonly request: (exchange: Exchange) => Promise<unknown>;
}

/** end.usage-bounded */
const USAGE_WAIT_MS = 1000;

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
]);

export class ChatCall implements ModelCall {
  readonly #options: ChatCallOptions;
  readonly #sink: ModelSink;
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser;
  #exchange: Exchange | undefined;
  #timer: Cancel | undefined;
  #heardAt = 0;
  #over = false;
  #finish: string | undefined;
  #refused = false;
  #usage: Usage | undefined;

  constructor(options: ChatCallOptions, sink: ModelSink) {
    this.#options = options;
    this.#sink = sink;
    this.#parser = createParser({ onEvent: (event) => this.#read(event) });
    void this.#attempt(0);
  }

  abort(): void {
    if (!this.#over) this.#close('cancelled');
  }

  async #attempt(attempt: number): Promise<void> {
    const exchange = new Exchange(() => this.#sink.requested());
    this.#exchange = exchange;
    this.#watchIdle();
    try {
      await this.#options.request(exchange);
    } catch (error) {
      if (!this.#over) this.#refusedOrBroken(error, attempt);
      return;
    }
    if (!this.#over && exchange.response !== undefined) this.#stream(exchange.response);
  }

  #refusedOrBroken(error: unknown, attempt: number): void {
    this.#timer?.();
    const { status, headers } = error as { status?: number; headers?: Headers };
    if (status === undefined) {
      // Unknown whether the model heard it, so it is not sent again; not sent at all means no call.
      const upstream = this.#exchange?.sent === true ? 'failed' : 'none';
      return this.#fail('upstream_failed', 'the connection to the model broke', upstream);
    }
    const wait = retryWait({ status, headers, attempt, random: this.#options.random() });
    if (wait === undefined) {
      return this.#fail('upstream_refused', `the model refused the request with status ${status}`, 'failed');
    }
    // Nothing is under way now: a cancel while waiting finds no call.
    this.#exchange = undefined;
    this.#timer = this.#options.clock.after(wait, () => void this.#attempt(attempt + 1));
  }

  #stream(response: IncomingMessage): void {
    response.on('data', (bytes: Buffer) => {
      if (this.#over) return;
      this.#heardAt = this.#options.clock.now();
      this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    });
    response.on('end', () => this.#ended());
    // Comes alone when the connection broke, after `end` when it did not.
    response.on('close', () => this.#broke());
  }

  #read(event: EventSourceMessage): void {
    if (this.#over) return;
    // end.eof: [DONE] is no finish reason either.
    if (event.data === '[DONE]') return this.#ended();
    // A named event is a vendor's addition and no chunk, unless it says that the call failed.
    if (event.event === 'error') return this.#close('failed', 'the model reported an error in its stream');
    if (event.event !== undefined && event.event !== 'message') return;
    const read = readChunk(event.data);
    // end.model-breaks
    if (!read.ok) return this.#close('failed', read.message);
    const { text, refusal, finishReason, usage } = read.chunk;
    if (refusal !== '') this.#refused = true;
    if (text !== '') this.#sink.text(text);
    if (refusal !== '') this.#sink.text(refusal);
    const finishedBefore = this.#finish !== undefined;
    if (usage !== undefined) this.#usage = usage;
    if (finishReason !== undefined) this.#finished(finishReason);
    if (finishedBefore && usage !== undefined) this.#complete();
  }

  #finished(reason: string): void {
    if (this.#finish !== undefined) return;
    this.#finish = reason;
    // end.usage, end.usage-bounded
    this.#timer?.();
    this.#timer = this.#options.clock.after(USAGE_WAIT_MS, () => this.#complete());
  }

  /** The model said that it is done: [DONE] or the end of the response. */
  #ended(): void {
    if (this.#over) return;
    if (this.#finish !== undefined) return this.#complete();
    this.#close('incomplete');
  }

  #broke(): void {
    if (this.#over) return;
    if (this.#finish !== undefined) return this.#complete();
    this.#fail('upstream_failed', 'the connection to the model broke', 'failed');
  }

  /** end.finish-reason */
  #complete(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.();
    this.#release();
    const known = finishReasons.get(this.#finish ?? '');
    const usage = this.#usage && { usage: this.#usage };
    if (known === undefined) {
      const error = { code: 'upstream_failed', message: 'the model gave an unknown finish reason' } as const;
      return this.#sink.end({ finishReason: 'error', upstream: 'completed', error, ...usage });
    }
    const finishReason = this.#refused && known === 'stop' ? 'refusal' : known;
    this.#sink.end({ finishReason, upstream: 'completed', ...usage });
  }

  /** Lets the response end, so that its connection can be used again; cuts it when it does not. */
  #release(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const cancel = this.#options.clock.after(USAGE_WAIT_MS, () => exchange.abort());
    exchange.whenClosed(cancel);
  }

  /** Ends the call from this side; `end` is reported when the connection is closed. */
  #close(why: 'cancelled' | 'failed' | 'incomplete' | 'timeout', message = ''): void {
    this.#over = true;
    this.#timer?.();
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#report(why, message, 'none');
    const close = (): void => {
      const { sent, refused } = exchange;
      exchange.abort();
      // cancel.no-further-request: what was refused was no call. cancel.aborted-is-true: claimed when it is closed.
      const upstream = refused ? 'failed' : sent ? 'aborted' : 'none';
      exchange.whenClosed(() => this.#report(why, message, upstream));
    };
    // A refusal may have arrived together with the cancel: it is read before the connection is cut.
    if (exchange.sent && !exchange.answered) this.#options.clock.soon(close);
    else close();
  }

  #report(
    why: 'cancelled' | 'failed' | 'incomplete' | 'timeout',
    message: string,
    how: UpstreamOutcome,
  ): void {
    switch (why) {
      case 'cancelled':
        return this.#sink.end({ finishReason: 'cancelled', upstream: how });
      case 'failed':
        return this.#sinkError('upstream_failed', message, 'failed');
      case 'incomplete':
        return this.#sinkError('upstream_incomplete', 'the model ended without a finish reason', 'failed');
      case 'timeout':
        return this.#sinkError(
          'upstream_timeout',
          `the model was silent for ${this.#options.idleMs} ms`,
          how,
        );
      default:
        why satisfies never;
    }
  }

  #fail(code: KnownErrorCode, message: string, upstream: UpstreamOutcome): void {
    this.#over = true;
    this.#timer?.();
    this.#sinkError(code, message, upstream);
  }

  #sinkError(code: KnownErrorCode, message: string, upstream: UpstreamOutcome): void {
    this.#sink.end({
      finishReason: 'error',
      upstream,
      error: { code, message },
      ...(this.#usage && { usage: this.#usage }),
    });
  }

  /** The package's timeout ends at the headers, so the silence of the whole call is watched here. */
  #watchIdle(): void {
    const { clock, idleMs } = this.#options;
    this.#heardAt = clock.now();
    const check = (): void => {
      const left = this.#heardAt + idleMs - clock.now();
      if (left <= 0) this.#close('timeout');
      else this.#timer = clock.after(left, check);
    };
    this.#timer = clock.after(idleMs, check);
  }
}
