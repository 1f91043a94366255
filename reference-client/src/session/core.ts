/** What the parts of the session share: its streams, its connections, and the effects collected so far. */
import { type ClientMessage, encode, type ServerMessageOf } from '@tokenwire/spec';
import type { BackoffOptions } from './backoff.ts';
import type { ConnectionNumber, Effect, Ending, SessionState, Timer } from './effects.ts';
import type { Stream } from './stream.ts';
import { utf8Bytes } from './utf8.ts';

export interface SessionOptions {
  /** The secret that stands for the principal when there are no credentials. */
  session?: string;
  features: Record<string, true | Record<string, unknown>>;
  client?: { name: string; version: string };
  backoff: BackoffOptions;
  /** Attempts in a row on which no `welcome` came, before the client gives up. */
  maxAttempts: number;
  /** Retryable refusals of one request, before the caller hears of it. */
  maxRefusals: number;
  /** From the attempt to `welcome`. */
  connectTimeoutMs: number;
  /** A number in [0, 1). */
  random: () => number;
}

export interface Connection {
  readonly number: ConnectionNumber;
  /** `greeting`: `hello` was sent, `welcome` did not come yet. */
  phase: 'opening' | 'greeting' | 'ready';
  welcome: ServerMessageOf<'welcome'> | undefined;
  /** Bytes sent before `welcome`. */
  pipelined: number;
  openedAtMs: number;
  lastHeardMs: number;
  /** When its liveness timer should fire: one that fires much later was suspended. */
  livenessDueMs: number;
  probing: boolean;
  /** It brought an entry that was new. */
  useful: boolean;
}

export interface Core {
  readonly options: SessionOptions;
  readonly streams: Map<string, Stream>;
  readonly connections: Map<ConnectionNumber, Connection>;
  /** The one for new work. A connection that drains is in `connections` only. */
  current: Connection | undefined;
  lastConnection: ConnectionNumber;
  reconnecting: boolean;
  /** The server named a time before which no attempt is welcome. */
  notBeforeMs: number;
  attempt: number;
  /** Attempts since the last `welcome`. */
  unwelcome: number;
  /** 4501 came, and no `welcome` since. */
  expired: boolean;
  pings: number;
  state: SessionState;
  nowMs: number;
  effects: Effect[];
}

export function newCore(options: SessionOptions): Core {
  return {
    options,
    streams: new Map(),
    connections: new Map(),
    current: undefined,
    lastConnection: 0,
    reconnecting: false,
    notBeforeMs: 0,
    attempt: 0,
    unwelcome: 0,
    expired: false,
    pings: 0,
    state: { status: 'idle' },
    nowMs: 0,
    effects: [],
  };
}

/** Before `welcome` a server need not hold more than this, nor take a larger message. */
const PIPELINE_BYTES = 65_536;

/**
 * Sends now, or says why it cannot be sent on this connection yet (`later`) or ever (`too_large`).
 * `handshake.client-pipelines-small`: "Before welcome the client MUST NOT send a message larger than 65,536 bytes."
 */
export function send(
  core: Core,
  connection: Connection,
  message: ClientMessage,
): 'sent' | 'later' | 'too_large' {
  const text = encode(message);
  if (connection.phase === 'opening') return 'later';
  if (message.type !== 'ping' && message.type !== 'pong') {
    const bytes = utf8Bytes(text);
    if (connection.welcome && bytes > connection.welcome.limits.max_client_bytes) return 'too_large';
    if (!connection.welcome && connection.pipelined + bytes > PIPELINE_BYTES) return 'later';
    connection.pipelined += bytes;
  }
  core.effects.push({ kind: 'send', connection: connection.number, text });
  return 'sent';
}

export function setTimer(core: Core, timer: Timer, delayMs: number): void {
  core.effects.push({ kind: 'set_timer', timer, delayMs });
}

export function clearTimer(core: Core, timer: Timer): void {
  core.effects.push({ kind: 'clear_timer', timer });
}

export function setState(core: Core, state: SessionState): void {
  core.state = state;
  core.effects.push({ kind: 'state', state });
}

/** Takes a stream off the books. Whatever comes for its id later is ignored. */
export function finish(core: Core, stream: Stream, ending: Ending): void {
  core.streams.delete(stream.id);
  if (stream.waiting) clearTimer(core, { kind: 'retry', id: stream.id });
  core.effects.push({ kind: 'finish', id: stream.id, ending });
}
