/** Socket.IO as people write it: the iterator of the openai package, and an event for each token. */
import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ChatMessage } from '@tokenwire/spec';
import type { OpenAI } from 'openai';
import type { Socket as ServerSocket } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import type { PeerSettings } from './peer-process.ts';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { peerTransport } from './peer-line.ts';
import { type Peer, startNodePeer } from './peer.ts';
import { Sockets } from '../transports/sockets.ts';
import { type Connect, Replies, type Reply, type Wire } from './wire.ts';

/** The server's end. Returns its port. */
export async function serve({ baseURL, host }: PeerSettings): Promise<number> {
  const [{ Server }, { OpenAI }] = await Promise.all([import('socket.io'), import('openai')]);
  const openai = new OpenAI({ baseURL, apiKey: 'any' });
  const http = createServer();
  new Server(http).on('connection', (socket) => attend(socket, openai));
  await once(http.listen(0, host), 'listening');
  return (http.address() as AddressInfo).port;
}

function attend(socket: ServerSocket, openai: OpenAI): void {
  let abort = new AbortController();
  socket.on('generate', (messages: ChatMessage[]) => {
    abort = new AbortController();
    void answer(socket, openai, messages, abort.signal);
  });
  socket.on('cancel', () => abort.abort());
  socket.on('disconnect', () => abort.abort());
}

async function answer(
  socket: ServerSocket,
  openai: OpenAI,
  messages: ChatMessage[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const body = { model: 'bench', messages, stream: true } as const;
    const chunks = await openai.chat.completions.create(body, { signal });
    for await (const chunk of chunks) {
      const text = chunk.choices[0]?.delta.content;
      if (text) socket.emit('token', text);
    }
    // An aborted loop ends without throwing.
    socket.emit('end');
  } catch (error) {
    socket.emit('end', signal.aborted ? undefined : String(error));
  }
}

class SocketIoWire implements Wire {
  readonly #sockets: Sockets;
  readonly #socket: Socket;
  readonly #replies = new Replies();

  constructor(target: Target, tape: Tape) {
    this.#sockets = new Sockets(target, tape);
    this.#socket = io(`http://${target.host}:${target.http1}`, {
      transports: ['websocket'],
      autoConnect: false,
      forceNew: true,
      agent: agentOver(this.#sockets) as unknown as string,
    });
    this.#socket.on('connect', () => tape.phase('upgrade'));
    this.#socket.on('token', (text: string) => this.#replies.current?.text(text));
    this.#socket.on('end', (problem?: string) => {
      const reply = this.#replies.shift();
      if (problem === undefined || problem === null) reply?.ended();
      else reply?.failed(new Error(problem));
    });
    this.#socket.on('disconnect', (reason) => this.#replies.fail(new Error(`disconnected: ${reason}`)));
    this.#socket.on('connect_error', (error) => this.#replies.fail(error));
  }

  get usable(): boolean {
    return this.#sockets.usable;
  }

  get dials(): number {
    return this.#sockets.count;
  }

  open(): Promise<void> {
    if (this.#socket.connected) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('connect_error', reject);
      this.#socket.connect();
    });
  }

  ask(messages: readonly ChatMessage[], reply: Reply): void {
    this.#replies.push(reply);
    if (!this.#socket.active) this.#socket.connect();
    // It keeps what is emitted until it is connected.
    this.#socket.emit('generate', messages);
  }

  stop(): void {
    this.#replies.stop();
    this.#socket.emit('cancel');
  }

  bytes(): { up: number; down: number } {
    return this.#sockets.bytes();
  }

  cut(): void {
    this.#sockets.cut();
  }

  close(): void {
    this.#socket.disconnect();
    this.#sockets.destroy();
  }
}

/** Lets the package's WebSocket dial through the sockets that are counted and timed. */
function agentOver(sockets: Sockets): Agent {
  const agent = new Agent();
  agent.createConnection = (_options, done): undefined =>
    void sockets.dial((error, socket) => done?.(error, socket as unknown as Duplex));
  return agent;
}

const connect: Connect = (target, tape) => new SocketIoWire(target, tape);

export const socketIo: Peer = {
  name: 'socket.io',
  // It reconnects, but an answer that was cut is gone.
  transport: peerTransport('socket.io', connect, 'nothing'),
  connect,
  slow: false,
  startGapMs: 8,
  available: () => ({ ok: true }),
  start: (options) => startNodePeer('socket.io', options),
};
