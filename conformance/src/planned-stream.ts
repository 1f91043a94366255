/** One stream of a case: its id, its script at the model, and the messages about it. */
import type { RequirementId } from '@tokenwire/spec';
import type { JournalEntry, MockModel } from '@tokenwire/mock-llm';
import type { TraceEventOf, WireMessage } from './trace.ts';
import { Broken } from './verdict.ts';
import { PATIENCE_MS, type Wait, type Waiter } from './wait.ts';

export class PlannedStream {
  readonly id: string;
  readonly key: string;
  /** What makes the mock model follow this stream's script when it stands in a user's message. */
  readonly marker: string;
  readonly #waiter: Waiter;
  readonly #model: MockModel;

  constructor(waiter: Waiter, model: MockModel, names: { id: string; key: string; marker: string }) {
    this.#waiter = waiter;
    this.#model = model;
    this.id = names.id;
    this.key = names.key;
    this.marker = names.marker;
  }

  generate(fields: WireMessage = {}): WireMessage {
    const messages = [{ role: 'user', content: `Say it. ${this.marker}` }];
    return { type: 'generate', id: this.id, messages, ...fields };
  }

  cancel(): WireMessage {
    return { type: 'cancel', id: this.id };
  }

  resume(epoch: string, after: number): WireMessage {
    return { type: 'resume', id: this.id, epoch, after };
  }

  /** Lets the model go on behind these barriers, or behind all. */
  release(...barriers: (string | number)[]): void {
    this.#waiter.recorder.did(`lets the model go on: ${barriers.length > 0 ? barriers.join(', ') : 'all'}`);
    if (barriers.length === 0) this.#model.releaseAll(this.key);
    for (const barrier of barriers) this.#model.release(this.key, String(barrier));
  }

  /** Waits until the model's journal has an entry of this kind. */
  async model<K extends JournalEntry['kind']>(
    kind: K,
    requirement: RequirementId,
    wait: Wait & { nth?: number } = {},
  ): Promise<Extract<JournalEntry, { kind: K }>> {
    const { since = this.#waiter.now, withinMs = PATIENCE_MS, nth = 1 } = wait;
    let seen = new Set<TraceEventOf<'model'>>();
    const entry = await this.#waiter.wait(
      (event) => {
        if (event.kind !== 'model' || event.entry.key !== this.key || event.entry.kind !== kind)
          return undefined;
        seen = seen.add(event);
        return seen.size >= nth ? event.entry : undefined;
      },
      withinMs,
      since,
    );
    if (entry !== undefined && entry.atMs <= since + withinMs + this.#waiter.lag.between(since, entry.atMs)) {
      return entry as Extract<JournalEntry, { kind: K }>;
    }
    const actual = entry
      ? `it did so after ${Math.round(entry.atMs - since)} ms`
      : `nothing of the kind in ${Math.round(withinMs)} ms`;
    throw new Broken({ requirement, expected: `${expectations[kind]} within ${withinMs} ms`, actual });
  }

  /** The model's connection is closed by the server, within the time since `since`. */
  modelIsLeft(requirement: RequirementId, since: number, withinMs = 500): Promise<unknown> {
    return this.model('peer_gone', requirement, { since, withinMs });
  }

  /** How many requests the model got for this stream so far, refused ones included. */
  get requests(): number {
    return this.#model.journal.of(this.key).filter((entry) => entry.kind === 'received').length;
  }
}

const expectations: Record<JournalEntry['kind'], string> = {
  received: 'a request to the model',
  accepted: 'a call of the model',
  refused: 'a request that the model refuses',
  written: 'text of the model',
  ended: 'the model to come to its end',
  peer_gone: 'the connection to the model to be closed',
};
