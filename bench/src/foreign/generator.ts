/** The load generator for servers of others, a process of its own: it asks only what it is told, and when. */
import { type RoundOutcome, type RoundPlan, runRound } from '../generator/round.ts';
import { serveParent } from '../processes/child.ts';
import { Tape } from '../transports/tape.ts';
import type { Transport } from '../transports/transport.ts';
import { explain } from './explain.ts';
import type { ForeignServer } from './server.ts';
import { bareTransport, foreignTransport, Stop } from './transports.ts';

const byName = new Map<string, Transport>();
const stop = new Stop();

/** Rounds whose requests are not all started yet. */
const arriving = new Map<string, PromiseWithResolvers<void>>();

function arrivalsOf(name: string): PromiseWithResolvers<void> {
  const known = arriving.get(name) ?? Promise.withResolvers<void>();
  arriving.set(name, known);
  return known;
}

export const foreignMethods = {
  use: (servers: readonly ForeignServer[]): void => {
    for (const server of servers) byName.set(server.transport, foreignTransport(server, stop));
  },
  /** Opens a connection as a warm request has it, which calls no model. Returns what is wrong, if anything is. */
  check: async (server: ForeignServer): Promise<string | undefined> => {
    const line = bareTransport(server).open(server.target, new Tape('check'));
    try {
      await line.warmUp();
      return undefined;
    } catch (error) {
      return explain(error, server);
    } finally {
      line.close();
    }
  },
  round: (plan: RoundPlan): Promise<RoundOutcome> => runRound(plan, byName, arrivalsOf(plan.name).resolve),
  /** Resolves when the last request of a round was started. */
  arrivals: async (name: string): Promise<void> => {
    await arrivalsOf(name).promise;
    arriving.delete(name);
  },
  stop: (): void => stop.now(),
};
export type ForeignMethods = typeof foreignMethods;
serveParent(foreignMethods);
