import { type ClientMessage, decodeServer, type ServerMessage } from '@tokenwire/spec';
import type { Authenticate } from '../../src/auth.ts';
import { Connection } from '../../src/connection.ts';
import type { House, Transport, Visitor } from '../../src/house.ts';
import { Hub } from '../../src/hub.ts';
import { completeLimits, defaultHeartbeat, type HeartbeatTimes, type Limits } from '../../src/limits.ts';
import { MemoryLogStore } from '../../src/log.ts';
import type { LogEvent } from '../../src/log-event.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeModel } from './fake-model.ts';

const EPOCH = 'e-7Qm2';
export const ID = 'sky-blue-question-1';
export const SESSION = 'kq3vX0mB2uQ7sT9yLw5cN8';

/** A socket that takes everything until it is told to stall. */
export class FakeSocket implements Transport {
  readonly sent: ServerMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  paused = false;
  received = 0;
  buffered = 0;
  stalled = false;

  send(text: string): void {
    const decoded = decodeServer(text);
    if (!decoded.ok) throw new Error(`the server sent what is not valid: ${decoded.message}: ${text}`);
    this.sent.push(decoded.message);
    if (this.stalled) this.buffered += text.length;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  cork(): void {}
  uncork(): void {}
}

export interface HouseOptions {
  limits?: Partial<Limits>;
  heartbeat?: HeartbeatTimes;
  authenticate?: Authenticate;
  noProgressMs?: number;
  epoch?: string;
}

/** Everything of a server but sockets, timers and a model. */
export class FakeHouse {
  readonly clock = new FakeClock();
  readonly model = new FakeModel();
  readonly logged: LogEvent[] = [];
  readonly house: House;
  readonly #connections: Connection[] = [];

  constructor({
    epoch = EPOCH,
    limits,
    heartbeat = defaultHeartbeat,
    authenticate,
    noProgressMs = 30_000,
  }: HouseOptions = {}) {
    const { clock, model } = this;
    const complete = completeLimits(limits);
    const store = new MemoryLogStore(epoch);
    let ids = 0;
    this.house = {
      clock,
      hub: new Hub({ clock, store, model, limits: complete, onIdle: () => {} }),
      limits: complete,
      heartbeat,
      levels: ['core'],
      noProgressMs,
      authenticate,
      newId: () => `c-${++ids}`,
      log: (event) => this.logged.push(event),
    };
  }

  /** A new connection, before its hello. */
  connect(visitor: Visitor = { headers: {}, url: '/' }): FakeClient {
    const socket = new FakeSocket();
    const connection = new Connection(this.house, socket, visitor, () => {});
    this.#connections.push(connection);
    return new FakeClient(this.clock, socket, connection);
  }

  /** A connection behind its welcome. */
  join(session: string = SESSION): FakeClient {
    const client = this.connect();
    client.send({ type: 'hello', session, features: {} });
    client.take();
    return client;
  }
}

/** The other end of a FakeSocket. */
export class FakeClient {
  readonly #clock: FakeClock;
  readonly socket: FakeSocket;
  readonly connection: Connection;

  constructor(clock: FakeClock, socket: FakeSocket, connection: Connection) {
    this.#clock = clock;
    this.socket = socket;
    this.connection = connection;
  }

  send(...messages: ClientMessage[]): void {
    for (const message of messages) this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.socket.received += text.length;
    this.connection.receive(text);
  }

  generate(id: string = ID, more: object = {}): void {
    this.send({
      type: 'generate',
      id,
      messages: [{ role: 'user', content: 'Why is the sky blue?' }],
      ...more,
    });
  }

  /** What the server sent since the last call, at the end of its turn. */
  take(): ServerMessage[] {
    this.#clock.turn();
    return this.socket.sent.splice(0);
  }

  /** The same, as one short line each. */
  read(): string[] {
    return this.take().map(short);
  }

  /** The socket takes data again. */
  drainSocket(): void {
    this.socket.stalled = false;
    this.socket.buffered = 0;
    this.connection.flushed();
    this.#clock.turn();
  }
}

/** A message as one line: what a reader of a test wants to see of it. */
export function short(message: ServerMessage): string {
  switch (message.type) {
    case 'start':
      return `start ${message.seq}`;
    case 'token':
      return `token ${message.from === undefined ? '' : `${message.from}-`}${message.seq} ${message.text}`;
    case 'end':
      return `end ${message.seq} ${message.finish_reason} ${message.upstream}`;
    case 'resumed':
      return `resumed ${message.from} of ${message.head}`;
    case 'cancel_ok':
      return `cancel_ok ${message.state}`;
    case 'detached':
      return `detached ${message.reason} ${message.head}`;
    case 'error':
      return `error ${message.code}`;
    case 'ping':
    case 'pong':
      return `${message.type} ${message.t}`;
    default:
      return message.type;
  }
}
