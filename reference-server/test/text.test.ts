import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip, splitText, TextJoiner } from '../src/text.ts';

function joined(deltas: readonly string[]): string {
  const joiner = new TextJoiner();
  return deltas.map((delta) => joiner.push(delta)).join('') + joiner.flush();
}

test('rejoins the halves of a surrogate pair that was split across deltas', () => {
  const joiner = new TextJoiner();
  expect(joiner.push('a\ud83d')).toBe('a');
  expect(joiner.push('')).toBe('');
  expect(joiner.push('\ude00b')).toBe('😀b');
});

test('turns a lone half into U+FFFD, wherever it stands', () => {
  expect(joined(['\ud83d', 'x'])).toBe('\ufffdx');
  expect(joined(['x\ude00y'])).toBe('x\ufffdy');
  expect(joined(['end\ud83d'])).toBe('end\ufffd');
});

test('joins to the same text however the deltas are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.infiniteStream(fc.nat(3)), (texts, sizes) => {
      const units = texts.join('');
      const deltas: string[] = [];
      for (let at = 0; at < units.length; ) {
        const size = 1 + (sizes.next().value as number);
        deltas.push(units.slice(at, at + size));
        at += size;
      }
      expect(joined(deltas)).toBe(units.toWellFormed());
    }),
  );
});

test('cuts text between code points, and each piece to size as JSON', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.integer({ min: 12, max: 64 }),
      (text, max) => {
        const pieces = splitText(text, max);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) {
          expect(Buffer.byteLength(JSON.stringify(piece)) - 2).toBeLessThanOrEqual(max);
          expect(piece.isWellFormed()).toBe(true);
        }
      },
    ),
  );
});

test('clips text to bytes and keeps it well-formed', () => {
  expect(clip('short', 10)).toBe('short');
  expect(clip('\ud83d', 10)).toBe('\ufffd');
  const clipped = clip('😀'.repeat(100), 120);
  expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(120);
  expect(clipped).toMatch(/^(😀)+…$/u);
});
