/** What the server says about streams: entries of their logs, and answers to requests. */
import type { LoggedMessage, Sequenced, ServerMessageOf } from '@tokenwire/spec';
import { ensureConnection, holdOff, retire } from './connect.ts';
import { type Connection, type Core, finish } from './core.ts';
import type { Failure } from './failure.ts';
import { advance, append, brokenOff, endingOf, neverRan, type Stream, step } from './stream.ts';
import { flush, resumeInPlace, retryLater, sendResume } from './submit.ts';

/** Applies one logged message, drops it, or resumes, as its place against the cursor says. */
export function logged(core: Core, connection: Connection, message: LoggedMessage | Sequenced): void {
  const stream = attached(core, connection, message.id);
  // `resume.client-waits`: "After sending resume the client MUST ignore logged messages of that id until its answer …"
  if (!stream || stream.phase === 'resuming' || stream.phase === 'stopping') return;
  const from = 'from' in message ? (message.from ?? message.seq) : message.seq;
  const place = step(stream.cursor, from, message.seq);
  if (place === 'known') return;
  if (place === 'gap') {
    resumeInPlace(core, connection, stream);
    return;
  }
  stream.phase = 'live';
  connection.useful = true;
  apply(core, stream, message);
}

function apply(core: Core, stream: Stream, message: LoggedMessage | Sequenced): void {
  if (!('type' in message)) {
    // `framing.client-unknown`: "… and advance its cursor over the from…seq of such a type."
    advance(stream, message.seq);
    return;
  }
  switch (message.type) {
    case 'start':
      advance(stream, message.seq);
      stream.epoch = message.epoch;
      return;
    case 'token':
      core.effects.push({ kind: 'token', id: stream.id, token: append(stream, message) });
      return;
    case 'end':
      finish(core, stream, endingOf(stream, message));
      return;
    default:
      message satisfies never;
  }
}

/** The answer to `resume`, or to a `generate` that found its stream: the replay follows. */
export function resumed(core: Core, connection: Connection, message: ServerMessageOf<'resumed'>): void {
  const stream = attached(core, connection, message.id);
  if (!stream || (stream.phase !== 'resuming' && stream.phase !== 'asked')) return;
  const foreign = stream.epoch !== undefined && stream.epoch !== message.epoch;
  if (foreign || message.from > stream.cursor + 1) {
    const text = foreign ? `of epoch "${message.epoch}"` : `from ${message.from}`;
    const failure = `asked for entries behind ${stream.cursor}, and the server resumed ${text}`;
    finish(core, stream, brokenOff(stream, { kind: 'protocol', code: 'resumed', message: failure }));
    return;
  }
  stream.epoch = message.epoch;
  stream.phase = 'live';
}

export function cancelOk(core: Core, connection: Connection, message: ServerMessageOf<'cancel_ok'>): void {
  const stream = attached(core, connection, message.id);
  // Where the stream is attached, its `end` says the rest.
  if (stream?.phase !== 'stopping') return;
  const epoch = connection.welcome?.epoch;
  if (message.state === 'unknown') {
    const sameStore = stream.doubt?.epoch !== undefined && stream.doubt.epoch === epoch;
    finish(core, stream, neverRan(stream, sameStore ? 'none' : 'unknown'));
    return;
  }
  stream.epoch = epoch;
  sendResume(core, connection, stream);
}

export function detached(core: Core, connection: Connection, message: ServerMessageOf<'detached'>): void {
  const stream = attached(core, connection, message.id);
  // While a `resume` is on its way, this is about the attachment before it.
  if (stream?.phase !== 'live') return;
  if (message.reason === 'slow') {
    resumeInPlace(core, connection, stream);
    return;
  }
  // `resume.client-superseded`: "After detached{superseded} the client MUST NOT resume that stream by itself."
  const text = 'another connection reads this stream now';
  const failure: Failure = { kind: 'incomplete', code: message.reason, message: text, head: message.head };
  finish(core, stream, brokenOff(stream, failure));
}

/** A refusal. It is about the request that waits for its answer on this connection, or about none of ours. */
export function refused(core: Core, connection: Connection, error: ServerMessageOf<'error'>): void {
  if (error.retry_after_ms !== undefined) holdOff(core, error.retry_after_ms);
  const stream = error.re?.id === undefined ? undefined : attached(core, connection, error.re.id);
  if (!stream || error.re?.type !== REQUEST_OF[stream.phase]) return;
  if (error.code === 'auth_expired' || error.code === 'draining') {
    // This connection answers so to every request: the next one will serve.
    retire(core, connection);
    if (mayRetry(core, stream, error)) return;
  } else if (error.retryable && !FINAL.has(error.code) && mayRetry(core, stream, error)) return;
  if (error.code === 'cancelled' && stream.cancel) finish(core, stream, neverRan(stream, 'none'));
  else finish(core, stream, brokenOff(stream, refusal(stream, error)));
}

/** `live` has no request in flight but perhaps a `cancel`, whose refusal leaves the stream as it is. */
const REQUEST_OF: Record<Stream['phase'], string | undefined> = {
  unsent: undefined,
  asked: 'generate',
  live: undefined,
  resuming: 'resume',
  detached: undefined,
  stopping: 'cancel',
};

/**
 * `resume.client-keeps-text`: "After outcome_unknown, epoch_mismatch, cursor_ahead, unknown_stream, expired or gap
 * the client MUST keep the text as incomplete, surface the code, and never generate again by itself."
 */
const FINAL: ReadonlySet<string> = new Set([
  'outcome_unknown',
  'epoch_mismatch',
  'cursor_ahead',
  'unknown_stream',
  'expired',
  'gap',
]);

function mayRetry(core: Core, stream: Stream, error: ServerMessageOf<'error'>): boolean {
  return retryLater(core, stream, error.retry_after_ms ?? 0);
}

function refusal(stream: Stream, error: ServerMessageOf<'error'>): Failure {
  const { code, message, retryable, retry_after_ms, oldest, head } = error;
  if (code === 'outcome_unknown') return { kind: 'outcome_unknown', code, message };
  const ran = stream.phase === 'resuming' || stream.doubt !== undefined;
  if (ran) {
    const range = { ...(oldest !== undefined && { oldest }), ...(head !== undefined && { head }) };
    return { kind: 'incomplete', code, message, ...range };
  }
  const retryAfterMs = retry_after_ms !== undefined && { retryAfterMs: retry_after_ms };
  return { kind: 'refused', code, message, retryable, ...retryAfterMs };
}

/** What a retry timer was set for. */
export function retry(core: Core, id: string): void {
  const stream = core.streams.get(id);
  if (!stream) return;
  stream.waiting = false;
  if (core.current) flush(core, core.current);
  else ensureConnection(core);
}

/** A message that names one of our streams and cannot be read. */
export function unreadable(core: Core, connection: Connection, id: string, message: string): void {
  const stream = attached(core, connection, id);
  if (stream) finish(core, stream, brokenOff(stream, { kind: 'protocol', code: 'invalid', message }));
}

/** The stream, if this is the connection that speaks for it. */
function attached(core: Core, connection: Connection, id: string): Stream | undefined {
  const stream = core.streams.get(id);
  return stream?.connection === connection.number ? stream : undefined;
}
