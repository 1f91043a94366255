/** The client: performs what the session decides, and hands out answers. */
import { type Answer, PendingAnswer } from './answer.ts';
import { type Clock, systemClock } from './clock.ts';
import { checkUrl, listenToPlatform, platformWebSocket } from './platform.ts';
import { type GenerateRequest, toMessage } from './request.ts';
import { newSession } from './secret.ts';
import type { BackoffOptions } from './session/backoff.ts';
import type { Credentials, Effect, Input, SessionState, Timer } from './session/effects.ts';
import { Session } from './session/session.ts';
import { type SocketConstructor, Sockets } from './socket.ts';

export interface ClientOptions {
  /** `ws:` or `wss:`. Put no credential in it, `auth` is for that: URLs are logged (`auth.client-no-credentials-in-url`). */
  url: string;
  /** Called anew for each connection, so that a refreshed token is picked up. */
  auth?: () => Credentials | Promise<Credentials>;
  /**
   * The secret that makes this client's streams its own when there is no `auth`: 22 to 128 of `A–Z a–z 0–9 _ -`, at least
   * 128 random bits. Default: a new one for each client. Two clients with the same one share their streams.
   */
  session?: string;
  /** What to offer in `hello.features`. */
  features?: Record<string, true | Record<string, unknown>>;
  /** Named in the server's logs. */
  name?: { name: string; version: string };
  /** Default: the platform's `WebSocket` (browsers, Node from 22 on). The class of `ws` fits too. */
  WebSocket?: SocketConstructor;
  /** Waits between attempts. Default: 250 ms at first, at most 15 s. */
  backoff?: Partial<BackoffOptions>;
  /** Attempts in a row on which the server did not say `welcome`, before giving up. Default 10. */
  maxAttempts?: number;
  /** How often a request that the server refused for now is sent again before the caller hears of it. Default 3. */
  maxRefusals?: number;
  /** From an attempt to the server's `welcome`. Default 10 s. */
  connectTimeoutMs?: number;
  clock?: Clock;
  /** A number in [0, 1), for the jitter. */
  random?: () => number;
}

/** A message as it went over a socket. */
export interface Frame {
  direction: 'in' | 'out';
  /** Which of this client's sockets: 1, 2, 3, … */
  connection: number;
  /** With credentials and `session` in the clear where it is a `hello`: not for logs. */
  text: string;
}

export interface ClientEvents {
  state: SessionState;
  frame: Frame;
}

export interface Client extends AsyncDisposable {
  readonly state: SessionState;
  /** Asks for an answer. The request is sent at once, or as soon as there is a connection. Throws on wrong input. */
  generate(request: GenerateRequest): Answer;
  /** Connects before there is anything to ask, so that the first answer need not wait for it. */
  connect(): void;
  /** The network is back, or the machine was asleep: probe the connection, or hurry the next attempt. */
  wake(): void;
  /** Returns what removes the listener. */
  on<E extends keyof ClientEvents>(event: E, listener: (value: ClientEvents[E]) => void): () => void;
  /** Closes for good. Unfinished answers fail here with `client_closed`; on the server they go on within their grace. */
  close(): void;
}

/** A client of one server. It connects when there is something to ask. */
export function createClient(options: ClientOptions): Client {
  return new SocketClient(options);
}

class SocketClient implements Client {
  readonly #session: Session;
  readonly #sockets: Sockets;
  readonly #clock: Clock;
  readonly #answers = new Map<string, PendingAnswer>();
  readonly #timers = new Map<string, () => void>();
  readonly #listeners = {
    state: new Set<(state: SessionState) => void>(),
    frame: new Set<(f: Frame) => void>(),
  };
  readonly #inputs: Input[] = [];
  readonly #unlisten: () => void;

  constructor(options: ClientOptions) {
    const { auth, session = auth ? undefined : newSession(), name, clock = systemClock } = options;
    this.#clock = clock;
    this.#session = new Session({
      ...(session !== undefined && { session }),
      features: options.features ?? {},
      client: name ?? { name: 'tokenwire-js', version: '0.1.0' },
      backoff: { baseMs: 250, maxMs: 15_000, ...options.backoff },
      maxAttempts: options.maxAttempts ?? 10,
      maxRefusals: options.maxRefusals ?? 3,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      random: options.random ?? Math.random,
    });
    const WebSocket = options.WebSocket ?? platformWebSocket();
    this.#sockets = new Sockets({
      url: checkUrl(options.url),
      WebSocket,
      auth,
      input: (input) => this.#input(input),
    });
    this.#unlisten = listenToPlatform(() => this.wake());
  }

  get state(): SessionState {
    return this.#session.state;
  }

  generate({ signal, ...request }: GenerateRequest): Answer {
    if (this.state.status === 'closed') throw new Error('this client is closed');
    const message = toMessage(request);
    const { id } = message;
    if (this.#answers.has(id)) throw new Error(`an answer with the id "${id}" is on its way already`);
    const answer = new PendingAnswer(id, (reason) => {
      this.#input({ kind: 'cancel', id, ...(reason !== undefined && { reason }) });
    });
    if (signal?.aborted) {
      answer.end({ text: '', finishReason: 'cancelled', upstream: 'none' });
      return answer;
    }
    this.#answers.set(id, answer);
    this.#input({ kind: 'generate', request: message });
    if (signal) cancelOnAbort(answer, signal);
    return answer;
  }

  connect(): void {
    this.#input({ kind: 'connect' });
  }

  wake(): void {
    this.#input({ kind: 'wake' });
  }

  on<E extends keyof ClientEvents>(event: E, listener: (value: ClientEvents[E]) => void): () => void {
    const listeners = this.#listeners[event] as Set<typeof listener>;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  close(): void {
    if (this.state.status === 'closed') return;
    this.#unlisten();
    this.#input({ kind: 'close' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** One input after the other: what a listener does meanwhile waits until all effects are performed. */
  #input(input: Input): void {
    this.#inputs.push(input);
    if (this.#inputs.length > 1) return;
    for (let next = this.#inputs[0]; next; this.#inputs.shift(), next = this.#inputs[0]) {
      if (next.kind === 'message') {
        this.#tell('frame', { direction: 'in', connection: next.connection, text: next.text });
      }
      for (const effect of this.#session.handle(next, this.#clock.now())) this.#perform(effect);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'open':
        void this.#sockets.open(effect.connection);
        return;
      case 'send':
        this.#tell('frame', { direction: 'out', connection: effect.connection, text: effect.text });
        this.#sockets.send(effect.connection, effect.text);
        return;
      case 'close':
        this.#sockets.close(effect.connection, effect.code, effect.reason);
        return;
      case 'set_timer':
        this.#setTimer(effect.timer, effect.delayMs);
        return;
      case 'clear_timer':
        this.#clearTimer(keyOf(effect.timer));
        return;
      case 'token':
        this.#answers.get(effect.id)?.push(effect.token);
        return;
      case 'finish':
        this.#answers.get(effect.id)?.end(effect.ending);
        this.#answers.delete(effect.id);
        return;
      case 'state':
        this.#tell('state', effect.state);
        return;
      default:
        effect satisfies never;
    }
  }

  /** A listener that throws is its owner's affair: reported, and not in the way of the others. */
  #tell<E extends keyof ClientEvents>(event: E, value: ClientEvents[E]): void {
    for (const listener of this.#listeners[event] as Set<(value: ClientEvents[E]) => void>) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #setTimer(timer: Timer, delayMs: number): void {
    const key = keyOf(timer);
    this.#clearTimer(key);
    const fire = () => {
      this.#timers.delete(key);
      this.#input({ kind: 'timer', timer });
    };
    this.#timers.set(key, this.#clock.after(delayMs, fire));
  }

  #clearTimer(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }
}

function cancelOnAbort(answer: Answer, signal: AbortSignal): void {
  const stop = () => answer.cancel('aborted');
  signal.addEventListener('abort', stop, { once: true });
  void answer.result.then(() => signal.removeEventListener('abort', stop));
}

function keyOf(timer: Timer): string {
  switch (timer.kind) {
    case 'reconnect':
      return timer.kind;
    case 'retry':
      return `retry ${timer.id}`;
    default:
      return `${timer.kind} ${timer.connection}`;
  }
}
