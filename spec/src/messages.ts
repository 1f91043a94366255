/** Every message of Tokenwire, one union per direction. TypeScript types are inferred from these schemas. */
import { z } from 'zod';
import { errorCodes } from './codes.ts';
import { count, epoch, features, jsonObject, openEnum, openName, seq, session, streamId } from './fields.ts';

export const finishReasons = [
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'refusal',
  'cancelled',
  'abandoned',
  'error',
] as const;
export const upstreamOutcomes = ['none', 'completed', 'aborted', 'failed', 'unknown'] as const;
export const levels = ['core', 'operations', 'cluster'] as const;
export const roles = ['system', 'developer', 'user', 'assistant'] as const;

export type FinishReason = (typeof finishReasons)[number];
export type UpstreamOutcome = (typeof upstreamOutcomes)[number];
export type Level = (typeof levels)[number];

const ping = z.object({ type: z.literal('ping'), t: count });
const pong = z.object({ type: z.literal('pong'), t: count });

const chatMessage = z.object({ role: z.enum(roles), content: z.string() });

const hello = z.object({
  type: z.literal('hello'),
  auth: z.object({ scheme: z.string().min(1), token: z.string().min(1) }).optional(),
  session: session.optional(),
  features,
  client: z.object({ name: z.string(), version: z.string() }).optional(),
});

const generate = z.object({
  type: z.literal('generate'),
  id: streamId,
  messages: z.array(chatMessage).min(1),
  model: z.string().min(1).optional(),
  params: jsonObject.optional(),
  on_disconnect: z.enum(['continue', 'cancel']).optional(),
  grace_ms: count.optional(),
  resend: z.object({ epoch: epoch.optional() }).optional(),
  trace: jsonObject.optional(),
});

const cancel = z.object({ type: z.literal('cancel'), id: streamId, reason: z.string().optional() });

const resume = z.object({ type: z.literal('resume'), id: streamId, epoch, after: count });

/** Client to server, by type. */
export const clientMessages = { hello, generate, cancel, resume, ping, pong } as const;

const limits = z.object({
  hello_timeout_ms: count,
  max_client_bytes: count.min(65_536),
  max_server_bytes: count,
  max_streams: count.min(1),
  retention_ms: count,
  grace_default_ms: count,
  grace_max_ms: count,
  id_memory_ms: count,
  tombstones: count,
  outbound_bytes: count,
});

const welcome = z.object({
  type: z.literal('welcome'),
  conn: z.string().min(1),
  epoch,
  levels: z.array(openName(levels)).min(1),
  features,
  limits,
  heartbeat: z.object({ interval_ms: count.min(1), timeout_ms: count.min(1) }),
});

const start = z.object({
  type: z.literal('start'),
  id: streamId,
  seq: z.literal(1),
  epoch,
  model: z.string(),
  grace_ms: count,
});

const token = z.object({
  type: z.literal('token'),
  id: streamId,
  seq,
  from: seq.optional(),
  text: z.string().min(1),
});

const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  cached_tokens: count.optional(),
  reasoning_tokens: count.optional(),
});

const end = z.object({
  type: z.literal('end'),
  id: streamId,
  seq: seq.min(2),
  finish_reason: openEnum(finishReasons, 'error'),
  error: z
    .object({ code: openName(Object.keys(errorCodes)), message: z.string(), retryable: z.boolean() })
    .optional(),
  usage: usage.optional(),
  upstream: openEnum(upstreamOutcomes, 'unknown'),
  utf8_bytes: count,
  timing: z.object({ queue_ms: count, ttft_ms: count.optional(), total_ms: count }).optional(),
});

const resumed = z.object({ type: z.literal('resumed'), id: streamId, epoch, from: seq, head: count });

const cancelOk = z.object({
  type: z.literal('cancel_ok'),
  id: streamId,
  state: z.enum(['cancelling', 'ended', 'unknown']),
});

const detached = z.object({
  type: z.literal('detached'),
  id: streamId,
  reason: openName(['superseded', 'slow']),
  head: count,
});

const error = z.object({
  type: z.literal('error'),
  code: openName(Object.keys(errorCodes)),
  message: z.string(),
  retryable: z.boolean(),
  retry_after_ms: count.optional(),
  re: z.object({ type: z.string(), id: streamId.optional() }).optional(),
  oldest: seq.optional(),
  head: count.optional(),
});

const goaway = z.object({
  type: z.literal('goaway'),
  reason: z.string(),
  deadline_ms: count,
  reconnect_ms: z.tuple([count, count]),
});

/** Server to client, by type. */
export const serverMessages = {
  welcome,
  start,
  token,
  end,
  resumed,
  cancel_ok: cancelOk,
  detached,
  error,
  goaway,
  ping,
  pong,
} as const;

/** Everything that a client may send. */
export const clientMessage = z.discriminatedUnion('type', [hello, generate, cancel, resume, ping, pong]);

/** Everything that a server may send. */
export const serverMessage = z.discriminatedUnion('type', [
  welcome,
  start,
  token,
  end,
  resumed,
  cancelOk,
  detached,
  error,
  goaway,
  ping,
  pong,
]);

export type ClientMessage = z.infer<typeof clientMessage>;
export type ServerMessage = z.infer<typeof serverMessage>;
export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>;
export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;
export type Limits = z.infer<typeof limits>;
export type Usage = z.infer<typeof usage>;
export type ChatMessage = z.infer<typeof chatMessage>;

/** The messages that stand in a stream's log and carry `seq`. */
export type LoggedMessage = ServerMessageOf<'start' | 'token' | 'end'>;
