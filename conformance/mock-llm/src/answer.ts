import type { AnswerBody, Piece } from './answer-body.ts';
import type { Call } from './call.ts';
import type { Effect } from './interpret.ts';
import { openAiError } from './openai-error.ts';

/** The socket side of one answer. Every boolean is false when the peer went away first. */
export interface Wire {
  /** Sets status and headers; they leave with the first write. */
  head(status: number, headers: Record<string, string>): void;
  /** Resolves once the bytes are out of our hands. An empty write sends the headers alone. */
  write(bytes: string | Uint8Array): Promise<boolean>;
  /** The last bytes and the clean end, in one write. */
  end(bytes: string | Uint8Array): Promise<boolean>;
  /** Breaks the connection. */
  reset(): void;
  /** Lets other events of the process happen, and the bytes so far leave alone. */
  pause(): Promise<void>;
}

/** What the model is going to say to one call. */
export interface Reply {
  call: Call;
  body: AnswerBody;
  effects: AsyncIterable<Effect>;
}

/** A script without waits must not starve the process, or nobody would notice that the peer went. */
const WRITES_PER_TURN = 32;

/** Performs the effects of a script on the wire and keeps the journal. */
export async function answer(reply: Reply, wire: Wire): Promise<void> {
  let effects = 0;
  for await (const effect of reply.effects) {
    effects += 1;
    if (effects === 1 && effect.kind !== 'refuse' && effect.kind !== 'reset') {
      wire.head(200, {
        'content-type': reply.body.contentType,
        'cache-control': 'no-cache',
        'x-request-id': `req-mock-${reply.call.name.call}`,
      });
    }
    await perform(effect, reply, wire);
    if (effects % WRITES_PER_TURN === 0) await wire.pause();
  }
}

async function perform(effect: Effect, { call, body }: Reply, wire: Wire): Promise<void> {
  switch (effect.kind) {
    case 'refuse':
      return refuse(effect, call, wire);
    case 'accept':
      return send({ writes: [''], tokens: [] }, call, wire);
    case 'events':
      return send(body.add(effect.events, effect.cutAt), call, wire);
    case 'sentinel':
      return send(body.sentinel(), call, wire);
    case 'malformed':
      return send(body.malformed(effect.raw), call, wire);
    case 'end': {
      const { writes, tokens } = body.end(effect.sentinel);
      if (!(await wire.end(writes[0] ?? ''))) return;
      call.accepted();
      call.written(tokens);
      return call.ended(effect.how);
    }
    case 'reset':
      call.ended('reset');
      return wire.reset();
    default:
      return effect satisfies never;
  }
}

async function send({ writes, tokens }: Piece, call: Call, wire: Wire): Promise<void> {
  for (const [index, bytes] of writes.entries()) {
    if (index > 0) await wire.pause();
    if (!(await wire.write(bytes))) return;
    call.accepted();
  }
  call.written(tokens);
}

async function refuse(effect: Extract<Effect, { kind: 'refuse' }>, call: Call, wire: Wire): Promise<void> {
  const {
    status,
    headers,
    body = openAiError(status, `the script refuses this call with ${status}`),
  } = effect;
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  wire.head(status, { 'content-type': type, ...headers });
  if (await wire.end(typeof body === 'string' ? body : JSON.stringify(body))) call.refused(status);
}
