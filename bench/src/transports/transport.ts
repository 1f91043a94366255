/** What every transport has: a client's end and a server's end, in one file. */
import type { ClientMessageOf } from '@tokenwire/spec';
import type { Tape } from './tape.ts';

export type GenerateMessage = ClientMessageOf<'generate'>;

/** Where a server is, as the load generator sees it. */
export interface Target {
  host: string;
  /** The port of HTTP/1.1 and WebSocket, and that of HTTP/2. */
  http1: number;
  http2: number;
  tls: boolean;
  /** How long a connect takes longer than its socket says: a link that accepts at once holds the first bytes so long. */
  handshakeMs: number;
  /** How often a polling client asks, in ms. */
  pollMs: number;
}

/** One connection of a client, or what takes its place after a cut. */
export interface Line {
  /** False once it cannot carry another request. */
  readonly usable: boolean;
  /** Sockets dialled so far: a second one means that a warm line had silently gone cold. */
  readonly dials: number;
  /** Opens the connection ahead of the first request, as far as the transport can. */
  warmUp(): Promise<void>;
  ask(request: GenerateMessage): Exchange;
  /** Bytes of the sockets in both directions, TLS included, TCP and IP headers not. */
  bytes(): { up: number; down: number };
  /** Breaks the socket, as a lost network does; what follows is the client's own doing. */
  cut(): void;
  close(): void;
}

/** A request under way. */
export interface Exchange {
  /** Resolves when the answer has ended, cancelled too; rejects with what went wrong. */
  readonly done: Promise<void>;
  /** "Stop", as users of this transport do it. */
  cancel(): void;
}

/** The client's end of a transport. */
export interface Transport {
  readonly name: string;
  /** May one connection carry several requests at once? */
  readonly multiplexed: boolean;
  /** What the client does by itself after a cut. */
  readonly recovers: 'resumes' | 'asks again' | 'nothing';
  open(target: Target, tape: Tape): Line;
}
