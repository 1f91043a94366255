/** A trace for people: what both ends saw around a failure. */
import type { JournalEntry } from '@tokenwire/mock-llm';
import type { TraceEvent } from '../trace.ts';
import { show as shorten } from '../wait.ts';

/** How many events before and behind the one in question. */
const BEFORE = 8;
const BEHIND = 3;

/** One line of a trace has room for this much of a message. */
const show = (text: string): string => shorten(text, 200);

/** The lines around event `at`, or the last ones; times in ms from the beginning of the trace. */
export function traceLines(events: readonly TraceEvent[], at?: number): string[] {
  const middle = at ?? events.length - 1;
  const from = Math.max(0, middle - BEFORE);
  const zero = events[0]?.at ?? 0;
  const lines = events.slice(from, middle + BEHIND + 1).map((event, index) => {
    const mark = at !== undefined && from + index === at ? '>' : ' ';
    return `${mark}${(event.at - zero).toFixed(1).padStart(9)}  ${describe(event)}`;
  });
  return from > 0 ? [`           … ${from} earlier`, ...lines] : lines;
}

function describe(event: TraceEvent): string {
  switch (event.kind) {
    case 'dialled':
      return `${event.conn}    dials as principal ${event.principal}, offers ${event.offered.join(', ') || 'nothing'}`;
    case 'opened':
      return `${event.conn}    open, ${event.selected || 'no subprotocol'} selected`;
    case 'refused':
      return `${event.conn} <- HTTP status ${event.status}`;
    case 'sent':
      return `${event.conn} -> ${show(event.raw)}`;
    case 'received':
      return `${event.conn} <- ${show(event.raw)}`;
    case 'closed':
      return `${event.conn}    closed by the ${event.by}, code ${event.code}`;
    case 'model':
      return `  model #${event.entry.call}: ${describeEntry(event.entry)}`;
    case 'did':
      return `  (${event.what})`;
    default:
      return event satisfies never;
  }
}

function describeEntry(entry: JournalEntry): string {
  switch (entry.kind) {
    case 'received':
      return `request received for script ${entry.key ?? 'none'}`;
    case 'accepted':
      return 'answers 200';
    case 'refused':
      return `refuses with ${entry.status}`;
    case 'written':
      return `writes ${show(JSON.stringify(entry.text))}`;
    case 'ended':
      return `comes to its end (${entry.how})`;
    case 'peer_gone':
      return `its connection is closed by the server (${entry.phase.replaceAll('_', ' ')})`;
    default:
      return entry satisfies never;
  }
}
