/** A run: what its rounds brought, judged, measured and put together. */
import type { RoundOutcome } from '../generator/round.ts';
import { peers } from '../peers/index.ts';
import type { CellPlan, ModelPlan } from '../plan.ts';
import { totalMs } from '../plan.ts';
import type { Cell, Result } from '../result/schema.ts';
import { compareTransports } from '../stats/compare-transports.ts';
import { ascending, median } from '../stats/quantile.ts';
import { transports } from '../transports/index.ts';
import { cellOf, interactionOf } from './cells.ts';
import { claimsOf } from './claims.ts';
import { type Round, type Sample, samplesOf } from './collect.ts';
import { formulasOf, type ModelTimes } from './formulas.ts';
import { machine } from './machine.ts';
import { type RunOptions, runRounds, warmUp } from './rounds.ts';
import { cellsOf, type RunSettings } from './settings.ts';
import { Stage } from './stage.ts';

/** The parts of a result that the rounds give. */
export type LatencyResult = Pick<
  Result,
  | 'left_out'
  | 'cells'
  | 'comparisons'
  | 'interactions'
  | 'formulas'
  | 'claims'
  | 'networks'
  | 'generator'
  | 'void'
  | 'interrupted'
>;

/** A generator that starts less than this of what was asked, or sleeps through this, measures itself. */
const ACHIEVED_LEAST = 0.98;
const LOOP_DELAY_MOST_MS = 10;
const CLOCK_OFFSET_MOST_MS = 1;

export async function runLatency(settings: RunSettings, options: RunOptions): Promise<LatencyResult> {
  await using stage = await Stage.start(settings);
  await stage.server.call.fault({ delayCallMs: settings.delayServerMs });
  return await measureOn(stage, settings, options);
}

async function measureOn(stage: Stage, settings: RunSettings, options: RunOptions): Promise<LatencyResult> {
  const { signal, onProgress } = options;
  onProgress(0, 'calibrating the links');
  const described = await stage.networks();
  const offset = await stage.clockOffsetMs();
  onProgress(0, 'warming up');
  const missing = new Set(stage.leftOut.map(({ server }) => server));
  const present = { ...settings, peers: settings.peers.filter((name) => !missing.has(name)) };
  await warmUp(stage, present);
  const cells = cellsOf(present);
  const failures: string[] = [];
  const onFailure = (reason: string): void => void failures.push(reason);
  const rounds = await runRounds(stage, settings, cells, { ...options, onFailure });
  const samples = rounds.flatMap((round) => samplesOf(round));
  const generator = generatorOf(settings, rounds, offset);
  // Rates are over the rounds that there were.
  const measured = { ...settings, rounds: Math.max(1, rounds.length) };
  return assemble(measured, cells, samples, {
    networks: described,
    generator,
    interrupted: signal.aborted,
    left_out: [...stage.leftOut],
    void: [...failures, ...voidsOf(generator), ...(rounds.length === 0 ? ['nothing was measured'] : [])],
  });
}

/** Only the cells, for a small question. */
export async function measureCells(
  stage: Stage,
  settings: RunSettings,
  options: RunOptions,
): Promise<Cell[]> {
  const plans = cellsOf(settings);
  const rounds = await runRounds(stage, settings, plans, options);
  const samples = rounds.flatMap((round) => samplesOf(round));
  return plans.map((plan) => cellOf(plan, samples, settings));
}

export function generatorOf(
  settings: RunSettings,
  rounds: readonly Round[],
  offset: number,
): Result['generator'] {
  const outcomes = rounds.map(({ outcome }) => outcome);
  const asked = rounds.reduce((sum, { requests }) => sum + requests.length, 0);
  const worst = (pick: (delay: RoundOutcome['loopDelay']) => number): number =>
    Math.max(0, ...outcomes.map(({ loopDelay }) => pick(loopDelay)));
  const started = outcomes.reduce((sum, { startedInTime }) => sum + startedInTime, 0);
  return {
    arrivals: settings.arrivals,
    requests_per_second: rounds.length === 0 ? 0 : asked / ((rounds.length * settings.windowMs) / 1000),
    requested: asked,
    started,
    achieved: asked === 0 ? 1 : Math.min(1, started / asked),
    event_loop_delay_ms: {
      p50: worst(({ p50 }) => p50),
      p99: worst(({ p99 }) => p99),
      max: worst(({ max }) => max),
    },
    clock_offset_ms: offset,
  };
}

function assemble(
  settings: RunSettings,
  plans: readonly CellPlan[],
  samples: readonly Sample[],
  rest: Pick<LatencyResult, 'networks' | 'generator' | 'interrupted' | 'left_out' | 'void'>,
): LatencyResult {
  const { model, pollMs, seed } = settings;
  const cells = plans.map((plan) => cellOf(plan, samples, settings));
  const comparisons = compareTransports(cells, { seed });
  const everybody = [...transports, ...peers.map(({ transport }) => transport)];
  const recovers = new Map(everybody.map((transport) => [transport.name, transport.recovers]));
  const interactions = plans
    .filter((plan) => samples.some(({ cell, stop, cut }) => cell === plan.id && (stop ?? cut) !== undefined))
    .map((plan) => interactionOf(plan, samples, recovers.get(plan.transport) ?? 'nothing', seed));
  const formulas = formulasOf(cells, rest.networks, (id) => modelTimesOf(samples, id), pollMs);
  const findings = { cells, comparisons, interactions, model: modelOf(model), poll_interval_ms: pollMs };
  // Nothing may be concluded from a void run.
  const claims = rest.void.length > 0 ? [] : claimsOf(findings);
  return { ...rest, cells, comparisons, interactions, formulas, claims };
}

function modelTimesOf(samples: readonly Sample[], id: string): ModelTimes | undefined {
  const times = samples
    .filter(({ cell, scenario }) => cell === id && scenario === 'answer')
    .flatMap(({ model }) => model ?? []);
  if (times.length === 0) return undefined;
  return {
    ttft: median(ascending(times.map(({ ttft }) => ttft))),
    total: median(ascending(times.map(({ total }) => total))),
  };
}

export const modelOf = (plan: ModelPlan): NonNullable<Result['model']> => ({
  ttft_ms: plan.ttftMs,
  tokens: plan.tokens,
  token_ms: plan.tokenMs,
  total_ms: totalMs(plan),
});

export function voidsOf({
  achieved,
  event_loop_delay_ms: delay,
  clock_offset_ms: offset,
}: Result['generator']): string[] {
  const reasons: string[] = [];
  if (achieved < ACHIEVED_LEAST) {
    reasons.push(
      `the load generator started ${Math.round(achieved * 100)} % of the requests in time, 98 % are needed`,
    );
  }
  if (delay.p99 > LOOP_DELAY_MOST_MS) {
    reasons.push(
      `the load generator itself was held up: p99 of its event loop ${delay.p99.toFixed(1)} ms, at most ${LOOP_DELAY_MOST_MS} ms`,
    );
  }
  if (offset > CLOCK_OFFSET_MOST_MS) {
    reasons.push(
      `the clocks of the processes may differ by ${offset.toFixed(2)} ms, at most ${CLOCK_OFFSET_MOST_MS} ms`,
    );
  }
  return reasons;
}

/** Everything around the measured parts. */
export function resultOf(
  settings: RunSettings,
  latency: LatencyResult,
  { command, durationMs }: { command: string; durationMs: number },
): Result {
  const { objectives } = settings;
  return {
    schema: 'tokenwire-bench/1',
    created_at: new Date().toISOString(),
    command,
    target: { kind: 'ours', address: null },
    profile: settings.profile,
    seed: settings.seed,
    duration_ms: durationMs,
    machine: machine(),
    model: modelOf(settings.model),
    poll_interval_ms: settings.pollMs,
    objectives: { ttft_ms: objectives.ttftMs, tpot_ms: objectives.tpotMs },
    loads: [],
    sustained: [],
    memory: [],
    profiles: [],
    micro: [],
    throughput: [],
    ...latency,
  };
}
