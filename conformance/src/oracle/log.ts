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
  const entries = stream.received.filter((item) => typeof item.message['seq'] === 'number');
  placeTokens(
    log,
    entries.filter((item) => item.type !== 'start' && item.type !== 'end'),
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
  for (const item of waiting) compareInside(log, item);
}

function place(log: Log, item: Seen): boolean {
  const start = startOf(log, item);
  if (start === undefined) return false;
  const text = textOf(item);
  const seq = Number(item.message['seq']);
  const stop = start + text.length;
  const known = log.text.slice(start, stop);
  const placed = log.lengthAt.get(seq);
  if (!text.startsWith(known) || (placed !== undefined && placed !== stop)) {
    const expected = placed === undefined ? known : log.text.slice(start, placed);
    log.conflict ??= { item, expected: `the text ${JSON.stringify(expected)} as seen before` };
    return true;
  }
  log.lengthAt.set(fromOf(item) - 1, start);
  log.lengthAt.set(seq, stop);
  if (stop > log.text.length) log.text = log.text.slice(0, start) + text;
  return true;
}

/** Where the text of a message begins: behind the entry before it, or as far before its own end as it is long. */
function startOf({ lengthAt }: Log, item: Seen): number | undefined {
  const stop = lengthAt.get(Number(item.message['seq']));
  const before = stop === undefined ? undefined : Math.max(0, stop - textOf(item).length);
  return lengthAt.get(fromOf(item) - 1) ?? before;
}

/** A message somewhere inside a range that was only seen merged: its text must at least occur there. */
function compareInside(log: Log, item: Seen): void {
  const known = [...log.lengthAt];
  const above = known.filter(([seq]) => seq > Number(item.message['seq'])).map(([, length]) => length);
  const below = known.filter(([seq]) => seq < fromOf(item)).map(([, length]) => length);
  if (above.length === 0) return;
  const range = log.text.slice(Math.max(0, ...below), Math.min(...above));
  if (range.includes(textOf(item))) return;
  log.conflict ??= { item, expected: `a part of the text ${JSON.stringify(range)} as seen before` };
}

function textOf({ type, message }: Seen): string {
  return type === 'token' ? String(message['text']) : '';
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
