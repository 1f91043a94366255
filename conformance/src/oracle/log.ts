/** The log of a stream, put together from everything that was seen of it on any connection. */
import type { Seen, StreamView } from './view.ts';

export interface Log {
  /** Text up to and with each sequence number that ended a message. */
  lengthAt: Map<number, number>;
  text: string;
  /** True when every entry between `start` and `end` was seen. */
  complete: boolean;
  /** A message whose content differs from what was seen under the same numbers before. */
  conflict?: { item: Seen; expected: string } | undefined;
}

export function logOf(stream: StreamView): Log {
  const log: Log = { lengthAt: new Map([[1, 0]]), text: '', complete: false };
  const entries = stream.received.filter((item) => ['start', 'token', 'end'].includes(item.type));
  placeTokens(
    log,
    entries.filter((item) => item.type === 'token'),
  );
  const end = entries.find((item) => item.type === 'end');
  log.complete = end !== undefined && log.lengthAt.get(Number(end.message['seq']) - 1) === log.text.length;
  log.conflict ??= differing(entries, 'start') ?? differing(entries, 'end');
  return log;
}

/** Puts each range behind the one before it, as soon as it is known where that one ends. */
function placeTokens(log: Log, tokens: readonly Seen[]): void {
  let waiting = [...tokens].sort((a, b) => fromOf(a) - fromOf(b));
  for (let before = -1; waiting.length > 0 && waiting.length !== before; ) {
    before = waiting.length;
    waiting = waiting.filter((item) => !place(log, item));
  }
}

function place(log: Log, item: Seen): boolean {
  const start = log.lengthAt.get(fromOf(item) - 1);
  if (start === undefined) return false;
  const text = String(item.message['text']);
  const seq = Number(item.message['seq']);
  const stop = start + text.length;
  const known = log.text.slice(start, stop);
  const placed = log.lengthAt.get(seq);
  if (!text.startsWith(known) || (placed !== undefined && placed !== stop)) {
    const expected = placed === undefined ? known : log.text.slice(start, placed);
    log.conflict ??= { item, expected: `the text ${JSON.stringify(expected)} as seen before` };
    return true;
  }
  log.lengthAt.set(seq, stop);
  if (stop > log.text.length) log.text = log.text.slice(0, start) + text;
  return true;
}

function fromOf({ message }: Seen): number {
  return Number(message['from'] ?? message['seq']);
}

/** `start` and `end` must be the same wherever they are seen. */
function differing(entries: readonly Seen[], type: string): Log['conflict'] {
  const [first, ...others] = entries.filter((item) => item.type === type);
  if (!first) return undefined;
  const expected = canonical(first.message);
  const item = others.find((other) => canonical(other.message) !== expected);
  return item && { item, expected };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
