/** What calibration breaks in our own server on purpose, to see that the benchmark finds it. */
import type { LogKey, LogStore, ModelAdapter, ModelSink, StreamLog } from '@tokenwire/server';
import type { LoggedMessage } from '@tokenwire/spec';
import { now } from '../clock.ts';
import { DueQueue } from '../due-queue.ts';

export interface Faults {
  /** The n-th token of each answer is lost or said twice. */
  dropToken?: number;
  doubleToken?: number;
  /** Each token waits so long inside the server. */
  delayTokenMs?: number;
  /** Each call of the model begins so much later. */
  delayCallMs?: number;
  /** Small writes wait for the acknowledgement of the one before. */
  nagle?: boolean;
}

/** A model whose calls and tokens wait. What holds when a call begins holds for all of it. */
export function faultyModel(model: ModelAdapter, faults: () => Faults): ModelAdapter {
  let queue: DueQueue | undefined;
  const later = (ms: number, run: () => void): void => {
    queue ??= new DueQueue();
    queue.push(now() + ms, run);
  };
  const slowed = (sink: ModelSink, ms: number): ModelSink => ({
    requested: () => sink.requested(),
    text: (delta) => later(ms, () => sink.text(delta)),
    end: (end) => later(ms, () => sink.end(end)),
  });
  return {
    ...model,
    call: (request, sink) => {
      const { delayTokenMs = 0, delayCallMs = 0 } = faults();
      const behind = delayTokenMs === 0 ? sink : slowed(sink, delayTokenMs);
      if (delayCallMs === 0) return model.call(request, behind);
      let call: ReturnType<ModelAdapter['call']> | undefined;
      let aborted = false;
      later(delayCallMs, () => {
        call = model.call(request, behind);
        if (aborted) call.abort();
      });
      const abort = (): void => {
        aborted = true;
        call?.abort();
      };
      return { abort };
    },
  };
}

/** A store whose logs forget or repeat one token when they are read. */
export class FaultyStore implements LogStore {
  readonly #store: LogStore;
  readonly #faults: () => Faults;

  constructor(store: LogStore, faults: () => Faults) {
    this.#store = store;
    this.#faults = faults;
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  create(key: LogKey): StreamLog {
    const log = this.#store.create(key);
    const faults = this.#faults();
    return faults.dropToken === undefined && faults.doubleToken === undefined
      ? log
      : new FaultyLog(log, faults);
  }

  drop(key: LogKey): void {
    this.#store.drop(key);
  }
}

class FaultyLog implements StreamLog {
  readonly #log: StreamLog;
  readonly #faults: Faults;

  constructor(log: StreamLog, faults: Faults) {
    this.#log = log;
    this.#faults = faults;
  }

  get head(): number {
    return this.#log.head;
  }

  get oldest(): number {
    return this.#log.oldest;
  }

  append(entry: LoggedMessage): void {
    this.#log.append(entry);
  }

  read(after: number, maxChars: number): LoggedMessage[] {
    return this.#log.read(after, maxChars).map((entry) => this.#broken(entry));
  }

  /** Its number stays, so that only who compares texts can notice. `start` is number 1. */
  #broken(entry: LoggedMessage): LoggedMessage {
    if (entry.type !== 'token') return entry;
    if (entry.seq === (this.#faults.dropToken ?? -2) + 2) return { ...entry, text: '' };
    if (entry.seq === (this.#faults.doubleToken ?? -2) + 2) return { ...entry, text: entry.text.repeat(2) };
    return entry;
  }
}
