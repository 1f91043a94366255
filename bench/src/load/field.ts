/** The servers that take part in a comparison: their processes, warmed up, or why they are not there. */
import type { RunningServer } from '../peers/peer.ts';
import type { Contestant } from './contestant.ts';
import { contestantOf } from './contestants.ts';
import type { Steps } from './context.ts';
import { estimateRunMs, type LoadPlan } from './load-plan.ts';
import type { Stage } from './stage.ts';

/** A server that could not be measured here: for the report, not to be passed over. */
export interface LeftOut {
  server: string;
  reason: string;
}

export interface Entrants {
  present: Contestant[];
  leftOut: LeftOut[];
}

/** The floor comes first, asked for or not: without it there is no ratio. */
export function entrantsOf(names: readonly string[]): Entrants {
  const leftOut: LeftOut[] = [];
  const present = [...new Set(['floor', ...names])].map(contestantOf).filter((contestant) => {
    const available = contestant.available();
    if (!available.ok) leftOut.push({ server: contestant.name, reason: available.reason });
    return available.ok;
  });
  return { present, leftOut };
}

/** Compilers and heaps come to rest before anything counts. */
const WARM_UP = { streams: 50, tokensPerSecond: 2000, windowMs: 3000 } as const;
/** What starting a process takes, in ms, about. */
export const START_MS = 1500;

const warmUpOf = ({ startGapMs }: Contestant): LoadPlan => ({ ...WARM_UP, startGapMs });

/** How long starting and warming up takes, in ms. */
export const estimateWarmUpMs = (contestant: Contestant): number =>
  START_MS + estimateRunMs(warmUpOf(contestant));

export interface Runner {
  contestant: Contestant;
  server: RunningServer;
}

/** Every server keeps its process through all rounds: a compiler that starts anew each time would be measured too. */
export class Field implements AsyncDisposable {
  readonly runners: Runner[] = [];

  /** One that cannot be started is added to those left out. */
  async enter({ present, leftOut }: Entrants, stage: Stage, steps: Steps): Promise<void> {
    for (const contestant of present) {
      steps.begin(`${contestant.name}: warming up`);
      try {
        const server = await contestant.start({ baseURL: stage.baseURL });
        this.runners.push({ contestant, server });
        await stage.run(server, warmUpOf(contestant), steps.signal);
      } catch (error) {
        steps.signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        leftOut.push({ server: contestant.name, reason });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.runners.map(({ server }) => server.stop()));
  }
}
