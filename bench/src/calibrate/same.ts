/** A/A: the same against itself, again and again. What is called a difference is false. */
import type { CellPlan } from '../plan.ts';
import { samplesOf, type Sample } from '../run/collect.ts';
import { runRounds, warmUp } from '../run/rounds.ts';
import { networks, profiles, type RunSettings } from '../run/settings.ts';
import { Stage } from '../run/stage.ts';
import { compareMedians } from '../stats/bootstrap.ts';
import { randomFrom } from '../stats/random.ts';
import type { Samples } from '../stats/samples.ts';

/** Declared beforehand: time to first token of a warm WebSocket on loopback, both arms in the same rounds. */
export const SAME_METRIC = 'ttft, WebSocket, warm, loopback';

export interface SameOptions {
  comparisons: number;
  signal: AbortSignal;
  onProgress: (share: number, what: string) => void;
}

export interface SameResult {
  comparisons: number;
  /** Comparisons whose 95 % interval of the ratio leaves out 1. */
  falseDifferences: number;
}

/** About what one comparison takes, in ms. */
export const SAME_MS = 1000;

const ROUNDS = 5;
const PER_ROUND = 8;
const ARMS = ['a', 'b'] as const;

const settings: RunSettings = {
  ...profiles.quick,
  profile: 'custom',
  transports: ['websocket'],
  temperatures: ['warm'],
  networks: [networks.loopback],
  model: { ttftMs: 5, tokens: 3, tokenMs: 1 },
  perRound: PER_ROUND,
  windowMs: 160,
  interactions: 0,
};

const cells: CellPlan[] = ARMS.map((arm) => {
  return {
    id: `websocket/${arm}`,
    transport: 'websocket',
    temperature: 'warm',
    tls: false,
    network: 'loopback',
  };
});

export async function compareSame({ comparisons, signal, onProgress }: SameOptions): Promise<SameResult> {
  await using stage = await Stage.start(settings);
  await warmUp(stage, settings);
  const rounds = await runRounds(stage, { ...settings, rounds: comparisons * ROUNDS }, cells, {
    command: '',
    signal,
    onProgress,
  });
  let falseDifferences = 0;
  const whole = Math.floor(rounds.length / ROUNDS);
  for (let number = 0; number < whole; number++) {
    const samples = rounds.slice(number * ROUNDS, (number + 1) * ROUNDS).flatMap((round) => samplesOf(round));
    const [a, b] = ARMS.map((arm) => armOf(samples, arm)) as [Samples, Samples];
    const { ratio } = compareMedians(a, b, { random: randomFrom(number, 'same'), paired: true });
    if (ratio.low > 1 || ratio.high < 1) falseDifferences++;
  }
  return { comparisons: whole, falseDifferences };
}

function armOf(samples: readonly Sample[], arm: string): Samples {
  const mine = samples.filter(
    ({ cell, metrics }) => cell === `websocket/${arm}` && metrics.ttft !== undefined,
  );
  return {
    values: mine.map(({ metrics }) => metrics.ttft as number),
    blocks: mine.map(({ round }) => round),
  };
}
