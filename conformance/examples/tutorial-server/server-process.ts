/** Starts `run.sh` on a free port, and ends it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The first start installs Python packages. */
const START_MS = 180_000;

/** The server did not come up. */
export class StartFailed extends Error {}

export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  /** What it printed on stderr, where Python reports tasks that died. */
  errors = '';

  private constructor(port: number, modelUrl: string) {
    this.url = `ws://127.0.0.1:${port}`;
    this.#child = spawn(fileURLToPath(new URL('run.sh', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PORT: String(port), OPENAI_BASE_URL: modelUrl, OPENAI_API_KEY: 'sk-tutorial' },
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString('utf8');
    });
    process.once('exit', () => this.#child.kill('SIGKILL'));
  }

  /** Resolves once it takes connections; rejects with StartFailed. */
  static async start(modelUrl: string): Promise<ServerProcess> {
    const port = await freePort();
    const server = new ServerProcess(port, modelUrl);
    const ended = new Promise<string>((resolve) => {
      server.#child.once('error', (error) => resolve(error.message));
      server.#child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
    });
    const late = wait(START_MS, `nothing listens after ${START_MS / 1000} s`, { ref: false });
    const failure = await Promise.race([ended, late, listening(port)]);
    if (failure === undefined) return server;
    server.#child.kill('SIGKILL');
    throw new StartFailed(`the server did not come up: ${failure}\n${server.errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await once(probe.close(), 'close');
  return port;
}

/** Asks again and again: a port has no event that says "now". */
async function listening(port: number): Promise<undefined> {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port });
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return undefined;
    await wait(25, undefined, { ref: false });
  }
}
