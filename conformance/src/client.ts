/** A peer with expectations: it says what must come, and what rule says so. */
import {
  type Decoded,
  decodeServer,
  type ServerMessage,
  type ServerMessageOf,
  type RequirementId,
} from '@tokenwire/spec';
import { type Address, Peer, type PeerOptions } from './peer.ts';
import type { TraceEvent, TraceEventOf, WireMessage } from './trace.ts';
import { Broken } from './verdict.ts';
import { PATIENCE_MS, show, type Wait, type Waiter } from './wait.ts';

/** The `t` of the ping behind everything else. */
const LAST_PING = 2 ** 52;
/** No rule hangs on that pong, so that a server which does not send it costs little time. */
const LAST_WORDS_MS = 1_000;

type Received = TraceEventOf<'received'> & { message: WireMessage };

export class Client extends Peer {
  readonly #waiter: Waiter;
  readonly #taken = new Set<TraceEvent>();
  #welcome: ServerMessageOf<'welcome'> | undefined;

  constructor(waiter: Waiter, address: Address, options: PeerOptions) {
    super(address, options, waiter.recorder);
    this.#waiter = waiter;
  }

  /** What `welcome` said. */
  get welcome(): ServerMessageOf<'welcome'> {
    if (!this.#welcome) throw new Error('no welcome yet');
    return this.#welcome;
  }

  async opened(): Promise<TraceEventOf<'opened'>> {
    const requirement = 'handshake.subprotocol-selected';
    const event = await this.#first(
      (seen) => seen.kind === 'opened' || seen.kind === 'refused' || seen.kind === 'closed',
    );
    if (event?.kind === 'opened') return event;
    throw new Broken({ requirement, expected: 'the upgrade to succeed', actual: describeEvent(event) });
  }

  async welcomed(): Promise<void> {
    const event = await this.receives({ type: 'welcome' }, 'handshake.welcome-first');
    const decoded: Decoded<ServerMessage> = decodeServer(event.raw);
    if (!decoded.ok || decoded.message.type !== 'welcome') {
      const actual = decoded.ok ? decoded.message.type : decoded.message;
      throw new Broken({ requirement: 'framing.server-messages', expected: 'a valid welcome', actual });
    }
    this.#welcome = decoded.message;
  }

  /**
   * The next message that has the wanted type, and the wanted `id`, `t` or `re.id`; its other wanted
   * fields must then be as given. Each message answers one call only.
   */
  async receives(wanted: WireMessage, requirement: RequirementId, wait: Wait = {}): Promise<Received> {
    const since = wait.since ?? this.#waiter.now;
    const withinMs = wait.withinMs ?? PATIENCE_MS;
    const event = await this.#waiter.wait((seen) => this.#answer(seen, wanted), withinMs, since);
    const expected = `${show(wanted)}${wait.withinMs === undefined ? '' : ` within ${withinMs} ms`}`;
    if (event === undefined) {
      throw new Broken({
        requirement,
        expected,
        actual: `nothing of the kind in ${Math.round(withinMs)} ms`,
      });
    }
    const at = this.recorder.events.indexOf(event);
    if (event.kind === 'closed') {
      throw new Broken({ requirement, expected, actual: describeEvent(event), event: at });
    }
    this.#taken.add(event);
    if (!isSuperset(event.message, wanted)) {
      throw new Broken({ requirement, expected, actual: event.raw, event: at });
    }
    return event;
  }

  /** The wanted message, or what makes waiting for it pointless. */
  #answer(seen: TraceEvent, wanted: WireMessage): Received | TraceEventOf<'closed'> | undefined {
    if (this.#taken.has(seen)) return undefined;
    if (seen.kind === 'closed' && seen.conn === this.name) return seen;
    if (seen.kind !== 'received' || seen.conn !== this.name || !seen.message) return undefined;
    const { message } = seen;
    const received = seen as Received;
    const sameId = message['id'] === wanted['id'];
    if (message['type'] === 'error' && wanted['type'] !== 'error') {
      return wanted['id'] !== undefined && idOf(message['re']) === wanted['id'] ? received : undefined;
    }
    const over = message['type'] === 'end' && wanted['type'] === 'token' && sameId;
    if (over) return received;
    if (message['type'] !== wanted['type']) return undefined;
    if (wanted['id'] !== undefined && !sameId) return undefined;
    if (wanted['t'] !== undefined && message['t'] !== wanted['t']) return undefined;
    const re = idOf(wanted['re']);
    return re === undefined || idOf(message['re']) === re ? received : undefined;
  }

  /** The close of this connection by the server, with one of these codes (any, when none is given). */
  async closes(
    codes: readonly number[],
    requirement: RequirementId,
    wait: Wait = {},
  ): Promise<TraceEventOf<'closed'>> {
    const since = wait.since ?? this.#waiter.now;
    const withinMs = wait.withinMs ?? PATIENCE_MS;
    const event = await this.#first((seen) => seen.kind === 'closed', withinMs, since);
    const expected = codes.length > 0 ? `a close with ${codes.join(' or ')}` : 'the connection to end';
    if (event?.kind !== 'closed') {
      const actual = `still open after ${Math.round(withinMs)} ms`;
      throw new Broken({ requirement, expected, actual });
    }
    if (codes.length > 0 && !codes.includes(event.code)) {
      throw new Broken({ requirement, expected, actual: describeEvent(event) });
    }
    return event;
  }

  /** The next message of one of these types about `id`, or the close of the connection. */
  async either(
    types: readonly string[],
    id: string,
    requirement: RequirementId,
  ): Promise<TraceEventOf<'received'> | TraceEventOf<'closed'>> {
    const event = await this.#first((seen) => {
      if (seen.kind === 'closed') return true;
      if (seen.kind !== 'received' || this.#taken.has(seen)) return false;
      const { type, id: own, re } = seen.message ?? {};
      return types.includes(String(type)) && (own ?? idOf(re)) === id;
    });
    if (event?.kind === 'received' || event?.kind === 'closed') {
      this.#taken.add(event);
      return event;
    }
    const expected = types.join(' or ');
    throw new Broken({ requirement, expected, actual: `nothing of the kind in ${PATIENCE_MS} ms` });
  }

  #first(
    pick: (event: TraceEvent & { conn: string }) => boolean,
    withinMs = PATIENCE_MS,
    since = this.#waiter.now,
  ): Promise<TraceEvent | undefined> {
    const own = (event: TraceEvent): event is TraceEvent & { conn: string } =>
      'conn' in event && event.conn === this.name;
    return this.#waiter.wait((event) => (own(event) && pick(event) ? event : undefined), withinMs, since);
  }

  /** Receives tokens until the stream's text here ends with `text`. */
  async reads(id: string, text: string, requirement: RequirementId): Promise<void> {
    while (!this.text(id).endsWith(text)) await this.receives({ type: 'token', id }, requirement);
  }

  /** All token text of a stream that came on this connection, in the order of arrival. */
  text(id: string): string {
    return this.messages(id)
      .filter((message) => message['type'] === 'token')
      .map((message) => String(message['text']))
      .join('');
  }

  /** Lets the server say whatever it still has to say: what it sent before this pong is in the trace then. */
  async lastWords(): Promise<void> {
    if (!this.#welcome || !this.isOpen) return;
    const { at } = this.send({ type: 'ping', t: LAST_PING });
    const isLast = (seen: TraceEvent & { conn: string }): boolean =>
      seen.kind === 'closed' ||
      (seen.kind === 'received' && seen.message?.['type'] === 'pong' && seen.message['t'] === LAST_PING);
    await this.#first(isLast, LAST_WORDS_MS, at);
  }

  /** Every message about a stream that came on this connection. */
  messages(id: string): WireMessage[] {
    return this.recorder.events.flatMap((event) =>
      event.kind === 'received' && event.conn === this.name && event.message?.['id'] === id
        ? [event.message]
        : [],
    );
  }

  /** The highest `seq` of a stream that came on this connection. */
  cursor(id: string): number {
    return Math.max(0, ...this.messages(id).map((message) => Number(message['seq'] ?? 0)));
  }
}

function describeEvent(event: TraceEvent | undefined): string {
  if (event?.kind === 'closed') return `the connection closed with ${event.code}`;
  if (event?.kind === 'refused') return `the upgrade was refused with status ${event.status}`;
  return event === undefined ? 'nothing' : event.kind;
}

function idOf(re: unknown): unknown {
  return typeof re === 'object' && re !== null ? (re as WireMessage)['id'] : undefined;
}

/** Does `actual` have all that `wanted` has? */
function isSuperset(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(actual, wanted);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(wanted).every(([key, value]) => isSuperset((actual as WireMessage)[key], value));
}
