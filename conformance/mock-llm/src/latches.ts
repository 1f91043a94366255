/** The barriers of one script. Opening is for good, and may come before anybody waits. */
export class Latches {
  readonly #open = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  /** Throws on a name that the script does not have: its caller would wait for ever. */
  open(name: string): void {
    if (!this.#names.has(name)) {
      throw new RangeError(
        `no barrier "${name}" in this script; it has ${[...this.#names].join(', ') || 'none'}`,
      );
    }
    this.#open.add(name);
    for (const wake of this.#waiting.get(name) ?? []) wake();
    this.#waiting.delete(name);
  }

  openAll(): void {
    for (const name of this.#names) this.open(name);
  }

  /** Resolves true once the barrier is open, false if the signal aborts first. */
  wait(name: string, signal: AbortSignal): Promise<boolean> {
    if (this.#open.has(name)) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const wake = (): void => finish(true);
      const giveUp = (): void => finish(false);
      const finish = (opened: boolean): void => {
        waiting.delete(wake);
        signal.removeEventListener('abort', giveUp);
        resolve(opened);
      };
      waiting.add(wake);
      signal.addEventListener('abort', giveUp);
    });
  }
}
