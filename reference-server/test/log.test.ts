import type { LoggedMessage } from '@tokenwire/spec';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeAdjacent } from '../src/delivery.ts';
import { MemoryLog } from '../src/log.ts';
import { ID } from './support/fake-house.ts';

const start: LoggedMessage = { type: 'start', id: ID, seq: 1, epoch: 'e', model: 'm', grace_ms: 0 };
const token = (seq: number, text: string): LoggedMessage => ({ type: 'token', id: ID, seq, text });
const end = (seq: number): LoggedMessage => {
  return { type: 'end', id: ID, seq, finish_reason: 'stop', upstream: 'completed', utf8_bytes: 0 };
};

function filled(texts: readonly string[], ended: boolean): { log: MemoryLog; entries: LoggedMessage[] } {
  const entries = [start, ...texts.map((text, index) => token(index + 2, text))];
  if (ended) entries.push(end(texts.length + 2));
  const log = new MemoryLog();
  for (const entry of entries) log.append(entry);
  return { log, entries };
}

/** Reads on from a cursor to the head. */
function readOn(log: MemoryLog, after: number, maxChars: number): LoggedMessage[] {
  const read: LoggedMessage[] = [];
  for (let cursor = after; cursor < log.head; cursor = read.at(-1)?.seq ?? cursor) {
    read.push(...mergeAdjacent(log.read(cursor, maxChars)));
  }
  return read;
}

/** Merged tokens as the entries that they stand for; the boundaries are taken from the log. */
function expand(messages: readonly LoggedMessage[], entries: readonly LoggedMessage[]): LoggedMessage[] {
  return messages.flatMap((message) => {
    if (message.type !== 'token') return [message];
    const covered = entries.filter(({ seq }) => seq >= (message.from ?? message.seq) && seq <= message.seq);
    expect(message.text).toBe(covered.map((entry) => (entry as { text: string }).text).join(''));
    return covered;
  });
}

const texts = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 40 });

test('gives the same entries behind every cursor, however they are merged', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), fc.nat(100), fc.nat(42), (texts, ended, maxChars, at) => {
      const { log, entries } = filled(texts, ended);
      const after = Math.min(at, log.head);
      expect(expand(readOn(log, after, maxChars), entries)).toEqual(entries.slice(after));
    }),
  );
});

test('goes on live where a replay stopped, at any cut', () => {
  fc.assert(
    fc.property(texts, fc.nat(40), fc.nat(40), (texts, cut, after) => {
      const { entries } = filled(texts, true);
      const log = new MemoryLog();
      const now = Math.min(cut, texts.length) + 1;
      for (const entry of entries.slice(0, now)) log.append(entry);
      const from = Math.min(after, log.head);
      const replayed = readOn(log, from, 30);
      for (const entry of entries.slice(now)) log.append(entry);
      const live = readOn(log, replayed.at(-1)?.seq ?? from, 30);
      expect(expand([...replayed, ...live], entries)).toEqual(entries.slice(from));
    }),
  );
});

test('merges only adjacent tokens and leaves start and end alone', () => {
  const merged = mergeAdjacent([start, token(2, 'a'), token(3, 'b'), end(4)]);
  expect(merged).toEqual([start, { ...token(3, 'ab'), from: 2 }, end(4)]);
  expect(mergeAdjacent([token(7, 'x')])).toEqual([token(7, 'x')]);
});

test('refuses an entry that does not follow the head, and any behind the end', () => {
  const log = new MemoryLog();
  expect(() => log.append(token(1, 'a'))).toThrow('cannot follow 0');
  log.append(start);
  expect(() => log.append(token(3, 'a'))).toThrow('cannot follow 1');
  log.append(end(2));
  expect(() => log.append(token(3, 'a'))).toThrow('cannot follow 2');
});
