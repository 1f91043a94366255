/** The load generator, a process of its own: it does nothing but ask, and note what comes when. */
import { type RoundOutcome, type RoundPlan, runRound } from '../generator/round.ts';
import { peers } from '../peers/index.ts';
import { transports } from '../transports/index.ts';
import { serveParent } from './child.ts';

const all = [...transports, ...peers.map(({ transport }) => transport)];
const byName = new Map(all.map((transport) => [transport.name, transport]));

/** Rounds whose requests are not all started yet. */
const arriving = new Map<string, Promise<void>>();

export const generatorMethods = {
  round: (plan: RoundPlan): Promise<RoundOutcome> => {
    const arrivals = Promise.withResolvers<void>();
    arriving.set(plan.name, arrivals.promise);
    return runRound(plan, byName, arrivals.resolve);
  },
  /** Resolves when the last request of a round was started. */
  arrivals: async (name: string): Promise<void> => {
    await arriving.get(name);
    arriving.delete(name);
  },
};
export type GeneratorMethods = typeof generatorMethods;
serveParent(generatorMethods);
