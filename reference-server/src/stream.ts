/** One stream: ACCEPTED → STREAMING → [CANCELLING] → ENDED, a log, and at most one reader. */
import { type FinishReason, type KnownErrorCode, type LoggedMessage, errorCodes } from '@tokenwire/spec';
import type { Cancel, Clock } from './clock.ts';
import type { StreamLog } from './log.ts';
import type { ModelAdapter, ModelCall, ModelEnd, ModelRequest, ModelSink } from './model.ts';
import { splitText, TextJoiner } from './text.ts';

/** Whoever is attached. The stream tells it that there is more; it reads by itself. */
export interface Reader {
  wake(): void;
  /** Another connection attached. Nothing of this stream may be sent after `detached`. */
  supersede(head: number): void;
}

export interface StreamOptions {
  readonly principal: string;
  readonly id: string;
  readonly payload: string;
  readonly onDisconnect: 'continue' | 'cancel';
  readonly graceMs: number;
  readonly request: ModelRequest;
  /** How long the JSON of one entry's text may be. */
  readonly textBudget: number;
}

export interface StreamPorts {
  readonly clock: Clock;
  readonly log: StreamLog;
  readonly epoch: string;
  readonly model: ModelAdapter;
  /** `end` was appended. */
  readonly ended: (stream: Stream) => void;
}

/** What `end` will say when the model's connection is closed, or did not close in time. */
interface Stopping {
  finishReason: FinishReason;
  error?: EndError;
}
type EndError = NonNullable<ModelEnd['error']>;

/** cancel.end-in-time allows 2 s; the rest is for the way to the client. */
const STOP_WAIT_MS = 1500;

export class Stream implements ModelSink {
  readonly principal: string;
  readonly id: string;
  readonly payload: string;
  readonly log: StreamLog;
  readonly #options: StreamOptions;
  readonly #ports: StreamPorts;
  readonly #acceptedAt: number;
  readonly #joiner = new TextJoiner();
  #state: 'accepted' | 'streaming' | 'cancelling' | 'ended' = 'accepted';
  #stopping: Stopping | undefined;
  #call: ModelCall | undefined;
  #reader: Reader | undefined;
  #timer: Cancel | undefined;
  #requestedAt: number | undefined;
  #firstTokenAt: number | undefined;
  #utf8Bytes = 0;

  constructor(options: StreamOptions, ports: StreamPorts) {
    this.#options = options;
    this.#ports = ports;
    this.principal = options.principal;
    this.id = options.id;
    this.payload = options.payload;
    this.log = ports.log;
    this.#acceptedAt = ports.clock.now();
    const { id, graceMs, request } = options;
    this.#append({ type: 'start', id, seq: 1, epoch: ports.epoch, model: request.model, grace_ms: graceMs });
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Calls the model, once. */
  run(): void {
    // generate.start-at-once: `start` is in the log already, it does not wait for the model.
    try {
      this.#call = this.#ports.model.call(this.#options.request, this);
    } catch {
      // An adapter must not throw. One that does has not said whether it called.
      const error = { code: 'internal', message: 'the model adapter failed' } as const;
      this.end({ finishReason: 'error', upstream: 'unknown', error });
    }
  }

  /** Makes `reader` the one that receives this stream; the reader before it is superseded. */
  attach(reader: Reader): void {
    const before = this.#reader;
    this.#reader = reader;
    if (this.#state === 'accepted' || this.#state === 'streaming') this.#disarm();
    // resume.supersedes, resume.same-connection
    if (before !== undefined && before !== reader) before.supersede(this.log.head);
  }

  /** The connection of `reader` is gone. */
  lost(reader: Reader): void {
    // resume.zombie: the late end of a connection does not touch what another one attached meanwhile.
    if (this.#reader !== reader) return;
    this.#reader = undefined;
    if (this.#state === 'cancelling' || this.#state === 'ended') return;
    // end.disconnect-cancels
    if (this.#options.onDisconnect === 'cancel') return this.#stop({ finishReason: 'cancelled' });
    // end.disconnect-continues, end.abandoned
    this.#arm(this.#options.graceMs, () => this.#stop({ finishReason: 'abandoned' }));
  }

  /** The client's "stop", and the state that answers it. */
  cancel(): 'cancelling' | 'ended' {
    // cancel.after-end: when `end` was logged first, it stays as it is.
    if (this.#state === 'ended') return 'ended';
    // cancel.reason: what was answered `cancelling` ends `cancelled`, whatever was stopping it before.
    if (this.#stopping !== undefined) this.#stopping = { finishReason: 'cancelled' };
    else this.#stop({ finishReason: 'cancelled' });
    return 'cancelling';
  }

  /** The server gives this stream up. */
  fail(code: KnownErrorCode, message: string): void {
    if (this.#state === 'ended' || this.#state === 'cancelling') return;
    this.#stop({ finishReason: 'error', error: { code, message } });
  }

  requested(): void {
    this.#requestedAt = this.#ports.clock.now();
  }

  text(delta: string): void {
    // cancel.nothing-but-end
    if (this.#state === 'cancelling' || this.#state === 'ended') return;
    this.#appendText(this.#joiner.push(delta));
  }

  end(end: ModelEnd): void {
    if (this.#state === 'ended') return;
    const { finishReason, upstream, error, usage } = end;
    if (this.#stopping !== undefined) {
      return this.#end({ ...this.#stopping, upstream, ...(usage && { usage }) });
    }
    // sequence.text-prefix: a half that still waits for its other half is no prefix.
    if (finishReason !== 'error') this.#appendText(this.#joiner.flush());
    this.#end({ finishReason, upstream, ...(error && { error }), ...(usage && { usage }) });
  }

  #appendText(text: string): void {
    if (text === '') return;
    this.#state = 'streaming';
    this.#firstTokenAt ??= this.#ports.clock.now();
    // sequence.split: a delta too large for one message becomes several entries.
    for (const piece of splitText(text, this.#options.textBudget)) {
      this.#utf8Bytes += Buffer.byteLength(piece);
      this.#append({ type: 'token', id: this.id, seq: this.log.head + 1, text: piece });
    }
  }

  #append(entry: LoggedMessage): void {
    this.log.append(entry);
    this.#reader?.wake();
  }

  #stop(stopping: Stopping): void {
    this.#state = 'cancelling';
    this.#stopping = stopping;
    // cancel.end-in-time: even when the model's connection does not close.
    this.#arm(STOP_WAIT_MS, () => this.#end({ ...(this.#stopping ?? stopping), upstream: 'unknown' }));
    this.#call?.abort();
  }

  #end(end: ModelEnd): void {
    if (this.#state === 'ended') return;
    this.#disarm();
    this.#state = 'ended';
    const { finishReason, upstream, usage } = end;
    // end.error-given: with finish_reason `error`, and only then.
    const error = finishReason === 'error' ? wireError(end.error) : undefined;
    this.#append({
      type: 'end',
      id: this.id,
      seq: this.log.head + 1,
      finish_reason: finishReason,
      ...(error && { error }),
      ...(usage && { usage }),
      upstream,
      utf8_bytes: this.#utf8Bytes,
      timing: this.#timing(),
    });
    this.#ports.ended(this);
  }

  #timing(): { queue_ms: number; ttft_ms?: number; total_ms: number } {
    const now = this.#ports.clock.now();
    const since = (at: number): number => Math.max(0, Math.round(at - this.#acceptedAt));
    return {
      queue_ms: since(this.#requestedAt ?? now),
      ...(this.#firstTokenAt !== undefined && { ttft_ms: since(this.#firstTokenAt) }),
      total_ms: since(now),
    };
  }

  #arm(ms: number, run: () => void): void {
    this.#disarm();
    this.#timer = this.#ports.clock.after(ms, run);
  }

  #disarm(): void {
    this.#timer?.();
    this.#timer = undefined;
  }
}

function wireError(error: EndError = { code: 'internal', message: 'the model adapter gave no reason' }): {
  code: string;
  message: string;
  retryable: boolean;
} {
  return { ...error, retryable: errorCodes[error.code].retryable };
}
