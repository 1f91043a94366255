/** How a case waits: for events, never for a while. */
import type { LagMonitor } from './lag.ts';
import { now, type Recorder, type TraceEvent } from './trace.ts';

/** Section "To be testable": how long an answer without a bound of its own may take. */
export const PATIENCE_MS = 5_000;

/** The bound of a wait. */
export interface Wait {
  /** At most this long… */
  withinMs?: number;
  /** …from this time on the trace's clock. */
  since?: number;
}

export class Waiter {
  readonly recorder: Recorder;
  readonly lag: LagMonitor;

  constructor(recorder: Recorder, lag: LagMonitor) {
    this.recorder = recorder;
    this.lag = lag;
  }

  get now(): number {
    return now();
  }

  /**
   * Waits for an event for which `pick` returns something, at most `withinMs` from `since`; what this process
   * itself was held up is added. Resolves to undefined when it did not come.
   */
  async wait<T>(
    pick: (event: TraceEvent) => T | undefined,
    withinMs: number,
    since: number,
  ): Promise<T | undefined> {
    let deadline = since + withinMs;
    for (;;) {
      const found = await this.recorder.until(pick, deadline);
      const extended = since + withinMs + this.lag.between(since, deadline);
      if (found !== undefined || extended <= deadline) return found;
      deadline = extended;
    }
  }
}

/** A value for people, short. */
export function show(value: unknown, most = 300): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
}
