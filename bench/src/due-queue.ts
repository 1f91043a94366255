/** Callbacks at their due times, right to a tenth of a millisecond, without burning a core while they wait. */
import { Alarm } from './alarm.ts';
import { now } from './clock.ts';
import { DueHeap } from './due-heap.ts';

/** What wakes a queue: an `Alarm`, or a test's own. */
export interface Waker {
  /** Runs once, at `dueMs` or just behind it; takes the place of what was set before. */
  set(dueMs: number, run: () => void): void;
}

export interface DueQueueOptions {
  /** The clock of the due times, in ms; by default the one of all processes. */
  clock?: () => number;
  waker?: Waker;
}

export class DueQueue {
  readonly #clock: () => number;
  readonly #waker: Waker;
  readonly #heap = new DueHeap();

  constructor({ clock = now, waker = new Alarm() }: DueQueueOptions = {}) {
    this.#clock = clock;
    this.#waker = waker;
  }

  /** How many callbacks wait. */
  get size(): number {
    return this.#heap.size;
  }

  /** Calls `run` once the clock has reached `dueMs`, never from within `push`. Equal due times keep the order of their pushes. */
  push(dueMs: number, run: () => void): void {
    this.#heap.push(dueMs, run);
    if (this.#heap.top?.run === run) this.#arm();
  }

  #arm(): void {
    const { top } = this.#heap;
    if (top) this.#waker.set(top.dueMs, () => this.#runDue());
  }

  #runDue(): void {
    const until = this.#clock();
    // What a callback pushes waits for the next turn, or one that pushes itself would starve the sockets.
    const pushes = this.#heap.pushes;
    try {
      for (let { top } = this.#heap; top && top.dueMs <= until && top.order < pushes; { top } = this.#heap) {
        this.#heap.pop();
        top.run();
      }
    } finally {
      this.#arm();
    }
  }
}
