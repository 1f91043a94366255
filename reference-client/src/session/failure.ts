/** Why an answer is not whole, as a value. `errors.ts` makes exceptions of these for the caller. */

/** Close codes of RFC 6455 and Tokenwire; 1006 when the socket never opened or just vanished. */
export type Failure =
  /** The server refused the request: nothing ran. */
  | { kind: 'refused'; code: string; message: string; retryable: boolean; retryAfterMs?: number }
  /** The stream ended with an error, or was abandoned while nobody read it. */
  | { kind: 'failed'; code: string; message: string; retryable: boolean }
  /** A request may or may not have run, and nobody knows any more. */
  | { kind: 'outcome_unknown'; code: string; message: string }
  /** There is more of this stream, or was, and this client will not get it. */
  | { kind: 'incomplete'; code: string; message: string; oldest?: number; head?: number }
  /** No connection, and no further attempt. */
  | { kind: 'connection'; code: string; message: string; closeCode: number }
  /** The server said what Tokenwire does not allow. */
  | { kind: 'protocol'; code: string; message: string };
