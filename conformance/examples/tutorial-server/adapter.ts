/**
 * From the tutorial's dialect to a trace that the oracle of `@tokenwire/conformance` can judge. Pure.
 *
 * | the dialect                              | in Tokenwire's words                                                       |
 * | ---------------------------------------- | -------------------------------------------------------------------------- |
 * | a socket for a connection id             | `welcome`; the connection id is the principal                              |
 * | `{messages, model}`                      | `generate` with an id of our making                                        |
 * | a prompt while an answer runs            | `cancel` of that answer first                                              |
 * | `{"type":"token","content":…}`           | `token` of the last prompt on this socket, with the next `seq` as we count |
 * | the first of them                        | `start` before it                                                          |
 * | `{"type":"token","content":"[END]"}`     | `end`: the model said all it had to say (`stop`, `completed`)              |
 * | the socket closes                        | the connection closes, which says nothing about the stream                 |
 *
 * A token on a socket where nothing was asked yet belongs to the last prompt of the same connection id: a client would
 * put it there. Words that we lend are such that no rule can break by them, but for those in `notSayable`.
 */
import { judge, type Trace, type TraceEvent, type Violation, type WireMessage } from '@tokenwire/conformance';
import type { ChatMessage, JournalEntry, Script } from '@tokenwire/mock-llm';
import type { RequirementId, ServerMessageOf } from '@tokenwire/spec';

/** What was seen of the dialect, and of the model behind it. */
export type DialectEvent = { at: number } & (
  | { kind: 'connected'; conn: string; connectionId: string }
  | { kind: 'sent' | 'received'; conn: string; raw: string }
  | { kind: 'closed'; conn: string; code: number; by: 'client' | 'server' }
  | { kind: 'model'; entry: JournalEntry }
);

/** Rules that an adapted trace could break only by the words that we lent it. They are never counted. */
export const notSayable: Partial<Record<RequirementId, string>> = {
  'end.finish-reason': 'there is one ending for all reasons',
  'end.upstream': 'nothing says what became of the call',
  'resume.announced': 'there is no `resumed`',
  'resume.same-content': 'there is no log that could be read twice',
};

/** What the oracle finds, without what the dialect has no words for. `scripts`: for each key, those of its calls. */
export function violationsOf(
  events: readonly DialectEvent[],
  scripts: ReadonlyMap<string, readonly Script[]>,
): Violation[] {
  return judge(adapt(events, scripts)).filter(({ requirement }) => notSayable[requirement] === undefined);
}

/**
 * The same key twice is two prompts with two ids, each with its own call: the calls of one key belong to its prompts in
 * their order. A call too many belongs to the last.
 */
export function adapt(
  events: readonly DialectEvent[],
  scripts: ReadonlyMap<string, readonly Script[]>,
): Trace {
  const adapter = new Adapter(scripts);
  return { events: events.flatMap((event) => adapter.step(event)), scripts: adapter.scripts, lag: () => 0 };
}

/** One prompt and what came of it. */
interface Stream {
  id: string;
  conn: string;
  seq: number;
  bytes: number;
  ended: boolean;
}

const END = '[END]';
const MARKER = /\[\[script:([\w-]+)\]\]/;

class Adapter {
  readonly scripts = new Map<string, Script>();
  readonly #given: ReadonlyMap<string, readonly Script[]>;
  readonly #owners = new Map<string, string>();
  readonly #byConn = new Map<string, Stream>();
  readonly #byOwner = new Map<string, Stream>();
  readonly #prompts = new Map<string, number>();
  readonly #calls = new Map<string, number>();
  readonly #keys = new Map<number, string>();
  #ids = 0;

  constructor(scripts: ReadonlyMap<string, readonly Script[]>) {
    this.#given = scripts;
  }

  step(event: DialectEvent): TraceEvent[] {
    switch (event.kind) {
      case 'connected':
        return this.#connected(event.at, event.conn, event.connectionId);
      case 'sent':
        return this.#sent(event.at, event.conn, event.raw);
      case 'received':
        return this.#received(event.at, event.conn, event.raw);
      case 'closed':
        return [event];
      case 'model':
        return [{ ...event, entry: { ...event.entry, key: this.#keyOf(event.entry) } }];
      default:
        return event satisfies never;
    }
  }

  #connected(at: number, conn: string, connectionId: string): TraceEvent[] {
    this.#owners.set(conn, connectionId);
    return [
      { at, kind: 'dialled', conn, principal: connectionId, offered: ['tokenwire.v1'] },
      { at, kind: 'opened', conn, selected: 'tokenwire.v1', extensions: '' },
      received(at, conn, welcome(conn)),
    ];
  }

  #sent(at: number, conn: string, raw: string): TraceEvent[] {
    const prompt = parse(raw);
    const messages = prompt?.['messages'];
    if (!Array.isArray(messages)) return [{ at, kind: 'sent', conn, raw, message: prompt }];
    const running = this.#byConn.get(conn);
    const stream: Stream = { id: `made-up-prompt-${++this.#ids}`, conn, seq: 0, bytes: 0, ended: false };
    this.#byConn.set(conn, stream);
    this.#byOwner.set(this.#owners.get(conn) ?? conn, stream);
    const generate = { type: 'generate', id: stream.id, messages: this.#rename(messages as ChatMessage[]) };
    const cancelled = running !== undefined && !running.ended;
    return [
      ...(cancelled ? [sent(at, conn, { type: 'cancel', id: running.id })] : []),
      sent(at, conn, generate),
    ];
  }

  /** Gives the key in the last message its number, so that the oracle can tell one prompt from the next. */
  #rename(messages: readonly ChatMessage[]): ChatMessage[] {
    const last = messages.at(-1);
    const content = typeof last?.content === 'string' ? last.content : '';
    const key = MARKER.exec(content)?.[1];
    if (!last || key === undefined) return [...messages];
    const count = (this.#prompts.get(key) ?? 0) + 1;
    this.#prompts.set(key, count);
    const given = this.#given.get(key) ?? [];
    this.scripts.set(`${key}-${count}`, given[Math.min(count, given.length) - 1] ?? []);
    return [
      ...messages.slice(0, -1),
      { ...last, content: content.replace(MARKER, `[[script:${key}-${count}]]`) },
    ];
  }

  #keyOf({ kind, call, key }: JournalEntry): string | undefined {
    if (key === undefined) return undefined;
    if (kind === 'received') {
      const count = (this.#calls.get(key) ?? 0) + 1;
      this.#calls.set(key, count);
      this.#keys.set(call, `${key}-${Math.min(count, this.#prompts.get(key) ?? 1)}`);
    }
    return this.#keys.get(call);
  }

  #received(at: number, conn: string, raw: string): TraceEvent[] {
    const message = parse(raw);
    const content = message?.['content'];
    const stream = this.#byConn.get(conn) ?? this.#byOwner.get(this.#owners.get(conn) ?? conn);
    if (message?.['type'] !== 'token' || typeof content !== 'string' || !stream) {
      return [{ at, kind: 'received', conn, raw, message, binary: false }];
    }
    const started = stream.seq === 0 ? [received(at, conn, start(stream))] : [];
    const seq = ++stream.seq;
    if (content === END) {
      stream.ended = true;
      return [...started, received(at, conn, end(stream))];
    }
    stream.bytes += Buffer.byteLength(content);
    return [...started, received(at, conn, { type: 'token', id: stream.id, seq, text: content })];
  }
}

function start(stream: Stream): WireMessage {
  stream.seq = 1;
  const message = { id: stream.id, seq: 1 as const, epoch: 'none', model: 'unnamed', grace_ms: 0 };
  return { type: 'start', ...message } satisfies ServerMessageOf<'start'>;
}

function end({ id, seq, bytes }: Stream): WireMessage {
  const message = { id, seq, finish_reason: 'stop', upstream: 'completed', utf8_bytes: bytes } as const;
  return { type: 'end', ...message } satisfies ServerMessageOf<'end'>;
}

/** It promises nothing: no limit and no heartbeat can be broken. */
function welcome(conn: string): WireMessage {
  const never = Number.MAX_SAFE_INTEGER;
  return {
    type: 'welcome',
    conn,
    epoch: 'none',
    levels: ['core'],
    features: {},
    limits: {
      hello_timeout_ms: never,
      max_client_bytes: never,
      max_server_bytes: never,
      max_streams: never,
      retention_ms: 0,
      grace_default_ms: 0,
      grace_max_ms: 0,
      id_memory_ms: 0,
      tombstones: 0,
      outbound_bytes: never,
    },
    heartbeat: { interval_ms: never, timeout_ms: never },
  } satisfies ServerMessageOf<'welcome'>;
}

function sent(at: number, conn: string, message: WireMessage): TraceEvent {
  return { at, kind: 'sent', conn, raw: JSON.stringify(message), message };
}

function received(at: number, conn: string, message: WireMessage): TraceEvent {
  return { at, kind: 'received', conn, raw: JSON.stringify(message), message, binary: false };
}

function parse(raw: string): WireMessage | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null ? (value as WireMessage) : undefined;
  } catch {
    return undefined;
  }
}
