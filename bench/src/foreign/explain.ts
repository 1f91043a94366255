/** What went wrong, as a sentence that says what to do. */
import type { ForeignServer } from './server.ts';

type Rule = [RegExp, (server: ForeignServer, match: RegExpExecArray) => string];

const isWebSocket = ({ transport }: ForeignServer): boolean => transport === 'websocket';

const credentials = (server: ForeignServer): string =>
  isWebSocket(server)
    ? 'give a valid one with --token or TOKENWIRE_TOKEN'
    : "give a valid key with OPENAI_API_KEY or --header 'Authorization: Bearer …'";

const TLS_TRIED = /EPROTO|wrong version number|packet length too long|ECONNRESET.*secure TLS/i;

/** The first that fits. What fits none is passed on as it is. */
const rules: readonly Rule[] = [
  [/ECONNREFUSED/, ({ address }) => `nothing listens at ${address}: start the server or correct the address`],
  [
    /ENOTFOUND|EAI_AGAIN/,
    ({ target }) => `the name ${target.host} cannot be resolved: correct the address, or look at the network`,
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    ({ target }, [code]) =>
      `${target.host} cannot be reached (${code}): look at the network and the firewall`,
  ],
  [
    /certificate is not trusted: (.*)/,
    ({ address }, [, why]) =>
      `the certificate of ${address} is not trusted (${why}): --insecure measures all the same`,
  ],
  [
    TLS_TRIED,
    (server) =>
      `${server.address} does not speak TLS: ${isWebSocket(server) ? 'ws://' : 'http://'} is for servers without it`,
  ],
  [
    /(?:Unexpected server response:|answered) (401|403)|closed with (4401|4403|4501)/,
    (server, [, status, code]) =>
      `${server.address} refused the credentials (${status ?? code}): ${credentials(server)}`,
  ],
  [
    /Unexpected server response: (5\d\d)/,
    ({ address }, [, status]) => `${address} answered ${status}: look into the log of the server`,
  ],
  [
    /Unexpected server response: (\d+)/,
    ({ address }, [, status]) =>
      `there is no WebSocket at ${address} (HTTP status ${status}): correct its path`,
  ],
  [
    /answered 404/,
    ({ address }) =>
      `there are no chat completions at ${address} (404): give the base of the API, such as https://example.com/v1`,
  ],
  [/answered (429)(.*)/s, ({ address }, [, , said]) => `${address} answered 429${said}: lower the --rate`],
  [
    /subprotocol|handshakeFailed|Sec-WebSocket-Protocol/i,
    ({ address }) =>
      `${address} is a WebSocket but no Tokenwire server: it did not select the subprotocol tokenwire.v1`,
  ],
  [
    /the connection broke before the answer ended/,
    () => 'the connection broke before the answer ended: look into the log of the server',
  ],
  [
    /did not say welcome: (.*)/s,
    ({ address }, [, why]) =>
      `${address} did not say welcome (${why}): is it a Tokenwire server, and is the path right?`,
  ],
];

export function explain(error: unknown, server: ForeignServer): string {
  const said = error instanceof Error ? error.message : String(error);
  for (const [pattern, sentence] of rules) {
    const match = pattern.exec(said);
    if (match) return sentence(server, match);
  }
  return said;
}
