/** The generator of load, a process of its own: many bare clients of one server at a time. */
import { Crowd, type HeardStream, type LoopDelay } from '../load/crowd.ts';
import type { Target } from '../transports/transport.ts';
import { serveParent } from './child.ts';

let crowd: Crowd | undefined;

export const loadMethods = {
  /** Opens one connection for each stream. */
  connect: async (server: string, target: Target, streams: number): Promise<void> => {
    crowd?.hangUp();
    crowd = new Crowd(server, target, streams);
    await crowd.connect();
  },
  /** Starts one stream on each connection, `everyMs` apart, with the script of this key. */
  start: async (key: string, everyMs: number): Promise<void> => await crowd?.start(key, everyMs),
  /** Waits until every stream has a token, or for so long. */
  untilBegun: async (patienceMs: number): Promise<void> => await crowd?.untilBegun(patienceMs),
  /** From here on the delay of the event loop counts. */
  watchLoop: (): void => crowd?.watchLoop(),
  loopDelay: (): LoopDelay => crowd?.loopDelay() ?? { p50: 0, p99: 0, max: 0 },
  hangUp: (): HeardStream[] => {
    const heard = crowd?.hangUp() ?? [];
    crowd = undefined;
    return heard;
  },
};
export type LoadMethods = typeof loadMethods;
serveParent(loadMethods);
