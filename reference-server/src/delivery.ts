/**
 * What goes out on one connection: control messages first, then the streams in turn, each read from its
 * cursor while the socket has room. Live delivery, replay and slow readers are this one loop.
 */
import { encode, type LoggedMessage, type ServerMessage, type ServerMessageOf } from '@tokenwire/spec';
import type { Clock } from './clock.ts';
import type { Reader, Stream } from './stream.ts';
import { charsFor } from './text.ts';

/** The way to the socket, as much of it as sending needs. */
export interface Outlet {
  send(text: string): void;
  /** Bytes handed over with `send` that the operating system has not taken yet. */
  readonly buffered: number;
  /** Between the two, sends are collected into one write. */
  cork(): void;
  uncork(): void;
}

export interface DeliveryOptions {
  readonly maxTextBytes: number;
  /** `limits.outbound_bytes`. */
  readonly outboundBytes: number;
  /** Control messages were sent, or everything was. */
  readonly progressed: () => void;
  /** A log could not be read. */
  readonly failed: (error: unknown) => void;
}

/** The socket's queue is kept this small, so that a pong does not stand behind a megabyte of tokens. */
const HIGH_WATER_BYTES = 65_536;
/** One turn of one stream. Small, so that eight streams take turns often. */
const TURN_BYTES = 16_384;
/** More entries than this in one turn means that the reader is behind: they are merged. */
const MERGE_ABOVE = 8;

export class Delivery {
  readonly #outlet: Outlet;
  readonly #clock: Clock;
  readonly #options: DeliveryOptions;
  readonly #highWater: number;
  readonly #turnChars: number;
  readonly #attachments = new Map<string, Attachment>();
  #control: string[] = [];
  #controlBytes = 0;
  /** Attachments that may have entries behind their cursor, in the order of their turns. */
  #ready: Attachment[] = [];
  #scheduled = false;
  #behind = false;
  #closed = false;
  /** When a message was last handed to the socket. */
  sentAt: number;

  constructor(outlet: Outlet, clock: Clock, options: DeliveryOptions) {
    this.#outlet = outlet;
    this.#clock = clock;
    this.#options = options;
    this.#highWater = Math.min(HIGH_WATER_BYTES, Math.floor(options.outboundBytes / 4));
    this.#turnChars = charsFor(Math.min(TURN_BYTES, options.maxTextBytes, this.#highWater));
    this.sentAt = clock.now();
  }

  /** Control messages wait: the client asks faster than it reads. */
  get congested(): boolean {
    return this.#controlBytes > this.#highWater;
  }

  /** Nothing waits here, and no attached stream can bring more. */
  get done(): boolean {
    return this.#attachments.size === 0 && this.#control.length === 0;
  }

  /** Queues a message that is in no log. They keep their order, and go ahead of tokens. */
  control(message: ServerMessage): void {
    if (this.#closed) return;
    const text = encode(message);
    this.#control.push(text);
    this.#controlBytes += text.length;
    this.#schedule();
  }

  /** Begins with a stream that was just accepted: `start` is an answer, so it goes with the answers. */
  begin(stream: Stream): void {
    const [start] = stream.log.read(0, 1);
    if (start !== undefined) this.control(start);
    this.#attach(stream, 1);
  }

  /** Attaches to a stream behind `after`, announced by `resumed`. */
  resume(stream: Stream, epoch: string, after: number): void {
    // resume.announced, resume.answered
    const { head } = stream.log;
    this.control({ type: 'resumed', id: stream.id, epoch, from: after + 1, head });
    this.#attach(stream, after);
  }

  /** The socket took what it had, or part of it. */
  flushed(): void {
    if (this.#ready.length > 0 || this.#control.length > 0) this.#schedule();
    else this.#options.progressed();
  }

  /** Sends the waiting control messages whatever the room, and gives up the attachments. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const text of this.#control.splice(0)) this.#send(text);
    this.#ready = [];
    for (const attachment of this.#attachments.values()) attachment.stream.lost(attachment);
    this.#attachments.clear();
  }

  /** An attachment has more to read. */
  wake(attachment: Attachment): void {
    if (attachment.queued || this.#closed) return;
    attachment.queued = true;
    this.#ready.push(attachment);
    this.#schedule();
  }

  /** Another connection took the stream over. */
  supersede(attachment: Attachment, head: number): void {
    this.#attachments.delete(attachment.stream.id);
    this.#ready = this.#ready.filter((one) => one !== attachment);
    this.control({ type: 'detached', id: attachment.stream.id, reason: 'superseded', head });
  }

  #attach(stream: Stream, after: number): void {
    // resume.same-connection: the attachment that is there moves its cursor, nobody is superseded.
    const attachment = this.#attachments.get(stream.id) ?? new Attachment(this, stream);
    attachment.cursor = after;
    this.#attachments.set(stream.id, attachment);
    stream.attach(attachment);
    this.wake(attachment);
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#flush();
    });
  }

  #flush(): void {
    this.#outlet.cork();
    try {
      this.#sendWhatFits();
    } catch (error) {
      return this.#options.failed(error);
    } finally {
      this.#outlet.uncork();
    }
    this.#options.progressed();
  }

  #sendWhatFits(): void {
    // flow.control-first
    this.#flushControl();
    // flow.fair: one turn each; whoever has more stands in line again.
    while (this.#control.length === 0 && this.#hasRoom()) {
      const attachment = this.#ready.shift();
      if (attachment === undefined) break;
      attachment.queued = false;
      this.#takeTurn(attachment);
    }
    // flow.reader-holds-nobody: without room the entries stay in the log, and are merged when they go.
    this.#behind = this.#ready.length > 0;
  }

  #flushControl(): void {
    let sent = 0;
    for (; sent < this.#control.length && this.#hasRoom(); sent++) {
      const text = this.#control[sent] as string;
      this.#controlBytes -= text.length;
      this.#send(text);
    }
    this.#control.splice(0, sent);
  }

  #takeTurn(attachment: Attachment): void {
    const { stream } = attachment;
    const entries = stream.log.read(attachment.cursor, this.#turnChars);
    const last = entries.at(-1);
    if (last === undefined) return;
    const merge = this.#behind || entries.length > MERGE_ABOVE;
    for (const message of merge ? mergeAdjacent(entries) : entries) this.#send(encode(message));
    attachment.cursor = last.seq;
    if (last.type === 'end') this.#finish(attachment);
    else if (last.seq < stream.log.head) this.wake(attachment);
  }

  #finish(attachment: Attachment): void {
    this.#attachments.delete(attachment.stream.id);
    attachment.stream.lost(attachment);
  }

  #hasRoom(): boolean {
    return this.#outlet.buffered < this.#highWater;
  }

  #send(text: string): void {
    this.sentAt = this.#clock.now();
    this.#outlet.send(text);
  }
}

/** A stream on a connection: its cursor is the highest `seq` that was sent. */
export class Attachment implements Reader {
  readonly stream: Stream;
  readonly #delivery: Delivery;
  cursor = 0;
  /** It stands in line for its turn. */
  queued = false;

  constructor(delivery: Delivery, stream: Stream) {
    this.#delivery = delivery;
    this.stream = stream;
  }

  wake(): void {
    this.#delivery.wake(this);
  }

  supersede(head: number): void {
    this.#delivery.supersede(this, head);
  }
}

/** Merges runs of tokens; the boundaries in the log stay as they are. */
export function mergeAdjacent(entries: readonly LoggedMessage[]): LoggedMessage[] {
  const merged: LoggedMessage[] = [];
  let run: ServerMessageOf<'token'>[] = [];
  const close = (): void => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return;
    // sequence.merged
    const text = run.map((token) => token.text).join('');
    merged.push(first === last ? first : { ...last, from: first.seq, text });
    run = [];
  };
  for (const entry of entries) {
    if (entry.type === 'token') run.push(entry);
    else {
      close();
      merged.push(entry);
    }
  }
  close();
  return merged;
}
