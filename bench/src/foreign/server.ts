/** Somebody's server: where it is, and how it is asked. Plain data that goes to the load generator. */
import type { Target } from '../transports/transport.ts';

export interface ForeignServer {
  /** Named as our own transports are: a report then compares the one with the other. */
  transport: 'websocket' | 'sse-h1';
  target: Target;
  /** With the query. */
  path: string;
  /** For people and reports: nothing in it is secret. */
  address: string;
  /** Measures even where nobody vouches for the certificate. */
  insecure: boolean;
  prompt: string;
  /** Which model to ask for. */
  model: string | undefined;
  /** Bearer of `hello.auth`. */
  token: string | undefined;
  /** Of each HTTP request. */
  headers: Record<string, string>;
}

/** Where an address leads. */
export type Place = Pick<ForeignServer, 'transport' | 'target' | 'path' | 'address'> & {
  /** As it stood in front of the host. */
  basic: string | undefined;
};

export type Decoded<T> = { ok: true; value: T } | { ok: false; message: string };

/** The address of a Tokenwire server. */
export function decodeWebSocketAddress(text: string): Decoded<Place> {
  const url = urlOf(text, ['ws:', 'wss:']);
  if (!url) return wrong(`--url: expected an address such as wss://example.com/ws, got "${shown(text)}"`);
  if (url.username !== '' || url.password !== '')
    return wrong('--url: put no credentials into the address; --token or TOKENWIRE_TOKEN is for them');
  return { ok: true, value: placeOf(url, 'websocket') };
}

/** The address of an OpenAI-compatible API, or of its chat completions. */
export function decodeChatAddress(text: string): Decoded<Place> {
  const url = urlOf(text, ['http:', 'https:']);
  if (!url) return wrong(`--sse: expected an address such as https://example.com/v1, got "${shown(text)}"`);
  url.pathname = `${url.pathname.replace(/\/(chat\/completions\/?)?$/, '')}/chat/completions`;
  return { ok: true, value: placeOf(url, 'sse-h1') };
}

function urlOf(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.parse(text);
  return url && protocols.includes(url.protocol) ? url : undefined;
}

function placeOf(url: URL, transport: ForeignServer['transport']): Place {
  const tls = url.protocol === 'wss:' || url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  const { username, password } = url;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    transport,
    target: {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      http1: port,
      http2: port,
      tls,
      handshakeMs: 0,
      pollMs: 0,
    },
    path: `${url.pathname}${url.search}`,
    address: withoutSecrets(url),
    basic: username === '' && password === '' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
  };
}

/** Keys are handed over in queries too: of those only the names are shown. */
function withoutSecrets(url: URL): string {
  const query = [...url.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=…`).join('&');
  return `${url.protocol}//${url.host}${url.pathname}${query === '' ? '' : `?${query}`}`;
}

/** What cannot be read as an address can still hold a password. */
const shown = (text: string): string => text.replace(/\/\/[^/]*@/, '//…@').replace(/\?.*/, '?…');

const wrong = (message: string): { ok: false; message: string } => ({ ok: false, message });
