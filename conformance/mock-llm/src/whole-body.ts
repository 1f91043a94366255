import { type AnswerBody, type AnswerHead, type Piece, tokensOf } from './answer-body.ts';
import type { ChatEvent, Delta, Token, ToolCallDelta } from './chat-event.ts';
import type { Usage } from './step.ts';
import { openAiUsage } from './streamed-body.ts';

const NOTHING: Piece = { writes: [], tokens: [] };

/** One JSON object at the end, for a request that does not stream. */
export class WholeBody implements AnswerBody {
  readonly contentType = 'application/json';
  readonly #head: AnswerHead;
  readonly #texts = { content: '', reasoning_content: '', refusal: '' };
  readonly #toolCalls = new Map<number, { id: string; name: string; arguments: string }>();
  readonly #tokens: Token[] = [];
  #finishReason: string | null = null;
  #usage: Usage | undefined;
  #malformed: string | undefined;

  constructor(head: AnswerHead) {
    this.#head = head;
  }

  add(events: readonly ChatEvent[]): Piece {
    for (const event of events) {
      if (event.kind === 'delta') this.#addDelta(event.delta);
      if (event.kind === 'finish') this.#finishReason = event.reason;
      if (event.kind === 'usage') this.#usage = event.usage;
    }
    this.#tokens.push(...tokensOf(events));
    return NOTHING;
  }

  sentinel(): Piece {
    return NOTHING;
  }

  malformed(raw: string = '{"id":"chatcmpl-mock","choices":[{"message":'): Piece {
    this.#malformed = raw;
    return NOTHING;
  }

  end(): Piece {
    return { writes: [this.#malformed ?? JSON.stringify(this.#completion())], tokens: this.#tokens };
  }

  #addDelta({ content = '', reasoning_content = '', refusal = '', tool_calls = [] }: Delta): void {
    this.#texts.content += content;
    this.#texts.reasoning_content += reasoning_content;
    this.#texts.refusal += refusal;
    for (const call of tool_calls) this.#addToolCall(call);
  }

  #addToolCall(delta: ToolCallDelta): void {
    const call = this.#toolCalls.get(delta.index) ?? { id: '', name: '', arguments: '' };
    call.id ||= delta.id ?? '';
    call.name += delta.function.name ?? '';
    call.arguments += delta.function.arguments ?? '';
    this.#toolCalls.set(delta.index, call);
  }

  #completion(): object {
    const { content, reasoning_content, refusal } = this.#texts;
    const toolCalls = [...this.#toolCalls].sort(([a], [b]) => a - b).map(([, call]) => call);
    const message = {
      role: 'assistant',
      content: content || null,
      refusal: refusal || null,
      ...(reasoning_content && { reasoning_content }),
      ...(toolCalls.length > 0 && {
        tool_calls: toolCalls.map(({ id, ...fn }) => ({ id, type: 'function', function: fn })),
      }),
    };
    return {
      ...this.#head,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: this.#finishReason }],
      ...(this.#usage && { usage: openAiUsage(this.#usage) }),
    };
  }
}
