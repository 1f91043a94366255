import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Link, LinkOptions } from './contract.ts';
import { HelperLink, type LinkAnswer, type LinkChannel } from './helper-link.ts';

const HELPER = fileURLToPath(new URL('./tun_helper.py', import.meta.url));
/** -B: no __pycache__ among the sources */
const PYTHON_FLAGS = ['-B', HELPER];

/** A link whose client side is a network namespace: it delays every packet, those of the handshake included. */
export class TunLink extends HelperLink {
  readonly namespace: string;

  constructor(
    kind: 'tun' | 'netem',
    namespace: string,
    helper: ReturnType<typeof spawn>,
    channel: LinkChannel,
  ) {
    super(kind, helper, channel);
    this.namespace = namespace;
  }
}

/** The start of a command that has to run on the client's side of `link`; empty where that is everywhere. */
export function inNamespace(link: Link): string[] {
  return link instanceof TunLink ? ['ip', 'netns', 'exec', link.namespace] : [];
}

let available: { ok: true } | { ok: false; reason: string } | undefined;

/** Whether {@link startTunLink} can work here; builds such a link once, and remembers the answer. */
export function tunAvailable(): { ok: true } | { ok: false; reason: string } {
  const reason = (available === undefined && (whyNotHere() ?? whyNotBuilt())) || undefined;
  available ??= reason === undefined ? { ok: true } : { ok: false, reason };
  return available;
}

/**
 * Starts a link between a new network namespace, where the client must run ({@link inNamespace}), and this one, where
 * servers must listen on 0.0.0.0. By netem where the kernel has it, else by a helper that moves the packets of two TUN devices.
 */
export async function startTunLink(options: LinkOptions): Promise<TunLink> {
  const possible = whyNotHere();
  if (possible !== undefined) throw new Error(`a link by packets cannot run here: ${possible}`);
  const helper = spawn('python3', [...PYTHON_FLAGS, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  helper.stdin.on('error', () => {}); // its exit says more
  const lines = createInterface(helper.stdout);
  const { kind, namespace } = await firstLine(helper, lines);
  const link = new TunLink(kind, namespace, helper, {
    send: (request) => helper.stdin.write(`${JSON.stringify(request)}\n`),
    close: () => helper.stdin.end(),
  });
  lines.on('line', (line) => link.receive(JSON.parse(line) as LinkAnswer));
  return link;
}

function firstLine(
  helper: ChildProcessByStdio<Writable, Readable, null>,
  lines: ReturnType<typeof createInterface>,
): Promise<{ kind: 'tun' | 'netem'; namespace: string }> {
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as { kind: 'tun' | 'netem'; namespace: string }));
    helper.once('error', reject);
    helper.once('exit', (code, signal) =>
      reject(
        new Error(
          `the helper of a link should have built its devices, but ended (${signal ?? `exit code ${code}`}); see above what it wrote`,
        ),
      ),
    );
  });
}

function whyNotHere(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return `it needs root, this is uid ${process.getuid?.()}`;
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return 'it needs /dev/net/tun to read and write (in a container: --device /dev/net/tun --cap-add NET_ADMIN,SYS_ADMIN)';
  }
  for (const [command, flag] of [
    ['ip', '-V'],
    ['python3', '--version'],
  ] as const) {
    if (spawnSync(command, [flag]).status !== 0) return `it needs the command ${command}, which does not run`;
  }
  return undefined;
}

function whyNotBuilt(): string | undefined {
  const { status, stderr } = spawnSync('python3', [...PYTHON_FLAGS, '--check'], { encoding: 'utf8' });
  return status === 0 ? undefined : `building one failed: ${stderr.trim()}`;
}
