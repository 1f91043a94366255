/** What a connection costs a server in resident memory: idle, and with a stream on it. */
import type { Memory } from '../result/schema.ts';
import type { Contestant } from './contestant.ts';
import { START_MS } from './field.ts';
import { estimateRunMs, type LoadPlan } from './load-plan.ts';
import type { Stage } from './stage.ts';

/** Everything that is loaded or compiled once is there before the first reading. */
const WARM_UP = { streams: 20, tokensPerSecond: 1000, windowMs: 2000 } as const;

const warmUpOf = ({ startGapMs }: Contestant): LoadPlan => ({ ...WARM_UP, startGapMs });

/** Few tokens: what a stream holds is asked for, not what garbage its tokens leave behind. */
const planOf = (connections: number, { startGapMs }: Contestant): LoadPlan => ({
  streams: connections,
  tokensPerSecond: Math.min(2000, connections * 20),
  windowMs: 2000,
  startGapMs,
});

/** How long it takes for one server, in ms. */
export const estimateMemoryMs = (connections: number, contestant: Contestant): number =>
  START_MS + estimateRunMs(warmUpOf(contestant)) + estimateRunMs(planOf(connections, contestant));

/**
 * In a process of its own, since a heap that once was large stays so. A heap also grows in steps: with few connections a step
 * counts for much, so this wants hundreds. Undefined when the server cannot be measured.
 */
export async function measureMemory(
  contestant: Contestant,
  connections: number,
  stage: Stage,
  signal: AbortSignal,
): Promise<Memory | undefined> {
  const starting = contestant.start({ baseURL: stage.baseURL }).catch(() => undefined);
  await using server = await starting;
  if (server === undefined) return undefined;
  await stage.run(server, warmUpOf(contestant), signal);
  const before = await server.residentKb();
  let idle: number | null = null;
  let streaming: number | null = null;
  const { outcome } = await stage.run(server, planOf(connections, contestant), signal, {
    connected: async () => void (idle = await server.residentKb()),
    streaming: async () => void (streaming = await server.residentKb()),
  });
  if (before === null || idle === null) return undefined;
  const perConnection = (kb: number): number => Math.max(0, kb - before) / connections;
  const valid = outcome.faults.length === 0 && streaming !== null;
  return {
    server: contestant.name,
    connections,
    idle_kb_per_connection: perConnection(idle),
    streaming_kb_per_connection: valid ? perConnection(streaming ?? 0) : null,
  };
}
