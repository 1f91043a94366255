/** The stream log: entries that are only ever appended, read from a cursor. */
import type { LoggedMessage } from '@tokenwire/spec';

/**
 * The log of one stream. Entry boundaries never change; `read` is the only way out, for live delivery,
 * replay and slow readers alike.
 */
export interface StreamLog {
  /** The `seq` of the last entry, 0 when there is none. */
  readonly head: number;
  /** The `seq` of the oldest entry that is still there. */
  readonly oldest: number;
  /** Appends the entry with `seq` = head + 1. Throws on any other, and behind an `end`. */
  append(entry: LoggedMessage): void;
  /**
   * The entries behind `after`, oldest first: at least one if there is one, then as many as `maxChars`
   * characters of text allow.
   */
  read(after: number, maxChars: number): LoggedMessage[];
}

/** Where the logs are. One store has one epoch, and forgets no stream without changing it. */
export interface LogStore {
  /** Names this store to clients. */
  readonly epoch: string;
  /** A new, empty log. */
  create(key: LogKey): StreamLog;
  /** Gives the memory of a log back: its retention is over. */
  drop(key: LogKey): void;
}

export interface LogKey {
  readonly principal: string;
  readonly id: string;
}

/** Logs in the memory of this process: gone with it, so its epoch must be new in every process. */
export class MemoryLogStore implements LogStore {
  readonly epoch: string;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  create(): StreamLog {
    return new MemoryLog();
  }

  drop(): void {
    // Whoever holds a log holds its memory; the hub lets go of it.
  }
}

/** Text entries are kept as bare strings: an object each would triple the memory of a long answer. */
export class MemoryLog implements StreamLog {
  readonly oldest = 1;
  readonly #texts: string[] = [];
  #start: (LoggedMessage & { type: 'start' }) | undefined;
  #end: (LoggedMessage & { type: 'end' }) | undefined;

  get head(): number {
    if (this.#start === undefined) return 0;
    return 1 + this.#texts.length + (this.#end === undefined ? 0 : 1);
  }

  append(entry: LoggedMessage): void {
    // end.last: after `end` nothing is appended. sequence.contiguous: 1, 2, 3, …
    const fits = entry.seq === this.head + 1 && this.#end === undefined;
    if (!fits || (entry.type === 'start') !== (entry.seq === 1)) {
      throw new Error(`a ${entry.type} with seq ${entry.seq} cannot follow ${this.head}`);
    }
    if (entry.type === 'start') this.#start = entry;
    else if (entry.type === 'end') this.#end = entry;
    else this.#texts.push(entry.text);
  }

  read(after: number, maxChars: number): LoggedMessage[] {
    const entries: LoggedMessage[] = [];
    let chars = 0;
    for (let seq = after + 1; seq <= this.head; seq++) {
      const entry = this.#at(seq);
      chars += entry.type === 'token' ? entry.text.length : 0;
      if (chars > maxChars && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  #at(seq: number): LoggedMessage {
    const start = this.#start as LoggedMessage;
    if (seq === 1) return start;
    const text = this.#texts[seq - 2];
    if (text === undefined) return this.#end as LoggedMessage;
    return { type: 'token', id: start.id, seq, text };
  }
}
