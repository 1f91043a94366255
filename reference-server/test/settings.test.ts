import { expect, test } from 'vitest';
import { readSettings } from '../src/settings.ts';

function read(env: Record<string, string>) {
  const result = readSettings(env);
  if (!result.ok) throw new Error(result.message);
  return result.settings;
}

test('has a default for everything', () => {
  expect(read({})).toMatchObject({ port: 8080, host: '127.0.0.1', limits: {}, heartbeat: {}, origins: [] });
});

test('reads limits, heartbeat and the rest', () => {
  const settings = read({
    PORT: '0',
    TOKENWIRE_GRACE_MS: '0',
    TOKENWIRE_MAX_STREAMS: '3',
    TOKENWIRE_HEARTBEAT_INTERVAL_MS: '200',
    TOKENWIRE_ORIGINS: 'https://a.example, https://b.example',
    TOKENWIRE_DRAIN_DEADLINE_MS: '',
  });
  expect(settings.limits).toEqual({ grace_default_ms: 0, max_streams: 3 });
  expect(settings.heartbeat).toEqual({ interval_ms: 200 });
  expect(settings.origins).toEqual(['https://a.example', 'https://b.example']);
  expect(settings.drainDeadlineMs).toBe(10_000);
});

test('reads tokens with and without a lifetime', () => {
  const { tokens } = read({ TOKENWIRE_AUTH_TOKENS: 'a=anna, b=ben@900,c=cy@example.com' });
  expect([...(tokens ?? [])]).toEqual([
    ['a', { principal: 'anna' }],
    ['b', { principal: 'ben', expiresInMs: 900 }],
    ['c', { principal: 'cy@example.com' }],
  ]);
});

test.each([
  [{ PORT: 'http' }, 'PORT: expected an integer from 0 to 65535, got "http"'],
  [{ PORT: '70000' }, 'PORT: expected an integer from 0 to 65535, got "70000"'],
  [{ TOKENWIRE_GRACE_MS: '1.5' }, 'TOKENWIRE_GRACE_MS: expected an integer from 0, got "1.5"'],
  [{ TOKENWIRE_MAX_STREAMS: '0' }, 'TOKENWIRE_MAX_STREAMS: expected an integer from 1, got "0"'],
  [
    { OPENAI_BASE_URL: 'localhost:1' },
    'OPENAI_BASE_URL: expected an http or https address, got "localhost:1"',
  ],
])('says what it expected of %j', (env, message) => {
  expect(readSettings(env)).toEqual({ ok: false, message });
});

test('does not repeat a token in its complaint', () => {
  const result = readSettings({ TOKENWIRE_AUTH_TOKENS: 'good=anna,s3cret' });
  expect(result).toMatchObject({ ok: false });
  expect(JSON.stringify(result)).not.toContain('s3cret');
});
