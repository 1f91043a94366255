/** One answer of the model, as the caller reads it. */
import type { FinishReason, UpstreamOutcome, Usage } from '@tokenwire/spec';
import { errorOf, type TokenwireError } from './errors.ts';
import type { Ending, Token } from './session/effects.ts';

/** How an answer ended. */
export interface Result {
  /** All text that arrived, whether it was iterated or not. */
  text: string;
  /** `error` also when no end was received: see `error`. */
  finishReason: FinishReason;
  usage?: Usage;
  /** What became of the paid call of the model. */
  upstream: UpstreamOutcome;
  /** By the server's clock, in milliseconds from the receipt of the request. */
  timing?: NonNullable<Ending['timing']>;
  /** Why the answer is not whole. Absent after a natural end and after a cancel. */
  error?: TokenwireError;
}

/**
 * The tokens of one answer, to be read once with `for await`.
 *
 * The loop ends normally when the model ended, whatever its reason, and after a cancel; `result` tells which. Anything
 * else throws a `TokenwireError`, after the tokens that came before it. Leaving the loop early cancels the answer.
 * Tokens that nobody reads are kept: no more than the answer is long.
 */
export interface Answer extends AsyncIterable<Token> {
  /** The id of the stream. */
  readonly id: string;
  /** Resolves when the answer is over, and never rejects. */
  readonly result: Promise<Result>;
  /** "Stop". The text that is on its way still arrives; the loop then ends normally. */
  cancel(reason?: string): void;
}

type Read = IteratorResult<Token, undefined>;

/** The writing side of an answer. */
export class PendingAnswer implements Answer, AsyncIterator<Token, undefined> {
  readonly id: string;
  readonly result: Promise<Result>;
  readonly cancel: (reason?: string) => void;
  readonly #resolve: (result: Result) => void;
  #unread: Token[] = [];
  #next = 0;
  #readers: PromiseWithResolvers<Read>[] = [];
  #ended: Result | undefined;
  #taken = false;

  constructor(id: string, cancel: (reason?: string) => void) {
    this.id = id;
    this.cancel = cancel;
    const { promise, resolve } = Promise.withResolvers<Result>();
    this.result = promise;
    this.#resolve = resolve;
  }

  push(token: Token): void {
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value: token });
    else this.#unread.push(token);
  }

  end({ failure, ...ending }: Ending): void {
    const result: Result = { ...ending, ...(failure && { error: errorOf(failure, ending.text) }) };
    this.#ended = result;
    for (const [i, reader] of this.#readers.splice(0).entries()) {
      if (result.error && i === 0) reader.reject(result.error);
      else reader.resolve(DONE);
    }
    this.#resolve(result);
  }

  [Symbol.asyncIterator](): AsyncIterator<Token, undefined> {
    if (this.#taken) throw new Error('this answer is being read already, and can be read only once');
    this.#taken = true;
    return this;
  }

  async next(): Promise<Read> {
    const token = this.#unread[this.#next];
    if (token) {
      this.#next += 1;
      if (this.#next === this.#unread.length) this.#forgetRead();
      return { done: false, value: token };
    }
    if (this.#ended?.error) throw this.#ended.error;
    if (this.#ended) return DONE;
    const reader = Promise.withResolvers<Read>();
    this.#readers.push(reader);
    return reader.promise;
  }

  /** The caller left its loop: nobody wants the rest. */
  async return(): Promise<Read> {
    if (!this.#ended) this.cancel();
    this.#forgetRead();
    return DONE;
  }

  #forgetRead(): void {
    this.#unread = [];
    this.#next = 0;
  }
}

const DONE: Read = { done: true, value: undefined };
