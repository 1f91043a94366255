import type { ChatEvent, Token } from './chat-event.ts';

/** Bytes to write, each element in a write of its own, and the tokens that are in them. */
export interface Piece {
  writes: (string | Uint8Array)[];
  tokens: Token[];
}

/** Turns what the model says into the bytes of a response body: streamed or whole. */
export interface AnswerBody {
  readonly contentType: string;
  add(events: readonly ChatEvent[], cutAt?: readonly number[]): Piece;
  sentinel(): Piece;
  malformed(raw: string | undefined): Piece;
  /** The last bytes, as exactly one write. */
  end(sentinel: boolean): Piece;
}

/** What all chunks of one answer share. */
export interface AnswerHead {
  id: string;
  /** Unix seconds. */
  created: number;
  model: string;
}

export function tokensOf(events: readonly ChatEvent[]): Token[] {
  return events.flatMap((event) => (event.kind === 'delta' && event.token ? [event.token] : []));
}
