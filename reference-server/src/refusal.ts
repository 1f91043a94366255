/** `error` messages: what refuses a request. */
import { type KnownErrorCode, type Regarding, type ServerMessageOf, errorCodes } from '@tokenwire/spec';
import { clip } from './text.ts';

export type ErrorMessage = ServerMessageOf<'error'>;

/** A type or a complaint can quote what the client sent, which can be long and ill-formed. */
const MAX_QUOTED_BYTES = 1024;

/** error.retryable: as the table says. error.re: names the message that it answers. */
export function refusal(
  code: KnownErrorCode,
  message: string,
  re: Regarding,
  extra: Pick<ErrorMessage, 'oldest' | 'head' | 'retry_after_ms'> = {},
): ErrorMessage {
  return {
    type: 'error',
    code,
    message: clip(message, MAX_QUOTED_BYTES),
    retryable: errorCodes[code].retryable,
    ...extra,
    re: { ...re, type: clip(re.type, MAX_QUOTED_BYTES) },
  };
}
