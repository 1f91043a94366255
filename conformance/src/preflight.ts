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
  /** It speaks Tokenwire, and calls some other model. */
  | { ok: false; kind: 'other-model'; message: string };

export async function preflight(options: KitOptions): Promise<Preflight> {
  const kit = new Kit(options);
  try {
    return await probe(kit, await kit.connect());
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const { expected, actual } = error.violation;
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
