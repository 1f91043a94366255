import { z } from 'zod';
import { firstFault } from './step.ts';

const contentSchema = z.custom<string | { type?: string; text?: string }[] | null>(
  (content) => content === null || typeof content === 'string' || isListOfObjects(content),
  { error: ({ input }) => `expected a string or an array of content parts, received ${nameOf(input)}` },
);

const requestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema.optional() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1).nullish(),
});

/** A message as the request carried it. */
export type ChatMessage = z.infer<typeof requestSchema>['messages'][number];

/** A chat completion request, as far as the model looks at it. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream: boolean;
  includeUsage: boolean;
  /** The rest of the body. */
  params: Record<string, unknown>;
}

export type DecodedRequest =
  | { ok: true; request: ChatRequest }
  | { ok: false; status: number; message: string };

/** Reads the body of POST /v1/chat/completions; a wrong one is a value that says what came instead. */
export function decodeChatRequest(body: string): DecodedRequest {
  const json = parseJson(body);
  if (!json.ok) return json;
  const result = requestSchema.safeParse(json.value);
  if (!result.success) return { ok: false, status: 400, message: firstFault(result.error) };
  const { messages, stream, ...params } = result.data;
  const includeUsage = params.stream_options?.include_usage === true;
  return {
    ok: true,
    request: { model: params.model, messages, stream: stream === true, includeUsage, params },
  };
}

function parseJson(
  body: string,
): { ok: true; value: unknown } | { ok: false; status: number; message: string } {
  try {
    return { ok: true, value: JSON.parse(body) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { ok: false, status: 400, message: `expected a JSON object as the body: ${fault}` };
  }
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === 'object' && part !== null);
}

function nameOf(value: unknown): string {
  return Array.isArray(value) ? 'an array of something else' : typeof value;
}
