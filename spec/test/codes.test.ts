import { expect, test } from 'vitest';
import { closeCodes, reconnectPolicy } from '../src/codes.ts';

test.each([
  [1000, 'if_unfinished'],
  [1001, 'always'],
  [1002, 'never'],
  [1003, 'never'],
  [1005, 'if_unfinished'],
  [1006, 'always'],
  [1007, 'never'],
  [1010, 'never'],
  [1011, 'always'],
  [3000, 'always'],
  [4399, 'always'],
  [4400, 'never'],
  [4499, 'never'],
  [4500, 'always'],
  [4599, 'always'],
  [4600, 'always'],
])('a close with %i means: come back %s', (code, policy) => {
  expect(reconnectPolicy(code)).toBe(policy);
});

test('every code of ours lies in a range that says what to do', () => {
  for (const code of Object.keys(closeCodes)) expect(code).toMatch(/^4[45]\d\d$/);
});
