import { expect, test } from 'vitest';
import { refuseUpgrade } from '../src/handshake.ts';

const rules = { origins: ['https://app.example'], draining: false };
const offer = { 'sec-websocket-protocol': 'chat.v3, tokenwire.v1', host: 'api.example:8080' };

test('accepts an offer of tokenwire.v1, alone or among others', () => {
  expect(refuseUpgrade({ headers: offer }, rules)).toBeUndefined();
});

test.each([undefined, '', 'tokenwire.v2', 'TOKENWIRE.V1', 'tokenwire.v11'])(
  'refuses the offer %s',
  (offered) => {
    const headers = { ...offer, 'sec-websocket-protocol': offered };
    expect(refuseUpgrade({ headers }, rules)?.status).toBe(400);
  },
);

test.each(['http://api.example:8080', 'https://app.example'])('accepts a page of %s', (origin) => {
  expect(refuseUpgrade({ headers: { ...offer, origin } }, rules)).toBeUndefined();
});

test.each(['https://evil.example', 'null', 'file://', 'http://api.example', 'nonsense'])(
  'refuses a page of %s',
  (origin) => {
    expect(refuseUpgrade({ headers: { ...offer, origin } }, rules)?.status).toBe(403);
    expect(refuseUpgrade({ headers: { ...offer, origin } }, { ...rules, origins: ['*'] })).toBeUndefined();
  },
);

test('refuses everybody while draining', () => {
  expect(refuseUpgrade({ headers: offer }, { ...rules, draining: true })?.status).toBe(503);
});
