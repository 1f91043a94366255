/** `createServer`: Tokenwire on any `node:http` server. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes, type Level, type ServerMessageOf } from '@tokenwire/spec';
import type { Authenticate } from './auth.ts';
import { type Clock, randomId, systemClock } from './clock.ts';
import { Connection } from './connection.ts';
import { refuseUpgrade, type UpgradeRefusal } from './handshake.ts';
import type { House } from './house.ts';
import { Hub } from './hub.ts';
import { completeHeartbeat, completeLimits, type HeartbeatTimes, type Limits } from './limits.ts';
import { type LogStore, MemoryLogStore } from './log.ts';
import type { LogEvent } from './log-event.ts';
import type { ModelAdapter } from './model.ts';
import { SocketAcceptor } from './socket.ts';

export interface ServerOptions {
  /** Any `node:http` or `node:https` server. Its upgrades for `path` are answered, all others left alone. */
  readonly server: Pick<Server, 'on' | 'off'>;
  /** Where the WebSocket is, by default `/`. */
  readonly path?: string;
  /** Who answers: `openAiModel(...)`, or your own. */
  readonly model: ModelAdapter;
  /** Who is the client? Without it everybody may connect, and `hello.session` is the principal. */
  readonly authenticate?: Authenticate;
  /** Browser origins that may connect besides the server's own; `['*']` for all. */
  readonly origins?: readonly string[];
  /** What differs from the defaults of `welcome.limits`, by its names. */
  readonly limits?: Partial<Limits>;
  readonly heartbeat?: Partial<HeartbeatTimes>;
  /** Where streams are kept, by default in the memory of this process. */
  readonly log?: LogStore;
  /** The levels that `welcome` claims, by default core and operations. */
  readonly levels?: readonly Level[];
  /** A socket that takes no data for so long is closed with 4508; by default 30,000 ms. */
  readonly noProgressMs?: number;
  /** Receives what an operator wants to know. Nothing secret is in it. */
  readonly onLog?: (event: LogEvent) => void;
  readonly clock?: Clock;
  readonly newId?: () => string;
}

export interface DrainOptions {
  /** How long active streams may go on. */
  readonly deadlineMs?: number;
  /** For `goaway.reason`. */
  readonly reason?: string;
}

/** A Tokenwire server on somebody's http server. */
export interface TokenwireServer extends AsyncDisposable {
  /**
   * Goes away in peace: announces it, refuses new work, lets streams finish until the deadline, ends the
   * rest and closes every connection with 4503. Resolves when no connection and no stream is left.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Ends everything now, the calls of the model included. The http server stays as it is. */
  close(): Promise<void>;
}

/** How long the last messages may take to reach a client at the end of a drain. */
const LAST_WORDS_MS = 1000;
/** By then every stream has its end, even if its model does not let go. */
const END_ALL_MS = 2000;
/** goaway.reconnect_ms: what clients spread their return over. */
const RECONNECT_MS: [number, number] = [0, 2000];

/** Attaches Tokenwire to an http server. Throws a RangeError on impossible limits. */
export function createServer(options: ServerOptions): TokenwireServer {
  return new AttachedServer(options);
}

class AttachedServer implements TokenwireServer {
  readonly #options: ServerOptions;
  readonly #house: House;
  readonly #acceptor: SocketAcceptor;
  readonly #connections = new Set<Connection>();
  readonly #onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  #draining = false;
  readonly #waits = new Set<Wait>();

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#house = houseOf(options, () => this.#changed());
    this.#acceptor = new SocketAcceptor(this.#house.limits.max_client_bytes);
    this.#onUpgrade = (request, socket, head) => this.#upgrade(request, socket, head);
    options.server.on('upgrade', this.#onUpgrade);
  }

  async drain({ deadlineMs = 10_000, reason = 'shutdown' }: DrainOptions = {}): Promise<void> {
    this.#draining = true;
    this.#house.hub.drain();
    this.#house.log({ level: 'info', event: 'drain', message: `${this.#connections.size} connections` });
    const reconnect_ms = RECONNECT_MS;
    const goaway: ServerMessageOf<'goaway'> = {
      type: 'goaway',
      reason,
      deadline_ms: deadlineMs,
      reconnect_ms,
    };
    for (const connection of this.#connections) connection.drain(goaway);
    // drain.finishes: streams that nobody is attached to go on too.
    await this.#until(deadlineMs, () => this.#connections.size === 0 && this.#house.hub.idle);
    // drain.deadline
    this.#house.hub.endAll('draining', 'the server went away');
    await this.#until(END_ALL_MS, () => this.#house.hub.idle);
    await this.#until(LAST_WORDS_MS, () => this.#connections.size === 0);
    this.#closeAll(4503);
  }

  async close(): Promise<void> {
    this.#draining = true;
    this.#options.server.off('upgrade', this.#onUpgrade);
    this.#house.hub.drain();
    this.#closeAll(1001);
    this.#house.hub.endAll('draining', 'the server was closed');
    await this.#until(END_ALL_MS, () => this.#house.hub.idle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { url = '/', headers } = request;
    const { path = '/', origins = [] } = this.#options;
    if (url.split('?', 1)[0] !== path) return;
    const refused = refuseUpgrade(request, { origins, draining: this.#draining });
    if (refused !== undefined) return this.#refuse(socket, refused);
    this.#acceptor.accept(request, socket, head, (transport) => {
      const closed = (connection: Connection): void => this.#forget(connection);
      const connection = new Connection(this.#house, transport, { headers, url }, closed);
      this.#connections.add(connection);
      return connection;
    });
  }

  #refuse(socket: Duplex, { status, message }: UpgradeRefusal): void {
    this.#house.log({ level: 'info', event: 'refused_upgrade', message: `${status} ${message}` });
    respond(socket, status, message);
  }

  #closeAll(code: 1001 | 4503): void {
    const reason = code === 4503 ? closeCodes[4503].meaning : 'the server was closed';
    for (const connection of this.#connections) connection.close(code, reason);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#changed();
  }

  /** Waits until `test` holds, but not longer than `ms`. */
  async #until(ms: number, test: () => boolean): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve) => {
      const wait: Wait = { test, resolve };
      this.#waits.add(wait);
      this.#house.clock.after(ms, () => {
        this.#waits.delete(wait);
        resolve();
      });
    });
  }

  #changed(): void {
    for (const wait of this.#waits) {
      if (!wait.test()) continue;
      this.#waits.delete(wait);
      wait.resolve();
    }
  }
}

interface Wait {
  readonly test: () => boolean;
  readonly resolve: () => void;
}

function houseOf(options: ServerOptions, onIdle: () => void): House {
  const { clock = systemClock, newId = randomId, model, onLog } = options;
  const limits = completeLimits(options.limits);
  // resume.epoch-renewed: a memory store is forgotten with the process, so each has an epoch of its own.
  const store = options.log ?? new MemoryLogStore(newId());
  return {
    clock,
    hub: new Hub({ clock, store, model, limits, onIdle }),
    limits,
    heartbeat: completeHeartbeat(options.heartbeat),
    levels: options.levels ?? ['core', 'operations'],
    noProgressMs: options.noProgressMs ?? 30_000,
    authenticate: options.authenticate,
    newId,
    log: onLog ?? (() => {}),
  };
}

const STATUS_TEXT = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' };

/** Answers an upgrade request in plain HTTP, with one sentence. */
export function respond(socket: Duplex, status: keyof typeof STATUS_TEXT, message: string): void {
  const body = `${message}\n`;
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_TEXT[status]}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
