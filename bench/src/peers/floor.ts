/**
 * The floor: a `ws` server that forwards the bytes of the model unparsed over `node:http`, each chunk as one frame. Whatever
 * passes tokens from a model to a WebSocket in Node does this and more; ratios to it say how much more.
 */
import { once } from 'node:events';
import { Agent, type ClientRequest, createServer, request as requestOf } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChatMessage } from '@tokenwire/spec';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PeerSettings } from './peer-process.ts';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { FrameSocket } from './frame-socket.ts';
import { peerTransport } from './peer-line.ts';
import { type Peer, startNodePeer } from './peer.ts';
import { type Connect, Replies, type Reply, type Wire } from './wire.ts';

/** What the client says: a body for the model as it is, or this. */
const CANCEL = 'cancel';
/** What the server says as text; all else is bytes of the model. */
const END = 'end';

/** The server's end. Returns its port. */
export async function serve({ baseURL, host }: PeerSettings): Promise<number> {
  const url = new URL(`${baseURL}/chat/completions`);
  const agent = new Agent({ keepAlive: true });
  const server = createServer();
  new WebSocketServer({ server }).on('connection', (socket) => attend(socket, url, agent));
  await once(server.listen(0, host), 'listening');
  return (server.address() as AddressInfo).port;
}

function attend(socket: WebSocket, url: URL, agent: Agent): void {
  let call: ClientRequest | undefined;
  const hangUp = (): boolean => {
    const running = call;
    call = undefined;
    running?.destroy();
    return running !== undefined;
  };
  socket.on('message', (data: Buffer) => {
    const body = data.toString('utf8');
    if (body !== CANCEL)
      call = forward(socket, body, requestOf(url, { method: 'POST', agent, headers }), over);
    else if (hangUp()) socket.send(END);
  });
  const over = (ended: ClientRequest): void => {
    if (call !== ended) return;
    call = undefined;
    socket.send(END);
  };
  socket.on('close', hangUp);
  socket.on('error', hangUp);
}

const headers = { 'content-type': 'application/json', authorization: 'Bearer any' };

function forward(
  socket: WebSocket,
  body: string,
  call: ClientRequest,
  over: (ended: ClientRequest) => void,
): ClientRequest {
  call.on('response', (response) => {
    response.on('data', (bytes: Buffer) => socket.send(bytes));
    response.on('error', () => {});
    response.on('close', () => over(call));
  });
  call.on('error', () => over(call));
  call.end(body);
  return call;
}

interface Chunk {
  choices?: { delta?: { content?: string | null } }[];
}

class FloorWire implements Wire {
  readonly #socket: FrameSocket;
  readonly #replies = new Replies();
  #parser: EventSourceParser;
  #decoder = new TextDecoder();
  #done = false;

  constructor(target: Target, tape: Tape) {
    this.#parser = this.#newParser();
    this.#socket = new FrameSocket(target, tape, {
      path: '/',
      heard: (data, isBinary) => {
        if (isBinary) this.#parser.feed(this.#decoder.decode(data, { stream: true }));
        else this.#over();
      },
      lost: (error) => this.#replies.fail(error),
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
    this.#replies.push(reply);
    // The same request that our server makes: what the model writes for it has the same size.
    const body = { model: 'bench', messages, stream: true, stream_options: { include_usage: true } };
    this.#socket.send(JSON.stringify(body));
  }

  stop(): void {
    this.#replies.stop();
    this.#socket.send(CANCEL);
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

  #newParser(): EventSourceParser {
    return createParser({ onEvent: ({ data }) => this.#read(data) });
  }

  #read(data: string): void {
    if (data === '[DONE]') {
      this.#done = true;
      return;
    }
    const { choices } = JSON.parse(data) as Chunk;
    const reply = this.#replies.current;
    reply?.began();
    const content = choices?.[0]?.delta?.content;
    if (content) reply?.text(content);
  }

  /** What comes next belongs to the next answer. */
  #over(): void {
    const reply = this.#replies.shift();
    if (this.#done) reply?.ended();
    else reply?.failed(new Error('the answer stopped before the model had said [DONE]'));
    this.#done = false;
    this.#parser = this.#newParser();
    this.#decoder = new TextDecoder();
  }
}

const connect: Connect = (target, tape) => new FloorWire(target, tape);

export const floor: Peer = {
  name: 'floor',
  transport: peerTransport('floor', connect, 'nothing'),
  connect,
  slow: false,
  startGapMs: 5,
  available: () => ({ ok: true }),
  start: (options) => startNodePeer('floor', options),
};
