/** Hand-made traces: what both ends saw, told line by line. */
import type { JournalEntry, Script } from '@tokenwire/mock-llm';
import type { Trace } from '../../src/oracle/judge.ts';
import { parseMessage, type TraceEvent, type WireMessage } from '../../src/trace.ts';

export const ID = 'stream-of-the-test-1';
const KEY = 'script';

type Told = JournalEntry extends infer Entry
  ? Entry extends JournalEntry
    ? Omit<Entry, 'call' | 'key' | 'atMs'>
    : never
  : never;

export const WELCOME = {
  type: 'welcome',
  conn: 'c-1',
  epoch: 'e-1',
  levels: ['core'],
  features: {},
  limits: {
    hello_timeout_ms: 10_000,
    max_client_bytes: 1_048_576,
    max_server_bytes: 65_536,
    max_streams: 64,
    retention_ms: 300_000,
    grace_default_ms: 60_000,
    grace_max_ms: 600_000,
    id_memory_ms: 3_600_000,
    tombstones: 1024,
    outbound_bytes: 1_048_576,
  },
  heartbeat: { interval_ms: 15_000, timeout_ms: 10_000 },
};

export const START = { type: 'start', id: ID, seq: 1, epoch: 'e-1', model: 'm', grace_ms: 60_000 };
export const GENERATE = {
  type: 'generate',
  id: ID,
  messages: [{ role: 'user', content: `[[script:${KEY}]]` }],
};

export const token = (seq: number, text: string): WireMessage => ({ type: 'token', id: ID, seq, text });

export const end = (seq: number, fields: WireMessage): WireMessage => ({
  type: 'end',
  id: ID,
  seq,
  finish_reason: 'stop',
  upstream: 'completed',
  ...fields,
});

/** One millisecond passes from event to event, unless `wait` lets more pass. */
export class Story {
  readonly events: TraceEvent[] = [];
  script: Script = [];
  /** What the observer itself was held up. */
  lagMs = 0;
  #at = 0;
  #call = 1;

  wait(ms: number): this {
    this.#at += ms;
    return this;
  }

  /** A connection on which hello and welcome were said. */
  connect(conn = 'A'): this {
    const offered = ['tokenwire.v1'];
    this.#add({ kind: 'dialled', conn, principal: 'p', offered });
    this.#add({ kind: 'opened', conn, selected: 'tokenwire.v1', extensions: '' });
    return this.says({ type: 'hello', features: {} }, conn).hears(WELCOME, conn);
  }

  /** The client says something. */
  says(message: WireMessage, conn = 'A'): this {
    return this.#add({ kind: 'sent', conn, raw: JSON.stringify(message), message });
  }

  /** The client hears something of the server. */
  hears(message: WireMessage | string, conn = 'A'): this {
    const raw = typeof message === 'string' ? message : JSON.stringify(message);
    return this.#add({ kind: 'received', conn, raw, message: parseMessage(raw), binary: false });
  }

  closes(conn = 'A'): this {
    return this.#add({ kind: 'closed', conn, code: 1006, by: 'server' });
  }

  /** The model sees or does something, in its first call or in another. */
  model(entry: Told, call = this.#call): this {
    this.#call = call;
    const full = { ...entry, call, key: KEY, atMs: this.#at } as JournalEntry;
    return this.#add({ kind: 'model', entry: full });
  }

  /** The model is asked, and accepts. */
  called(call = 1): this {
    const params = { stream_options: { include_usage: true } };
    const received: Told = { kind: 'received', messages: [], stream: true, params, headers: {} };
    return this.model(received, call).model({ kind: 'accepted' }, call);
  }

  writes(...texts: string[]): this {
    for (const [index, text] of texts.entries()) {
      this.script.push({ kind: 'text', text });
      this.model({ kind: 'written', index, text, channel: 'text' });
    }
    return this;
  }

  finishes(): this {
    this.script.push({ kind: 'finish', reason: 'stop' });
    return this.model({ kind: 'ended', how: 'done' });
  }

  get trace(): Trace {
    return { events: this.events, scripts: new Map([[KEY, this.script]]), lag: () => this.lagMs };
  }

  #add(event: TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, 'at'> : never) : never): this {
    this.events.push({ at: this.#at++, ...event });
    return this;
  }
}
