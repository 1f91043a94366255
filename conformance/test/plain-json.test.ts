import { describe, expect, it } from 'vitest';
import { complaintOfJson } from '../src/oracle/plain-json.ts';

describe('plain JSON is accepted', () => {
  it.each([
    '{"type":"pong","t":0}',
    '{"a":-1,"b":[1,2,{"a":1}],"c":{"a":1,"b":"b"}}',
    '{"text":"1.0 and 1e3, \\"a\\":1, {[}] \\\\"}',
    '{"a":"🙂","b":"\\ud83d\\ude42","c":"\\n"}',
    ' { "a" : [ true , false , 9007199254740991 ] } ',
    '{"a":[{"k":1},{"k":2}],"k":3}',
    '{"": 1, " ": 2}',
    `${'['.repeat(32)}${']'.repeat(32)}`,
  ])('%s', (raw) => {
    expect(complaintOfJson(raw)).toBeUndefined();
  });
});

describe('what JSON.parse forgives is named', () => {
  it.each([
    ['{"seq":1.0}', 'framing.plain-json', '1.0'],
    ['{"seq":1e3}', 'framing.plain-json', '1e3'],
    ['{"seq":-2E0}', 'framing.plain-json', '-2E0'],
    ['{"a":[1,{"b":[2.5]}]}', 'framing.plain-json', '2.5'],
    ['{"a":1,"a":1}', 'framing.plain-json', '"a" twice'],
    ['{"a":1,"\\u0061":2}', 'framing.plain-json', '"a" twice'],
    ['{"x":{"b":1,"c":[],"b":2}}', 'framing.plain-json', '"b" twice'],
    ['{"a":"\\ud83d"}', 'framing.unicode', 'a lone surrogate'],
    ['{"a":"\\ude42\\ud83d"}', 'framing.unicode', 'a lone surrogate'],
    ['{"\\ud83d":1}', 'framing.unicode', 'a lone surrogate'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'framing.plain-json', 'more'],
  ])('%s', (raw, requirement, actual) => {
    expect(complaintOfJson(raw)).toMatchObject({ requirement, actual: expect.stringContaining(actual) });
  });
});
