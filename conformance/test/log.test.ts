/** A log put together from pieces: however it is cut and merged, it is accepted; whatever is wrong with it, it is not. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { judge } from '../src/oracle/judge.ts';
import type { WireMessage } from '../src/trace.ts';
import { end, GENERATE, ID, START, Story, token } from './support/story.ts';

/** What one connection received, `resumed` included. */
interface Piece {
  after: number;
  messages: WireMessage[];
}

/** Texts in which no character comes twice: a changed one can then not be right somewhere else. */
const texts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }).map((lengths) => {
  let next = 0;
  const character = (): string => String.fromCodePoint((next % 2 === 0 ? 0x4e00 : 0x1f300) + next++);
  return lengths.map((length) => Array.from({ length }, character).join(''));
});
/** How far a connection comes, where the next one resumes, and how many entries each message merges. */
const cut = fc.record({
  upTo: fc.nat(20),
  back: fc.nat(20),
  merges: fc.array(fc.integer({ min: 1, max: 4 })),
});

/** A log of these texts on several connections, cut and merged at will, whole on all of them together. */
const pieces = fc.tuple(texts, fc.array(cut, { maxLength: 4 }), cut).map(([said, cuts, last]) => {
  const head = said.length + 2;
  const found: Piece[] = [];
  let seen = 0;
  for (const { upTo, back, merges } of [...cuts, { ...last, upTo: head }]) {
    const after = found.length === 0 ? 0 : Math.max(0, seen - back);
    const stop = Math.max(1, Math.min(head, Math.max(after, upTo)));
    found.push({ after, messages: messagesOf(said, after, stop, merges) });
    seen = Math.max(seen, stop);
  }
  return { said, found };
});

function messagesOf(
  said: readonly string[],
  after: number,
  stop: number,
  merges: readonly number[],
): WireMessage[] {
  const messages: WireMessage[] = after === 0 ? [START] : [];
  const lastToken = Math.min(stop, said.length + 1);
  const sizes = [...merges];
  for (let from = Math.max(2, after + 1); from <= lastToken; ) {
    const seq = Math.min(lastToken, from + (sizes.shift() ?? 1) - 1);
    const text = said.slice(from - 2, seq - 1).join('');
    messages.push(seq === from ? token(seq, text) : { ...token(seq, text), from });
    from = seq + 1;
  }
  const utf8 = Buffer.byteLength(said.join(''));
  if (stop === said.length + 2 && after < stop) messages.push(end(stop, { utf8_bytes: utf8 }));
  return messages;
}

/** The story of these pieces; the first connection generated, the others resumed. */
function told(said: readonly string[], found: readonly Piece[]): Story {
  const story = new Story();
  for (const [index, { after, messages }] of found.entries()) {
    const conn = `C${index}`;
    story.connect(conn);
    if (index === 0)
      story
        .says(GENERATE, conn)
        .called()
        .writes(...said)
        .finishes();
    else story.says({ type: 'resume', id: ID, epoch: 'e-1', after }, conn);
    const resumed = { type: 'resumed', id: ID, epoch: 'e-1', from: after + 1, head: said.length + 2 };
    for (const message of index === 0 ? messages : [resumed, ...messages]) story.hears(message, conn);
    if (index < found.length - 1) story.closes(conn);
  }
  return story;
}

/** The same pieces with one of them changed. */
function withPiece(found: readonly Piece[], at: number, messages: WireMessage[]): Piece[] {
  return found.map((piece, index) => (index === at ? { ...piece, messages } : piece));
}

/** Every way to do `wrong` to one message of one piece that is long enough. */
function broken(
  found: readonly Piece[],
  wrong: (messages: readonly WireMessage[], at: number) => WireMessage[] | undefined,
): Piece[][] {
  return found.flatMap(({ messages }, index) =>
    messages.flatMap((_message, at) => {
      const changed = wrong(messages, at);
      return changed ? [withPiece(found, index, changed)] : [];
    }),
  );
}

it('accepts any cut of a log into messages over several connections', () => {
  fc.assert(
    fc.property(pieces, ({ said, found }) => {
      expect(judge(told(said, found).trace)).toEqual([]);
    }),
  );
});

const faults: Record<string, (messages: readonly WireMessage[], at: number) => WireMessage[] | undefined> = {
  'a changed character': (messages, at) => {
    const { text } = messages[at] ?? {};
    if (typeof text !== 'string') return undefined;
    const [first, ...rest] = text;
    return messages.with(at, { ...messages[at], text: [first === 'x' ? 'y' : 'x', ...rest].join('') });
  },
  'a missing entry': (messages, at) => (at < messages.length - 1 ? messages.toSpliced(at, 1) : undefined),
  'an entry that comes twice': (messages, at) => messages.toSpliced(at, 0, messages[at] ?? {}),
  'two entries in the wrong order': (messages, at) => {
    const [one, two] = messages.slice(at, at + 2);
    return one && two ? messages.toSpliced(at, 2, two, one) : undefined;
  },
};

it.each(Object.keys(faults))('rejects %s, wherever it is', (name) => {
  const wrong = faults[name] ?? (() => undefined);
  fc.assert(
    fc.property(pieces, ({ said, found }) => {
      const accepted = broken(found, wrong).filter((other) => judge(told(said, other).trace).length === 0);
      expect(accepted).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
