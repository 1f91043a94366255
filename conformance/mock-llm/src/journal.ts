import type { CallName, EntryOf, JournalEntry, JournalEvent, JournalKind } from './journal-entry.ts';

/** Like the callback of Array.find: the entry, its position, and all entries up to and with it. */
export type JournalPredicate = (
  entry: JournalEntry,
  index: number,
  entries: readonly JournalEntry[],
) => boolean;

/** Fields that an entry must have, compared with ===. */
export type JournalPattern<K extends JournalKind> = { kind: K } & Partial<Omit<EntryOf<K>, 'kind'>>;

interface Waiter {
  matches: JournalPredicate;
  resolve(entry: JournalEntry): void;
  reject(error: Error): void;
}

/** What the model's own sockets saw, in order. Times are `performance.now()` of the model's process. */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #listeners = new Set<(entry: JournalEntry) => void>();
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** All entries of one script key. */
  of(key: string): JournalEntry[] {
    return this.#entries.filter((entry) => entry.key === key);
  }

  /** The calls that the model accepted with a 2xx, of one key or of all. */
  calls(key?: string): EntryOf<'accepted'>[] {
    return this.#entries.filter(
      (entry): entry is EntryOf<'accepted'> =>
        entry.kind === 'accepted' && (key === undefined || entry.key === key),
    );
  }

  /**
   * The first entry that matches, at once if it is already here.
   * Rejects when the signal aborts or the model is closed, saying what was waited for.
   */
  until<K extends JournalKind>(wanted: JournalPattern<K>, options?: UntilOptions): Promise<EntryOf<K>>;
  until(wanted: JournalPredicate | Partial<CallName>, options?: UntilOptions): Promise<JournalEntry>;
  until(wanted: JournalPredicate | object, { signal }: UntilOptions = {}): Promise<JournalEntry> {
    const matches: JournalPredicate =
      typeof wanted === 'function' ? (wanted as JournalPredicate) : (entry) => hasFields(entry, wanted);
    const index = this.#entries.findIndex(matches);
    const found = this.#entries[index];
    if (found) return Promise.resolve(found);
    if (this.#closed) return Promise.reject(this.#inVain(wanted, 'the model is closed'));
    if (signal?.aborted) return Promise.reject(this.#inVain(wanted, signal.reason));
    return this.#waitFor(wanted, matches, signal);
  }

  /** Calls the listener with every entry from now on. Returns the way to stop that. */
  subscribe(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets all entries so far, for a process that runs long. */
  clear(): void {
    this.#entries.length = 0;
  }

  /** @internal The model writes; everybody else reads. */
  record(name: CallName, event: JournalEvent): void {
    const entry: JournalEntry = { ...event, ...name, atMs: performance.now() };
    const index = this.#entries.push(entry) - 1;
    for (const waiter of this.#waiters) {
      if (!waiter.matches(entry, index, this.#entries)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(entry);
    }
    for (const listener of this.#listeners) listener(entry);
  }

  /** @internal Nothing comes any more. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.reject(new Error('the model is closed'));
    this.#waiters.clear();
  }

  #waitFor(wanted: unknown, matches: JournalPredicate, signal?: AbortSignal): Promise<JournalEntry> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => waiter.reject(signal?.reason);
      const settle = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', giveUp);
      };
      const waiter: Waiter = {
        matches,
        resolve: (entry) => {
          settle();
          resolve(entry);
        },
        reject: (cause: unknown) => {
          settle();
          reject(this.#inVain(wanted, cause));
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', giveUp);
    });
  }

  #inVain(wanted: unknown, cause: unknown): Error {
    const what = typeof wanted === 'function' ? 'a matching entry' : JSON.stringify(wanted);
    const last = this.#entries.at(-1);
    const seen = last
      ? `the last of ${this.#entries.length} entries is ${JSON.stringify(last)}`
      : 'it is empty';
    return new Error(`the journal was searched in vain for ${what}; ${seen}`, { cause });
  }
}

export interface UntilOptions {
  signal?: AbortSignal;
}

function hasFields(entry: JournalEntry, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]) => Reflect.get(entry, name) === value);
}
