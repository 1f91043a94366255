/** One chunk of a streamed chat completion, read without trusting it. */
import type { Usage } from '@tokenwire/spec';

/** What the stream of a call needs to know of a chunk. */
interface ChatChunk {
  /** `delta.content`, empty for a role-only chunk. */
  readonly text: string;
  /** `delta.refusal` */
  readonly refusal: string;
  readonly finishReason?: string;
  readonly usage?: Usage;
}

export type ReadChunk = { ok: true; chunk: ChatChunk } | { ok: false; message: string };

/** Reads the data of one server-sent event. Reasoning, tool calls and other choices are passed over. */
export function readChunk(data: string): ReadChunk {
  const chunk = parseObject(data);
  if (chunk === undefined) return { ok: false, message: 'the model sent a chunk that is not a JSON object' };
  if (isObject(chunk.error)) return { ok: false, message: 'the model reported an error in its stream' };
  const choice = Array.isArray(chunk.choices) ? chunk.choices.find(isFirstChoice) : undefined;
  const delta = isObject(choice?.delta) ? choice.delta : {};
  const { content = null, refusal = null } = delta;
  const finish = choice?.finish_reason ?? null;
  if (!isText(content) || !isText(refusal) || !isText(finish)) {
    return { ok: false, message: 'the model sent a chunk with a field of the wrong type' };
  }
  const usage = readUsage(chunk.usage);
  return {
    ok: true,
    chunk: {
      text: content ?? '',
      refusal: refusal ?? '',
      ...(finish !== null && finish !== '' && { finishReason: finish }),
      ...(usage && { usage }),
    },
  };
}

type Json = Record<string, unknown>;

function parseObject(data: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isFirstChoice(choice: unknown): choice is Json {
  return isObject(choice) && (choice.index ?? 0) === 0;
}

function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const { prompt_tokens: input, completion_tokens: output } = value;
  if (!isCount(input) || !isCount(output)) return undefined;
  const cached = isObject(value.prompt_tokens_details) && value.prompt_tokens_details.cached_tokens;
  const reasoning =
    isObject(value.completion_tokens_details) && value.completion_tokens_details.reasoning_tokens;
  return {
    input_tokens: input,
    output_tokens: output,
    ...(isCount(cached) && { cached_tokens: cached }),
    ...(isCount(reasoning) && { reasoning_tokens: reasoning }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
