import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Bytes } from '../../src/session/utf8.ts';

test('counts what an encoder would produce', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Bytes(text.toWellFormed())).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
