/** What can go wrong, one class per thing that a caller would do about it. */
import type { Failure } from './session/failure.ts';

interface Details {
  code: string;
  retryable?: boolean;
  text?: string;
}

/** The base of all errors of this client. */
export class TokenwireError extends Error {
  override readonly name: string = 'TokenwireError';
  /** A code of PROTOCOL.md, section 18, or one of this client's: each class names its own. */
  readonly code: string;
  /** May the same be asked again? After a `StreamFailedError` only under a new id. */
  readonly retryable: boolean;
  /** What arrived of the answer before. It is not the whole answer. */
  readonly text: string;

  constructor(message: string, { code, retryable = false, text = '' }: Details) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.text = text;
  }
}

/** The server refused the request, and the model was not called. Also `too_large`: it never left this client. */
export class RefusedError extends TokenwireError {
  override readonly name = 'RefusedError';
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: Details & { retryAfterMs?: number | undefined }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The answer broke off: the model failed, or nobody was connected for the whole grace (`abandoned`). */
export class StreamFailedError extends TokenwireError {
  override readonly name = 'StreamFailedError';
}

/** The request was lost with a connection, and the server cannot tell whether it ran. It may have been paid for. */
export class OutcomeUnknownError extends TokenwireError {
  override readonly name = 'OutcomeUnknownError';
}

/**
 * The answer goes on, or went on, and this client cannot get the rest: `gap`, `expired`, `unknown_stream`,
 * `epoch_mismatch`, `cursor_ahead`, or `superseded` when another connection took it over.
 */
export class IncompleteError extends TokenwireError {
  override readonly name = 'IncompleteError';
  /** With `gap`: the oldest entry that the server still has. */
  readonly oldest: number | undefined;
  /** The newest entry of the server's log, where it was told. */
  readonly head: number | undefined;

  constructor(
    message: string,
    details: Details & { oldest?: number | undefined; head?: number | undefined },
  ) {
    super(message, details);
    this.oldest = details.oldest;
    this.head = details.head;
  }
}

/** No connection and no further attempt: `unreachable`, `unauthenticated`, `connection_closed`, `client_closed`. */
export class ConnectionError extends TokenwireError {
  override readonly name = 'ConnectionError';
  /** The close code of the last connection, 1006 when its socket never opened. */
  readonly closeCode: number;

  constructor(message: string, details: Details & { closeCode: number }) {
    super(message, details);
    this.closeCode = details.closeCode;
  }
}

/** The server said what Tokenwire does not allow: `utf8_bytes`, `sequence`, `resumed`, `invalid`, `malformed`, … */
export class ProtocolError extends TokenwireError {
  override readonly name = 'ProtocolError';
}

/** The exception for a failure. */
export function errorOf(failure: Failure, text: string): TokenwireError {
  const { kind, message, code } = failure;
  const details = { code, text };
  switch (kind) {
    case 'refused':
      return new RefusedError(message, {
        ...details,
        retryable: failure.retryable,
        retryAfterMs: failure.retryAfterMs,
      });
    case 'failed':
      return new StreamFailedError(message, { ...details, retryable: failure.retryable });
    case 'outcome_unknown':
      return new OutcomeUnknownError(message, details);
    case 'incomplete':
      return new IncompleteError(message, { ...details, oldest: failure.oldest, head: failure.head });
    case 'connection':
      return new ConnectionError(message, { ...details, closeCode: failure.closeCode });
    case 'protocol':
      return new ProtocolError(message, details);
    default:
      return failure satisfies never;
  }
}
