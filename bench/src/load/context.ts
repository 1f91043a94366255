/** How far a long measurement is. */
export type OnProgress = (done: number, total: number, what: string) => void;

export interface MeasureContext {
  /** Ends the measurement early: what was measured so far is kept. */
  signal: AbortSignal;
  onProgress: OnProgress;
}

/** Counts the steps of a measurement. */
export class Steps {
  readonly signal: AbortSignal;
  readonly #total: number;
  readonly #onProgress: OnProgress;
  #done = 0;

  constructor(total: number, { signal, onProgress }: MeasureContext) {
    this.signal = signal;
    this.#total = total;
    this.#onProgress = onProgress;
  }

  /** Throws when it is time to end. */
  begin(what: string): void {
    this.signal.throwIfAborted();
    this.#onProgress(this.#done++, this.#total, what);
  }
}

/** Runs it to its end, or until the signal aborts: then what it left behind is all there is. */
export async function untilAborted(signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
