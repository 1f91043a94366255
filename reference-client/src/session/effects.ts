/** What goes into the session and what comes out. The session itself touches nothing. */
import type { ClientMessageOf, FinishReason, ServerMessageOf, UpstreamOutcome, Usage } from '@tokenwire/spec';
import type { Failure } from './failure.ts';

/** Who the client is, as it goes into `hello.auth`. */
export interface Credentials {
  /** For example `bearer`. */
  scheme: string;
  token: string;
}

/** A piece of the answer. Its length says nothing about tokens of the model: count those from `usage`. */
export interface Token {
  text: string;
  /** The last log entry that this text covers. */
  seq: number;
  /** The first one: lower than `seq` when the server merged several. */
  from: number;
}

/** How an answer ended, with everything that arrived of it. */
export interface Ending {
  text: string;
  /** `error` also when the client never saw an end: see the failure. */
  finishReason: FinishReason;
  /** What became of the paid call of the model, as far as the server said. */
  upstream: UpstreamOutcome;
  usage?: Usage;
  timing?: NonNullable<ServerMessageOf<'end'>['timing']>;
  failure?: Failure;
}

/** Numbers the sockets of one client: 1, 2, 3, … */
export type ConnectionNumber = number;

export type Timer =
  | { kind: 'reconnect' }
  | { kind: 'connect'; connection: ConnectionNumber }
  | { kind: 'liveness'; connection: ConnectionNumber }
  | { kind: 'probe'; connection: ConnectionNumber }
  | { kind: 'retry'; id: string };

export type Input =
  | { kind: 'connect' }
  | { kind: 'generate'; request: GenerateMessage }
  | { kind: 'cancel'; id: string; reason?: string }
  | { kind: 'opened'; connection: ConnectionNumber; protocol: string; auth?: Credentials }
  | { kind: 'message'; connection: ConnectionNumber; text: string }
  | { kind: 'binary'; connection: ConnectionNumber }
  | { kind: 'closed'; connection: ConnectionNumber; code: number; reason: string }
  | { kind: 'timer'; timer: Timer }
  | { kind: 'wake' }
  | { kind: 'close' };

export type GenerateMessage = Omit<ClientMessageOf<'generate'>, 'resend'>;

export type Effect =
  | { kind: 'open'; connection: ConnectionNumber }
  | { kind: 'send'; connection: ConnectionNumber; text: string }
  /** Close it and listen to it no more. */
  | { kind: 'close'; connection: ConnectionNumber; code: number; reason: string }
  | { kind: 'set_timer'; timer: Timer; delayMs: number }
  | { kind: 'clear_timer'; timer: Timer }
  | { kind: 'token'; id: string; token: Token }
  | { kind: 'finish'; id: string; ending: Ending }
  | { kind: 'state'; state: SessionState };

/**
 * - `idle`: no connection and no reason for one.
 * - `connecting`: a socket opens, or `welcome` is awaited.
 * - `ready`: `welcome` came.
 * - `waiting`: the next attempt comes after `retryMs`; a draining connection may still be read.
 * - `stopped`: the server's close code, or too many failed attempts, forbid another one until new work comes.
 * - `closed`: by `client.close()`.
 */
export interface SessionState {
  status: 'idle' | 'connecting' | 'ready' | 'waiting' | 'stopped' | 'closed';
  /** The server's name for the connection, `welcome.conn`. */
  conn?: string;
  /** How long the wait is, when `waiting`. */
  retryMs?: number;
  /** Why the last connection went away. */
  closeCode?: number;
  closeReason?: string;
}
