import type { Token } from './chat-event.ts';
import type { Journal } from './journal.ts';
import type { CallName, JournalEvent, Phase } from './journal-entry.ts';

/**
 * One request and its life in the journal: received, then accepted or not, tokens, and exactly one
 * last entry of refused, ended or peer_gone.
 */
export class Call {
  readonly name: CallName;
  readonly #journal: Journal;
  readonly #abort = new AbortController();
  readonly #onSettled: (call: Call) => void;
  #phase: Phase = 'before_headers';
  #settled = false;
  #tokens = 0;

  constructor(name: CallName, journal: Journal, onSettled: (call: Call) => void) {
    this.name = name;
    this.#journal = journal;
    this.#onSettled = onSettled;
  }

  /** Aborts as soon as there is nobody left to answer. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  accepted(): void {
    if (this.#settled || this.#phase !== 'before_headers') return;
    this.#phase = 'before_first_token';
    this.#record({ kind: 'accepted' });
  }

  written(tokens: readonly Token[]): void {
    if (this.#settled || tokens.length === 0) return;
    this.#phase = 'streaming';
    for (const token of tokens) this.#record({ kind: 'written', index: this.#tokens++, ...token });
  }

  refused(status: number): void {
    this.#settle({ kind: 'refused', status });
  }

  ended(how: 'done' | 'eof' | 'reset'): void {
    this.#settle({ kind: 'ended', how });
  }

  /** To be called whenever the connection closes; it counts only while the script runs. */
  peerGone(): void {
    if (this.#settle({ kind: 'peer_gone', phase: this.#phase })) this.#abort.abort();
  }

  /** The model itself is closed. */
  cutOff(): void {
    if (this.#settle({ kind: 'ended', how: 'reset' })) this.#abort.abort();
  }

  #settle(event: JournalEvent): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#record(event);
    this.#onSettled(this);
    return true;
  }

  #record(event: JournalEvent): void {
    this.#journal.record(this.name, event);
  }
}
