/** All streams of this server, by principal and id: which requests begin, attach, or are refused. */
import type { ClientMessageOf, KnownErrorCode, Limits } from '@tokenwire/spec';
import type { Clock } from './clock.ts';
import { IdMemory, type Known } from './id-memory.ts';
import { textBudget } from './limits.ts';
import type { LogStore } from './log.ts';
import type { ModelAdapter, ModelRequest } from './model.ts';
import { payloadHash } from './payload.ts';
import { type ErrorMessage, refusal } from './refusal.ts';
import { Stream } from './stream.ts';

/** What a `generate` or `resume` comes to: a stream to attach to, or an `error` to send. */
export type Answer =
  | { readonly kind: 'started'; readonly stream: Stream }
  | { readonly kind: 'attached'; readonly stream: Stream; readonly after: number }
  | { readonly kind: 'refused'; readonly error: ErrorMessage };

export interface HubPorts {
  readonly clock: Clock;
  readonly store: LogStore;
  readonly model: ModelAdapter;
  readonly limits: Limits;
  /** The last active stream ended. */
  readonly onIdle: () => void;
}

export class Hub {
  readonly #ports: HubPorts;
  readonly #ids: IdMemory;
  /** Streams that have no `end` yet. */
  readonly #active = new Set<Stream>();
  #draining = false;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    this.#ids = new IdMemory(ports.clock, ports.limits);
  }

  get epoch(): string {
    return this.#ports.store.epoch;
  }

  /** What is known of the id wins over what is wrong with the request. */
  generate(principal: string, message: ClientMessageOf<'generate'>): Answer {
    const known = this.#ids.find(principal, message.id);
    if (known !== undefined) return answerKnown(known, message);
    const request = this.#requestOf(message);
    const refused = this.#refuse(principal, message, request);
    if (refused !== undefined) return refused;
    return { kind: 'started', stream: this.#begin(principal, message, request) };
  }

  /** The checks of a `resume`, in the order of the spec. */
  resume(principal: string, message: ClientMessageOf<'resume'>): Answer {
    const { id, epoch, after } = message;
    if (epoch !== this.epoch) {
      return refuse('epoch_mismatch', 'the epoch is not that of this log store', message);
    }
    const known = this.#ids.find(principal, id);
    if (known?.kind === 'expired') return refuse('expired', 'the log of this id is gone', message);
    // auth.streams-private: the stream of another principal is not found here, like one that never was.
    if (known?.kind !== 'stream') return refuse('unknown_stream', 'no such stream', message);
    const { head, oldest } = known.stream.log;
    if (after > head) return refuse('cursor_ahead', `the head is ${head}`, message);
    if (after + 1 < oldest) return refuse('gap', 'these entries are gone', message, { oldest, head });
    return { kind: 'attached', stream: known.stream, after };
  }

  /** Idempotent; an id that was never generated will not be generated. */
  cancel(principal: string, id: string): 'cancelling' | 'ended' | 'unknown' {
    const known = this.#ids.find(principal, id);
    if (known?.kind === 'stream') return known.stream.cancel();
    if (known?.kind === 'expired') return 'ended';
    // cancel.unknown, cancel.tombstone
    if (known === undefined) this.#ids.bury(principal, id);
    return 'unknown';
  }

  /** No stream is active. */
  get idle(): boolean {
    return this.#active.size === 0;
  }

  /** From now on no stream begins. */
  drain(): void {
    this.#draining = true;
  }

  /** Gives every active stream up: each gets its `end{error}` within 2 s. */
  endAll(code: 'draining' | 'internal', message: string): void {
    for (const stream of this.#active) stream.fail(code, message);
  }

  /** Why no stream begins. A refused `generate` leaves no trace: generate.refused-keeps-id. */
  #refuse(
    principal: string,
    message: ClientMessageOf<'generate'>,
    request: ModelRequest,
  ): Answer | undefined {
    // generate.outcome-unknown, generate.resend-own-epoch
    if (message.resend !== undefined && message.resend.epoch !== this.epoch) {
      return refuse('outcome_unknown', 'this server cannot know whether the first try ran', message);
    }
    // drain.refuses
    if (this.#draining)
      return refuse('draining', 'this server is going away; use another connection', message);
    const wrong = this.#ports.model.check?.(request);
    if (wrong !== undefined) return refuse(wrong.code, wrong.message, message);
    // generate.too-many
    const { max_streams: most } = this.#ports.limits;
    if (this.#ids.active(principal) < most) return undefined;
    return refuse('too_many_streams', `${most} streams are active already`, message);
  }

  #begin(principal: string, message: ClientMessageOf<'generate'>, request: ModelRequest): Stream {
    const { clock, store, model, limits } = this.#ports;
    const { id, on_disconnect: onDisconnect = 'continue' } = message;
    const options = {
      principal,
      id,
      payload: payloadHash(message),
      onDisconnect,
      // generate.grace-clamped
      graceMs: Math.min(message.grace_ms ?? limits.grace_default_ms, limits.grace_max_ms),
      request,
      textBudget: textBudget(limits),
    };
    const log = store.create({ principal, id });
    const ended = (ending: Stream): void => this.#ended(ending);
    const stream = new Stream(options, { clock, log, epoch: store.epoch, model, ended });
    // generate.no-blind-retry: the id is reserved before the model is called.
    this.#ids.add(stream);
    this.#active.add(stream);
    stream.run();
    return stream;
  }

  #requestOf(message: ClientMessageOf<'generate'>): ModelRequest {
    const { messages, model = this.#ports.model.defaultModel, params = {} } = message;
    return { messages, model, params };
  }

  #ended(stream: Stream): void {
    const { principal, id } = stream;
    this.#active.delete(stream);
    this.#ids.retire(stream, () => this.#ports.store.drop({ principal, id }));
    if (this.idle) this.#ports.onIdle();
  }
}

function answerKnown(known: Known, message: ClientMessageOf<'generate'>): Answer {
  switch (known.kind) {
    case 'stream':
      // generate.id-conflict, generate.attaches
      return known.stream.payload === payloadHash(message)
        ? { kind: 'attached', stream: known.stream, after: 0 }
        : refuse('id_conflict', 'this id is in use for another payload', message);
    case 'tombstone':
      // cancel.tombstone
      return refuse('cancelled', 'this id was cancelled before it was generated', message);
    case 'expired':
      // generate.expired
      return refuse('expired', 'the log of this id is gone', message);
    default:
      return known satisfies never;
  }
}

function refuse(
  code: KnownErrorCode,
  message: string,
  { type, id }: { type: string; id: string },
  extra: Pick<ErrorMessage, 'oldest' | 'head'> = {},
): Answer {
  return { kind: 'refused', error: refusal(code, message, { type, id }, extra) };
}
