/** Samples of all rounds to the cells and interactions of a result. */
import type { CellPlan } from '../plan.ts';
import type { Cell, Interaction, PhaseName, RequestMetric } from '../result/schema.ts';
import { phaseNames, requestMetrics } from '../result/schema.ts';
import { distribution, metricsOf } from '../stats/distribution.ts';
import { ascending, median } from '../stats/quantile.ts';
import { randomFrom } from '../stats/random.ts';
import type { Sample } from './collect.ts';
import { notesOf } from './notes.ts';
import type { RunSettings } from './settings.ts';

/** More warm requests than this without a warm connection, and the cell says nothing about warm ones. */
const MISSED_MOST = 0.01;

export function cellOf(plan: CellPlan, all: readonly Sample[], settings: RunSettings): Cell {
  const samples = all.filter(({ cell, scenario }) => cell === plan.id && scenario === 'answer');
  const missed = samples.filter(({ found }) => found === 'missed');
  const failed = samples.filter(({ error }) => error !== undefined);
  const good = samples.filter(({ found, error }) => found !== 'missed' && error === undefined);
  const columns = columnsOf(good);
  const violations = all
    .filter(({ cell }) => cell === plan.id)
    .flatMap(({ violations: found, key }) =>
      found.map(({ requirement, expected, actual }) => ({
        requirement,
        expected,
        actual: clip(actual),
        key,
      })),
    );
  const tokens = sum(good.map(({ tokens: { received } }) => received));
  const perToken = (bytes: number[]): number => (tokens === 0 ? 0 : sum(bytes) / tokens);
  return {
    ...plan,
    planned: samples.length,
    measured: good.length,
    failed: failed.length,
    missed_warm: missed.length,
    goodput: goodputOf(good, settings),
    errors: countErrors(failed),
    violations: violations.slice(0, 20),
    void: voidsOf(plan, { samples, missed, failed, good }, violations.length),
    notes: notesOf(plan.transport, good, settings.model),
    metrics: metricsOf(columns, settings.seed, plan.id),
    phases: phasesOf(good),
    tokens: {
      expected: sum(good.map(({ tokens: { expected } }) => expected)),
      received: tokens,
      lost: sum(good.map(({ tokens: { lost } }) => lost)),
      doubled: sum(good.map(({ tokens: { doubled } }) => doubled)),
      reordered: sum(good.map(({ tokens: { reordered } }) => reordered)),
    },
    wire: {
      up_bytes_per_token: perToken(good.map(({ bytes }) => bytes.up)),
      down_bytes_per_token: perToken(good.map(({ bytes }) => bytes.down)),
    },
    timeline: typical(good)?.timeline ?? null,
    samples: columns,
  };
}

interface Sorted {
  samples: readonly Sample[];
  missed: readonly Sample[];
  failed: readonly Sample[];
  good: readonly Sample[];
}

function voidsOf(plan: CellPlan, { samples, missed, failed, good }: Sorted, violations: number): string[] {
  const reasons: string[] = [];
  if (good.length === 0) reasons.push('nothing was measured');
  if (violations > 0) reasons.push(`the oracle found ${violations} violations: a wrong answer has no speed`);
  if (plan.temperature === 'warm' && missed.length > MISSED_MOST * samples.length) {
    reasons.push(`${missed.length} of ${samples.length} warm requests found no idle warm connection`);
  }
  if (failed.length > MISSED_MOST * samples.length)
    reasons.push(`${failed.length} of ${samples.length} requests failed`);
  return reasons;
}

function columnsOf(samples: readonly Sample[]): Cell['samples'] {
  const columns: Partial<Record<RequestMetric, (number | null)[]>> = {};
  for (const metric of requestMetrics) {
    const column = samples.map(({ metrics }) => round(metrics[metric] ?? null));
    if (column.some((value) => value !== null)) columns[metric] = column;
  }
  return { round: samples.map((sample) => sample.round), columns };
}

/** To the microsecond: finer is noise, and a file twice the size. */
const round = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 1000) / 1000;

function goodputOf(samples: readonly Sample[], { objectives, rounds, windowMs }: RunSettings): number {
  const { ttftMs, tpotMs } = objectives;
  const good = samples.filter(
    ({ metrics: { ttft = Number.POSITIVE_INFINITY, tpot = 0 } }) => ttft <= ttftMs && tpot <= tpotMs,
  );
  return good.length / ((rounds * windowMs) / 1000);
}

function countErrors(failed: readonly Sample[]): Cell['errors'] {
  const groups = Map.groupBy(failed, ({ error }) => error ?? '');
  return [...groups].map(([message, { length }]) => ({ message, count: length }));
}

function phasesOf(samples: readonly Sample[]): Cell['phases'] {
  const medians: Partial<Record<PhaseName, number>> = {};
  for (const name of phaseNames) {
    const took = samples.flatMap(({ phases }) =>
      phases.filter((phase) => phase.name === name).map(({ from_ms, to_ms }) => to_ms - from_ms),
    );
    if (took.length > 0) medians[name] = median(ascending(took));
  }
  return medians;
}

/** The answer whose time to first token is the median: no better and no worse than what users see. */
function typical(samples: readonly Sample[]): Sample | undefined {
  const sorted = samples
    .filter(({ metrics }) => metrics.ttft !== undefined)
    .toSorted((a, b) => (a.metrics.ttft as number) - (b.metrics.ttft as number));
  return sorted[sorted.length >> 1];
}

export function interactionOf(
  plan: CellPlan,
  all: readonly Sample[],
  recovers: string,
  seed: number,
): Interaction {
  const mine = all.filter(({ cell }) => cell === plan.id);
  const stops = mine.filter(({ stop }) => stop !== undefined);
  const cuts = mine.filter(({ cut }) => cut !== undefined);
  const spread = (samples: readonly Sample[], value: (sample: Sample) => number | undefined, label: string) =>
    distributionOf(samples, value, seed, `${plan.id} ${label}`);
  return {
    transport: plan.transport,
    network: plan.network,
    cancel:
      stops.length === 0
        ? null
        : {
            n: stops.length,
            to_last_token: spread(stops, ({ stop }) => stop?.toLastToken, 'last token'),
            to_model_closed: spread(stops, ({ stop }) => stop?.toModelClosed, 'model closed'),
            wasted_tokens: wastedOf(stops, seed, plan.id),
            ttft_after: spread(stops, ({ stop }) => stop?.ttftAfter, 'ttft after'),
            not_stopped: stops.filter(({ stop }) => stop?.toModelClosed === undefined).length,
          },
    recovery:
      cuts.length === 0
        ? null
        : {
            n: cuts.length,
            how: recovers,
            to_next_token: spread(cuts, ({ cut }) => cut?.toNextToken, 'next token'),
            not_recovered: cuts.filter(({ cut }) => cut?.toNextToken === undefined).length,
            lost: sum(cuts.map(({ tokens }) => tokens.lost)),
            doubled: sum(cuts.map(({ tokens }) => tokens.doubled)),
            reordered: sum(cuts.map(({ tokens }) => tokens.reordered)),
            extra_calls: sum(cuts.map(({ cut }) => Math.max(0, cut?.extraCalls ?? 0))),
          },
  };
}

function distributionOf(
  samples: readonly Sample[],
  value: (sample: Sample) => number | undefined,
  seed: number,
  label: string,
): ReturnType<typeof distribution> {
  const having = samples.filter((sample) => value(sample) !== undefined);
  const values = having.map((sample) => value(sample) as number);
  return distribution({ values, blocks: having.map((sample) => sample.round) }, randomFrom(seed, label));
}

function wastedOf(
  stops: readonly Sample[],
  seed: number,
  label: string,
): { value: number; low: number; high: number } {
  const made = distributionOf(stops, ({ stop }) => stop?.wasted, seed, `${label} wasted`);
  return { value: made?.median ?? 0, low: made?.low ?? 0, high: made?.high ?? 0 };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const clip = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
