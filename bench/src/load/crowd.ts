/** The clients of one run: as many connections as streams, each of which notes what comes when. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { now } from '../clock.ts';
import { DueQueue } from '../due-queue.ts';
import type { Reply, Wire } from '../peers/wire.ts';
import { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';
import { contestantOf } from './contestants.ts';
import { promptOf } from './prompt.ts';
import { Ticks } from '../ticks.ts';

/** What one stream heard. */
export interface HeardStream {
  text: string;
  /** When each piece of it came, on the clock of all, and how long the text was then, in UTF-16 units. */
  at: Float64Array;
  length: Float64Array;
  /** It came to an end while it was wanted: the model was asked for more than that. */
  ended: boolean;
  error?: string;
}

/** Of the generator's own event loop, in ms beyond the resolution of the measurement. */
export interface LoopDelay {
  p50: number;
  p99: number;
  max: number;
}

const LOOP_RESOLUTION_MS = 5;
/** Servers have a backlog of some hundred connections that wait to be accepted. */
const CONNECTS_AT_ONCE = 50;

const beyondResolution = (ns: number): number => Math.max(0, ns / 1e6 - LOOP_RESOLUTION_MS);

export class Crowd {
  readonly #wires: Wire[];
  readonly #ears: Ear[] = [];
  readonly #queue = new DueQueue({ waker: new Ticks() });
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

  constructor(server: string, target: Target, streams: number) {
    const { connect } = contestantOf(server);
    this.#wires = Array.from({ length: streams }, (_, index) => connect(target, new Tape(`load-${index}`)));
  }

  async connect(): Promise<void> {
    for (let from = 0; from < this.#wires.length; from += CONNECTS_AT_ONCE) {
      await Promise.all(this.#wires.slice(from, from + CONNECTS_AT_ONCE).map((wire) => wire.open()));
    }
  }

  /** Starts one stream after the other. Resolves when the last was started. */
  async start(key: string, everyMs: number): Promise<void> {
    const beginAt = now();
    for (const [index, wire] of this.#wires.entries()) {
      const ear = new Ear();
      this.#ears.push(ear);
      await new Promise<void>((resolve) => this.#queue.push(beginAt + index * everyMs, resolve));
      wire.ask([{ role: 'user', content: promptOf(key, index) }], ear);
    }
  }

  /** Resolves when every stream has its first token or is over, or when patience runs out. */
  async untilBegun(patienceMs: number): Promise<void> {
    const patience = new AbortController();
    const late = setTimeout(patienceMs, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([late, Promise.all(this.#ears.map((ear) => ear.begun))]);
    patience.abort();
  }

  watchLoop(): void {
    this.#loop.enable();
    this.#loop.reset();
  }

  loopDelay(): LoopDelay {
    this.#loop.disable();
    return {
      p50: beyondResolution(this.#loop.percentile(50)),
      p99: beyondResolution(this.#loop.percentile(99)),
      max: beyondResolution(this.#loop.max),
    };
  }

  /** Every stream stops and every connection closes. */
  hangUp(): HeardStream[] {
    for (const [index, wire] of this.#wires.entries()) {
      if (this.#ears[index]?.over === false) wire.stop();
      wire.close();
    }
    return this.#ears.map((ear) => ear.heard());
  }
}

class Ear implements Reply {
  readonly #begun = Promise.withResolvers<void>();
  readonly #texts: string[] = [];
  readonly #at: number[] = [];
  readonly #lengths: number[] = [];
  #length = 0;
  #ended = false;
  #error: string | undefined;

  get over(): boolean {
    return this.#ended || this.#error !== undefined;
  }

  /** Its first token came, or it is over. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  began(): void {}

  text(text: string): void {
    this.#at.push(now());
    if (this.#length === 0) this.#begun.resolve();
    this.#texts.push(text);
    this.#length += text.length;
    this.#lengths.push(this.#length);
  }

  ended(): void {
    this.#ended = true;
    this.#begun.resolve();
  }

  failed(error: Error): void {
    this.#error = error.message;
    this.#begun.resolve();
  }

  heard(): HeardStream {
    return {
      text: this.#texts.join(''),
      at: Float64Array.from(this.#at),
      length: Float64Array.from(this.#lengths),
      ended: this.#ended,
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }
}
