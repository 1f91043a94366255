/** One stream as this client knows it: a cursor into the server's log, and where it is attached. */
import type { ServerMessageOf } from '@tokenwire/spec';
import type { ConnectionNumber, Ending, GenerateMessage, Token } from './effects.ts';
import type { Failure } from './failure.ts';
import { utf8Bytes } from './utf8.ts';

/**
 * - `unsent`: `generate` is to be sent, or to be sent again.
 * - `asked`: `generate` was sent and has no answer.
 * - `live`: attached; entries are applied as they come.
 * - `resuming`: `resume` was sent; entries are ignored until its answer.
 * - `detached`: accepted, and attached nowhere.
 * - `stopping`: `cancel` was sent for a `generate` of unknown outcome; its answer tells whether there is a log.
 */
type StreamPhase = 'unsent' | 'asked' | 'live' | 'resuming' | 'detached' | 'stopping';

export interface Stream {
  readonly id: string;
  readonly request: GenerateMessage;
  phase: StreamPhase;
  /** The connection that answers for this stream; undefined while `unsent` and `detached`. */
  connection: ConnectionNumber | undefined;
  /** The highest seq applied. */
  cursor: number;
  text: string;
  utf8Bytes: number;
  /** Of the log, known from `start` or `resumed` on. */
  epoch: string | undefined;
  /** Set once a `generate` was lost without an answer: what the repeated one says in `resend`. */
  doubt: { epoch?: string } | undefined;
  cancel: { reason?: string } | undefined;
  /** On the connection that it is attached to. */
  cancelSent: boolean;
  /** A refused request waits for its timer before it is sent again. */
  waiting: boolean;
  refusals: number;
  /** Resumes in a row that brought nothing. */
  fruitless: number;
}

export function newStream(request: GenerateMessage): Stream {
  return {
    id: request.id,
    request,
    phase: 'unsent',
    connection: undefined,
    cursor: 0,
    text: '',
    utf8Bytes: 0,
    epoch: undefined,
    doubt: undefined,
    cancel: undefined,
    cancelSent: false,
    waiting: false,
    refusals: 0,
    fruitless: 0,
  };
}

export type Step = 'next' | 'known' | 'gap';

/** Where entries `from`…`seq` stand against a cursor. */
export function step(cursor: number, from: number, seq: number): Step {
  // `sequence.client-drops`: "The client MUST drop what it has applied already: every logged message with seq ≤ its cursor."
  if (seq <= cursor) return 'known';
  // `sequence.client-gap`. A merge that begins at or below the cursor and ends above it cannot be cut: it is a gap too.
  return from === cursor + 1 ? 'next' : 'gap';
}

/** Moves the cursor over entries that `step` called `next`. */
export function advance(stream: Stream, seq: number): void {
  stream.cursor = seq;
  stream.fruitless = 0;
}

/** Applies a token that `step` called `next`. */
export function append(stream: Stream, { text, seq, from = seq }: ServerMessageOf<'token'>): Token {
  advance(stream, seq);
  stream.text += text;
  stream.utf8Bytes += utf8Bytes(text);
  return { text, seq, from };
}

/** What the caller gets for an `end`. */
export function endingOf(stream: Stream, end: ServerMessageOf<'end'>): Ending {
  const failure = failureOf(stream, end);
  return {
    text: stream.text,
    finishReason: end.finish_reason,
    upstream: end.upstream,
    ...(end.usage && { usage: end.usage }),
    ...(end.timing && { timing: end.timing }),
    ...(failure && { failure }),
  };
}

function failureOf(stream: Stream, end: ServerMessageOf<'end'>): Failure | undefined {
  if (end.utf8_bytes !== stream.utf8Bytes) {
    const message = `the answer has ${stream.utf8Bytes} bytes, the server counted ${end.utf8_bytes}`;
    return { kind: 'protocol', code: 'utf8_bytes', message };
  }
  if (end.finish_reason === 'abandoned') {
    const message = 'nobody was connected for the grace of this stream, so the server stopped it';
    return { kind: 'failed', code: 'abandoned', message, retryable: true };
  }
  if (end.finish_reason !== 'error') return undefined;
  const unnamed = { code: 'unknown', message: 'the server gave no reason', retryable: false };
  return { kind: 'failed', ...(end.error ?? unnamed) };
}

/** What the caller gets when there is no `end`. */
export function brokenOff(stream: Stream, failure: Failure): Ending {
  return { text: stream.text, finishReason: 'error', upstream: 'unknown', failure };
}

/** What the caller gets for a stream that was cancelled and never ran, as far as can be known. */
export function neverRan(stream: Stream, upstream: 'none' | 'unknown'): Ending {
  return { text: stream.text, finishReason: 'cancelled', upstream };
}
