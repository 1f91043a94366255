import { expect, test } from 'vitest';
import { checkParams } from '../src/params.ts';

test('takes every supported parameter of the right type', () => {
  const params = { temperature: 0, top_p: 1, max_tokens: 5, stop: 'x', seed: -1, presence_penalty: 1, n: 1 };
  expect(checkParams(params)).toBeUndefined();
  expect(checkParams({ stop: ['a', 'b'], reasoning_effort: 'low' })).toBeUndefined();
});

test.each([
  [{ logprobs: true }, 'unsupported_param', '"logprobs" is not supported'],
  [{ n: 2 }, 'unsupported_param', 'one stream is one choice'],
  [{ stream: false }, 'unsupported_param', '"stream"'],
  [{ temperature: 'hot' }, 'invalid', 'params.temperature: expected a number'],
  [{ temperature: null }, 'invalid', 'params.temperature'],
  [{ max_tokens: 0 }, 'invalid', 'expected an integer from 1'],
  [{ n: 1.5 }, 'invalid', 'params.n'],
  [{ stop: [1] }, 'invalid', 'a string or an array of strings'],
])('refuses %j with %s', (params, code, message) => {
  const refusal = checkParams(params);
  expect(refusal?.code).toBe(code);
  expect(refusal?.message).toContain(message);
});
