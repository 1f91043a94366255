/** Time, order and chance, passed in so that every core can be tested without waiting. */
import { randomBytes } from 'node:crypto';

/** Takes a scheduled run back. Calling it twice, or too late, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Runs once, not before `ms` have passed by `now()`. */
  after(ms: number, run: () => void): Cancel;
  /** Runs once, when the events at hand are handled: what happens in one turn is sent in one turn. */
  soon(run: () => void): void;
}

/** A wait longer than this overflows setTimeout and would fire at once. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** The clock of the process. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => new Timer(performance.now() + ms, run).start(),
  soon: (run) => void setImmediate(run),
};

/** setTimeout counts from the loop's cached time and can fire early; "no earlier" in the spec means it. */
class Timer {
  readonly #dueAt: number;
  readonly #run: () => void;
  #handle: NodeJS.Timeout | undefined;

  constructor(dueAt: number, run: () => void) {
    this.#dueAt = dueAt;
    this.#run = run;
  }

  start(): Cancel {
    this.#arm();
    return () => clearTimeout(this.#handle);
  }

  #arm(): void {
    const wait = Math.ceil(this.#dueAt - performance.now());
    this.#handle = setTimeout(() => this.#fire(), Math.min(Math.max(wait, 0), MAX_WAIT_MS));
    this.#handle.unref();
  }

  #fire(): void {
    if (performance.now() < this.#dueAt) this.#arm();
    else this.#run();
  }
}

/** An id nobody can guess, of characters that are safe everywhere. */
export function randomId(): string {
  return randomBytes(12).toString('base64url');
}
