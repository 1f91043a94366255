/** The client's end of a peer, in the peer's own words: no ids, no sequence numbers, no resume. */
import type { ChatMessage } from '@tokenwire/spec';
import type { Tape } from '../transports/tape.ts';
import type { Target } from '../transports/transport.ts';

/** Who wants to know what becomes of an answer. */
export interface Reply {
  /** The server began to answer; nothing is said yet. */
  began(): void;
  text(text: string): void;
  ended(): void;
  failed(error: Error): void;
}

/** A connection that carries one answer at a time. It dials when it is asked, again when its socket is gone. */
export interface Wire {
  readonly usable: boolean;
  readonly dials: number;
  /** Opens the connection ahead of the first question. */
  open(): Promise<void>;
  ask(messages: readonly ChatMessage[], reply: Reply): void;
  /** "Stop", as users of this peer do it. The reply hears nothing more. */
  stop(): void;
  bytes(): { up: number; down: number };
  /** Breaks the socket, as a lost network does. */
  cut(): void;
  close(): void;
}

export type Connect = (target: Target, tape: Tape) => Wire;

/**
 * Whose answer is on the wire, where the server says when one is over, a stopped one too: then the next question need not
 * wait until the rest of the stopped answer has passed by.
 */
export class Replies {
  readonly #waiting: { reply: Reply; stopped: boolean }[] = [];

  push(reply: Reply): void {
    this.#waiting.push({ reply, stopped: false });
  }

  /** Whom the wire speaks to now, unless it was stopped. */
  get current(): Reply | undefined {
    const first = this.#waiting[0];
    return first?.stopped === true ? undefined : first?.reply;
  }

  stop(): void {
    const last = this.#waiting.at(-1);
    if (last) last.stopped = true;
  }

  /** The answer on the wire is over. Returns who waits for that. */
  shift(): Reply | undefined {
    const first = this.#waiting.shift();
    return first?.stopped === true ? undefined : first?.reply;
  }

  /** The connection is gone, and every answer with it. */
  fail(error: Error): void {
    for (const { reply, stopped } of this.#waiting.splice(0)) if (!stopped) reply.failed(error);
  }
}
