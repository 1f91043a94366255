/** Rows of the result from the runs of one comparison. Pure. */
import type { Estimate, Load } from '../result/schema.ts';
import { distribution } from '../stats/distribution.ts';
import { pairedRatio } from '../stats/paired.ts';
import { ascending, median } from '../stats/quantile.ts';
import { randomFrom } from '../stats/random.ts';
import type { RunOutcome } from './judge-run.ts';
import type { LoadPlan } from './load-plan.ts';

/** The runs of one server, by round. A round that an abort cut short is missing. */
export type Runs = ReadonlyMap<number, RunOutcome>;

export interface RowOptions {
  server: string;
  plan: Pick<LoadPlan, 'streams' | 'tokensPerSecond'>;
  runs: Runs;
  /** The floor's runs of the same rounds. */
  floor: Runs;
  memoryKbPerStream: number | null;
  seed: number;
}

/** Undefined when not one token came. */
export function loadRow({
  server,
  plan,
  runs,
  floor,
  memoryKbPerStream,
  seed,
}: RowOptions): Load | undefined {
  const clean = (round: number): boolean => isClean(runs.get(round)) && isClean(floor.get(round));
  const rounds = [...runs.keys()].filter(clean);
  // Where nothing counts, what was seen stands there all the same, beside why it does not count.
  const shown = rounds.length > 0 ? rounds : [...runs.keys()];
  const added = addedOf(runs, shown, randomFrom(seed, `load ${server} ${plan.streams}`));
  if (added === null) return undefined;
  const pick = (from: Runs, what: (run: RunOutcome) => number | null): number[] =>
    rounds.map((round) => what(from.get(round) as RunOutcome) ?? 0);
  const cpu = pick(runs, ({ cpuUsPerToken }) => cpuUsPerToken);
  return {
    server,
    streams: plan.streams,
    tokens_per_second: plan.tokensPerSecond,
    pairs: rounds.length,
    cpu_us_per_token: ratioOf(
      cpu,
      cpu.map(() => 1),
    ),
    cpu_times_floor: ratioOf(
      cpu,
      pick(floor, ({ cpuUsPerToken }) => cpuUsPerToken),
    ),
    added,
    added_times_floor: ratioOf(pick(runs, medianAdded), pick(floor, medianAdded)),
    memory_kb_per_stream: memoryKbPerStream,
    delivered: shown.reduce((sum, round) => sum + (runs.get(round)?.delivered ?? 0), 0),
    void: voidOf(runs, rounds.length, floor),
  };
}

const isClean = (run: RunOutcome | undefined): boolean =>
  run !== undefined && run.faults.length === 0 && run.lags.length === 0;

/** Null where a measure is missing, or too small for a ratio. */
function ratioOf(values: readonly number[], floors: readonly number[]): Estimate | null {
  if (![...values, ...floors].every((value) => value > 0)) return null;
  return pairedRatio(values, floors)?.estimate ?? null;
}

const medianAdded = ({ addedMs }: RunOutcome): number | null =>
  addedMs.length === 0 ? null : median(ascending(addedMs));

function addedOf(runs: Runs, rounds: readonly number[], random: () => number): Load['added'] | null {
  const values: number[] = [];
  const blocks: number[] = [];
  for (const round of rounds) {
    for (const ms of runs.get(round)?.addedMs ?? []) {
      values.push(ms);
      blocks.push(round);
    }
  }
  return distribution({ values, blocks }, random);
}

/**
 * A fault of the server voids the load, once is enough. A round in which the machine lagged is only left out, with its pair;
 * that voids the load when no more than half of the rounds are left.
 */
function voidOf(runs: Runs, counted: number, floor: Runs): string[] {
  const outcomes = [...runs.values()];
  const faults = [...new Set(outcomes.flatMap((run) => run.faults))];
  if (faults.length > 0) return faults;
  if (counted > outcomes.length / 2) return [];
  const lags = outcomes.flatMap((run) => run.lags);
  const floors = [...runs.keys()].flatMap((round) => {
    const { faults = ['not measured'], lags = [] } = floor.get(round) ?? {};
    return [...faults, ...lags].map((why) => `the floor: ${why}`);
  });
  const reasons = [...new Set([...lags, ...floors])];
  return [`only ${counted} of ${outcomes.length} rounds count`, ...reasons];
}
