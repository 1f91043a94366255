import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeClient, decodeServer, encode, MAX_DEPTH } from '../src/codec.ts';
import { examples } from './published.ts';

const ID = '5f0c1a4e-7d0b-4c58-9a35-0c8b1de6a001';
const cancel = (fields: object) => JSON.stringify({ type: 'cancel', id: ID, ...fields });
const deep = (depth: number) => `{"type":"cancel","id":"${ID}","x.a":${nested(depth - 1)}}`;
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('decoding never throws', () => {
  test('on arbitrary text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(decodeClient(text)).toHaveProperty('ok');
        expect(decodeServer(text)).toHaveProperty('ok');
      }),
    );
  });

  test('on messages that were cut or overwritten anywhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...examples()), fc.nat(), fc.string(), (text, at, insert) => {
        const cut = at % text.length;
        expect(decodeClient(text.slice(0, cut))).toMatchObject({ ok: false, code: 'malformed' });
        expect(decodeServer(text.slice(0, cut) + insert + text.slice(cut + insert.length))).toHaveProperty(
          'ok',
        );
      }),
    );
  });

  test('on any value of any type, and what it says is short and well-formed', () => {
    fc.assert(
      fc.property(fc.record({ type: fc.string({ unit: 'binary' }), id: fc.anything() }), (object) => {
        const decoded = decodeClient(JSON.stringify(object));
        expect(decoded.ok).toBe(false);
        expect(JSON.stringify(decoded).isWellFormed()).toBe(true);
        expect(JSON.stringify(decoded)).not.toMatch(/\\ud[89a-f]/);
      }),
    );
  });
});

describe('what nobody can answer is malformed', () => {
  test.each([
    ['text that is not JSON', 'hello'],
    ['an empty text', ''],
    ['a byte order mark', '\ufeff{"type":"ping","t":1}'],
    ['two objects', '{"type":"ping","t":1}{"type":"ping","t":2}'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['an object without type', '{}'],
    ['a type that is no string', '{"type":["ping"]}'],
    ['a generate without id', '{"type":"generate","messages":[{"role":"user","content":"Hi"}]}'],
    ['an id that is too short', cancel({ id: 'x'.repeat(15) })],
    ['an id that is too long', cancel({ id: 'x'.repeat(65) })],
    ['an id with other characters', cancel({ id: `${ID}é` })],
    ['an id with a line end', cancel({ id: `${ID}\n` })],
    ['a ping with wrong fields', '{"type":"ping","t":-1}'],
    ['a hello with wrong fields and a stray id', `{"type":"hello","id":"${ID}"}`],
  ])('%s', (_, text) => {
    expect(decodeClient(text)).toMatchObject({ ok: false, code: 'malformed' });
  });

  test('JSON deeper than the limit, counted from the message itself', () => {
    expect(decodeClient(deep(MAX_DEPTH))).toMatchObject({ ok: true });
    expect(decodeClient(deep(MAX_DEPTH + 1))).toMatchObject({ ok: false, code: 'malformed' });
  });

  test('brackets inside of strings do not count as depth', () => {
    expect(decodeClient(cancel({ reason: '[{"\\'.repeat(100) }))).toMatchObject({ ok: true });
  });

  test('a depth that would exhaust the stack', () => {
    expect(decodeClient(nested(1_000_000))).toMatchObject({ ok: false, code: 'malformed' });
  });
});

describe('wrong fields with a readable id are invalid, and name the request', () => {
  test.each([
    ['a field of another type', cancel({ reason: 7 })],
    ['null for a field that is left out', cancel({ reason: null })],
    ['a lone surrogate', `{"type":"cancel","id":"${ID}","reason":"\\uD83D"}`],
    ['a lone surrogate in a key', `{"type":"cancel","id":"${ID}","\\udc00":1}`],
  ])('%s', (_, text) => {
    expect(decodeClient(text)).toMatchObject({ ok: false, code: 'invalid', re: { type: 'cancel', id: ID } });
  });

  test.each([1.5, -1, 2 ** 53, '1', null])('after = %s', (after) => {
    const text = JSON.stringify({ type: 'resume', id: ID, epoch: 'e', after });
    expect(decodeClient(text)).toMatchObject({ ok: false, code: 'invalid' });
  });

  test('an escaped surrogate pair is well-formed', () => {
    expect(decodeClient(`{"type":"cancel","id":"${ID}","reason":"\\ud83d\\ude00"}`)).toMatchObject({
      ok: true,
    });
  });
});

describe('types', () => {
  test('an unknown type with a sequence tells where it stands', () => {
    const citation = { type: 'x.example.com.citation', id: ID, from: 3, seq: 5 };
    expect(decodeServer(JSON.stringify(citation))).toMatchObject({
      code: 'unknown_type',
      re: { type: 'x.example.com.citation', id: ID },
      sequenced: { id: ID, from: 3, seq: 5 },
    });
    const { from: _, ...single } = citation;
    expect(decodeServer(JSON.stringify(single))).toMatchObject({ sequenced: { from: 5, seq: 5 } });
  });

  test.each([{ seq: 0 }, { from: 6, seq: 5 }, { seq: '5' }, { id: 'short', seq: 5 }])(
    'an unknown type with a broken sequence has none: %o',
    (fields) => {
      expect(decodeServer(JSON.stringify({ type: 'x.a.b', id: ID, ...fields }))).not.toHaveProperty(
        'sequenced',
      );
    },
  );

  test.each(['__proto__', 'constructor', 'toString', ''])('%j is an unknown type', (type) => {
    expect(decodeServer(JSON.stringify({ type }))).toMatchObject({ code: 'unknown_type', re: { type } });
  });

  test('a long type is cut before it is quoted', () => {
    const decoded = decodeClient(JSON.stringify({ type: `${'x'.repeat(127)}😀` }));
    expect(decoded).toMatchObject({ re: { type: `${'x'.repeat(127)}\ufffd` } });
  });

  test('each side refuses what only the other may send', () => {
    expect(decodeServer(cancel({}))).toMatchObject({ ok: false, code: 'unknown_type' });
    expect(decodeClient('{"type":"goaway"}')).toMatchObject({ ok: false, code: 'unknown_type' });
  });
});

describe('tolerance', () => {
  test('unknown fields are dropped', () => {
    expect(decodeClient(cancel({ colour: 'blue' }))).toEqual({
      ok: true,
      message: { type: 'cancel', id: ID },
    });
  });

  test('the last of duplicate keys counts', () => {
    const decoded = decodeClient('{"type":"ping","t":1,"t":2}');
    expect(decoded).toEqual({ ok: true, message: { type: 'ping', t: 2 } });
  });

  test('a key __proto__ changes no prototype', () => {
    const text = `{"type":"generate","id":"${ID}","messages":[{"role":"user","content":"Hi"}],"params":{"__proto__":{"n":2}}}`;
    const decoded = decodeClient(text);
    expect(decoded.ok && 'params' in decoded.message && decoded.message.params).not.toHaveProperty('n');
  });

  test('unknown values of open enums fall back, unknown error codes are kept', () => {
    const end = { type: 'end', id: ID, seq: 2, finish_reason: 'bored', upstream: 'sold', utf8_bytes: 0 };
    const error = { code: 'x.example.com.quota', message: '', retryable: false };
    expect(decodeServer(JSON.stringify({ ...end, error }))).toMatchObject({
      message: { finish_reason: 'error', upstream: 'unknown', error },
    });
  });

  test('every example of PROTOCOL.md is the same after decoding and encoding', () => {
    for (const text of examples()) {
      const decoded = [decodeClient(text), decodeServer(text)].find(({ ok }) => ok);
      expect(decoded?.ok && JSON.parse(encode(decoded.message))).toEqual(JSON.parse(text));
    }
  });
});
