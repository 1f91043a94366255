/** A peer as a transport of the latency cells: its wire, with a tape that the oracle can read. */
import { encode } from '@tokenwire/spec';
import type { Tape } from '../transports/tape.ts';
import type { Exchange, GenerateMessage, Line, Transport } from '../transports/transport.ts';
import { LogEntries } from './log-entries.ts';
import type { Connect, Wire } from './wire.ts';

class PeerLine implements Line {
  readonly #wire: Wire;
  readonly #tape: Tape;

  constructor(wire: Wire, tape: Tape) {
    this.#wire = wire;
    this.#tape = tape;
    // To the oracle a line is one connection, however often it has to dial.
    tape.dialled();
  }

  get usable(): boolean {
    return this.#wire.usable;
  }

  get dials(): number {
    return this.#wire.dials;
  }

  warmUp(): Promise<void> {
    return this.#wire.open();
  }

  ask(message: GenerateMessage): Exchange {
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    const entries = new LogEntries(this.#tape, message.id);
    this.#tape.sent(encode(message));
    this.#wire.ask(message.messages, {
      began: () => entries.start(),
      text: (text) => entries.token(text),
      ended: () => {
        entries.end();
        resolve();
      },
      failed: reject,
    });
    const cancel = (): void => {
      this.#wire.stop();
      resolve();
    };
    return { done, cancel };
  }

  bytes(): { up: number; down: number } {
    return this.#wire.bytes();
  }

  cut(): void {
    this.#wire.cut();
  }

  close(): void {
    this.#wire.close();
  }
}

export const peerTransport = (
  name: string,
  connect: Connect,
  recovers: Transport['recovers'],
): Transport => ({
  name,
  multiplexed: false,
  recovers,
  open: (target, tape) => new PeerLine(connect(target, tape), tape),
});
