/** All servers under the same loads, in rounds: whatever the machine does to one round it does to every server in it. */
import type { Load, Memory } from '../result/schema.ts';
import { randomFrom, shuffle } from '../stats/random.ts';
import type { Contestant } from './contestant.ts';
import { type MeasureContext, Steps, untilAborted } from './context.ts';
import { type Entrants, entrantsOf, estimateWarmUpMs, Field, type LeftOut } from './field.ts';
import type { RunOutcome } from './judge-run.ts';
import { estimateRunMs, type LoadPlan } from './load-plan.ts';
import { loadRow } from './load-row.ts';
import { estimateMemoryMs, measureMemory } from './memory.ts';
import { Stage } from './stage.ts';

export interface LoadOptions {
  /** Names of contestants; the floor is always among them. */
  servers: readonly string[];
  /** How many streams at once: one comparison each. */
  streams: readonly number[];
  /** Every server is loaded once in each. A 95 % interval takes 6. */
  rounds: number;
  windowMs: number;
  seed: number;
  /** Of all streams together; by default as many as the slowest of these servers can bear. */
  tokensPerSecond?: number;
  /** Idle and streaming connections whose memory is measured; 0 for none. */
  memoryConnections: number;
}

export interface MeasuredLoads {
  loads: Load[];
  memory: Memory[];
  leftOut: LeftOut[];
}

/** With model, server and clients on two cores: so much leaves the floor unsaturated, and so much a slow server. */
const MOST_TOKENS_PER_SECOND = 5000;
const MOST_WITH_A_SLOW_ONE = 2000;
/** One stream is a conversation, with a fast model. */
const MOST_PER_STREAM = 100;

type RunsOf = Map<string, Map<number, RunOutcome>>;

export async function measureLoads(options: LoadOptions, context: MeasureContext): Promise<MeasuredLoads> {
  const entrants = entrantsOf(options.servers);
  const measured: MeasuredLoads = { loads: [], memory: [], leftOut: entrants.leftOut };
  const steps = new Steps(stepsOf(options, entrants), context);
  await using stage = await Stage.open();
  await untilAborted(context.signal, async () => {
    await measureMemories(entrants, options.memoryConnections, stage, steps, measured.memory);
    await using field = new Field();
    await field.enter(entrants, stage, steps);
    for (const load of loadsOf(options, entrants)) {
      const runs: RunsOf = new Map(field.runners.map(({ contestant }) => [contestant.name, new Map()]));
      try {
        await playRounds(runs, load, options, field, stage, steps);
      } finally {
        measured.loads.push(...rowsOf(runs, load, options.seed, measured.memory));
      }
    }
  });
  return measured;
}

/** How long it takes, in ms. */
export function estimateLoadsMs(options: LoadOptions): number {
  const { rounds, memoryConnections } = options;
  const entrants = entrantsOf(options.servers);
  const loads = loadsOf(options, entrants);
  return entrants.present.reduce((sum, contestant) => {
    const round = loads.reduce((ms, load) => ms + estimateRunMs(planOf(load, contestant)), 0);
    const memory = memoryConnections > 0 ? estimateMemoryMs(memoryConnections, contestant) : 0;
    return sum + estimateWarmUpMs(contestant) + rounds * round + memory;
  }, 0);
}

type CommonLoad = Omit<LoadPlan, 'startGapMs'>;

const planOf = (load: CommonLoad, { startGapMs }: Contestant): LoadPlan => ({ ...load, startGapMs });

/** The same for every server of the comparison. */
function loadsOf({ streams, windowMs, tokensPerSecond }: LoadOptions, { present }: Entrants): CommonLoad[] {
  const bearable = present.some(({ slow }) => slow) ? MOST_WITH_A_SLOW_ONE : MOST_TOKENS_PER_SECOND;
  const most = tokensPerSecond ?? bearable;
  return streams.map((count) => ({
    streams: count,
    tokensPerSecond: Math.min(most, count * MOST_PER_STREAM),
    windowMs,
  }));
}

const stepsOf = ({ streams, rounds, memoryConnections }: LoadOptions, { present }: Entrants): number =>
  present.length * (1 + streams.length * rounds + (memoryConnections > 0 ? 1 : 0));

async function playRounds(
  runs: RunsOf,
  load: CommonLoad,
  { rounds, seed }: LoadOptions,
  field: Field,
  stage: Stage,
  steps: Steps,
): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const random = randomFrom(seed, `order of ${load.streams} streams, round ${round}`);
    for (const { contestant, server } of shuffle(field.runners, random)) {
      steps.begin(`${contestant.name}: ${load.streams} streams, round ${round} of ${rounds}`);
      const { outcome } = await stage.run(server, planOf(load, contestant), steps.signal);
      runs.get(contestant.name)?.set(round, outcome);
    }
  }
}

function rowsOf(runs: RunsOf, plan: CommonLoad, seed: number, memory: readonly Memory[]): Load[] {
  const floor = runs.get('floor') ?? new Map<number, RunOutcome>();
  return [...runs].flatMap(([server, own]) => {
    const measured = memory.find((one) => one.server === server && one.connections === plan.streams);
    const memoryKbPerStream = measured?.streaming_kb_per_connection ?? null;
    return loadRow({ server, plan, runs: own, floor, memoryKbPerStream, seed }) ?? [];
  });
}

async function measureMemories(
  { present }: Entrants,
  connections: number,
  stage: Stage,
  steps: Steps,
  memory: Memory[],
): Promise<void> {
  if (connections === 0) return;
  for (const contestant of present) {
    steps.begin(`${contestant.name}: memory of ${connections} connections`);
    const row = await measureMemory(contestant, connections, stage, steps.signal);
    if (row) memory.push(row);
  }
}
