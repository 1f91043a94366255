/** What was seen at both ends of the server, in the order and on the clock of this one process. */
import type { JournalEntry } from '@tokenwire/mock-llm';

/** A message as it stood on the wire: nothing about it is trusted. */
export type WireMessage = Record<string, unknown>;

export type TraceEvent = { at: number } & (
  | { kind: 'dialled'; conn: string; principal: string; offered: readonly string[] }
  | { kind: 'opened'; conn: string; selected: string; extensions: string }
  | { kind: 'refused'; conn: string; status: number }
  | { kind: 'sent'; conn: string; raw: string; message: WireMessage | undefined }
  | { kind: 'received'; conn: string; raw: string; message: WireMessage | undefined; binary: boolean }
  | { kind: 'closed'; conn: string; code: number; by: 'client' | 'server' }
  | { kind: 'model'; entry: JournalEntry }
  | { kind: 'did'; what: string }
);

export type TraceEventOf<K extends TraceEvent['kind']> = Extract<TraceEvent, { kind: K }>;

/** Milliseconds of this process's monotonic clock: the one that the model's journal uses too. */
export const now = (): number => performance.now();

/** The trace of one case while it grows. */
export class Recorder {
  readonly events: TraceEvent[] = [];
  readonly #listeners = new Set<(event: TraceEvent) => void>();

  add(event: TraceEvent): TraceEvent {
    this.events.push(event);
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  did(what: string): TraceEvent {
    return this.add({ at: now(), kind: 'did', what });
  }

  /**
   * The first event, seen already or still to come, for which `pick` returns something.
   * Resolves to undefined when `deadline` (on the clock of `now`) passes first.
   */
  until<T>(pick: (event: TraceEvent) => T | undefined, deadline: number): Promise<T | undefined> {
    for (const event of this.events) {
      const picked = pick(event);
      if (picked !== undefined) return Promise.resolve(picked);
    }
    return new Promise((resolve) => {
      const finish = (picked: T | undefined): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(picked);
      };
      const listener = (event: TraceEvent): void => {
        const picked = pick(event);
        if (picked !== undefined) finish(picked);
      };
      const timer = setTimeout(() => finish(undefined), Math.max(0, deadline - now()));
      this.#listeners.add(listener);
    });
  }
}

/** The JSON object in `raw`, or undefined. */
export function parseMessage(raw: string): WireMessage | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as WireMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
