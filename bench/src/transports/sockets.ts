/** The sockets that a client's end has dialled, one after the other. */
import type { Socket } from 'node:net';
import { type Dialled, dial } from './dial.ts';
import type { Tape } from './tape.ts';
import type { Target } from './transport.ts';

export class Sockets {
  readonly #target: Target;
  readonly #tape: Tape;
  readonly #dialled: Dialled[] = [];

  constructor(target: Target, tape: Tape) {
    this.#target = target;
    this.#tape = tape;
  }

  get count(): number {
    return this.#dialled.length;
  }

  /** The last one is open, or none was needed yet. */
  get usable(): boolean {
    return this.#dialled.at(-1)?.tcp.destroyed !== true;
  }

  /** Rejects with Node's error. `accept` may refuse what was dialled, by throwing. */
  async open(
    port: number = this.#target.http1,
    protocol: string = 'http/1.1',
    accept: (dialled: Dialled) => void = () => {},
  ): Promise<Socket> {
    const dialled = await dial(this.#target, port, protocol, this.#tape);
    this.#dialled.push(dialled);
    accept(dialled);
    return dialled.stream;
  }

  /** The same for whoever wants a socket made and is told by a callback: `ws`, or an agent of `node:http`. */
  async dial(
    done: (error: Error | null, socket?: Socket) => void,
    accept?: (dialled: Dialled) => void,
  ): Promise<void> {
    let socket: Socket;
    try {
      socket = await this.open(undefined, undefined, accept);
    } catch (error) {
      return done(error as Error);
    }
    done(null, socket);
  }

  /** Of all of them, TLS included. */
  bytes(): { up: number; down: number } {
    let [up, down] = [0, 0];
    for (const { tcp } of this.#dialled) {
      up += tcp.bytesWritten;
      down += tcp.bytesRead;
    }
    return { up, down };
  }

  /** Breaks the last one, as a lost network does. */
  cut(): void {
    this.#dialled.at(-1)?.tcp.resetAndDestroy();
  }

  destroy(): void {
    for (const { tcp } of this.#dialled) tcp.destroy();
  }
}
