import { describe, expect, it } from 'vitest';
import { decodeChatAddress, decodeWebSocketAddress, type Place } from '../../src/foreign/server.ts';

function chat(address: string): Place {
  const decoded = decodeChatAddress(address);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.value;
}

describe('the address of an OpenAI-compatible API', () => {
  it.each([
    ['https://example.com/v1', '/v1/chat/completions'],
    ['https://example.com/v1/', '/v1/chat/completions'],
    ['https://example.com/v1/chat/completions', '/v1/chat/completions'],
    ['https://example.com', '/chat/completions'],
    ['https://example.com/v1?version=3', '/v1/chat/completions?version=3'],
  ])('may be %s', (address, path) => {
    expect(chat(address).path).toBe(path);
  });

  it('has the port of its scheme, or its own', () => {
    expect(chat('https://example.com/v1').target).toMatchObject({ http1: 443, tls: true });
    expect(chat('http://example.com/v1').target).toMatchObject({ http1: 80, tls: false });
    expect(chat('http://[::1]:4010/v1').target).toMatchObject({ host: '::1', http1: 4010 });
  });

  it('is shown without the user, the password and the values of its query', () => {
    const { address, basic } = chat('https://me:hush@example.com/v1?api-key=hush');
    expect(address).toBe('https://example.com/v1/chat/completions?api-key=…');
    expect(basic).toBe(`Basic ${Buffer.from('me:hush').toString('base64')}`);
  });
});

describe('the address of a Tokenwire server', () => {
  it('keeps its path and query for the request', () => {
    const decoded = decodeWebSocketAddress('wss://example.com:8443/ws?room=1');
    expect(decoded).toMatchObject({ ok: true, value: { path: '/ws?room=1', target: { http1: 8443 } } });
  });

  it('holds no credentials', () => {
    expect(decodeWebSocketAddress('wss://me:hush@example.com/ws')).toMatchObject({
      ok: false,
      message: expect.stringContaining('--token'),
    });
  });

  it.each(['https://me:hush@example.com', 'nonsense', 'example.com/?key=hush'])('is not %s', (address) => {
    const decoded = decodeWebSocketAddress(address);
    expect(decoded.ok).toBe(false);
    expect(JSON.stringify(decoded)).not.toContain('hush');
  });
});
