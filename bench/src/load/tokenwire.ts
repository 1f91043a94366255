/** Our own server under load, beside the peers: its process, and the cheapest client that is still one. */
import { randomUUID } from 'node:crypto';
import type { ChatMessage } from '@tokenwire/spec';
import { FrameSocket } from '../peers/frame-socket.ts';
import {
  childOptions,
  directTarget,
  runningServer,
  type RunningServer,
  type StartOptions,
} from '../peers/peer.ts';
import { type Connect, Replies, type Reply, type Wire } from '../peers/wire.ts';
import { startChild } from '../processes/child.ts';
import type { ServerMethods } from '../processes/server.ts';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { WEBSOCKET_PATH } from '../transports/websocket.ts';
import type { Contestant } from './contestant.ts';

const SERVER_PROCESS = new URL('../processes/server.ts', import.meta.url);

async function start(options: StartOptions): Promise<RunningServer> {
  const { baseURL, host = '127.0.0.1' } = options;
  const child = await startChild<ServerMethods>('tokenwire', SERVER_PROCESS, childOptions(options));
  try {
    const { plain } = await child.call.listen({ baseURL, host });
    return runningServer('tokenwire', child, directTarget(plain.http1, host, plain.http2));
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** What a client has to look at. */
type Heard =
  | { type: 'welcome' | 'start' | 'end' }
  | { type: 'token'; text: string }
  | { type: 'ping'; t: number }
  | { type: 'error'; message: string };

/**
 * Speaks just enough of the protocol, and trusts what it hears: a generator that ran hundreds of reference clients would be
 * measured itself. That the server keeps the rules is judged in the latency cells, with the real client.
 */
class TokenwireWire implements Wire {
  readonly #socket: FrameSocket;
  readonly #replies = new Replies();
  #welcomed = Promise.withResolvers<void>();
  #id = '';

  constructor(target: Target, tape: Tape) {
    this.#socket = new FrameSocket(target, tape, {
      path: WEBSOCKET_PATH,
      protocols: ['tokenwire.v1'],
      heard: (data) => this.#read(JSON.parse(data.toString('utf8')) as Heard),
      lost: (error) => {
        this.#welcomed.reject(error);
        this.#replies.fail(error);
      },
    });
    this.#welcomed.promise.catch(() => {});
  }

  get usable(): boolean {
    return this.#socket.usable;
  }

  get dials(): number {
    return this.#socket.sockets.count;
  }

  async open(): Promise<void> {
    this.#send({ type: 'hello', features: {} });
    await this.#welcomed.promise;
  }

  ask(messages: readonly ChatMessage[], reply: Reply): void {
    this.#id = randomUUID();
    this.#replies.push(reply);
    this.#send({ type: 'generate', id: this.#id, messages, on_disconnect: 'cancel' });
  }

  stop(): void {
    this.#replies.stop();
    this.#send({ type: 'cancel', id: this.#id });
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

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  #read(message: Heard): void {
    switch (message.type) {
      case 'token':
        return this.#replies.current?.text(message.text);
      case 'start':
        return this.#replies.current?.began();
      case 'end':
        return this.#replies.shift()?.ended();
      case 'error':
        return this.#replies.shift()?.failed(new Error(message.message));
      case 'welcome':
        return this.#welcomed.resolve();
      case 'ping':
        return this.#send({ type: 'pong', t: message.t });
      default:
        message satisfies never;
    }
  }
}

const connect: Connect = (target, tape) => new TokenwireWire(target, tape);

export const tokenwire: Contestant = {
  name: 'tokenwire',
  connect,
  slow: false,
  startGapMs: 5,
  available: () => ({ ok: true }),
  start,
};
