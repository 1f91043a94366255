/** Something to run at a time. */
export interface DueEntry {
  dueMs: number;
  run: () => void;
  /** number of its push: ties keep the order in which they came */
  order: number;
}

/** The entries of a {@link DueQueue}, the earliest on top: a binary heap, the parent of i is at (i - 1) >> 1. */
export class DueHeap {
  readonly #entries: DueEntry[] = [];
  #pushes = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** Entries pushed so far: an entry of a lower order was there before. */
  get pushes(): number {
    return this.#pushes;
  }

  /** The earliest entry. */
  get top(): DueEntry | undefined {
    return this.#entries[0];
  }

  push(dueMs: number, run: () => void): void {
    const entries = this.#entries;
    const entry = { dueMs, run, order: this.#pushes++ };
    let at = entries.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = entries[parent] as DueEntry;
      if (isBefore(above, entry)) break;
      entries[at] = above;
      at = parent;
    }
    entries[at] = entry;
  }

  /** Removes the earliest entry. */
  pop(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = entries[child];
      if (left === undefined) break;
      const right = entries[child + 1];
      if (right !== undefined && isBefore(right, left)) child++;
      const below = entries[child] as DueEntry;
      if (isBefore(last, below)) break;
      entries[at] = below;
      at = child;
    }
    entries[at] = last;
  }
}

function isBefore(a: DueEntry, b: DueEntry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
