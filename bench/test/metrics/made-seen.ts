/** Made-up answers: what a client received, and what the model had written. */
import type { TraceEventOf } from '@tokenwire/conformance';
import type { EntryOf } from '@tokenwire/mock-llm';
import type { Seen } from '../../src/metrics/sample.ts';

type Received = TraceEventOf<'received'>;

export function received(at: number, message: Record<string, unknown>): Received {
  return { at, kind: 'received', conn: 'c', raw: JSON.stringify(message), message, binary: false };
}

export const start = (at: number): Received => received(at, { type: 'start', id: 'i', seq: 1 });

/** The tokens `from` to `seq` as one message; alone, a token says nothing about its range. */
export function token(at: number, seq: number, text: string, from = seq): Received {
  return received(at, { type: 'token', id: 'i', seq, text, ...(from !== seq && { from }) });
}

export function written(index: number, text: string, atMs: number): EntryOf<'written'> {
  return { kind: 'written', channel: 'text', index, text, atMs, call: 1, key: 'k' };
}

/** Planned at 990, started at 1000, ended at 1500: times of messages are easy to read from there. */
export function seenOf(messages: readonly Received[], more: Partial<Seen> = {}): Seen {
  return {
    record: {
      key: 'k',
      cell: 'c',
      conn: 'c',
      id: 'i',
      plannedAt: 990,
      startedAt: 1000,
      endedAt: 1500,
      found: 'warm',
    },
    received: messages,
    sentAt: 1001,
    phases: [],
    written: [],
    ...more,
  };
}
