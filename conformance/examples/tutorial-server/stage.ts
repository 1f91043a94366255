/** What one scenario has in hand: the scripts of its model, its clients, and everything that was seen. */
import type { Violation } from '@tokenwire/conformance';
import type { JournalEntry, MockModel, Script } from '@tokenwire/mock-llm';
import { type DialectEvent, violationsOf } from './adapter.ts';
import { TutorialClient } from './tutorial-client.ts';

/** PROTOCOL.md, "To be testable": an answer that has not come after so long is judged not to come. */
export const PATIENCE_MS = 5_000;

/** What all scenarios share. */
export interface World {
  model: MockModel;
  url: string;
  /** How long the scenarios on silence wait, in milliseconds. */
  silenceMs: number;
}

/** One request to the model, as far as it got. */
export interface Call {
  accepted: boolean;
  /** The texts that the model wrote. */
  written: string[];
  /** When the model came to its own end. */
  endedAt: number | undefined;
  /** When the server closed its connection to the model. */
  goneAt: number | undefined;
}

/** Thrown when a scenario did not come to the point that it is about. */
export class NotJudged extends Error {}

export class Stage implements Disposable {
  readonly world: World;
  readonly events: DialectEvent[] = [];
  readonly #id: string;
  readonly #scripts = new Map<string, Script[]>();
  readonly #clients: TutorialClient[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(id: string, world: World) {
    this.#id = id;
    this.world = world;
    this.#unsubscribe = world.model.journal.subscribe((entry) => {
      if (this.#scripts.has(entry.key ?? '')) this.#record({ at: entry.atMs, kind: 'model', entry });
    });
  }

  /** Registers what the model does; returns the user's message that asks for it. */
  script(name: string, ...attempts: [Script, ...Script[]]): string {
    this.#scripts.set(this.#key(name), attempts);
    return this.world.model.script(this.#key(name), ...attempts);
  }

  release(name: string, barrier: string): void {
    this.world.model.release(this.#key(name), barrier);
  }

  async connect(name: string): Promise<TutorialClient> {
    const connectionId = this.#key(name);
    const record = this.#record.bind(this);
    return this.#keep(
      await TutorialClient.open({ url: this.world.url, connectionId, conn: connectionId, record }),
    );
  }

  async reconnect(client: TutorialClient, name: string): Promise<TutorialClient> {
    return this.#keep(await client.reconnect(this.#key(name)));
  }

  /** Waits for what has to come, or else the scenario says nothing. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    if (!(await this.within(PATIENCE_MS, isSo))) throw new NotJudged(`waited in vain for ${what}`);
  }

  /** Does it come true in time? Looked at after each event. */
  within(ms: number, isSo: () => boolean): Promise<boolean> {
    if (isSo()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (came: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(came);
      };
      const look = (): void => {
        if (isSo()) finish(true);
      };
      const timer = setTimeout(() => finish(isSo()), ms);
      this.#waiting.add(look);
    });
  }

  /** The requests for one script, in their order. */
  calls(name: string): Call[] {
    const calls = new Map<number, Call>();
    for (const event of this.events) {
      if (event.kind !== 'model' || event.entry.key !== this.#key(name)) continue;
      const { entry } = event;
      const call = calls.get(entry.call) ?? newCall();
      calls.set(entry.call, call);
      note(call, entry);
    }
    return [...calls.values()];
  }

  /** Resolves when the server closed its connection to the model; to when that was. */
  async gone(name: string, index = 0): Promise<number> {
    await this.until(`the end of the call of "${name}"`, () => this.calls(name)[index]?.goneAt !== undefined);
    return this.calls(name)[index]?.goneAt ?? 0;
  }

  violations(): Violation[] {
    return violationsOf(this.events, this.#scripts);
  }

  /** Lets go of every socket. Nothing of that is recorded. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#record = () => {};
    for (const client of this.#clients) client.cut('reset');
  }

  #key(name: string): string {
    return `${this.#id}-${name}`;
  }

  #keep(client: TutorialClient): TutorialClient {
    this.#clients.push(client);
    return client;
  }

  #record = (event: DialectEvent): void => {
    this.events.push(event);
    for (const look of this.#waiting) look();
  };
}

function newCall(): Call {
  return { accepted: false, written: [], endedAt: undefined, goneAt: undefined };
}

function note(call: Call, entry: JournalEntry): void {
  switch (entry.kind) {
    case 'accepted':
      call.accepted = true;
      return;
    case 'written':
      call.written.push(entry.text);
      return;
    case 'ended':
      call.endedAt = entry.atMs;
      return;
    case 'peer_gone':
      call.goneAt = entry.atMs;
      return;
    case 'received':
    case 'refused':
      return;
    default:
      entry satisfies never;
  }
}
