/** What the server remembers of an id: its stream, that its log expired, or that it was cancelled unseen. */
import type { Limits } from '@tokenwire/spec';
import type { Clock } from './clock.ts';
import type { Stream } from './stream.ts';

export type Known =
  | { readonly kind: 'stream'; readonly stream: Stream }
  | { readonly kind: 'expired' }
  | { readonly kind: 'tombstone' };

interface Shelf {
  readonly ids: Map<string, Known>;
  /** In the order of their cancels. */
  readonly tombstones: Set<string>;
  active: number;
}

const EXPIRED: Known = { kind: 'expired' };
const TOMBSTONE: Known = { kind: 'tombstone' };

export class IdMemory {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #shelves = new Map<string, Shelf>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  find(principal: string, id: string): Known | undefined {
    return this.#shelves.get(principal)?.ids.get(id);
  }

  /** How many streams of this principal have no `end` yet. */
  active(principal: string): number {
    return this.#shelves.get(principal)?.active ?? 0;
  }

  add(stream: Stream): void {
    const shelf = this.#shelf(stream.principal);
    shelf.ids.set(stream.id, { kind: 'stream', stream });
    shelf.active++;
  }

  /**
   * The stream ended: its log stays for `retention_ms`, its id for `id_memory_ms`.
   * @param dropped called when the log is let go
   */
  retire(stream: Stream, dropped: () => void): void {
    const { principal, id } = stream;
    const { retention_ms: retentionMs, id_memory_ms: memoryMs } = this.#limits;
    const shelf = this.#shelf(principal);
    shelf.active--;
    // resume.ended: stays resumable for `retention_ms`. generate.expired: then the id is remembered.
    this.#clock.after(retentionMs, () => {
      shelf.ids.set(id, EXPIRED);
      dropped();
      this.#clock.after(memoryMs - retentionMs, () => this.#forget(principal, id));
    });
  }

  /** Remembers an id that was cancelled while unknown. */
  bury(principal: string, id: string): void {
    if (this.#limits.tombstones === 0) return;
    const { ids, tombstones } = this.#shelf(principal);
    ids.set(id, TOMBSTONE);
    tombstones.add(id);
    this.#clock.after(this.#limits.id_memory_ms, () => this.#unbury(principal, id));
    const [oldest = id] = tombstones;
    if (tombstones.size > this.#limits.tombstones) this.#unbury(principal, oldest);
  }

  #unbury(principal: string, id: string): void {
    if (this.#shelves.get(principal)?.tombstones.delete(id) === true) this.#forget(principal, id);
  }

  #shelf(principal: string): Shelf {
    const there = this.#shelves.get(principal);
    if (there !== undefined) return there;
    const shelf: Shelf = { ids: new Map(), tombstones: new Set(), active: 0 };
    this.#shelves.set(principal, shelf);
    return shelf;
  }

  #forget(principal: string, id: string): void {
    const shelf = this.#shelves.get(principal);
    shelf?.ids.delete(id);
    if (shelf?.ids.size === 0) this.#shelves.delete(principal);
  }
}
