/** From no connection to a ready one, and what to do when it goes. */
import { type ClientMessageOf, reconnectPolicy, SUBPROTOCOL, type ServerMessageOf } from '@tokenwire/spec';
import { fullJitter, withinWindow } from './backoff.ts';
import { clearTimer, type Connection, type Core, finish, send, setState, setTimer } from './core.ts';
import type { Credentials } from './effects.ts';
import type { Failure } from './failure.ts';
import { probe, watch } from './liveness.ts';
import { brokenOff } from './stream.ts';
import { flush, unattach } from './submit.ts';

/** Opens a connection, unless there is one for new work or the next attempt has its time. */
export function ensureConnection(core: Core): void {
  if (core.current || core.reconnecting || core.state.status === 'closed') return;
  const waitMs = core.notBeforeMs - core.nowMs;
  if (waitMs > 0) scheduleAttempt(core, waitMs);
  else open(core);
}

export function open(core: Core): void {
  if (core.reconnecting) clearTimer(core, { kind: 'reconnect' });
  core.reconnecting = false;
  core.lastConnection += 1;
  const connection: Connection = {
    number: core.lastConnection,
    phase: 'opening',
    welcome: undefined,
    pipelined: 0,
    openedAtMs: core.nowMs,
    lastHeardMs: core.nowMs,
    livenessDueMs: 0,
    probing: false,
    useful: false,
  };
  core.connections.set(connection.number, connection);
  core.current = connection;
  core.effects.push({ kind: 'open', connection: connection.number });
  setTimer(core, { kind: 'connect', connection: connection.number }, core.options.connectTimeoutMs);
  setState(core, { ...lastClose(core), status: 'connecting' });
}

/** The socket opened: `hello` first, and the waiting work right behind it. */
export function opened(core: Core, connection: Connection, protocol: string, auth?: Credentials): void {
  connection.phase = 'greeting';
  connection.lastHeardMs = core.nowMs;
  // `handshake.client-checks-subprotocol`: "The client MUST close a connection on which the server selected a
  // subprotocol that was not offered, or none."
  if (protocol !== SUBPROTOCOL) {
    giveUp(core, connection, 1000, 'subprotocol', `the server selected "${protocol}", not ${SUBPROTOCOL}`);
    return;
  }
  const { features, session, client } = core.options;
  const hello: ClientMessageOf<'hello'> = {
    type: 'hello',
    ...(auth && { auth }),
    ...(session !== undefined && { session }),
    features,
    ...(client && { client }),
  };
  // `handshake.client-hello-first`: "The first message of the client MUST be hello, and it MUST send no second one."
  send(core, connection, hello);
  flush(core, connection);
}

export function welcomed(core: Core, connection: Connection, welcome: ServerMessageOf<'welcome'>): void {
  clearTimer(core, { kind: 'connect', connection: connection.number });
  connection.welcome = welcome;
  connection.phase = 'ready';
  core.expired = false;
  core.unwelcome = 0;
  watch(core, connection);
  setState(core, { status: 'ready', conn: welcome.conn });
  flush(core, connection);
}

/**
 * `drain.client`: "After goaway the client MUST send new work on a new connection only, keep reading the old one,
 * and resume what is unfinished when it closes."
 */
export function goaway(core: Core, connection: Connection, message: ServerMessageOf<'goaway'>): void {
  if (core.current !== connection) return;
  holdOff(core, withinWindow(message.reconnect_ms, core.options.random()));
  core.current = undefined;
  scheduleAttempt(core, core.notBeforeMs - core.nowMs);
}

/** This connection takes no more requests, as with `goaway`, but nobody said when to come back. */
export function retire(core: Core, connection: Connection): void {
  if (core.current !== connection) return;
  core.current = undefined;
  backOff(core);
}

/** `reconnect.backoff`: "… and not less than a retry_after_ms or a draw from goaway.reconnect_ms that it was given." */
export function holdOff(core: Core, waitMs: number): void {
  core.notBeforeMs = Math.max(core.notBeforeMs, core.nowMs + waitMs);
}

/** Closes what was kept for reading only, once nothing is left to read on it. */
export function closeDrained(core: Core): void {
  for (const connection of core.connections.values()) {
    if (connection === core.current || isRead(core, connection)) continue;
    forget(core, connection);
    core.effects.push({ kind: 'close', connection: connection.number, code: 1000, reason: '' });
  }
}

function isRead(core: Core, connection: Connection): boolean {
  return [...core.streams.values()].some((stream) => stream.connection === connection.number);
}

/** The caller knows that the network is back, or that the machine was asleep. */
export function wake(core: Core): void {
  for (const connection of core.connections.values()) probe(core, connection);
  if (!core.reconnecting) return;
  core.attempt = 0;
  core.unwelcome = 0;
  backOff(core);
}

/** A connection is gone. What it carried is for the next one, or for nobody: the close code decides. */
export function closed(core: Core, connection: Connection, code: number, reason: string): void {
  const wasCurrent = forget(core, connection);
  const failure: Failure = {
    kind: 'connection',
    code: code === 4401 || code === 4501 ? 'unauthenticated' : 'connection_closed',
    message: `the connection closed with ${code}${reason && `: ${reason}`}`,
    closeCode: code,
  };
  // `reconnect.ranges`: "The client MUST follow the table of section 19 on whether to reconnect."
  const never = reconnectPolicy(code) === 'never' || expiredAgain(core, code);
  if (never) failStreams(core, (owner) => owner === connection.number, failure);
  else releaseStreams(core, connection, code);
  if (!wasCurrent) {
    if (core.current) flush(core, core.current);
    else if (!never && hasWork(core)) ensureConnection(core);
    return;
  }
  core.state = { ...core.state, closeCode: code, closeReason: reason };
  if (never) stop(core, failure);
  else tryAgain(core, connection, failure);
}

/** `reconnect.expired-twice`: "A second 4501 without a welcome in between MUST count as 4401." */
function expiredAgain(core: Core, code: number): boolean {
  if (code !== 4501) return false;
  const again = core.expired;
  core.expired = true;
  return again;
}

function tryAgain(core: Core, connection: Connection, failure: Failure & { kind: 'connection' }): void {
  if (!connection.welcome) {
    core.unwelcome += 1;
    // `reconnect.capped`: "The client MUST give up after a bounded number of attempts in a row on which no welcome came."
    if (core.unwelcome >= core.options.maxAttempts) {
      const message = `no welcome came in ${core.unwelcome} attempts; the last: ${failure.message}`;
      stop(core, { ...failure, code: 'unreachable', message });
      return;
    }
  }
  if (reconnectPolicy(failure.closeCode) === 'if_unfinished' && !hasWork(core)) {
    setState(core, { ...lastClose(core), status: 'idle' });
    return;
  }
  if (failure.closeCode !== 4529 && servedWell(core, connection)) core.attempt = 0;
  backOff(core);
}

function backOff(core: Core): void {
  const delayMs = fullJitter(core.attempt, core.options.random(), core.options.backoff);
  core.attempt += 1;
  scheduleAttempt(core, Math.max(delayMs, core.notBeforeMs - core.nowMs));
}

/** A connection that lived this long proves that the server is well. */
const STABLE_MS = 5_000;

/** After a connection that was of use the backoff begins anew: a `welcome` alone is no proof that the server is well. */
function servedWell(core: Core, connection: Connection): boolean {
  if (!connection.welcome) return false;
  return connection.useful || core.nowMs - connection.openedAtMs >= STABLE_MS;
}

function scheduleAttempt(core: Core, delayMs: number): void {
  core.reconnecting = true;
  setTimer(core, { kind: 'reconnect' }, delayMs);
  setState(core, { ...lastClose(core), status: 'waiting', retryMs: delayMs });
}

/** Ends a connection whose peer broke the protocol, and everything that hung on it. */
export function giveUp(
  core: Core,
  connection: Connection,
  close: number,
  code: string,
  message: string,
): void {
  const wasCurrent = forget(core, connection);
  core.effects.push({ kind: 'close', connection: connection.number, code: close, reason: code });
  const failure: Failure = { kind: 'protocol', code, message };
  failStreams(core, (owner) => owner === connection.number, failure);
  core.state = { ...core.state, closeCode: close, closeReason: message };
  if (wasCurrent) stop(core, failure);
}

/** The peer is not heard any more: leave the socket, take the work along. */
export function abandon(core: Core, connection: Connection, code: number, reason: string): void {
  core.effects.push({ kind: 'close', connection: connection.number, code, reason });
  // Not the code that was sent: only the peer's own word may say that it processed nothing.
  closed(core, connection, 1006, reason);
}

/** No further attempt by itself. Later work of the caller begins anew. */
function stop(core: Core, failure: Failure): void {
  core.attempt = 0;
  core.unwelcome = 0;
  core.expired = false;
  failStreams(core, (owner) => owner === undefined, failure);
  setState(core, { ...lastClose(core), status: 'stopped' });
}

export function closeByCaller(core: Core): void {
  for (const connection of core.connections.values()) {
    forget(core, connection);
    core.effects.push({ kind: 'close', connection: connection.number, code: 1000, reason: '' });
  }
  if (core.reconnecting) clearTimer(core, { kind: 'reconnect' });
  core.reconnecting = false;
  const message = 'the client was closed';
  failStreams(core, () => true, { kind: 'connection', code: 'client_closed', message, closeCode: 1000 });
  setState(core, { status: 'closed' });
}

function forget(core: Core, connection: Connection): boolean {
  core.connections.delete(connection.number);
  for (const kind of ['connect', 'liveness', 'probe'] as const) {
    clearTimer(core, { kind, connection: connection.number });
  }
  const wasCurrent = core.current === connection;
  if (wasCurrent) core.current = undefined;
  return wasCurrent;
}

function releaseStreams(core: Core, connection: Connection, code: number): void {
  for (const stream of core.streams.values()) {
    if (stream.connection !== connection.number) continue;
    if (stream.phase === 'asked' && !isUnprocessed(connection, code)) {
      const epoch = connection.welcome?.epoch;
      stream.doubt ??= epoch === undefined ? {} : { epoch };
    }
    unattach(stream);
  }
}

/**
 * A Tokenwire close code comes from a server that read `hello`; without `welcome` before it, nothing behind
 * `hello` was processed: `handshake.pipelined-in-order`, `handshake.closed-unprocessed`.
 */
function isUnprocessed(connection: Connection, code: number): boolean {
  return connection.welcome === undefined && code >= 4400 && code <= 4599;
}

type Owner = number | undefined;

function failStreams(core: Core, concerns: (owner: Owner) => boolean, failure: Failure): void {
  for (const stream of core.streams.values()) {
    if (concerns(stream.connection)) finish(core, stream, brokenOff(stream, failure));
  }
}

function hasWork(core: Core): boolean {
  return [...core.streams.values()].some((stream) => stream.connection === undefined);
}

function lastClose({ state }: Core): { closeCode?: number; closeReason?: string } {
  const { closeCode, closeReason } = state;
  return { ...(closeCode !== undefined && { closeCode }), ...(closeReason !== undefined && { closeReason }) };
}
