/** What a runner may meet at an address: the reference server as a process, and things that are no such server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { freePort } from '../../src/server-process.ts';
import { environment } from './runner.ts';

/** Something that listens at a port until it is let go. */
export class Listener implements AsyncDisposable {
  readonly port: number;
  readonly #close: () => Promise<unknown>;

  constructor(port: number, close: () => Promise<unknown>) {
    this.port = port;
    this.#close = close;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

async function listening(server: Server | HttpServer): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new Listener((server.address() as AddressInfo).port, async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
}

/** Takes connections and never says a word. */
export const silence = (): Promise<Listener> => listening(createTcpServer(() => {}));

export const plainHttp = (): Promise<Listener> =>
  listening(createHttpServer((_request, response) => void response.end('hello')));

/** Says what it hears; selects the subprotocol that is offered, or none. */
export async function echo(selects: boolean): Promise<Listener> {
  const http = createHttpServer();
  const wss = new WebSocketServer({
    server: http,
    handleProtocols: () => (selects ? 'tokenwire.v1' : false),
  });
  wss.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => socket.send(data.toString('utf8'))),
  );
  return listening(http);
}

/** A model that is not the runner's: it takes requests, never answers, and notes when it is left. */
export async function otherModel(): Promise<{ listener: Listener; seen: string[] }> {
  const seen: string[] = [];
  const server = createHttpServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.once('close', () => seen.push('left'));
  });
  return { listener: await listening(server), seen };
}

/** A command that serves at a port of its own, as somebody would have started it before. */
export async function served(
  command: string,
  modelPort: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Listener> {
  const port = await freePort();
  const base = `http://127.0.0.1:${modelPort}/v1`;
  const child = spawn(`exec ${command}`, {
    shell: true,
    detached: true,
    stdio: 'ignore',
    env: { ...environment, PORT: String(port), OPENAI_BASE_URL: base, OPENAI_API_KEY: 'none', ...env },
  });
  const listener = new Listener(port, () => killed(child));
  while (!(await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
  }
  return listener;
}

/** Ends the child and what it started. */
async function killed(child: ChildProcess): Promise<void> {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  const closed = isOver ? undefined : once(child, 'close');
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // The group is gone already.
  }
  await closed;
}
