/** What a connection is given: its socket, its visitor, and the house that it shares with all others. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Level, Limits } from '@tokenwire/spec';
import type { Authenticate } from './auth.ts';
import type { Clock } from './clock.ts';
import type { Outlet } from './delivery.ts';
import type { Hub } from './hub.ts';
import type { HeartbeatTimes } from './limits.ts';
import type { LogEvent } from './log-event.ts';

/** The socket as a connection sees it. After `close` nothing is received from it. */
export interface Transport extends Outlet {
  /** Bytes that came from the client so far. */
  readonly received: number;
  /** Starts the closing handshake, and cuts the socket when that does not finish soon. */
  close(code: number, reason: string): void;
  /** Stops reading, so that the client's own socket fills up. */
  pause(): void;
  resume(): void;
}

/** What all connections of a server share. */
export interface House {
  readonly clock: Clock;
  readonly hub: Hub;
  readonly limits: Limits;
  readonly heartbeat: HeartbeatTimes;
  readonly levels: readonly Level[];
  /** A socket that takes nothing for so long is closed with 4508. */
  readonly noProgressMs: number;
  readonly authenticate: Authenticate | undefined;
  readonly newId: () => string;
  readonly log: (event: LogEvent) => void;
}

/** What the upgrade request brought. */
export interface Visitor {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
}
