import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Link, LinkOptions } from './contract.ts';
import { HelperLink, type LinkAnswer } from './helper-link.ts';

const PROCESS = fileURLToPath(new URL('./userspace-process.ts', import.meta.url));

/**
 * Starts a TCP proxy in a process of its own; needs no root. Connections to it are accepted at once, but nothing that a client
 * sends leaves before one round trip after that, as behind a real handshake: a dialer reports `connect` that much later.
 */
export async function startUserspaceLink(options: LinkOptions): Promise<Link> {
  // Flags of this process, such as those of a test runner, are not the link's.
  const child = fork(PROCESS, [JSON.stringify(options)], { execArgv: [], serialization: 'json' });
  const link = new HelperLink('userspace', child, {
    send: (request) => child.send(request),
    close: () => child.disconnect(),
  });
  child.on('message', (answer) => link.receive(answer as LinkAnswer));
  await link.bytes(); // answers once the process runs
  return link;
}
