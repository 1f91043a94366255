/** The dialer takes any certificate; before anything is said to somebody's server, it is looked at here. */
import { isIP } from 'node:net';
import { checkServerIdentity, TLSSocket } from 'node:tls';
import type { Dialled } from '../transports/dial.ts';
import type { ForeignServer } from './server.ts';

/** Throws when the certificate of a connection is not one for this server that this machine trusts. */
export function checkTrust({ stream }: Pick<Dialled, 'stream'>, { target, insecure }: ForeignServer): void {
  if (insecure || !(stream instanceof TLSSocket) || stream.authorized) return;
  const code = String(stream.authorizationError);
  // Without a name in its greeting, Node compares with "localhost": an address is compared here.
  const isForAnother = code.includes('ERR_TLS_CERT_ALTNAME_INVALID');
  if (isForAnother && isIP(target.host) !== 0) {
    if (checkServerIdentity(target.host, stream.getPeerCertificate()) === undefined) return;
  }
  throw new Error(`the certificate is not trusted: ${code}`);
}
