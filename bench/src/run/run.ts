/** A run: rounds of all cells, judged and measured, until everything is there or somebody has enough. */
import { afterKey, againKey } from '../generator/request.ts';
import type { RoundOutcome, RoundPlan } from '../generator/round.ts';
import { peers } from '../peers/index.ts';
import type { CellPlan, ModelPlan, RequestPlan } from '../plan.ts';
import { totalMs } from '../plan.ts';
import type { Cell, Result } from '../result/schema.ts';
import { compareTransports } from '../stats/compare-transports.ts';
import { ascending, median } from '../stats/quantile.ts';
import { randomFrom } from '../stats/random.ts';
import { transports } from '../transports/index.ts';
import { requestsOf } from './arrivals.ts';
import { cellOf, interactionOf } from './cells.ts';
import { claimsOf } from './claims.ts';
import { type Round, type Sample, samplesOf } from './collect.ts';
import { formulasOf, type ModelTimes } from './formulas.ts';
import { machine } from './machine.ts';
import { cellsOf, type RunSettings, tailMs } from './settings.ts';
import { Stage } from './stage.ts';

export interface RunOptions {
  /** Said in the report. */
  command: string;
  signal: AbortSignal;
  /** `share` of the run that is done, 0 to 1, and what is being done. */
  onProgress: (share: number, what: string) => void;
}

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

const isTokenwire = (cell: string): boolean => cell.startsWith('websocket/');

const WARM_UP: ModelPlan = { ttftMs: 20, tokens: 20, tokenMs: 5 };

export async function runLatency(settings: RunSettings, options: RunOptions): Promise<LatencyResult> {
  await using stage = await Stage.start(settings);
  await stage.server.call.fault({ delayCallMs: settings.delayServerMs });
  return await measureOn(stage, settings, options);
}

export async function measureOn(
  stage: Stage,
  settings: RunSettings,
  options: RunOptions,
): Promise<LatencyResult> {
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

/** Before anything counts, every cell runs once with a short answer: compilers and pools are warm then. */
export async function warmUp(stage: Stage, settings: RunSettings): Promise<void> {
  const short = { ...settings, model: WARM_UP, perRound: 8, interactions: 0, windowMs: 2500, pollMs: 100 };
  await roundOf(stage, short, cellsOf(settings)).done;
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

/** One round behind the other. What was finished when somebody had enough is kept. */
export async function runRounds(
  stage: Stage,
  settings: RunSettings,
  cells: readonly CellPlan[],
  { signal, onProgress, onFailure }: RunOptions & { onFailure?: (reason: string) => void },
): Promise<Round[]> {
  const finished: Round[] = [];
  const runs: Promise<unknown>[] = [];
  const stopped = aborted(signal);
  try {
    for (let number = 0; number < settings.rounds && !signal.aborted; number++) {
      onProgress(number / settings.rounds, `round ${number + 1} of ${settings.rounds}`);
      const run = roundOf(stage, settings, cells);
      runs.push(run.done.then((round) => finished.push(round)));
      // The next round begins when all of this one have started: its last answers may still be on their way.
      await Promise.race([run.arrivals, Promise.all(runs), stopped]);
    }
    onProgress(1, 'the last answers');
    await Promise.race([Promise.all(runs), stopped]);
  } catch (error) {
    if (!onFailure) throw error;
    // A process died: what was finished before is as good as ever, but not what was planned.
    onFailure(error instanceof Error ? error.message : String(error));
  }
  return finished.toSorted((a, b) => a.number - b.number);
}

/** Begins a round. `arrivals`: all its requests have started. `done`: all have ended. */
function roundOf(
  stage: Stage,
  settings: RunSettings,
  cells: readonly CellPlan[],
): { arrivals: Promise<void>; done: Promise<Round> } {
  const number = stage.nextRound();
  const name = `r${number}`;
  const begun = Promise.withResolvers<void>();
  const run = async (): Promise<Round> => {
    const requests = requestsOf(settings, cells, number, randomFrom(settings.seed, `round ${number}`));
    const keys = requests.flatMap(keysOf);
    const script = await stage.script(settings.model, keys);
    const targets = await Promise.all(cells.map((cell) => aimed(stage, settings, cell)));
    const plan = { name, cells: targets, requests, patienceMs: tailMs(settings) + 5000 };
    const outcome = stage.round(plan);
    stage.arrivals(name).then(begun.resolve, begun.reject);
    const seen = await outcome;
    return {
      number,
      requests,
      outcome: seen,
      journal: await stage.journal(settings.model, keys),
      script,
      isTokenwire,
    };
  };
  const done = run();
  // Whoever waits for the end hears of it; nobody need wait for the arrivals.
  begun.promise.catch(() => {});
  done.catch(begun.reject);
  return { arrivals: begun.promise, done };
}

/** A request, and those that it can lead to. */
function keysOf({ key, scenario }: RequestPlan): string[] {
  switch (scenario.kind) {
    case 'answer':
      return [key];
    case 'cancel':
      return [key, afterKey(key)];
    case 'cut':
      return [key, againKey(key)];
    default:
      return scenario satisfies never;
  }
}

async function aimed(
  stage: Stage,
  settings: RunSettings,
  cell: CellPlan,
): Promise<RoundPlan['cells'][number]> {
  const target = await stage.target(cell);
  // Enough for every request of the round to be under way at once: a warm one never waits.
  return { ...cell, target: { ...target, pollMs: settings.pollMs }, warmConnections: settings.perRound };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
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
