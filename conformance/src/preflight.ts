/** Before any case: is there a Tokenwire server, and does it call the runner's model? */
import type { ServerMessageOf } from '@tokenwire/spec';
import type { Client } from './client.ts';
import { Kit, type KitOptions } from './kit.ts';
import { Broken } from './verdict.ts';

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
  client.send(stream.generate());
  await client.either(['start', 'error', 'closed'], stream.id, 'generate.first-answer');
  try {
    await stream.model('received', 'generate.first-answer');
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    client.send(stream.cancel());
    await client.either(['cancel_ok'], stream.id, 'cancel.answered').catch(() => undefined);
    return { ok: false, kind: 'other-model', message: 'the probe did not arrive at the runner’s model' };
  }
  await client.receives({ type: 'end', id: stream.id }, 'end.once');
  return { ok: true, welcome: client.welcome };
}
