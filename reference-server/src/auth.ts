/** Who is the client? A function of the user decides; this file has its types, and one for static tokens. */
import type { ClientMessageOf } from '@tokenwire/spec';
import type { IncomingHttpHeaders } from 'node:http';

/** What a client brought to be recognised by. Secret: none of it may be logged. */
export interface Credentials {
  /** `hello.auth` */
  readonly auth: ClientMessageOf<'hello'>['auth'];
  /** `hello.session` */
  readonly session: string | undefined;
  /** The headers of the upgrade, cookies among them. */
  readonly headers: IncomingHttpHeaders;
  /** The path and query of the upgrade. */
  readonly url: string;
}

/**
 * - `principal`: the stable subject of the credentials, unchanged when they are refreshed. Streams belong to it.
 * - `expiresInMs`: after this the connection is closed with 4501, and the client comes back with fresh ones.
 * - `forbidden`: the credentials are right, and this is not allowed to them: the connection is closed with 4403.
 * - `undefined`: missing or wrong credentials: 4401.
 */
export type Verdict =
  | { readonly principal: string; readonly expiresInMs?: number }
  | { readonly forbidden: string }
  | undefined;

/** A function that throws closes the connection with 4500 and is reported to `onLog`. */
export type Authenticate = (credentials: Credentials) => Verdict | Promise<Verdict>;

/** Bearer tokens from a fixed list, for tests and small set-ups. */
export function bearerTokens(
  tokens: ReadonlyMap<string, { principal: string; expiresInMs?: number }>,
): Authenticate {
  return ({ auth }) => (auth?.scheme.toLowerCase() === 'bearer' ? tokens.get(auth.token) : undefined);
}
