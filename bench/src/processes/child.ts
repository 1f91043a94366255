/** Processes of a run and the calls between them: Node's own channel, with an answer for each call. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { now } from '../clock.ts';

/** What a process can be asked to do: plain functions of structured-clonable values. */
// biome-ignore lint/suspicious/noExplicitAny: parameters are checked where a method is called, by its own type
export type Methods = Record<string, (...parameters: any[]) => unknown>;

/** The same methods, seen from the other process. */
export type Remote<M extends Methods> = {
  [K in keyof M]: (...parameters: Parameters<M[K]>) => Promise<Awaited<ReturnType<M[K]>>>;
};

interface Call {
  id: number;
  method: string;
  parameters: unknown[];
}
type Reply = { id: number; value: unknown } | { id: number; error: string } | { ready: true };

export interface Child<M extends Methods> extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly call: Remote<M>;
  /** Resolves when the process has gone. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** A command to run it with, such as `ip netns exec NAME`. */
  prefix?: readonly string[];
  env?: Record<string, string>;
  nodeOptions?: readonly string[];
}

/** Every process answers these. */
export const common = {
  clock: (): number => now(),
  cpuMs: (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  residentKb: (): number => Math.round(process.memoryUsage.rss() / 1024),
};
export type Common = typeof common;

/** Starts `file` of this folder as a process. Rejects when it ends before it is ready. */
export async function startChild<M extends Methods>(
  name: string,
  file: URL,
  { prefix = [], env = {}, nodeOptions = [] }: ChildOptions = {},
): Promise<Child<M & Common>> {
  const command = [...prefix, process.execPath, '--conditions=tw-source', ...nodeOptions, file.pathname];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...env },
  });
  const calls = new Calls(name, child);
  await calls.ready;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    await exited;
  };
  return {
    name,
    pid: child.pid as number,
    call: calls.remote<M & Common>(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

class Calls {
  readonly ready: Promise<void>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #last = 0;

  constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (reply: Reply) => ('ready' in reply ? resolve() : this.#settle(reply)));
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        const error = new Error(`the process "${name}" ended (${signal ?? `exit code ${code}`})`);
        reject(error);
        for (const { reject: fail } of this.#waiting.values()) fail(error);
      });
    });
  }

  remote<M extends Methods>(): Remote<M> {
    return new Proxy({} as Remote<M>, {
      get:
        (_target, method) =>
        (...parameters: unknown[]) =>
          this.#send(String(method), parameters),
    });
  }

  #send(method: string, parameters: unknown[]): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, method, parameters } satisfies Call, (error) => {
        if (error && this.#waiting.delete(id)) reject(error);
      });
    });
  }

  #settle(reply: Exclude<Reply, { ready: true }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(`${this.#name}: ${reply.error}`));
    else waiting?.resolve(reply.value);
  }
}

function send(reply: Reply): void {
  if (process.connected) process.send?.(reply);
}

/** The other end: serves `methods` to the process that started this one, and goes when that one goes. */
export function serveParent(methods: Methods): void {
  const all: Methods = { ...common, ...methods };
  process.on('message', (call: Call) => {
    const { id, method, parameters } = call;
    Promise.resolve()
      .then(() => all[method]?.(...parameters))
      .then(
        (value) => send({ id, value }),
        (error: unknown) =>
          send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.on('disconnect', () => process.exit(0));
  // The terminal's Ctrl-C reaches the whole group; when to go is the parent's decision.
  process.on('SIGINT', () => {});
  send({ ready: true });
}
