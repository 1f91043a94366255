/** What was seen of somebody's server as a result like every other, without what only the model's journal could tell. */
import type { CellPlan } from '../plan.ts';
import type { Cell, Result } from '../result/schema.ts';
import { cellOf } from '../run/cells.ts';
import { type Sample, samplesOf } from '../run/collect.ts';
import { generatorOf, resultOf, voidsOf } from '../run/run.ts';
import type { RunSettings } from '../run/settings.ts';
import { compareTransports } from '../stats/compare-transports.ts';
import type { Measured } from './measure.ts';
import type { ForeignServer } from './server.ts';
import { STOPPED } from './transports.ts';

interface Run {
  command: string;
  durationMs: number;
  interrupted: boolean;
}

export function foreignResult(
  servers: readonly ForeignServer[],
  planned: RunSettings,
  plans: readonly CellPlan[],
  { rounds, clockOffsetMs }: Measured,
  { command, durationMs, interrupted }: Run,
): Result {
  // Rates are over the rounds that there were.
  const settings = { ...planned, rounds: Math.max(1, rounds.length) };
  const samples = rounds
    .flatMap((round) => samplesOf(round))
    .filter(({ error }) => error !== STOPPED)
    .map(asSeen);
  const cells = plans.map((plan) => {
    const cell = cellOf(plan, samples, settings);
    const server = servers.find(({ transport }) => transport === plan.transport);
    return { ...cell, notes: [...cell.notes, ...notesOn(cell, server)] };
  });
  const generator = generatorOf(settings, rounds, clockOffsetMs);
  const address = servers.map((server) => server.address).join(', ');
  return {
    ...resultOf(settings, latencyOf(cells, settings, generator, interrupted), { command, durationMs }),
    target: { kind: 'foreign', address },
    model: null,
  };
}

function latencyOf(
  cells: Cell[],
  { networks, seed }: RunSettings,
  generator: Result['generator'],
  interrupted: boolean,
): Parameters<typeof resultOf>[1] {
  return {
    cells,
    comparisons: compareTransports(cells, { seed }),
    interactions: [],
    formulas: [],
    claims: [],
    networks: networks.map(({ name }) => ({
      name,
      link: 'none',
      rtt_ms: 0,
      jitter_ms: 0,
      bandwidth_kbit: null,
      outage: null,
      calibration: null,
    })),
    generator,
    left_out: [],
    void: [...voidsOf(generator), ...inVain(cells)],
    interrupted,
  };
}

/** Without a single answer the run as a whole says nothing but why. */
function inVain(cells: readonly Cell[]): string[] {
  if (cells.some(({ measured }) => measured > 0)) return [];
  const error = cells.flatMap(({ errors }) => errors)[0];
  return [`nothing was measured${error === undefined ? '' : `: ${error.message}`}`];
}

/**
 * Nobody saw the model. How many tokens it wrote is not known, only what came; and the rule on `end.upstream` would hold
 * every answer against a journal that there is not.
 */
function asSeen(sample: Sample): Sample {
  const received = sample.timeline.chunks.reduce((sum, { tokens }) => sum + tokens, 0);
  return {
    ...sample,
    tokens: { expected: received, received, lost: 0, doubled: 0, reordered: 0 },
    violations: sample.violations.filter(({ requirement }) => requirement !== 'end.upstream'),
  };
}

/** What somebody must know to read these numbers. */
function notesOn({ transport, temperature }: Cell, server: ForeignServer | undefined): string[] {
  if (!server) return [];
  const opened = transport === 'websocket' ? 'had been welcomed' : 'had answered GET …/models';
  return [
    `asked at ${server.address}: the time of its model is in every number, and a token is a piece of text as it was sent`,
    ...(temperature === 'warm' ? [`warm: the connection ${opened} before the request`] : []),
  ];
}
