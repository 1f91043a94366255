/** One process of the server under test, and the ports that such processes use. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';

/** A server that did not come up. */
export class StartFailed extends Error {}

/** One process of the server under test, in a process group of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #output: string[] = [];
  #stopping = false;
  /** How it ended, once it has. */
  ended: string | undefined;
  readonly #closed: Promise<unknown>;

  constructor(command: string, env: Record<string, string>) {
    this.#child = spawn(command, {
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const keep = (chunk: Buffer): void => {
      this.#output.push(chunk.toString('utf8'));
      if (this.#output.length > 200) this.#output.shift();
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#child.once('exit', (code, signal) => {
      this.ended = signal ?? `exit code ${code}`;
    });
    // 'close' comes when the last process of the group let go of the output, and so of the port.
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', resolve);
      this.#child.once('error', (error) => {
        this.ended = error.message;
        resolve(undefined);
      });
    });
    process.once('exit', () => this.#signal('SIGKILL'));
  }

  /** True when it ended though the runner did not stop it. */
  get gone(): boolean {
    return this.ended !== undefined && !this.#stopping;
  }

  /** True when the runner told it to stop. */
  get stopped(): boolean {
    return this.#stopping;
  }

  /** Resolves when it ended; its port may be closed a moment before that. At most 2 s, should something else hold its output. */
  async settled(): Promise<void> {
    await Promise.race([this.#closed, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  }

  /** The last lines that it printed. */
  get lastLines(): string {
    return this.#output.join('').trimEnd().split('\n').slice(-10).join('\n');
  }

  /** Sends a signal to it and to everything that it started. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#stopping = true;
    this.#signal(signal);
    if (signal === 'SIGKILL') await this.settled();
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  /** Resolves once the port takes connections. */
  async accepts(port: number, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      if (await canConnect(`ws://127.0.0.1:${port}`)) return;
      if (this.ended !== undefined) {
        throw new StartFailed(`the command ended (${this.ended}) before it listened\n${this.lastLines}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new StartFailed(`nothing listened on PORT=${port} after ${timeoutMs} ms\n${this.lastLines}`);
  }
}

/** Does something take connections at the address of this WebSocket? */
function canConnect(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dialTcp(url);
    const answer = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/**
 * Does the server there still answer an upgrade, in whatever way? A process that is being killed takes one more
 * connection while it closes the others; one that hangs takes them and says nothing.
 */
export function answersUpgrade(url: string, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dialTcp(url);
    const timer = setTimeout(() => answer(false), withinMs);
    const answer = (isUp: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isUp);
    };
    // Through TLS that it does not speak here, a server at least answers with an alert.
    socket.write(UPGRADE);
    socket.once('data', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}

const UPGRADE = [
  'GET / HTTP/1.1',
  'host: conformance',
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dG9rZW53aXJlIHByb2JlIQ==',
  'sec-websocket-protocol: tokenwire.v1',
  '\r\n',
].join('\r\n');

function dialTcp(url: string): Socket {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return connect({ host, port: Number(port || (protocol === 'wss:' ? 443 : 80)) });
}

/** Below those that systems give to whoever asks for any, so that nobody else gets one before the server listens. */
const PORTS = { from: 15_000, to: 30_000 };
const PORTS_EACH = 10;
let drawn = 0;

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Each process draws from a block of its own: two that start at once must not agree on a port that is free.
    const port = PORTS.from + ((process.pid * PORTS_EACH + drawn++) % (PORTS.to - PORTS.from));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
