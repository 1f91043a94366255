/** The connections of one cell: a new one for each cold request, idle ones that wait for warm requests. */
import type { CellPlan } from '../plan.ts';
import { Tape } from '../transports/tape.ts';
import type { Line, Target, Transport } from '../transports/transport.ts';

export interface Seat {
  line: Line;
  tape: Tape;
  /** What opening it ahead of its requests took. */
  before: { up: number; down: number };
  found: 'cold' | 'warm' | 'missed';
}

export class Pool {
  readonly #cell: CellPlan;
  readonly #transport: Transport;
  readonly #target: Target;
  readonly #name: string;
  readonly #idle: Seat[] = [];
  /** For requests that are stopped or cut: they must not take others with them. */
  readonly #apart: Seat[] = [];
  readonly seats: Seat[] = [];

  /** @param name of this pool in the trace; its connections are numbered behind it */
  constructor(cell: CellPlan, transport: Transport, target: Target, name: string) {
    this.#cell = cell;
    this.#transport = transport;
    this.#target = target;
    this.#name = name;
  }

  /** Opens so many connections ahead of the requests, and those for requests apart. One that carries several is enough. */
  async warmUp(connections: number, apart: number): Promise<void> {
    if (this.#cell.temperature === 'cold') return;
    const wanted = this.#transport.multiplexed ? 1 : connections;
    const seats = Array.from({ length: wanted + apart }, () => this.#open('warm'));
    await Promise.all(seats.map(({ line }) => line.warmUp()));
    for (const seat of seats) seat.before = seat.line.bytes();
    this.#apart.push(...seats.splice(wanted));
    this.#idle.push(...seats);
  }

  take(apart: boolean): Seat {
    if (this.#cell.temperature === 'cold') return this.#open('cold');
    if (apart) return this.#apart.shift() ?? this.#open('missed');
    for (;;) {
      const seat = this.#transport.multiplexed ? this.#idle[0] : this.#idle.shift();
      if (seat === undefined) return this.#open('missed');
      if (seat.line.usable) return seat;
      if (this.#transport.multiplexed) this.#idle.shift();
    }
  }

  /** The request on it is over. A cold connection is closed, as its user closes it. */
  giveBack(seat: Seat, apart: boolean): void {
    if (seat.found === 'cold' || apart) seat.line.close();
    else if (!this.#transport.multiplexed) this.#idle.push({ ...seat, found: 'warm' });
  }

  close(): void {
    for (const { line } of this.seats) line.close();
  }

  #open(found: Seat['found']): Seat {
    const tape = new Tape(`${this.#name}-${this.seats.length + 1}`);
    const line = this.#transport.open(this.#target, tape);
    const seat: Seat = { line, tape, before: { up: 0, down: 0 }, found };
    this.seats.push(seat);
    return seat;
  }
}
