/** Somebody's server as a transport: the same lines as our own, with the user's prompt and without second tries. */
import { peerTransport } from '../peers/peer-line.ts';
import type { Dialled } from '../transports/dial.ts';
import type { Exchange, GenerateMessage, Line, Transport } from '../transports/transport.ts';
import { webSocketAt } from '../transports/websocket.ts';
import { ChatWire } from './chat-wire.ts';
import { explain } from './explain.ts';
import type { ForeignServer } from './server.ts';
import { checkTrust } from './trust.ts';

/** What a request says that was under way when somebody had enough. It counts for nothing. */
export const STOPPED = 'stopped by the user';

const LOST = 'the connection broke before the answer ended';

/** The requests under way, so that all can be stopped. */
export class Stop {
  readonly #exchanges = new Set<(error: Error) => void>();
  #isStopped = false;

  now(): void {
    this.#isStopped = true;
    for (const fail of this.#exchanges) fail(new Error(STOPPED));
  }

  /** Asks, unless all is over; the answer breaks off when it is, and so does the model's work for it. */
  guard(ask: () => Exchange): Exchange {
    if (this.#isStopped) return { done: Promise.reject(new Error(STOPPED)), cancel: () => {} };
    const exchange = ask();
    const done = new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(error);
        exchange.cancel();
      };
      this.#exchanges.add(fail);
      const over = (): void => void this.#exchanges.delete(fail);
      exchange.done.then(resolve, reject).finally(over);
    });
    return { done, cancel: () => exchange.cancel() };
  }
}

class ForeignLine implements Line {
  readonly #line: Line;
  readonly #server: ForeignServer;
  readonly #stop: Stop;

  constructor(line: Line, server: ForeignServer, stop: Stop) {
    this.#line = line;
    this.#server = server;
    this.#stop = stop;
  }

  get usable(): boolean {
    return this.#line.usable;
  }

  get dials(): number {
    return this.#line.dials;
  }

  /** A server that is gone must not end the run: the request that needed this connection says so. */
  async warmUp(): Promise<void> {
    await this.#line.warmUp().catch(() => this.#line.close());
  }

  ask({ id }: GenerateMessage): Exchange {
    const { prompt, model } = this.#server;
    const message: GenerateMessage = {
      type: 'generate',
      id,
      messages: [{ role: 'user', content: prompt }],
      ...(model !== undefined && { model }),
      // Whoever leaves in mid-run must not go on paying.
      on_disconnect: 'cancel',
    };
    const exchange = this.#stop.guard(() => this.#line.ask(message));
    const done = exchange.done.catch((error: Error) => {
      // It had a connection; that there is no other one is not what went wrong.
      const isLost = this.#line.dials > 0 && error.message.includes('ECONNREFUSED');
      throw new Error(explain(isLost ? new Error(LOST) : error, this.#server));
    });
    return { ...exchange, done };
  }

  bytes(): { up: number; down: number } {
    return this.#line.bytes();
  }

  cut(): void {
    this.#line.cut();
  }

  close(): void {
    this.#line.close();
  }
}

/** The bare transport. Its lines dial once: a client that comes back by itself could cost a second call. */
export function bareTransport(server: ForeignServer): Transport {
  const { path, token } = server;
  if (server.transport === 'sse-h1') {
    return peerTransport('sse-h1', (_target, tape) => new ChatWire(server, tape), 'nothing');
  }
  const auth = token === undefined ? {} : { auth: () => ({ scheme: 'bearer', token }) };
  const options = { ...auth, maxAttempts: 1, maxRefusals: 0 };
  return {
    ...webSocketAt(path),
    multiplexed: false,
    recovers: 'nothing',
    open: (target, tape) => webSocketAt(path, { ...options, accept: once(server) }).open(target, tape),
  };
}

function once(server: ForeignServer): (dialled: Dialled) => void {
  let isUsed = false;
  return (dialled) => {
    if (isUsed) throw new Error(LOST);
    isUsed = true;
    checkTrust(dialled, server);
  };
}

export function foreignTransport(server: ForeignServer, stop: Stop): Transport {
  const bare = bareTransport(server);
  return { ...bare, open: (target, tape) => new ForeignLine(bare.open(target, tape), server, stop) };
}
