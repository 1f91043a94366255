import { type AnswerBody, type AnswerHead, type Piece, tokensOf } from './answer-body.ts';
import type { ChatEvent } from './chat-event.ts';
import { cutEvent } from './cut.ts';
import type { Usage } from './step.ts';

const DONE = 'data: [DONE]\n\n';
const MALFORMED = 'data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","choices":[{"delta":\n\n';

/** Server-sent events, one per chunk. */
export class StreamedBody implements AnswerBody {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #head: string;
  readonly #tail: string;
  readonly #includeUsage: boolean;

  constructor({ id, created, model }: AnswerHead, includeUsage: boolean) {
    const head = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.#head = `data: ${head.slice(0, -1)},"choices":`;
    this.#tail = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
    this.#includeUsage = includeUsage;
  }

  add(events: readonly ChatEvent[], cutAt?: readonly number[]): Piece {
    const bytes = events.map((event) => this.#format(event)).join('');
    const tokens = tokensOf(events);
    const [token] = tokens;
    if (cutAt && token) return { writes: cutEvent(bytes, token.text, cutAt), tokens };
    return { writes: bytes === '' ? [] : [bytes], tokens };
  }

  sentinel(): Piece {
    return { writes: [DONE], tokens: [] };
  }

  malformed(raw: string = MALFORMED): Piece {
    return { writes: [raw], tokens: [] };
  }

  end(sentinel: boolean): Piece {
    return { writes: [sentinel ? DONE : ''], tokens: [] };
  }

  #format(event: ChatEvent): string {
    switch (event.kind) {
      case 'delta': {
        const choice = `[{"index":0,"delta":${JSON.stringify(event.delta)},"logprobs":null,"finish_reason":null}]`;
        return this.#head + choice + this.#tail;
      }
      case 'finish': {
        const reason = JSON.stringify(event.reason);
        const choice = `[{"index":0,"delta":{},"logprobs":null,"finish_reason":${reason}}]`;
        return this.#head + choice + this.#tail;
      }
      case 'usage': {
        if (!this.#includeUsage) return '';
        return `${this.#head}[],"usage":${JSON.stringify(openAiUsage(event.usage))}}\n\n`;
      }
      default:
        return event satisfies never;
    }
  }
}

/** Usage in OpenAI's words. */
export function openAiUsage(usage: Usage): object {
  const { input_tokens, output_tokens, cached_tokens, reasoning_tokens } = usage;
  return {
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens: input_tokens + output_tokens,
    ...(cached_tokens !== undefined && { prompt_tokens_details: { cached_tokens } }),
    ...(reasoning_tokens !== undefined && { completion_tokens_details: { reasoning_tokens } }),
  };
}
