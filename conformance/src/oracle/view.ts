/** The trace seen as connections, streams and calls of the model: what the rules of the oracle look at. */
import type { EntryOf, JournalEntry, Script } from '@tokenwire/mock-llm';
import type { TraceEvent, TraceEventOf, WireMessage } from '../trace.ts';

/** All that the oracle gets to see. */
export interface Trace {
  events: readonly TraceEvent[];
  /** What the model was to do, by key. */
  scripts: ReadonlyMap<string, Script>;
  /** Milliseconds that the observer itself was held up between two times. */
  lag: (from: number, to: number) => number;
}

/** A message on the wire, with where it stands in the trace. */
export interface Seen {
  message: WireMessage;
  type: string;
  conn: string;
  /** Its size on the wire. */
  bytes: number;
  at: number;
  event: number;
}

export interface StreamView {
  principal: string;
  id: string;
  /** The key of its script, when a `generate` was sent. */
  key: string | undefined;
  /** What the client sent and the server answered about it, in order. */
  sent: Seen[];
  received: Seen[];
  calls: CallView[];
}

/** One request that the model got. */
export interface CallView {
  received: EntryOf<'received'>;
  refused?: EntryOf<'refused'>;
  accepted?: EntryOf<'accepted'>;
  written: EntryOf<'written'>[];
  ended?: EntryOf<'ended'>;
  gone?: EntryOf<'peer_gone'>;
}

export interface ConnectionView {
  name: string;
  principal: string;
  dialled: TraceEventOf<'dialled'>;
  sent: Seen[];
  received: Seen[];
  closed?: TraceEventOf<'closed'> | undefined;
}

export interface View {
  trace: Trace;
  connections: ConnectionView[];
  streams: StreamView[];
}

export function viewOf(trace: Trace): View {
  const connections = connectionsOf(trace);
  return { trace, connections, streams: streamsOf(trace, connections) };
}

function connectionsOf({ events }: Trace): ConnectionView[] {
  const connections = new Map<string, ConnectionView>();
  for (const [index, event] of events.entries()) {
    if (event.kind === 'dialled') {
      const { conn: name } = event;
      const principal = event.principal === 'none' ? `none:${name}` : event.principal;
      connections.set(name, { name, principal, dialled: event, sent: [], received: [] });
    } else if (event.kind === 'sent' || event.kind === 'received') {
      if (event.message) connections.get(event.conn)?.[event.kind].push(seen(event, event.message, index));
    } else if (event.kind === 'closed') {
      const connection = connections.get(event.conn);
      if (connection) connection.closed ??= event;
    }
  }
  return [...connections.values()];
}

function seen(event: TraceEventOf<'sent' | 'received'>, message: WireMessage, index: number): Seen {
  const { conn, at, raw } = event;
  return { message, type: String(message['type']), conn, bytes: Buffer.byteLength(raw), at, event: index };
}

function streamsOf(trace: Trace, connections: readonly ConnectionView[]): StreamView[] {
  const streams = new Map<string, StreamView>();
  for (const { principal, sent, received } of connections) {
    for (const item of [...sent, ...received]) {
      const id = idOf(item);
      if (id === undefined) continue;
      const name = `${principal} ${id}`;
      const stream = streams.get(name) ?? {
        principal,
        id,
        key: undefined,
        sent: [],
        received: [],
        calls: [],
      };
      streams.set(name, stream);
      stream[sent.includes(item) ? 'sent' : 'received'].push(item);
    }
  }
  const calls = callsOf(trace);
  for (const stream of streams.values()) {
    stream.sent.sort(byEvent);
    stream.received.sort(byEvent);
    const generate = stream.sent.find((item) => item.type === 'generate');
    stream.key = generate && [...trace.scripts.keys()].find((key) => holds(generate.message, key));
    stream.calls = calls.filter((call) => call.received.key === stream.key && stream.key !== undefined);
  }
  return [...streams.values()];
}

const byEvent = (a: Seen, b: Seen): number => a.event - b.event;

function holds(generate: WireMessage, key: string): boolean {
  return JSON.stringify(generate['messages'] ?? '').includes(`[[script:${key}]]`);
}

/** The stream that a message is about. */
function idOf({ message }: Seen): string | undefined {
  const re = message['re'] as WireMessage | undefined;
  const id = message['id'] ?? (typeof re === 'object' && re !== null ? re['id'] : undefined);
  return typeof id === 'string' ? id : undefined;
}

function callsOf({ events }: Trace): CallView[] {
  const calls = new Map<number, CallView>();
  for (const event of events) {
    if (event.kind !== 'model') continue;
    const { entry } = event;
    const call = calls.get(entry.call);
    if (entry.kind === 'received') calls.set(entry.call, { received: entry, written: [] });
    else if (call) note(call, entry);
  }
  return [...calls.values()];
}

function note(call: CallView, entry: Exclude<JournalEntry, { kind: 'received' }>): void {
  switch (entry.kind) {
    case 'written':
      call.written.push(entry);
      return;
    case 'refused':
      call.refused = entry;
      return;
    case 'accepted':
      call.accepted = entry;
      return;
    case 'ended':
      call.ended = entry;
      return;
    case 'peer_gone':
      call.gone = entry;
      return;
    default:
      entry satisfies never;
  }
}

/** The `end` of a stream, as it was first seen. */
export function endOf(stream: StreamView): Seen | undefined {
  return stream.received.find((item) => item.type === 'end');
}

/** The call that the model accepted, when there was exactly one. */
export function acceptedCall(stream: StreamView): CallView | undefined {
  const accepted = stream.calls.filter((call) => call.accepted);
  return accepted.length === 1 ? accepted[0] : undefined;
}
