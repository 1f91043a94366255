/** The model behind `OPENAI_BASE_URL`: chat completions, through the `openai` package with its traps closed. */
import type OpenAI from 'openai';
import { ChatCall } from './chat-call.ts';
import { type Clock, systemClock } from './clock.ts';
import { carry, type Exchange, modelFetch } from './model-fetch.ts';
import type { ModelAdapter, ModelRequest } from './model.ts';
import { checkParams } from './params.ts';

export interface OpenAiModelOptions {
  /** Of any OpenAI-compatible API; by default OpenAI's own. */
  readonly baseURL?: string;
  readonly apiKey?: string;
  /** The model that answers when the client names none. */
  readonly model: string;
  /** The models that a client may name; by default any, at your cost. */
  readonly models?: readonly string[];
  /** How long the model may send nothing at all before the call is given up; by default 120,000 ms. */
  readonly idleMs?: number;
  readonly clock?: Clock;
  /** 0 … 1, for the jitter of retries. */
  readonly random?: () => number;
}

/** Longer names would not fit into a message of the server, and no model has one. */
const MAX_MODEL_CHARS = 256;
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/** A model that speaks OpenAI's chat completions. */
export function openAiModel(options: OpenAiModelOptions): ModelAdapter {
  const { clock = systemClock, random = Math.random, idleMs = 120_000 } = options;
  let client: Promise<OpenAI> | undefined;
  const load = (): Promise<OpenAI> => (client ??= createClient(options));
  return {
    defaultModel: options.model,
    check: (request) => checkModel(request.model, options) ?? checkParams(request.params),
    call: (request, sink) => {
      const send = async (exchange: Exchange): Promise<void> => await ask(await load(), request, exchange);
      return new ChatCall({ clock, random, idleMs, request: send }, sink);
    },
    warmUp: async () => void (await load()),
  };
}

function checkModel(
  model: string,
  { models, model: own }: OpenAiModelOptions,
): ReturnType<typeof checkParams> {
  if (model.length > MAX_MODEL_CHARS) {
    return { code: 'invalid', message: `model: expected at most ${MAX_MODEL_CHARS} characters` };
  }
  if (models === undefined || model === own || models.includes(model)) return undefined;
  return { code: 'invalid', message: `model: expected one of ${[own, ...models].join(', ')}` };
}

/** The package is large: it is loaded when it is needed, not when the server starts. */
async function createClient({ baseURL, apiKey }: OpenAiModelOptions): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  return new OpenAI({
    ...(baseURL !== undefined && { baseURL }),
    apiKey: apiKey ?? process.env['OPENAI_API_KEY'] ?? 'none',
    fetch: modelFetch(),
    // Retries and timeouts are decided by the call, which knows what was sent.
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    // The package would print what it cannot parse.
    logLevel: 'off',
  });
}

async function ask(client: OpenAI, request: ModelRequest, exchange: Exchange): Promise<void> {
  const body = {
    ...request.params,
    model: request.model,
    // generate.forwards-messages
    messages: request.messages as OpenAI.ChatCompletionMessageParam[],
    stream: true,
    stream_options: { include_usage: true },
  } as const;
  const fetchOptions = carry(exchange);
  await client.chat.completions.create(body, { fetchOptions } as OpenAI.RequestOptions).asResponse();
}
