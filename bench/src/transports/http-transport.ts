/** A line of an HTTP transport: a connection, and how this transport asks over it. */
import { HttpLine, type HttpVersion, warmUp } from './http-line.ts';
import type { Tape } from './tape.ts';
import type { Exchange, GenerateMessage, Line, Target } from './transport.ts';

/** What asking takes, besides the message. */
export interface HttpSide {
  http: HttpLine;
  tape: Tape;
  target: Target;
}

export type Ask = (side: HttpSide, message: GenerateMessage) => Exchange;

export class HttpTransportLine implements Line {
  readonly #side: HttpSide;
  readonly #ask: Ask;

  constructor(target: Target, tape: Tape, version: HttpVersion, ask: Ask) {
    this.#side = { http: new HttpLine(target, tape, version), tape, target };
    this.#ask = ask;
    // To the oracle a line is one connection, however often it has to dial.
    tape.dialled();
  }

  get usable(): boolean {
    return this.#side.http.usable;
  }

  get dials(): number {
    return this.#side.http.dials;
  }

  warmUp(): Promise<void> {
    return warmUp(this.#side.http);
  }

  ask(message: GenerateMessage): Exchange {
    return this.#ask(this.#side, message);
  }

  bytes(): { up: number; down: number } {
    return this.#side.http.bytes();
  }

  cut(): void {
    this.#side.http.cut();
  }

  close(): void {
    this.#side.http.close();
  }
}
