/** Close codes and error codes: what each means and what the other side does about it. */

/** The WebSocket subprotocol of this version. A breaking change is a new subprotocol. */
export const SUBPROTOCOL = 'tokenwire.v1';

/** The version of the text and schemas in this package. */
export const SPEC_VERSION = '1.0.0-draft.1';

export interface CloseCode {
  readonly name: string;
  readonly meaning: string;
}

/** The close codes that Tokenwire defines. 4400–4499: do not reconnect. 4500–4599: reconnect and resume. */
export const closeCodes = {
  4400: { name: 'malformed', meaning: 'not JSON, not an object, no type, or no readable id' },
  4401: { name: 'unauthenticated', meaning: 'the credentials are missing or wrong' },
  4403: { name: 'forbidden', meaning: 'the credentials are right, and this is not allowed to them' },
  4408: { name: 'hello_timeout', meaning: 'no hello came in time' },
  4409: { name: 'protocol_violation', meaning: 'a message that this state does not allow' },
  4413: { name: 'too_large', meaning: 'a message larger than limits.max_client_bytes' },
  4500: { name: 'internal', meaning: 'the server failed' },
  4501: { name: 'credentials_expired', meaning: 'come back with fresh credentials' },
  4503: { name: 'draining', meaning: 'this server is going away' },
  4504: { name: 'heartbeat', meaning: 'nothing was heard for too long' },
  4508: { name: 'no_progress', meaning: 'the socket took no data for too long' },
  4529: { name: 'rate_limited', meaning: 'too much, too fast' },
} as const satisfies Record<number, CloseCode>;

export type TokenwireCloseCode = keyof typeof closeCodes;

/** What a client does after a close: never come back, come back, or come back only for unfinished streams. */
export type ReconnectPolicy = 'never' | 'always' | 'if_unfinished';

/** The table of section "Close codes" as a function of the code that the socket reported. */
export function reconnectPolicy(code: number): ReconnectPolicy {
  if (code >= 4400 && code <= 4499) return 'never';
  if (code >= 4500 && code <= 4599) return 'always';
  if (code === 1000 || code === 1005) return 'if_unfinished';
  const broken = code === 1002 || code === 1003 || (code >= 1007 && code <= 1010);
  return broken ? 'never' : 'always';
}

export interface ErrorCode {
  /** May the same id and payload be sent again? In `end.error`: may the work be tried again under a new id? */
  readonly retryable: boolean;
  /** `request`: stands in `error` and refuses a request. `stream`: stands in `end.error`. */
  readonly where: 'request' | 'stream' | 'both';
  readonly meaning: string;
}

/** The error codes that Tokenwire defines. The list is open. */
export const errorCodes = {
  invalid: { where: 'request', retryable: false, meaning: 'a field is missing or wrong' },
  unknown_type: { where: 'request', retryable: false, meaning: 'the server does not know this type' },
  unsupported_param: {
    where: 'request',
    retryable: false,
    meaning: 'a parameter the server would not honour',
  },
  id_conflict: { where: 'request', retryable: false, meaning: 'the id is in use for another payload' },
  outcome_unknown: {
    where: 'request',
    retryable: false,
    meaning: 'a resend whose first try may or may not have run',
  },
  expired: {
    where: 'request',
    retryable: false,
    meaning: 'the log of this id is gone, the id is remembered',
  },
  cancelled: { where: 'request', retryable: false, meaning: 'this id was cancelled before it was generated' },
  too_many_streams: { where: 'request', retryable: true, meaning: 'limits.max_streams are active' },
  overloaded: { where: 'request', retryable: true, meaning: 'the server cannot take this now' },
  draining: { where: 'both', retryable: true, meaning: 'the server is going away' },
  auth_expired: { where: 'request', retryable: true, meaning: 'the credentials of this connection expired' },
  epoch_mismatch: { where: 'request', retryable: false, meaning: 'the epoch is not that of this log store' },
  unknown_stream: { where: 'request', retryable: false, meaning: 'no such stream for this principal' },
  cursor_ahead: { where: 'request', retryable: false, meaning: 'after is larger than the head of the log' },
  gap: { where: 'request', retryable: false, meaning: 'the entries behind after were trimmed' },
  internal: { where: 'both', retryable: true, meaning: 'the server failed' },
  upstream_refused: { where: 'stream', retryable: true, meaning: 'the model answered with an HTTP error' },
  upstream_failed: { where: 'stream', retryable: true, meaning: 'the call to the model broke' },
  upstream_incomplete: {
    where: 'stream',
    retryable: true,
    meaning: 'the model ended without a finish reason',
  },
  upstream_timeout: { where: 'stream', retryable: true, meaning: 'the model was silent for too long' },
  producer_lost: { where: 'stream', retryable: true, meaning: 'the node that ran this stream died' },
} as const satisfies Record<string, ErrorCode>;

export type KnownErrorCode = keyof typeof errorCodes;
