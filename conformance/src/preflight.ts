/** Before any case: is there a Tokenwire server, and does it call the runner's model? */
import type { ServerMessageOf } from '@tokenwire/spec';
import type { Client } from './client.ts';
import { Kit, type KitOptions } from './kit.ts';
import type { PlannedStream } from './planned-stream.ts';
import type { TraceEvent } from './trace.ts';
import { Broken } from './verdict.ts';
import { PATIENCE_MS } from './wait.ts';

export type Preflight =
  | { ok: true; welcome: ServerMessageOf<'welcome'> }
  /** Nothing there, or not Tokenwire. */
  | { ok: false; kind: 'unreachable'; message: string }
  /** It is Tokenwire, and wants other credentials. */
  | { ok: false; kind: 'credentials'; message: string }
  /** It speaks Tokenwire, and calls some other model. */
  | { ok: false; kind: 'other-model'; message: string };

export async function preflight(options: KitOptions): Promise<Preflight> {
  const kit = new Kit(options);
  try {
    return await probe(kit, await kit.connect());
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const { expected, actual } = error.violation;
    const closed = kit.recorder.events.find((event) => event.kind === 'closed');
    if (closed?.code === 4401) {
      const message = 'the server closed with 4401: it requires credentials, --auth "scheme token"';
      return { ok: false, kind: 'credentials', message };
    }
    const noted = kit.recorder.events.findLast((event) => event.kind === 'did');
    const detail = noted ? ` (${noted.what.replace(/^\w+: /, '')})` : '';
    return { ok: false, kind: 'unreachable', message: `expected ${expected}, got ${actual}${detail}` };
  } finally {
    kit.dispose();
  }
}

/** One generate, taken back at once when it does not arrive at the runner's model. */
async function probe(kit: Kit, client: Client): Promise<Preflight> {
  const stream = kit.stream(['probe']);
  const { at } = client.send(stream.generate());
  const sign = await kit.waiter.wait((event) => signOf(event, stream), PATIENCE_MS, at);
  if (sign?.kind === 'model') return { ok: true, welcome: client.welcome };
  if (sign?.kind === 'closed' || sign?.kind === 'received') {
    const actual = sign.kind === 'closed' ? `a close with ${sign.code}` : sign.raw;
    return { ok: false, kind: 'unreachable', message: `expected the probe to be accepted, got ${actual}` };
  }
  client.send(stream.cancel());
  await client.either(['cancel_ok'], stream.id, 'cancel.answered').catch(() => undefined);
  return { ok: false, kind: 'other-model', message: "the probe did not arrive at the runner's model" };
}

/** What decides the probe: it arrived, or it was refused. */
function signOf(event: TraceEvent, { id, key }: PlannedStream): TraceEvent | undefined {
  if (event.kind === 'model') return event.entry.key === key ? event : undefined;
  if (event.kind === 'closed') return event;
  if (event.kind !== 'received' || event.message?.['type'] !== 'error') return undefined;
  return JSON.stringify(event.message['re'] ?? '').includes(id) ? event : undefined;
}

/**
 * Does a server that was given TOKENWIRE_AUTH_TOKENS know it? Then two connections with one token, and without a
 * session, are one principal. One that takes no notice answers that it knows no such stream.
 */
export async function knowsTokens(options: KitOptions): Promise<boolean> {
  const kit = new Kit(options);
  try {
    const stream = kit.stream(['known']);
    const first = await kit.connect();
    first.send(stream.generate());
    await first.receives({ type: 'end', id: stream.id }, 'end.once');
    const second = await kit.connect();
    second.send(stream.resume(second.welcome.epoch, 0));
    const answer = await second.either(['resumed', 'error', 'closed'], stream.id, 'resume.answered');
    return answer.kind !== 'received' || answer.message?.['code'] !== 'unknown_stream';
  } catch (error) {
    // Whatever is broken here is for the cases to name.
    if (error instanceof Broken) return true;
    throw error;
  } finally {
    kit.dispose();
  }
}
