/** The rounds of a run: when each begins, what it asks, and what is kept of it. */
import { afterKey, againKey } from '../generator/request.ts';
import type { RoundPlan } from '../generator/round.ts';
import type { CellPlan, ModelPlan, RequestPlan } from '../plan.ts';
import { randomFrom } from '../stats/random.ts';
import { requestsOf } from './arrivals.ts';
import type { Round } from './collect.ts';
import { cellsOf, type RunSettings, tailMs } from './settings.ts';
import type { Stage } from './stage.ts';

export interface RunOptions {
  /** Said in the report. */
  command: string;
  signal: AbortSignal;
  /** `share` of the run that is done, 0 to 1, and what is being done. */
  onProgress: (share: number, what: string) => void;
}

const isTokenwire = (cell: string): boolean => cell.startsWith('websocket/');

const WARM_UP: ModelPlan = { ttftMs: 20, tokens: 20, tokenMs: 5 };

/** Before anything counts, every cell runs once with a short answer: compilers and pools are warm then. */
export async function warmUp(stage: Stage, settings: RunSettings): Promise<void> {
  const short = { ...settings, model: WARM_UP, perRound: 8, interactions: 0, windowMs: 2500, pollMs: 100 };
  await roundOf(stage, short, cellsOf(settings)).done;
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
