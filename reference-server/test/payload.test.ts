import type { ClientMessageOf } from '@tokenwire/spec';
import { expect, test } from 'vitest';
import { payloadHash } from '../src/payload.ts';
import { ID } from './support/fake-house.ts';

type Generate = ClientMessageOf<'generate'>;
const generate: Generate = {
  type: 'generate',
  id: ID,
  messages: [{ role: 'user', content: 'hi' }],
  params: { temperature: 0.5, stop: ['a', 'b'] },
};

test('is equal whatever the order of keys, and whatever resend and trace say', () => {
  const other: Generate = {
    params: { stop: ['a', 'b'], temperature: 5e-1 },
    messages: [{ content: 'hi', role: 'user' }],
    resend: { epoch: 'e' },
    trace: { a: 1 },
    id: ID,
    type: 'generate',
  };
  expect(payloadHash(other)).toBe(payloadHash(generate));
});

test.each<[string, Partial<Generate>]>([
  ['a message', { messages: [{ role: 'user', content: 'ho' }] }],
  ['the order of an array', { params: { temperature: 0.5, stop: ['b', 'a'] } }],
  ['a default that is written out', { on_disconnect: 'continue' }],
  ['a parameter', { params: { temperature: '0.5', stop: ['a', 'b'] } }],
])('differs with %s', (_what, change) => {
  expect(payloadHash({ ...generate, ...change })).not.toBe(payloadHash(generate));
});
