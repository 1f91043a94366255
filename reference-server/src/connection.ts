/** One connection: NEW → READY → DRAINING → CLOSED. Texts come in, messages and one close code go out. */
import {
  type ClientMessage,
  type ClientMessageOf,
  closeCodes,
  decodeClient,
  type DecodeFailure,
  type Regarding,
  type ServerMessageOf,
  type TokenwireCloseCode,
} from '@tokenwire/spec';
import type { Verdict } from './auth.ts';
import type { Cancel } from './clock.ts';
import { Delivery } from './delivery.ts';
import { Heartbeat, Progress } from './heartbeat.ts';
import type { House, Transport, Visitor } from './house.ts';
import type { Answer } from './hub.ts';
import { Inbox } from './inbox.ts';
import { textBudget } from './limits.ts';
import { type ErrorMessage, refusal } from './refusal.ts';
import { clip } from './text.ts';

type State = 'new' | 'authenticating' | 'ready' | 'draining' | 'closed';
type Close = TokenwireCloseCode | 1001 | 1003;

/** handshake.pipeline-bounded: so much is held before `welcome`; then the socket is not read. */
const HELD_CHARS = 65_536;
/** A drained connection lives this much longer, so that what is on its way gets an answer. */
const LINGER_MS = 250;

export class Connection {
  readonly id: string;
  readonly #house: House;
  readonly #transport: Transport;
  readonly #visitor: Visitor;
  readonly #onClosed: (connection: Connection) => void;
  readonly #delivery: Delivery;
  readonly #inbox: Inbox;
  readonly #heartbeat: Heartbeat;
  readonly #progress: Progress;
  /** Timers by what they are for; a new one takes the place of the old. */
  readonly #timers = new Map<'hello' | 'watch' | 'expiry' | 'linger', Cancel>();
  #state: State = 'new';
  #principal = '';
  #expiresAt = Number.POSITIVE_INFINITY;
  #received = 0;

  constructor(house: House, transport: Transport, visitor: Visitor, onClosed: (one: Connection) => void) {
    const { clock, limits } = house;
    this.id = house.newId();
    this.#house = house;
    this.#transport = transport;
    this.#visitor = visitor;
    this.#onClosed = onClosed;
    this.#delivery = new Delivery(transport, clock, {
      maxTextBytes: textBudget(limits),
      outboundBytes: limits.outbound_bytes,
      progressed: () => this.#progressed(),
      failed: (error) => this.#fail('delivery', error),
    });
    this.#inbox = new Inbox(transport);
    this.#heartbeat = new Heartbeat(house.heartbeat, clock.now());
    this.#progress = new Progress(house.noProgressMs, clock.now());
    // handshake.hello-timeout
    this.#arm('hello', limits.hello_timeout_ms, () => this.#close(4408, closeCodes[4408].meaning));
  }

  /** A text message came. */
  receive(text: string): void {
    if (this.#state === 'closed') return;
    this.heard();
    this.#inbox.push(text);
    this.#work();
  }

  /** A binary message came. framing.binary */
  receiveBinary(): void {
    this.#close(1003, 'expected text messages, got a binary one');
  }

  /** A control frame came. */
  heard(): void {
    this.#received = this.#transport.received;
    this.#heartbeat.heard(this.#house.clock.now());
  }

  /** The operating system took some of what was sent. */
  flushed(): void {
    this.#progress.moved(this.#house.clock.now());
    this.#delivery.flushed();
  }

  /** The socket is gone. */
  lost(): void {
    this.#leave();
  }

  /** Announces a planned close, which follows when nothing is unfinished here. drain.goaway */
  drain(goaway: ServerMessageOf<'goaway'>): void {
    if (this.#state === 'closed' || this.#state === 'draining') return;
    if (this.#state !== 'ready') return this.#close(4503, goaway.reason);
    this.#state = 'draining';
    this.#delivery.control(goaway);
    this.#arm('linger', Math.min(LINGER_MS, goaway.deadline_ms), () => {
      this.#timers.delete('linger');
      this.#closeWhenDone();
    });
  }

  /** Closes now, whatever is unfinished. */
  close(code: Close, reason: string): void {
    this.#close(code, reason);
  }

  #work(): void {
    this.#inbox.work(
      (text) => this.#handle(text),
      () => !this.#blocked,
      () => (this.#state === 'authenticating' ? HELD_CHARS : 0),
    );
  }

  /** What comes now waits: for the authentication, or for the client to read the answers to what it sent. */
  get #blocked(): boolean {
    return this.#state === 'closed' || this.#state === 'authenticating' || this.#delivery.congested;
  }

  #handle(text: string): void {
    const decoded = decodeClient(text);
    if (!decoded.ok) return this.#refuse(decoded);
    const { message } = decoded;
    const isFirst = this.#state === 'new';
    // handshake.hello-first, handshake.hello-once
    if (isFirst !== (message.type === 'hello')) {
      return this.#close(4409, isFirst ? 'expected hello first' : 'expected one hello, got a second one');
    }
    try {
      this.#dispatch(message);
    } catch (error) {
      const { type } = message;
      this.#fail(type, error, 'id' in message ? { type, id: message.id } : undefined);
    }
  }

  /** A log store or a model adapter threw: one request or one connection fails, not the process. */
  #fail(where: string, error: unknown, re?: Regarding): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#house.log({ level: 'error', event: 'internal', conn: this.id, message: `${where}: ${reason}` });
    if (re === undefined) return this.#close(4500, closeCodes[4500].meaning);
    this.#delivery.control(refusal('internal', closeCodes[4500].meaning, re));
  }

  /** framing.not-an-object, framing.no-type, framing.no-readable-id, framing.invalid, framing.unknown-type */
  #refuse(failure: DecodeFailure): void {
    if (failure.code === 'malformed') return this.#close(4400, failure.message);
    if (this.#state === 'new') return this.#close(4409, 'expected hello first');
    this.#delivery.control(refusal(failure.code, failure.message, failure.re));
  }

  #dispatch(message: ClientMessage): void {
    switch (message.type) {
      case 'hello':
        return this.#hello(message);
      case 'ping':
        // heartbeat.pong
        return this.#delivery.control({ type: 'pong', t: message.t });
      case 'pong':
        return;
      case 'generate':
        return this.#whileValid(message, () => this.#house.hub.generate(this.#principal, message));
      case 'resume':
        return this.#whileValid(message, () => this.#house.hub.resume(this.#principal, message));
      case 'cancel':
        return this.#cancel(message);
      default:
        message satisfies never;
    }
  }

  #hello(hello: ClientMessageOf<'hello'>): void {
    this.#disarm('hello');
    const { authenticate } = this.#house;
    if (authenticate === undefined) return this.#welcome(principalOf(hello.session, this.id));
    this.#state = 'authenticating';
    this.#arm('hello', this.#house.limits.hello_timeout_ms, () =>
      this.#failAuthentication('it took too long'),
    );
    const { auth, session } = hello;
    // handshake.no-call-before-auth: what is pipelined waits in the inbox until the verdict.
    const credentials = { auth, session, ...this.#visitor };
    new Promise<Verdict>((resolve) => resolve(authenticate(credentials))).then(
      (verdict) => this.#judge(verdict),
      (error: unknown) => this.#failAuthentication(error instanceof Error ? error.message : String(error)),
    );
  }

  #judge(verdict: Verdict): void {
    if (this.#state !== 'authenticating') return;
    this.#disarm('hello');
    // auth.rejected
    if (verdict === undefined) return this.#close(4401, closeCodes[4401].meaning);
    if ('forbidden' in verdict) return this.#close(4403, verdict.forbidden);
    if (verdict.expiresInMs !== undefined) this.#expireIn(verdict.expiresInMs);
    this.#welcome(`principal:${verdict.principal}`);
    this.#work();
  }

  #failAuthentication(message: string): void {
    if (this.#state !== 'authenticating') return;
    this.#house.log({ level: 'error', event: 'authenticate_failed', conn: this.id, message });
    this.#close(4500, 'the authentication failed');
  }

  #expireIn(ms: number): void {
    this.#expiresAt = this.#house.clock.now() + ms;
    this.#arm('expiry', ms, () => this.#close(4501, closeCodes[4501].meaning));
  }

  #welcome(principal: string): void {
    const { hub, levels, limits, heartbeat } = this.#house;
    this.#principal = principal;
    this.#state = 'ready';
    // handshake.welcome-first: control messages keep their order. version.features-negotiated: none is used.
    this.#delivery.control({
      type: 'welcome',
      conn: this.id,
      epoch: hub.epoch,
      levels: [...levels],
      features: {},
      limits,
      heartbeat,
    });
    this.#watch();
  }

  #whileValid(request: ClientMessageOf<'generate' | 'resume'>, ask: () => Answer): void {
    const answer = this.#expired(request) ?? ask();
    if ('type' in answer) this.#delivery.control(answer);
    else if (answer.kind === 'refused') this.#delivery.control(answer.error);
    else if (answer.kind === 'started') this.#delivery.begin(answer.stream);
    else this.#delivery.resume(answer.stream, this.#house.hub.epoch, answer.after);
  }

  #cancel(message: ClientMessageOf<'cancel'>): void {
    const { id } = message;
    const expired = this.#expired(message);
    if (expired !== undefined) return this.#delivery.control(expired);
    // cancel.answered, cancel.any-connection
    this.#delivery.control({ type: 'cancel_ok', id, state: this.#house.hub.cancel(this.#principal, id) });
  }

  /** auth.expired */
  #expired(re: Regarding & { id: string }): ErrorMessage | undefined {
    if (this.#house.clock.now() < this.#expiresAt) return undefined;
    return refusal('auth_expired', closeCodes[4501].meaning, { type: re.type, id: re.id });
  }

  #progressed(): void {
    if (!this.#inbox.empty) this.#work();
    if (this.#state === 'draining') this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    const lingers = this.#timers.has('linger');
    if (this.#state !== 'draining' || lingers || !this.#delivery.done || this.#transport.buffered > 0) return;
    this.#close(4503, closeCodes[4503].meaning);
  }

  /** Looks after the heartbeat and the progress of the socket. */
  #watch(): void {
    const { clock, noProgressMs } = this.#house;
    const now = clock.now();
    // A part of a large message is a sign of life too; and while nothing is read, nothing can be heard.
    if (this.#transport.received !== this.#received || this.#inbox.paused) this.heard();
    if (this.#progress.isStuck(now, this.#transport.buffered))
      return this.#close(4508, closeCodes[4508].meaning);
    const due = this.#heartbeat.check(now, this.#delivery.sentAt);
    if (due === 'dead') return this.#close(4504, closeCodes[4504].meaning);
    if (due === 'ping') this.#delivery.control({ type: 'ping', t: Math.round(now) });
    const next = Math.min(this.#heartbeat.nextAt(this.#delivery.sentAt), now + noProgressMs / 4);
    this.#arm('watch', Math.max(1, next - now), () => this.#watch());
  }

  #close(code: Close, reason: string): void {
    if (this.#state === 'closed') return;
    this.#house.log({ level: 'info', event: 'close', conn: this.id, message: String(code) });
    this.#leave();
    this.#transport.close(code, clip(reason, 120));
  }

  #leave(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const cancel of this.#timers.values()) cancel();
    this.#inbox.clear();
    // What is answered already is sent before the close.
    this.#delivery.close();
    this.#onClosed(this);
  }

  #arm(name: 'hello' | 'watch' | 'expiry' | 'linger', ms: number, run: () => void): void {
    this.#timers.get(name)?.();
    this.#timers.set(name, this.#house.clock.after(ms, run));
  }

  #disarm(name: 'hello'): void {
    this.#timers.get(name)?.();
  }
}

/**
 * auth.session-is-principal: with the same session the same streams, without one nobody else's.
 * The prefixes keep sessions, connections and subjects of credentials apart.
 */
function principalOf(session: string | undefined, connection: string): string {
  return session === undefined ? `connection:${connection}` : `session:${session}`;
}
