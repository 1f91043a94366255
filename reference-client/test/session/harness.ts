/** A session with a clock that tests turn, and everything it did. */
import type { ClientMessage, ServerMessage, ServerMessageOf } from '@tokenwire/spec';
import type { SessionOptions } from '../../src/session/core.ts';
import type { Effect, Ending, Input, Timer, Token } from '../../src/session/effects.ts';
import { Session } from '../../src/session/session.ts';

export const ID = 'stream-0000000001';
export const OTHER_ID = 'stream-0000000002';

export interface Harness {
  readonly session: Session;
  readonly sent: { connection: number; message: ClientMessage }[];
  readonly opened: number[];
  readonly closes: { connection: number; code: number }[];
  readonly tokens: Token[];
  readonly endings: Map<string, Ending>;
  nowMs: number;
  input(input: Input): Effect[];
  /** Turns the clock and fires what is due, in order. */
  advance(ms: number): void;
  /** Fires nothing: the machine was asleep. */
  sleep(ms: number): void;
  timers(): string[];
  /** The messages sent on a connection, without `hello`. */
  on(connection: number): ClientMessage[];
  server(connection: number, message: ServerMessage | Record<string, unknown>): void;
  /** The socket opens and the server says `welcome`. */
  connect(connection: number, epoch?: string): void;
  generate(id?: string): void;
  lose(connection: number, code?: number): void;
}

export function harness(options: Partial<SessionOptions> = {}): Harness {
  const session = new Session({
    features: {},
    backoff: { baseMs: 100, maxMs: 1_000 },
    maxAttempts: 3,
    maxRefusals: 2,
    connectTimeoutMs: 10_000,
    random: () => 0.5,
    ...options,
  });
  const timers = new Map<string, { timer: Timer; dueMs: number }>();
  const self: Harness = {
    session,
    sent: [],
    opened: [],
    closes: [],
    tokens: [],
    endings: new Map(),
    nowMs: 0,
    input(input) {
      const effects = session.handle(input, self.nowMs);
      for (const effect of effects) perform(effect);
      return effects;
    },
    advance(ms) {
      const untilMs = self.nowMs + ms;
      for (let next = due(untilMs); next; next = due(untilMs)) {
        self.nowMs = Math.max(self.nowMs, next.dueMs);
        timers.delete(JSON.stringify(next.timer));
        self.input({ kind: 'timer', timer: next.timer });
      }
      self.nowMs = untilMs;
    },
    sleep(ms) {
      self.nowMs += ms;
    },
    timers: () => [...timers.values()].map(({ timer }) => timer.kind),
    on: (connection) =>
      self.sent
        .filter((s) => s.connection === connection && s.message.type !== 'hello')
        .map((s) => s.message),
    server: (connection, message) =>
      void self.input({ kind: 'message', connection, text: JSON.stringify(message) }),
    connect(connection, epoch) {
      self.input({ kind: 'opened', connection, protocol: 'tokenwire.v1' });
      self.server(connection, welcome(epoch));
    },
    generate: (id = ID) => void self.input({ kind: 'generate', request: request(id) }),
    lose: (connection, code = 1006) => void self.input({ kind: 'closed', connection, code, reason: '' }),
  };

  function due(untilMs: number) {
    const [first] = [...timers.values()].sort((a, b) => a.dueMs - b.dueMs);
    return first && first.dueMs <= untilMs ? first : undefined;
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'open':
        self.opened.push(effect.connection);
        return;
      case 'send':
        self.sent.push({ connection: effect.connection, message: JSON.parse(effect.text) as ClientMessage });
        return;
      case 'close':
        self.closes.push({ connection: effect.connection, code: effect.code });
        return;
      case 'set_timer':
        timers.set(JSON.stringify(effect.timer), { timer: effect.timer, dueMs: self.nowMs + effect.delayMs });
        return;
      case 'clear_timer':
        timers.delete(JSON.stringify(effect.timer));
        return;
      case 'token':
        self.tokens.push(effect.token);
        return;
      case 'finish':
        self.endings.set(effect.id, effect.ending);
        return;
      case 'state':
        return;
      default:
        effect satisfies never;
    }
  }
  return self;
}

export function request(id = ID, content = 'Why is the sky blue?') {
  return { type: 'generate' as const, id, messages: [{ role: 'user' as const, content }] };
}

export function welcome(epoch = 'e-1', maxClientBytes = 1_048_576): ServerMessageOf<'welcome'> {
  return {
    type: 'welcome',
    conn: 'c-1',
    epoch,
    levels: ['core'],
    features: {},
    limits: {
      hello_timeout_ms: 10_000,
      max_client_bytes: maxClientBytes,
      max_server_bytes: 65_536,
      max_streams: 64,
      retention_ms: 300_000,
      grace_default_ms: 60_000,
      grace_max_ms: 600_000,
      id_memory_ms: 3_600_000,
      tombstones: 1_024,
      outbound_bytes: 1_048_576,
    },
    heartbeat: { interval_ms: 15_000, timeout_ms: 10_000 },
  };
}

export function start(id = ID, epoch = 'e-1'): ServerMessageOf<'start'> {
  return { type: 'start', id, seq: 1, epoch, model: 'mock', grace_ms: 60_000 };
}

export function token(seq: number, text: string, from?: number): ServerMessageOf<'token'> {
  return { type: 'token', id: ID, seq, text, ...(from !== undefined && { from }) };
}

export function end(
  seq: number,
  utf8Bytes: number,
  reason: 'stop' | 'cancelled' = 'stop',
): ServerMessageOf<'end'> {
  const upstream = reason === 'stop' ? 'completed' : 'aborted';
  return { type: 'end', id: ID, seq, finish_reason: reason, upstream, utf8_bytes: utf8Bytes };
}

export function resumed(from: number, head: number, epoch = 'e-1'): ServerMessageOf<'resumed'> {
  return { type: 'resumed', id: ID, epoch, from, head };
}

export function refusal(
  type: string,
  code: string,
  more: { retryable?: boolean; retry_after_ms?: number } = {},
): ServerMessageOf<'error'> {
  return { type: 'error', code, message: code, retryable: false, ...more, re: { type, id: ID } };
}

/** A stream that is live on connection 1 with two tokens applied. */
export function streaming(options: Partial<SessionOptions> = {}): Harness {
  const h = harness(options);
  h.generate();
  h.connect(1);
  h.server(1, start());
  h.server(1, token(2, 'Be'));
  h.server(1, token(3, 'cause'));
  return h;
}
