/** Reads the events of a streamed chat completion. Pure: bytes in, what they mean out. */
import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { Reply } from '../peers/wire.ts';

/** Of a chunk, what is looked at. All of it comes from a stranger. */
interface Chunk {
  choices?: { delta?: { content?: unknown; refusal?: unknown }; finish_reason?: unknown }[];
  error?: { message?: unknown } | string;
}

export class ChatReader {
  readonly #reply: Pick<Reply, 'began' | 'text'>;
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser;
  #finished = false;
  #problem: string | undefined;
  /** The server said that it is done; its response may take a little longer. */
  done = false;

  constructor(reply: Pick<Reply, 'began' | 'text'>) {
    this.#reply = reply;
    this.#parser = createParser({ onEvent: ({ data }) => this.#take(data) });
  }

  feed(bytes: Buffer): void {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Why the answer is not whole, when it is not. */
  get problem(): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    return this.#finished ? undefined : 'the stream stopped without finish_reason';
  }

  #take(data: string): void {
    if (data === '[DONE]') {
      this.done = true;
      return;
    }
    const chunk = parse(data);
    if (chunk === undefined) {
      this.#problem ??= `the stream holds an event that is no JSON object: ${data.slice(0, 100)}`;
      return;
    }
    if (chunk.error !== undefined) {
      this.#problem ??= `the stream broke off with an error: ${errorText(chunk) ?? 'it says nothing more'}`;
      return;
    }
    this.#reply.began();
    const choice = chunk.choices?.[0];
    for (const text of [choice?.delta?.content, choice?.delta?.refusal]) {
      if (typeof text === 'string') this.#reply.text(text);
    }
    this.#finished ||= typeof choice?.finish_reason === 'string';
  }
}

function parse(data: string): Chunk | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What an OpenAI-compatible server says in an error, if it is one. */
export function errorText({ error }: Chunk): string | undefined {
  const message = typeof error === 'string' ? error : error?.message;
  return typeof message === 'string' ? message.slice(0, 200) : undefined;
}

/** The same for a whole body. */
export function errorIn(body: string): string | undefined {
  return errorText(parse(body) ?? {});
}
