/** When the model wrote what into each stream, from its own notes. */
import type { CallLog } from '../processes/model.ts';
import { streamOfPrompt } from './prompt.ts';

/** The calls of one run. */
export interface Calls {
  /** When the kernel had each token, on the clock of all, by the number of the stream. */
  writtenAt: ReadonlyMap<number, readonly number[]>;
  received: number;
  /** The model said everything, or its client hung up. */
  over: number;
}

/** @param logs in the order in which the model gave them away: what follows later for a call has no prompt */
export function callsOf(logs: readonly CallLog[]): Calls {
  const writtenAt = new Map<number, readonly number[]>();
  let [received, over] = [0, 0];
  for (const log of logs) {
    for (const event of log.events) {
      if (event.kind === 'ended' || event.kind === 'peer_gone' || event.kind === 'refused') over++;
      if (event.kind !== 'received') continue;
      received++;
      const prompt = event.messages.at(-1)?.content;
      const stream = streamOfPrompt(typeof prompt === 'string' ? prompt : '');
      // A second call for one stream is counted as a fault elsewhere: its times are not those of the first.
      if (!writtenAt.has(stream)) writtenAt.set(stream, log.writtenAt);
    }
  }
  return { writtenAt, received, over };
}
