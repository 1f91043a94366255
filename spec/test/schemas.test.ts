import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { zodToJsonSchema } from 'zod-to-json-schema';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decodeClient } from '../src/codec.ts';
import { clientMessage, clientMessages, serverMessage, serverMessages } from '../src/messages.ts';
import { complaint, examples, type Side, validator } from './published.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const types = [...new Set([...Object.keys(clientMessages), ...Object.keys(serverMessages)])];
const zodOf = { client: clientMessage, server: serverMessage };
const sideOf = (type: string): Side => (type in clientMessages ? 'client' : 'server');

const accepts = (name: string, value: unknown) =>
  complaint(name, JSON.parse(JSON.stringify(value))) === undefined;

const zodAccepts = (value: unknown) => clientMessage.safeParse(value).success;

describe('the examples of PROTOCOL.md', () => {
  test('every message type has one', () => {
    expect(new Set(examples().map((text) => JSON.parse(text).type))).toEqual(new Set(types));
  });

  test.each(examples())('is valid in strict and open: %s', (text) => {
    const message = JSON.parse(text);
    for (const strictness of ['strict', 'open']) {
      expect(complaint(`${strictness}/${message.type}`, message)).toBeUndefined();
      expect(complaint(`${strictness}/${sideOf(message.type)}`, message)).toBeUndefined();
    }
  });
});

describe('strict and open', () => {
  const token = { type: 'token', id: 'a-stream-of-tokens', seq: 2, text: 'Hi' };
  const end = { ...token, type: 'end', text: undefined, upstream: 'none', utf8_bytes: 0 };

  test('a sender may add fields of vendors only, a receiver takes any', () => {
    expect(accepts('strict/token', { ...token, 'x.example.com.logprob': -1 })).toBe(true);
    expect(accepts('strict/token', { ...token, logprob: -1 })).toBe(false);
    expect(accepts('open/token', { ...token, logprob: -1 })).toBe(true);
  });

  test('a sender may use known and vendor values only, a receiver takes any', () => {
    expect(accepts('strict/end', { ...end, finish_reason: 'stop' })).toBe(true);
    expect(accepts('strict/end', { ...end, finish_reason: 'x.example.com.budget' })).toBe(true);
    expect(accepts('strict/end', { ...end, finish_reason: 'bored' })).toBe(false);
    expect(accepts('open/end', { ...end, finish_reason: 'bored' })).toBe(true);
  });

  test('objects of free form are free in both', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const generate = {
      type: 'generate',
      id: token.id,
      messages,
      params: { a: { b: [null] } },
      trace: { c: 1 },
    };
    expect(accepts('strict/generate', generate)).toBe(true);
    expect(accepts('strict/generate', { ...generate, resend: { tries: 2 } })).toBe(false);
  });

  test.each(types)('the schemas of %s have an id, a title, a description, and no key of ours', (type) => {
    for (const strictness of ['strict', 'open']) {
      const { schema } = validator(`${strictness}/${type}`);
      expect(schema).toMatchObject({
        $schema: DRAFT,
        $id: `https://tokenwire.dev/schemas/v1/${strictness}/${type}.json`,
        title: type,
        description: expect.any(String),
      });
      expect(JSON.stringify(schema)).not.toContain('x-known');
    }
  });
});

describe('zod and ajv agree on messages that were damaged', () => {
  const junk = fc.oneof(
    fc.constantFrom(null, true, 0, -1, 1, 2, 1.5, 2 ** 53, '', 'stop', [], {}, [0, 1], { a: 1 }),
    fc.string(),
    fc.integer(),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const damaged = fc
    .tuple(
      fc.constantFrom(...examples()),
      fc.nat(),
      fc.constantFrom('delete', 'set', 'add'),
      fc.string(),
      junk,
    )
    .map(([text, at, how, key, value]) => damage(JSON.parse(text), at, how, key, value));

  test.each(['client', 'server'] as const)('from the %s', (side) => {
    const validate = validator(`open/${side}`);
    const strict = validator(`strict/${side}`);
    fc.assert(
      fc.property(damaged, (message) => {
        expect(validate(message)).toBe(zodOf[side].safeParse(message).success);
        expect(validate(message) || !strict(message)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

const resume = { type: 'resume', id: 'a-stream-of-tokens', epoch: 'e', after: 0 };
const astral = (length: number) => ({ ...resume, epoch: '😀'.repeat(length) });

describe('the edges of what zod and the schemas can say', () => {
  test('both count a length in characters, not in UTF-16 units', () => {
    expect([zodAccepts(astral(128)), accepts('open/client', astral(128))]).toEqual([true, true]);
    expect([zodAccepts(astral(129)), accepts('open/client', astral(129))]).toEqual([false, false]);
  });

  test('lone surrogates are refused by the codec alone', () => {
    const lone = { ...resume, epoch: '\ud800' };
    expect([zodAccepts(lone), accepts('open/client', lone)]).toEqual([true, true]);
    expect(decodeClient(JSON.stringify(lone))).toMatchObject({ ok: false, code: 'invalid' });
  });

  test('a from above seq is left to the judge of the whole stream', () => {
    const token = { type: 'token', id: resume.id, from: 9, seq: 2, text: 'Hi' };
    expect([serverMessage.safeParse(token).success, accepts('open/server', token)]).toEqual([true, true]);
  });
});

type Json = Record<string, unknown>;

/** Deletes, overwrites or adds one field, at any depth; `at` chooses it. */
function damage(message: Json, at: number, how: string, key: string, value: unknown): Json {
  const places = fieldsOf(message);
  const [object, field] = places[at % places.length] ?? [message, 'type'];
  if (how === 'delete') delete object[field];
  else object[how === 'set' ? field : key] = value;
  // As it would come from the wire: without undefined, and with own properties only.
  return JSON.parse(JSON.stringify(message)) as Json;
}

function fieldsOf(object: Json): [Json, string][] {
  return Object.entries(object).flatMap(([field, value]) => {
    const inner = typeof value === 'object' && value !== null ? fieldsOf(value as Json) : [];
    return [[object, field] as [Json, string], ...inner];
  });
}

describe('why the schemas do not come from zod-to-json-schema', () => {
  const nonsense = [{}, 42, null, 'hello', { type: 'token' }];

  test('on the union of zod 4 it emits a schema that accepts anything', () => {
    const emitted: object = zodToJsonSchema(serverMessage as never);
    expect(Object.keys(emitted)).toEqual(['$schema']);
    const accepts = new Ajv2020().compile({ ...emitted, $schema: DRAFT });
    expect(nonsense.filter((value) => accepts(value))).toEqual(nonsense);
  });

  test("zod's own schema refuses all of it", () => {
    const accepts = new Ajv2020({ strict: false }).compile(z.toJSONSchema(serverMessage, { io: 'input' }));
    expect(nonsense.filter((value) => accepts(value))).toEqual([]);
  });
});
