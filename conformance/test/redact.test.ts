import { describe, expect, it } from 'vitest';
import { Redactor } from '../src/redact.ts';
import { show } from '../src/wait.ts';

describe('what looks like a credential is hidden without being known', () => {
  it.each([
    ['wss://user:pa55@host/path', 'pa55'],
    ['wss://host/?access_token=s3cret-1234&x=1', 's3cret-1234'],
    ['Authorization: Bearer eyJhbGciOi.J9', 'eyJhbGciOi'],
    ['API_KEY=abcd1234 node server.js', 'abcd1234'],
    ['node server.js --token=abcd1234', 'abcd1234'],
    ['node server.js --token abcd1234', 'abcd1234'],
    ['node server.js --api-key "abcd1234"', 'abcd1234'],
    ['OPENAI_API_KEY=sk-proj-12345678', 'sk-proj'],
    ['{"auth":{"scheme":"bearer","token":"abcd1234"}}', 'abcd1234'],
    ['{"session":"abcd1234abcd1234abcd12"}', 'abcd1234'],
  ])('%s', (text, secret) => {
    expect(new Redactor().redact(text)).not.toContain(secret);
  });
});

describe('a secret that was noted is hidden', () => {
  const secret = 'pa"ss\\word and some more of it';

  it('also as it stands in JSON', () => {
    const redactor = new Redactor();
    redactor.add(secret);
    expect(redactor.redact(JSON.stringify({ said: secret }))).toBe('{"said":"[redacted]"}');
  });

  it('also when a long line was cut inside it', () => {
    const redactor = new Redactor();
    redactor.add(secret);
    for (let shown = 0; shown < secret.length; shown++) {
      expect(redactor.redact(show(`you said ${secret}`, 'you said '.length + shown))).not.toContain('pa"s');
    }
  });

  it('in every string of a report', () => {
    const redactor = new Redactor();
    redactor.add('abcd1234');
    const report = { name: 'x abcd1234', cases: [{ trace: ['abcd1234'] }], seed: 7 };
    expect(redactor.redactAll(report)).toEqual({
      name: 'x [redacted]',
      cases: [{ trace: ['[redacted]'] }],
      seed: 7,
    });
  });

  it('and what is too short to be told from text is not', () => {
    const redactor = new Redactor();
    redactor.add('the');
    expect(redactor.redact('the cat')).toBe('the cat');
  });
});
