/** The server of the tutorial that this project grew from: FastAPI, httpx, uvicorn; see conformance/examples. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChatMessage } from '@tokenwire/spec';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { FrameSocket } from './frame-socket.ts';
import { peerTransport } from './peer-line.ts';
import { type Availability, directTarget, type Peer, type RunningServer, type StartOptions } from './peer.ts';
import { cpuMsOf, residentKbOf } from './usage.ts';
import type { Connect, Reply, Wire } from './wire.ts';

const FOLDER = new URL('../../../conformance/examples/tutorial-server/', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, FOLDER));
/** It binds this address and no other. */
const HOST = '127.0.0.1';
/** Python, FastAPI and httpx take a second or two to load, on a busy machine many. */
const START_MS = 30_000;
/** A token that is the end, as the tutorial has it. A model could print it. */
const END = '[END]';

function available(): Availability {
  const installed = path('.venv/installed.txt');
  const current =
    existsSync(installed) &&
    readFileSync(installed, 'utf8') === readFileSync(path('requirements.txt'), 'utf8');
  if (current) return { ok: true };
  const reason = 'its Python packages are not installed: run conformance/examples/tutorial-server/setup.sh';
  return { ok: false, reason };
}

async function start({ baseURL, host = HOST, prefix = [] }: StartOptions): Promise<RunningServer> {
  const ready = available();
  if (!ready.ok) throw new Error(`the tutorial's server cannot be started: ${ready.reason}`);
  if (host !== HOST) throw new Error(`the tutorial's server listens on ${HOST} only, not on ${host}`);
  const port = await freePort();
  const command = [...prefix, path('run.sh')];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PORT: String(port), OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: 'any' },
  });
  const stop = (): Promise<void> => end(child);
  // A run that dies must not leave it behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  try {
    await untilListening(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  const pid = child.pid as number;
  return {
    name: 'tutorial',
    pid,
    target: directTarget(port),
    cpuMs: () => Promise.resolve(cpuMsOf(pid)),
    residentKb: () => Promise.resolve(residentKbOf(pid)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  // It would wait for its open sockets for ever.
  child.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`the tutorial's server ended with exit code ${child.exitCode}`);
    if (await accepts(port)) return;
    await setTimeout(50);
  }
  throw new Error(`the tutorial's server did not listen within ${START_MS} ms`);
}

function accepts(port: number): Promise<boolean> {
  const socket = connectTcp({ host: HOST, port });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

let connections = 0;

/** One prompt at a time: a second one would make the server give up the first. */
class TutorialWire implements Wire {
  readonly #socket: FrameSocket;
  #reply: Reply | undefined;

  constructor(target: Target, tape: Tape) {
    this.#socket = new FrameSocket(target, tape, {
      path: `/ws/chat/bench-${process.pid}-${++connections}`,
      heard: (data) => this.#read(data.toString('utf8')),
      lost: (error) => this.#take()?.failed(error),
    });
  }

  get usable(): boolean {
    return this.#socket.usable;
  }

  get dials(): number {
    return this.#socket.sockets.count;
  }

  open(): Promise<void> {
    return this.#socket.open();
  }

  ask(messages: readonly ChatMessage[], reply: Reply): void {
    this.#reply = reply;
    this.#socket.send(JSON.stringify({ messages, model: 'bench' }));
  }

  /** It knows no "stop": its users leave. */
  stop(): void {
    this.#reply = undefined;
    this.#socket.close();
  }

  bytes(): { up: number; down: number } {
    return this.#socket.sockets.bytes();
  }

  cut(): void {
    this.#socket.sockets.cut();
  }

  close(): void {
    this.#socket.close();
  }

  #read(frame: string): void {
    const { content } = JSON.parse(frame) as { type: 'token'; content: string };
    if (content === END) this.#take()?.ended();
    else this.#reply?.text(content);
  }

  #take(): Reply | undefined {
    const reply = this.#reply;
    this.#reply = undefined;
    return reply;
  }
}

const connect: Connect = (target, tape) => new TutorialWire(target, tape);

export const tutorial: Peer = {
  name: 'tutorial',
  // Its client sends the last message again, and the model begins from the start.
  transport: peerTransport('tutorial', connect, 'asks again'),
  connect,
  slow: true,
  // Each request makes an httpx client, certificates and all.
  startGapMs: 40,
  available,
  start,
};
