/** The rounds of a run against somebody's server: as many requests as were agreed to, and not one more. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { RoundPlan } from '../generator/round.ts';
import type { CellPlan } from '../plan.ts';
import { type Child, type Common, startChild } from '../processes/child.ts';
import { requestsOf } from '../run/arrivals.ts';
import type { Round } from '../run/collect.ts';
import type { RunSettings } from '../run/settings.ts';
import { offsetOf } from '../run/stage.ts';
import { randomFrom } from '../stats/random.ts';
import type { ForeignMethods } from './generator.ts';
import type { ForeignServer } from './server.ts';

const GENERATOR = new URL('./generator.ts', import.meta.url);

/** An answer that takes longer counts as none. */
const PATIENCE_MS = 120_000;
/** After a Ctrl-C, what is under way is stopped at once; what is only planned may hold a round up so long. */
const STOPPING_MS = 2000;
/** As many requests to a server, none of them answered: more would only cost. */
const HOPELESS = 2;

export interface Measured {
  rounds: Round[];
  clockOffsetMs: number;
}

export interface MeasureOptions {
  signal: AbortSignal;
  onProgress: (share: number, what: string) => void;
}

export type Generator = Child<ForeignMethods & Common>;

export const startGenerator = (): Promise<Generator> => startChild<ForeignMethods>('generator', GENERATOR);

/** All rounds, one behind the other; a round begins when the window of the one before it is over. */
export async function measureForeign(
  generator: Generator,
  servers: readonly ForeignServer[],
  settings: RunSettings,
  cells: readonly CellPlan[],
  { signal, onProgress }: MeasureOptions,
): Promise<Measured> {
  const clockOffsetMs = Math.abs(await offsetOf(generator));
  await generator.call.use(servers);
  // Ids must be new: a server that has seen one repeats its answer from its log.
  const run = randomBytes(4).toString('hex');
  const rounds: Round[] = [];
  const running: Promise<unknown>[] = [];
  for (let number = 0; number < settings.rounds && !signal.aborted; number++) {
    onProgress(number / settings.rounds, `round ${number + 1} of ${settings.rounds}`);
    const hopeful = cells.filter(({ transport }) => !isHopeless(transport, rounds));
    if (hopeful.length === 0) break;
    const round = roundOf(generator, servers, settings, hopeful, { number, run, signal });
    running.push(round.done.then((seen) => void rounds.push(seen)));
    // A round that cannot go on ends the run.
    await until(signal, Promise.race([round.window, Promise.all(running).then(() => round.window)]));
  }
  onProgress(1, 'the last answers');
  await until(signal, Promise.all(running));
  if (signal.aborted) {
    await generator.call.stop();
    await Promise.race([Promise.allSettled(running), setTimeout(STOPPING_MS, undefined, { ref: false })]);
  }
  return { rounds: rounds.toSorted((a, b) => a.number - b.number), clockOffsetMs };
}

const isTokenwire = (cell: string): boolean => cell.startsWith('websocket/');

/** Begins a round. `window` resolves when the time of its arrivals is over, `done` with the last answer. */
function roundOf(
  generator: Generator,
  servers: readonly ForeignServer[],
  settings: RunSettings,
  cells: readonly CellPlan[],
  { number, run, signal }: { number: number; run: string; signal: AbortSignal },
): { window: Promise<void>; done: Promise<Round> } {
  const requests = requestsOf(settings, cells, number, randomFrom(settings.seed, `round ${number}`)).map(
    (request) => ({ ...request, key: `${run}-${request.key}` }),
  );
  const name = `r${number}`;
  const targets = cells.flatMap((cell): RoundPlan['cells'] => {
    const server = servers.find(({ transport }) => transport === cell.transport);
    return server ? [{ ...cell, target: server.target, warmConnections: settings.perRound }] : [];
  });
  const plan = { name, cells: targets, requests, patienceMs: PATIENCE_MS };
  const done = generator.call
    .round(plan)
    .then((outcome): Round => ({ number, requests, outcome, journal: [], script: [], isTokenwire }));
  // Whoever waits for all rounds hears of it.
  done.catch(() => {});
  const rest = settings.windowMs - Math.max(0, ...requests.map(({ offsetMs }) => offsetMs));
  const pass = async (): Promise<void> => {
    await generator.call.arrivals(name);
    await setTimeout(rest, undefined, { signal }).catch(() => {});
  };
  const window = pass();
  window.catch(() => {});
  return { window, done };
}

/** Was everything that this server was asked in vain? */
function isHopeless(transport: string, rounds: readonly Round[]): boolean {
  const records = rounds.flatMap(({ outcome }) =>
    outcome.records.filter(({ cell }) => cell.startsWith(`${transport}/`)),
  );
  return records.length >= HOPELESS && records.every(({ error }) => error !== undefined);
}

/** Waits, but not beyond the moment when somebody has enough. */
async function until(signal: AbortSignal, event: Promise<unknown>): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const stop = (): void => stopped.resolve();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  await Promise.race([event, stopped.promise]);
  signal.removeEventListener('abort', stop);
}
