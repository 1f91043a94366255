/** What the client asks of the server: generate, resume, cancel. */
import { fullJitter } from './backoff.ts';
import { clearTimer, type Connection, type Core, finish, send, setTimer } from './core.ts';
import type { Failure } from './failure.ts';
import { brokenOff, neverRan, type Stream } from './stream.ts';

/** A server that answers resumes and then jumps again has this many tries to get its own log right. */
const FRUITLESS_RESUMES = 3;

/** Sends what each unattached stream needs next on a connection for new work. */
export function flush(core: Core, connection: Connection): void {
  if (connection.phase === 'opening') return;
  for (const stream of core.streams.values()) {
    if (stream.connection === undefined && !stream.waiting) submit(core, connection, stream);
    else if (stream.connection === connection.number && stream.cancel) sendCancel(core, connection, stream);
  }
}

function submit(core: Core, connection: Connection, stream: Stream): void {
  if (stream.phase === 'detached') {
    // What stops spending goes first.
    if (stream.cancel) sendCancel(core, connection, stream);
    sendResume(core, connection, stream);
  } else if (stream.cancel) {
    // Sent once and never answered: a second `generate` could only run what nobody wants any more.
    const sent = sendCancel(core, connection, stream);
    if (sent) attachTo(stream, connection, 'stopping');
  } else sendGenerate(core, connection, stream);
}

function sendGenerate(core: Core, connection: Connection, stream: Stream): void {
  // `reconnect.resends`: "A generate that got no answer MUST be repeated with the same id and payload and with
  // resend, or be given up."
  const message = stream.doubt ? { ...stream.request, resend: stream.doubt } : stream.request;
  const outcome = send(core, connection, message);
  if (outcome === 'sent') attachTo(stream, connection, 'asked');
  if (outcome !== 'too_large') return;
  const limit = connection.welcome?.limits.max_client_bytes;
  const failure: Failure = {
    kind: 'refused',
    code: 'too_large',
    message: `the server takes messages of up to ${limit} bytes`,
    retryable: false,
  };
  finish(core, stream, brokenOff(stream, failure));
}

/** Asks for everything behind the cursor. Entries that come before the answer belong to an older attachment. */
export function sendResume(core: Core, connection: Connection, stream: Stream): void {
  const epoch = stream.epoch ?? connection.welcome?.epoch;
  if (epoch === undefined) return;
  stream.epoch = epoch;
  const outcome = send(core, connection, { type: 'resume', id: stream.id, epoch, after: stream.cursor });
  if (outcome === 'sent') attachTo(stream, connection, 'resuming');
}

/** After a jump in `seq` or `detached{slow}`: resume on the same connection, unless that keeps bringing nothing. */
export function resumeInPlace(core: Core, connection: Connection, stream: Stream): void {
  stream.fruitless += 1;
  if (stream.fruitless <= FRUITLESS_RESUMES) {
    sendResume(core, connection, stream);
    return;
  }
  const message = `the server sends no entry that follows seq ${stream.cursor}`;
  finish(core, stream, brokenOff(stream, { kind: 'protocol', code: 'sequence', message }));
}

/** "Stop". Sent at once where the stream is attached, otherwise as soon as there is a connection. */
export function cancel(core: Core, stream: Stream, reason: string | undefined): void {
  if (stream.cancel) return;
  stream.cancel = reason === undefined ? {} : { reason };
  if (stream.phase === 'unsent' && !stream.doubt) {
    finish(core, stream, neverRan(stream, 'none'));
    return;
  }
  if (stream.waiting) stopWaiting(core, stream);
  const connection = core.connections.get(stream.connection ?? 0);
  if (connection) sendCancel(core, connection, stream);
}

function sendCancel(core: Core, connection: Connection, stream: Stream): boolean {
  if (stream.cancelSent) return true;
  const outcome = send(core, connection, { type: 'cancel', id: stream.id, ...stream.cancel });
  stream.cancelSent = outcome === 'sent';
  return stream.cancelSent;
}

function stopWaiting(core: Core, stream: Stream): void {
  stream.waiting = false;
  clearTimer(core, { kind: 'retry', id: stream.id });
}

/** The server refused for now: the same id and payload again, later, or the caller hears of it. */
export function retryLater(core: Core, stream: Stream, retryAfterMs: number): boolean {
  if (stream.refusals >= core.options.maxRefusals) return false;
  const jitter = fullJitter(stream.refusals, core.options.random(), core.options.backoff);
  stream.refusals += 1;
  stream.waiting = true;
  unattach(stream);
  setTimer(core, { kind: 'retry', id: stream.id }, Math.max(jitter, retryAfterMs));
  return true;
}

/** The request comes to nothing on this connection; it is for the next one. */
export function unattach(stream: Stream): void {
  stream.connection = undefined;
  stream.cancelSent = false;
  const accepted = stream.phase === 'live' || stream.phase === 'resuming' || stream.phase === 'detached';
  stream.phase = accepted ? 'detached' : 'unsent';
}

function attachTo(stream: Stream, connection: Connection, phase: Stream['phase']): void {
  stream.connection = connection.number;
  stream.phase = phase;
}
