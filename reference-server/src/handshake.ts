/** May this upgrade request become a Tokenwire connection? Decided before the WebSocket library sees it. */
import type { IncomingMessage } from 'node:http';
import { SUBPROTOCOL } from '@tokenwire/spec';

export interface UpgradeRules {
  /** Origins that may connect besides the server's own; `*` stands for all. */
  readonly origins: readonly string[];
  readonly draining: boolean;
}

export interface UpgradeRefusal {
  readonly status: 400 | 403 | 503;
  /** One sentence for whoever reads the response. */
  readonly message: string;
}

type Request = Pick<IncomingMessage, 'headers'>;

/** Why not, or undefined when it may. */
export function refuseUpgrade({ headers }: Request, rules: UpgradeRules): UpgradeRefusal | undefined {
  // handshake.not-offered-refused
  if (!offered(headers['sec-websocket-protocol']).includes(SUBPROTOCOL)) {
    return { status: 400, message: `Offer the WebSocket subprotocol "${SUBPROTOCOL}".` };
  }
  // auth.origin: cookies may authenticate, so a page of another origin is refused unless it is listed.
  const { origin } = headers;
  if (origin !== undefined && !isAllowed(origin, headers.host, rules.origins)) {
    return {
      status: 403,
      message: 'Pages of this origin may not connect: list it in "origins" (TOKENWIRE_ORIGINS).',
    };
  }
  if (rules.draining) return { status: 503, message: 'This server is going away.' };
  return undefined;
}

function offered(header: string | undefined): string[] {
  return header?.split(',').map((name) => name.trim()) ?? [];
}

function isAllowed(origin: string, host: string | undefined, origins: readonly string[]): boolean {
  if (origins.includes('*') || origins.includes(origin)) return true;
  const own = URL.canParse(origin) ? new URL(origin).host : undefined;
  return own !== undefined && own !== '' && own === host?.toLowerCase();
}
