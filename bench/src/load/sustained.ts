/** The highest total rate that a server carries: steps upwards until tokens are late or missing. */
import { availableParallelism } from 'node:os';
import type { Sustained } from '../result/schema.ts';
import { ascending, median } from '../stats/quantile.ts';
import type { Contestant } from './contestant.ts';
import { type MeasureContext, Steps, untilAborted } from './context.ts';
import { type Entrants, entrantsOf, estimateWarmUpMs, Field, type LeftOut, type Runner } from './field.ts';
import { LEAST_SHARE, type RunOutcome } from './judge-run.ts';
import { estimateRunMs, type LoadPlan } from './load-plan.ts';
import { Stage } from './stage.ts';

export interface SustainedOptions {
  servers: readonly string[];
  streams: number;
  windowMs: number;
  /** Total tokens per second, upwards. The first that a server does not carry is its last. */
  rates: readonly number[];
}

/** 200 streams of 25 to 400 tokens per second. */
export const sustainedDefaults = {
  streams: 200,
  windowMs: 3000,
  rates: [5000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 50_000, 60_000, 80_000],
} as const;

export interface MeasuredSustained {
  sustained: Sustained[];
  leftOut: LeftOut[];
}

/** Tokens that take longer from the model to the client are late: the median of them. */
const MOST_ADDED_MS = 100;
/** A process this busy has nothing left: the rest is what the kernel does on other threads, and noise. */
const BUSY_CORE = 0.9;

type Step = Sustained['steps'][number];

export async function measureSustained(
  options: SustainedOptions,
  context: MeasureContext,
): Promise<MeasuredSustained> {
  const entrants = entrantsOf(options.servers);
  const { present, leftOut } = entrants;
  const steps = new Steps(present.length * (1 + options.rates.length), context);
  const sustained: Sustained[] = [];
  await using stage = await Stage.open();
  await untilAborted(context.signal, async () => {
    for (const contestant of present) {
      await using field = new Field();
      await field.enter({ present: [contestant], leftOut }, stage, steps);
      const [runner] = field.runners;
      if (runner) sustained.push(await climb(runner, options, stage, steps));
    }
  });
  return { sustained, leftOut };
}

/** How long it takes at most, in ms: a server that gives up early takes less. */
export function estimateSustainedMs({ servers, streams, windowMs, rates }: SustainedOptions): number {
  const { present }: Entrants = entrantsOf(servers);
  return present.reduce((sum, contestant) => {
    const plans = rates.map((rate) => planOf(contestant, streams, windowMs, rate));
    return sum + estimateWarmUpMs(contestant) + plans.reduce((ms, plan) => ms + estimateRunMs(plan), 0);
  }, 0);
}

const planOf = (
  { startGapMs }: Contestant,
  streams: number,
  windowMs: number,
  tokensPerSecond: number,
): LoadPlan => ({ streams, windowMs, tokensPerSecond, startGapMs });

async function climb(
  { contestant, server }: Runner,
  { streams, windowMs, rates }: SustainedOptions,
  stage: Stage,
  steps: Steps,
): Promise<Sustained> {
  const climbed: Step[] = [];
  let best = 0;
  let limitedBy = 'nothing yet: the highest step was carried';
  try {
    for (const rate of rates) {
      steps.begin(`${contestant.name}: ${rate} tokens/s`);
      const plan = planOf(contestant, streams, windowMs, rate);
      const { outcome } = await stage.run(server, plan, steps.signal);
      const step = stepOf(rate, outcome);
      climbed.push(step);
      if (outcome.faults.length > 0 || !isCarried(step)) {
        limitedBy = outcome.faults[0] ?? limitOf(step, outcome);
        break;
      }
      best = rate;
    }
  } catch (error) {
    if (!steps.signal.aborted) throw error;
    limitedBy = 'nothing yet: the measurement was ended';
  }
  return { server: contestant.name, streams, tokens_per_second: best, limited_by: limitedBy, steps: climbed };
}

function stepOf(offered: number, { deliveredPerSecond, addedMs, shares }: RunOutcome): Step {
  return {
    offered,
    delivered: deliveredPerSecond,
    added_p50_ms: addedMs.length === 0 ? 0 : median(ascending(addedMs)),
    server_cpu: shares.server ?? 0,
    model_cpu: shares.model ?? 0,
    generator_cpu: shares.generator ?? 0,
  };
}

export const isCarried = ({ offered, delivered, added_p50_ms: added }: Step): boolean =>
  delivered >= offered * LEAST_SHARE && added <= MOST_ADDED_MS;

/** Who was at the end of a step that was not carried: whoever used a core up, else the machine. */
export function limitOf(
  { server_cpu: server, model_cpu: model, generator_cpu: generator }: Step,
  { lags }: Pick<RunOutcome, 'lags'>,
  cores: number = availableParallelism(),
): string {
  const busy = [
    ['server', server],
    ['model', model],
    ['generator', generator],
  ] as const;
  const [name, share] = busy.toSorted(([, a], [, b]) => b - a)[0] as (typeof busy)[number];
  if (share >= BUSY_CORE) return name;
  const used = server + model + generator;
  if (used >= BUSY_CORE * cores) return `the machine: ${used.toFixed(1)} of ${cores} cores in use`;
  return lags[0] ?? `${name}, busiest with ${share.toFixed(2)} of a core`;
}
