/** What the caller asks for, and the message that asks the server for it. */
import { type ChatMessage, decodeClient, encode } from '@tokenwire/spec';
import { newId } from './secret.ts';
import type { GenerateMessage } from './session/effects.ts';

export interface GenerateRequest {
  messages: ChatMessage[];
  /** Default: the server's choice. */
  model?: string;
  /** Parameters of the model, for example `temperature`. The server refuses what it does not support. */
  params?: Record<string, unknown>;
  /** What a lost connection means: `continue` (default) within the grace, or `cancel`. */
  onDisconnect?: 'continue' | 'cancel';
  /** How long the stream waits for this client to come back, in milliseconds. Default: the server's. */
  graceMs?: number;
  /** Aborting is the same as `answer.cancel()`: the loop ends normally, `result.finishReason` is `cancelled`. */
  signal?: AbortSignal;
  /** 16 to 64 of `A–Z a–z 0–9 _ -`. Default: a new UUID. */
  id?: string;
  /** Opaque to the server, for its traces. */
  trace?: Record<string, unknown>;
}

/**
 * `framing.client-messages`: "Every message of the client MUST be one text message holding one JSON object that is
 * valid against its strict schema, in well-formed Unicode." What is not throws here, where the caller can see it.
 * The message is a copy: what the caller changes later does not change a repeated request.
 */
export function toMessage(request: Omit<GenerateRequest, 'signal'>): GenerateMessage {
  const { id = newId(), messages, model, params, onDisconnect, graceMs, trace } = request;
  const message: GenerateMessage = {
    type: 'generate',
    id,
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(model !== undefined && { model }),
    ...(params && { params }),
    ...(onDisconnect && { on_disconnect: onDisconnect }),
    ...(graceMs !== undefined && { grace_ms: graceMs }),
    ...(trace && { trace }),
  };
  const decoded = decodeClient(encode(message));
  if (!decoded.ok) throw new TypeError(decoded.message);
  return decoded.message as GenerateMessage;
}
