/** When each request of a round starts. */
import type { CellPlan, RequestPlan, Scenario } from '../plan.ts';
import { totalMs } from '../plan.ts';
import { exponential, type Random, shuffle } from '../stats/random.ts';
import type { RunSettings } from './settings.ts';

/**
 * The requests of one round in random order. Open loop: nobody waits for an answer before the next request starts. For
 * `poisson` the gaps are exponential and stretched to the window, so that each round has the same number of arrivals.
 */
export function requestsOf(
  settings: RunSettings,
  cells: readonly CellPlan[],
  round: number,
  random: Random,
): RequestPlan[] {
  const planned = cells.flatMap((cell, index) =>
    scenariosOf(settings, cell).map((scenario, number) => ({
      key: `r${round}-c${index}-${number}`,
      cell: cell.id,
      scenario,
    })),
  );
  const offsets = offsetsOf(planned.length, settings, random);
  // Evenly, each cell has its turn again after the same time; otherwise nobody can know who comes next.
  const order = settings.arrivals === 'even' ? inTurns(planned) : shuffle(planned, random);
  return order.map((request, index) => ({ ...request, offsetMs: offsets[index] as number }));
}

function inTurns<T extends { cell: string }>(planned: readonly T[]): T[] {
  const cells = [...Map.groupBy(planned, ({ cell }) => cell).values()];
  const most = Math.max(0, ...cells.map(({ length }) => length));
  return Array.from({ length: most }, (_, turn) => cells.flatMap((of) => of[turn] ?? [])).flat();
}

/** Stops and cuts are made on the last temperature only, the warm one unless asked otherwise, and without TLS: what they cost is another question. */
function scenariosOf(settings: RunSettings, cell: CellPlan): Scenario[] {
  const { perRound, interactions, model, temperatures, tls } = settings;
  const scenarios = Array.from({ length: perRound }, (): Scenario => ({ kind: 'answer' }));
  if (cell.temperature !== temperatures.at(-1) || cell.tls !== tls[0]) return scenarios;
  const afterMs = model.ttftMs + (totalMs(model) - model.ttftMs) / 2;
  for (let number = 0; number < interactions; number++) {
    scenarios.push({ kind: 'cancel', afterMs }, { kind: 'cut', afterMs });
  }
  return scenarios;
}

function offsetsOf(count: number, { windowMs, arrivals }: RunSettings, random: Random): number[] {
  const gaps = Array.from({ length: count }, () => (arrivals === 'poisson' ? exponential(1, random) : 1));
  const whole = gaps.reduce((sum, gap) => sum + gap, 0);
  let at = 0;
  return gaps.map((gap) => {
    const offset = at;
    at += (gap / whole) * windowMs;
    return offset;
  });
}
