/** What a peer says, written onto the tape as the entries of a Tokenwire log, so that the oracle can judge its text. */
import { encode, type LoggedMessage } from '@tokenwire/spec';
import type { Tape } from '../transports/tape.ts';

/** The entries of one answer. Peers number nothing: `seq` only counts what arrived, so what is lost shows in the text. */
export class LogEntries {
  readonly #tape: Tape;
  readonly #id: string;
  #seq = 0;
  #utf8Bytes = 0;

  constructor(tape: Tape, id: string) {
    this.#tape = tape;
    this.#id = id;
  }

  /** Only the first time: not every peer says that it begins. */
  start(): void {
    if (this.#seq > 0) return;
    this.#seq = 1;
    this.#write({ type: 'start', id: this.#id, seq: 1, epoch: 'bench', model: 'bench', grace_ms: 0 });
  }

  token(text: string): void {
    if (text === '') return;
    this.start();
    this.#utf8Bytes += Buffer.byteLength(text);
    this.#write({ type: 'token', id: this.#id, seq: ++this.#seq, text });
  }

  end(): void {
    this.start();
    this.#write({
      type: 'end',
      id: this.#id,
      seq: ++this.#seq,
      finish_reason: 'stop',
      upstream: 'completed',
      utf8_bytes: this.#utf8Bytes,
    });
  }

  #write(entry: LoggedMessage): void {
    this.#tape.received(encode(entry));
  }
}
